"""The equations, written with nothing but + - x / so that decimals, fractions, complex numbers and arrays all pass through.

That makes one text serve the ledger (decimals), its exact check (fractions), derivatives (complex step) and Monte Carlo
(arrays). Numbers are whole on purpose: a decimal and a float do not mix. All results are tonnes of the line's gas.
Sources: chemical guide C1-C16 and petrochemical guide as listed in `deploy/docs/carbon.md`.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, TypeVar

N = TypeVar("N", Decimal, Fraction, float, complex)
Values = Mapping[str, N]


@dataclass(frozen=True, slots=True)
class Equation:
    """A formula under a name that never changes its meaning; another formula gets another name."""

    id: str
    text: str
    function: Callable[[Mapping[str, Any]], Any]


def group(v: Values[N], name: str, *parts: str) -> Iterator[tuple[N, ...]]:
    """The rows of a repeated input: feed.0.amount, feed.0.carbon, feed.1.amount ..."""
    number = 0
    while f"{name}.{number}.{parts[0]}" in v:
        yield tuple(v[f"{name}.{number}.{part}"] for part in parts)
        number += 1


def carbon(v: Values[N], name: str) -> N:
    """Carbon in a group of streams [tC]; nothing when the group is empty."""
    total = v["c"] * 0
    for amount, content in group(v, name, "amount", "carbon"):
        total = total + amount * content
    return total


def combustion(v: Values[N]) -> N:
    return v["amount"] * v["ncv"] * v["cc"] * v["of"] * v["co2"] / v["c"]


def combustion_by_carbon(v: Values[N]) -> N:
    return v["amount"] * v["carbon"] * v["of"] * v["co2"] / v["c"]


def per_heat(v: Values[N]) -> N:
    return v["amount"] * v["ncv"] * v["ef"] / 1000


def feedstock(v: Values[N]) -> N:
    return (carbon(v, "feed") - carbon(v, "product") - carbon(v, "other")) * v["co2"] / v["c"]


def carbonate(v: Values[N]) -> N:
    return v["amount"] * v["ef"] * v["purity"]


def abated(v: Values[N]) -> N:
    return v["amount"] * v["ef"] * (1 - v["eta"] * v["mu"]) / 1000


def by_product(v: Values[N]) -> N:
    return v["amount"] * v["ef"] - v["destroyed"]


def product(v: Values[N]) -> N:
    return v["amount"] * v["ef"]


def sold(v: Values[N]) -> N:
    return -v["amount"] * v["ef"]


def recovery(v: Values[N]) -> N:
    return -v["volume"] * v["purity"] * v["density"]


def hot_water(v: Values[N]) -> N:
    return v["mass"] * (v["temperature"] - 20) * 41868 / 10_000_000 * v["ef"]


def steam(v: Values[N]) -> N:
    return v["mass"] * (v["enthalpy"] * 100 - 8374) / 100_000 * v["ef"]


def wastewater_methane(v: Values[N]) -> N:
    load = v["water"] * (v["cod_in"] - v["cod_out"]) - v["sludge"]
    return load * v["b0"] * v["mcf"] / 1000 - v["recovered"] * v["purity"] * v["density"]


def wastewater_nitrous(v: Values[N]) -> N:
    return v["nitrogen"] * v["ef"] * 44 / 28 / 1000


def incineration_dry(v: Values[N]) -> N:
    return v["amount"] * v["dm"] * v["cf"] * v["fcf"] * v["of"] * v["co2"] / v["c"]


def incineration_wet(v: Values[N]) -> N:
    return v["amount"] * v["ccw"] * v["fcf"] * v["of"] * v["co2"] / v["c"]


def incineration_gas(v: Values[N]) -> N:
    return v["amount"] * v["ef"] / 1_000_000


def flare(v: Values[N]) -> N:
    content = v["c"] * 0
    for share, atoms in group(v, "part", "share", "atoms"):
        content = content + share * atoms * 12 * 100 / 224
    return v["volume"] * (content * v["of"] * v["co2"] / v["c"] + v["co2_share"] * v["density"])


def flare_accident(v: Values[N]) -> N:
    return v["flow"] * v["hours"] * v["atoms"] * v["of"] * 4400 / 224


def coke_burn(v: Values[N]) -> N:
    return v["amount"] * v["cf"] * v["of"] * v["co2"] / v["c"]


def coke_burn_batch(v: Values[N]) -> N:
    before, after = v["cf_before"], v["cf_after"]
    return v["amount"] * (before - (1 - before) / (1 - after) * after) * v["co2"] / v["c"]


def calcining(v: Values[N]) -> N:
    burnt = v["green"] * v["carbon_green"] - (v["calcined"] + v["dust"]) * v["carbon_calcined"]
    return burnt * v["co2"] / v["c"]


def decoking(v: Values[N]) -> N:
    return v["flow"] * v["hours"] * (v["co2_share"] + v["co_share"]) * v["density"] / 10_000


def ethylene_oxide(v: Values[N]) -> N:
    return (v["ethylene"] * v["rec"] - v["oxide"] * v["eoc"]) * v["co2"] / v["c"]


def measured_mass(v: Values[N]) -> N:
    return v["concentration"] * v["flow"] * v["hours"] / 1_000_000


def measured_share(v: Values[N]) -> N:
    return v["share"] * v["flow"] * v["hours"] * 440 / 224_000


def measured_load(v: Values[N]) -> N:
    return v["mass"]


EQUATIONS: dict[str, Equation] = {
    one.id: one
    for one in (
        Equation("C2", "FC x NCV x CC x OF x CO2/C", combustion),
        Equation("C2.carbon", "FC x carbon content x OF x CO2/C", combustion_by_carbon),
        Equation("C2.gas", "FC x NCV x EF x 1e-3", per_heat),
        Equation("C3", "(sum feed AD CC - sum product AD CC - sum other AD CC) x CO2/C", feedstock),
        Equation("C4", "AD x EF x PUR", carbonate),
        Equation("C5", "AD x EF x (1 - eta x mu) x 1e-3", abated),
        Equation("C7", "-(Q x PUR x density)", recovery),
        Equation("C8", "AD x EF", product),
        Equation("C8.sold", "-(AD x EF)", sold),
        Equation("C9", "AD x EF", product),
        Equation("C9.sold", "-(AD x EF)", sold),
        Equation("C10", "Ma x (T - 20) x 4.1868e-3 x EF", hot_water),
        Equation("C11", "Ma x (En - 83.74) x 1e-3 x EF", steam),
        Equation("C11.if97", "Ma x (En - 83.74) x 1e-3 x EF, En of p and T or dryness by IAPWS-IF97", steam),
        Equation("C12", "P x EF - destroyed", by_product),
        Equation("C13", "(W x (CODin - CODout) - S) x B0 x MCF x 1e-3 - Q x PUR x density", wastewater_methane),
        Equation("C14", "TN x EF x 44/28 x 1e-3", wastewater_nitrous),
        Equation("C15", "SW x dm x CF x FCF x OF x CO2/C", incineration_dry),
        Equation("C16", "IW x CCW x FCF x EF x CO2/C", incineration_wet),
        Equation("C15.gas", "SW x EF x 1e-6", incineration_gas),
        Equation("F1", "Q x (sum 12 V CN 10/22.4 x OF x CO2/C + V_CO2 x density)", flare),
        Equation("F2", "GF x T x CN x OF x 44/22.4 x 10", flare_accident),
        Equation("P1", "MC x CF x OF x CO2/C", coke_burn),
        Equation("P2", "MC x (CFb - (1-CFb)/(1-CFa) x CFa) x CO2/C", coke_burn_batch),
        Equation("P4", "(M_GC CC_GC - (M_PC + M_dust) CC_PC) x CO2/C", calcining),
        Equation("P5", "Q x T x (V_CO2 + V_CO) x density x 1e-4", decoking),
        Equation("P6", "(RE x REC - EO x EOC) x CO2/C", ethylene_oxide),
        Equation("EF", "AD x EF", product),
        Equation("M1", "conc x flow x T x 1e-6", measured_mass),
        Equation("M2", "vol share x flow x T x 44/22.4 x 1e-3", measured_share),
        Equation("M3", "sum over hours of conc x flow", measured_load),
    )
}
