"""Equations, methods and inputs as people read them. The ledger keeps its own plain texts."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext_lazy

from accounting.carbon.domain.equations import EQUATIONS
from parks.portal.registry import lobby

SIGNS = ((" x ", " × "), ("CO2", "CO₂"), ("1e-3", "10⁻³"), ("1e-4", "10⁻⁴"), ("1e-6", "10⁻⁶"))
SPOKEN: dict[str, Any] = {
    "C2.carbon": gettext_lazy("FC × carbon content × OF × CO₂/C"),
    "C3": gettext_lazy("(Σ feed AD CC − Σ product AD CC − Σ other AD CC) × CO₂/C"),
    "C7": gettext_lazy("−(Q × PUR × density)"),
    "C11.if97": gettext_lazy("Ma × (En − 83.74) × 10⁻³ × EF, En of pressure and temperature or dryness by IAPWS-IF97"),
    "C12": gettext_lazy("P × EF − destroyed"),
    "C13": gettext_lazy("(W × (COD in − COD out) − S) × B0 × MCF × 10⁻³ − Q × PUR × density"),
    "F1": gettext_lazy("Q × (Σ 12 V CN 10/22.4 × OF × CO₂/C + V(CO₂) × density)"),
    "P5": gettext_lazy("Q × T × (V(CO₂) + V(CO)) × density × 10⁻⁴"),
    "M1": gettext_lazy("concentration × flow × T × 10⁻⁶"),
    "M2": gettext_lazy("volume share × flow × T × 44/22.4 × 10⁻³"),
    "M3": gettext_lazy("Σ over the hours: concentration × flow"),
}
WORDS: dict[str, Any] = {
    "method.CN-CHEM-2013": gettext_lazy("Chemical producers, trial guide of 2013"),
    "method.GBT-32151.10-2015": gettext_lazy("Chemical producers, GB/T 32151.10-2015"),
    "method.GBT-32151.10-2023": gettext_lazy("Chemical producers, GB/T 32151.10-2023"),
    "method.CN-PETRO-2014": gettext_lazy("Petrochemical producers, trial guide of 2014"),
    "method.CN-POWER-2022": gettext_lazy("Power stations, ministry guide of 2022"),
    "method.CN-INCINERATION": gettext_lazy("Waste incineration plants"),
    "method.GHGP-CHEM": gettext_lazy("GHG Protocol profile of a chemical site"),
    "method.CBAM-2025": gettext_lazy("CBAM, definitive period"),
    "ghg_scope.1": gettext_lazy("scope 1"),
    "ghg_scope.2 location": gettext_lazy("scope 2, by location"),
    "ghg_scope.2 market": gettext_lazy("scope 2, by contracts"),
    "ghg_scope.3": gettext_lazy("scope 3"),
}


def written(text: str) -> str:
    for plain, sign in SIGNS:
        text = text.replace(plain, sign)
    return text


WORDS |= {f"equation.{one.id}": SPOKEN.get(one.id, written(one.text)) for one in EQUATIONS.values()}
PART = re.compile(r"(\w+)\.(\d+)\.(\w+)")


def input_name(name: str) -> str:
    """An input in words; of a repeated one with its number: feed 1 · amount."""
    found = PART.fullmatch(name)
    if found is None:
        return str(lobby.words.get(f"quantity.{name}", name))
    group, number, part = found.groups()
    words = lobby.words
    return f"{words.get(f'group.{group}', group)} {int(number) + 1} · {words.get(f'quantity.{part}', part)}"


def named_inputs(inputs: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Inputs of a line with their names; constants of the method have no source that could be opened."""
    return [{**one, "label": input_name(one["name"]), "constant": str(one["identity"]).startswith(("method.", "constant "))} for one in inputs]  # fmt: skip
