"""Entries, settings and random parks for the tests."""

from decimal import Decimal

import numpy as np
import pytest

from accounting.carbon.domain.balance.network import Allocation, Import, Network, Node, Rule, Stream, StreamKind
from accounting.carbon.domain.inventory import Inventory, inventory
from accounting.carbon.domain.kinds import Entry, Setting
from accounting.carbon.domain.ledger import Ledger, computed
from accounting.carbon.domain.lines import Line, Quantity
from accounting.carbon.domain.methods import method_of
from accounting.factors.selectors.reference import reference_library

LIBRARY = reference_library()
GASES = ("CH4", "CO2", "N2O")


def about(value: str, places: int = 4) -> object:
    return pytest.approx(Decimal(value), abs=Decimal(1).scaleb(-places))


def setting(*, method: str = "CN-CHEM-2013", period: str = "2023", gwp_set: str | None = None) -> Setting:
    return Setting(LIBRARY, method_of(method_id=method, gwp_set=gwp_set), "A", period)


def q(value: str, unit: str = "", u: str | None = None, meter: str = "") -> Quantity:
    return Quantity(Decimal(value), unit, None if u is None else Decimal(u), meter)


def entry(
    kind: str, values: dict[str, Quantity] | None = None, *, id: str = "x", biogenic: bool = False, **choices: str
) -> Entry:
    return Entry(id, kind, values or {}, choices, biogenic=biogenic)


def book(*entries: Entry, method: str = "CN-CHEM-2013", period: str = "2023") -> Ledger:
    return computed(entries=entries, setting=setting(method=method, period=period))


def line_of(one: Entry, *, method: str = "CN-CHEM-2013", period: str = "2023") -> Line:
    found = book(one, method=method, period=period)
    if found.refused:
        raise found.refused[0].error
    return found.lines[0]


def totals(*entries: Entry, method: str = "CN-CHEM-2013", gwp_set: str | None = None) -> Inventory:
    used = setting(method=method, gwp_set=gwp_set)
    return inventory(lines=computed(entries=entries, setting=used).lines, method=used.method, library=LIBRARY)


def random_park(*, seed: int, pools: int, digits: int = 3, gain: float = 0.9) -> Network:
    """A balanced park with loops: nodes make one or two streams and take up to five, chosen anywhere in the park."""
    rng = np.random.default_rng(seed)
    names = [f"s{k}" for k in range(pools)]
    outputs: list[dict[str, float]] = [{names[k]: round(float(rng.uniform(1, 100)), digits)} for k in range(pools)]
    for k in np.flatnonzero(rng.random(pools) < 0.3):
        other = names[int(rng.integers(pools))]
        outputs[k].setdefault(other, round(float(rng.uniform(1, 50)), digits))
    imports = [
        Import(
            names[k],
            round(float(rng.uniform(1, 80)), digits),
            {g: round(float(rng.uniform(0, 2)), digits) for g in GASES},
        )
        for k in np.flatnonzero(rng.random(pools) < 0.3)
    ]
    inflow = dict.fromkeys(names, 0.0)
    for made in outputs:
        for name, amount in made.items():
            inflow[name] += amount
    for one in imports:
        inflow[one.stream] += one.quantity
    inputs: list[dict[str, float]] = [{} for _ in range(pools)]
    streams = []
    for name in names:
        users = rng.choice(pools, size=min(pools, int(rng.integers(1, 6))), replace=False)
        parts = rng.dirichlet(np.ones(len(users))) * rng.uniform(0.2, gain) * inflow[name]
        for user, part in zip(users, parts, strict=True):
            inputs[user][name] = round(float(part), digits)
        loss = round(inflow[name] * float(rng.choice([0.0, 0.02])), digits)
        taken = sum(row.get(name, 0.0) for row in inputs)
        streams.append(
            Stream(
                name,
                StreamKind.MATERIAL,
                "t",
                round(inflow[name] - taken - loss, digits),
                loss,
                carbon=round(float(rng.random()), 3),
            )
        )
    nodes = [
        Node(
            f"n{k}", f"e{k % 7}", inputs[k], outputs[k], {g: round(float(rng.uniform(0, 30)), digits) for g in GASES},
            None if len(outputs[k]) == 1 else Allocation(Rule.WEIGHTED, weights=dict.fromkeys(outputs[k], 1.0)),
        )
        for k in range(pools)
    ]  # fmt: skip
    return Network("2025-01", tuple(streams), tuple(nodes), tuple(imports))
