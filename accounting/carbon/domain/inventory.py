"""Totals of the statutory ledger by gas, category and scope, and where each category stands in other frames."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from accounting.carbon.domain.lines import Category, Line, in_ledger
from accounting.carbon.domain.methods import Method
from accounting.factors.domain.library import Library


@dataclass(frozen=True, slots=True)
class Place:
    """Where a category is counted."""

    statutory: bool
    ghg_scope: str  # "1", "2 location", "2 market", or why it is in none
    iso_category: str


DIRECT = Place(True, "1", "1 direct")
OUTSIDE_GHG, OUTSIDE_ISO = "beside the scopes: exported", "reported separately: exported"
CROSSWALK: dict[Category, Place] = {
    Category.COMBUSTION: DIRECT,
    Category.PROCESS: DIRECT,
    Category.WASTE: DIRECT,
    Category.FUGITIVE: DIRECT,
    Category.MEASURED: DIRECT,
    Category.MEASURED_CHECK: Place(False, "beside the scopes: check", "beside category 1: check"),
    Category.RECOVERY: DIRECT,
    Category.ELECTRICITY_BOUGHT: Place(True, "2 location", "2 imported energy"),
    Category.ELECTRICITY_SOLD: Place(True, OUTSIDE_GHG, OUTSIDE_ISO),
    Category.HEAT_BOUGHT: Place(True, "2 location", "2 imported energy"),
    Category.HEAT_SOLD: Place(True, OUTSIDE_GHG, OUTSIDE_ISO),
    Category.ELECTRICITY_MARKET: Place(False, "2 market", "beside category 2: by contracts"),
}


@dataclass(frozen=True, slots=True)
class Inventory:
    """Totals [tCO2e, gases in t of the gas]. `total` may be negative, because sold energy is subtracted."""

    method: str
    total: Decimal
    by_gas: Mapping[str, Decimal]  # t of the gas
    by_gas_co2e: Mapping[str, Decimal]
    by_category: Mapping[str, Decimal]
    by_enterprise: Mapping[str, Decimal]
    by_period: Mapping[str, Decimal]
    ghg_scopes: Mapping[str, Decimal]
    iso_categories: Mapping[str, Decimal]
    biogenic_co2: Decimal  # t CO2, outside every total
    factors: Mapping[str, str]  # warming potentials used: gas -> factor id
    statuses: Mapping[str, int]  # how many inputs stand on which status


def is_counted(line: Line) -> bool:
    """Whether a line stands in the total. Biogenic CO2 does not, other gases of biogenic origin do."""
    return CROSSWALK[line.category].statutory and not (line.biogenic and line.gas == "CO2")


@in_ledger
def inventory(*, lines: Sequence[Line], method: Method, library: Library) -> Inventory:
    """Sum lines in the frames of the method.

    Args:
        lines: of any enterprises and periods.

    Returns:
        Totals in full precision; `Method.printed` rounds.

    Raises:
        UnknownFactor: the method's set has no warming potential of a gas.

    Special cases: biogenic CO2 stays outside; other gases of biogenic origin count. Bought heat has one view only, so
    the market view of scope 2 is the contracts' line of power plus the same heat; it is left out for a year without a
    residual number.
    """
    potentials = {line.gas: library.gwp(gas=line.gas, gwp_set=method.gwp_set) for line in lines}
    sums: dict[str, defaultdict[str, Decimal]] = {
        name: defaultdict(Decimal) for name in ("gas", "co2e", "category", "enterprise", "period", "scope", "iso")
    }
    biogenic = Decimal(0)
    statuses: defaultdict[str, int] = defaultdict(int)
    for line in lines:
        if line.biogenic and line.gas == "CO2":
            biogenic += line.tonnes
            continue
        place, amount = CROSSWALK[line.category], line.tonnes * potentials[line.gas].value
        for one in line.inputs:
            statuses[one.status or "GIVEN"] += not one.identity.startswith(("method.", "constant "))
        sums["scope"][place.ghg_scope] += amount
        sums["iso"][place.iso_category] += amount
        if not is_counted(line):
            continue
        sums["gas"][line.gas] += line.tonnes
        for name, key in (
            ("co2e", line.gas),
            ("category", line.category.value),
            ("enterprise", line.enterprise),
            ("period", line.period),
        ):
            sums[name][key] += amount
    market_view(lines=lines, scopes=sums["scope"])
    return Inventory(
        method=method.key, total=sum(sums["co2e"].values(), Decimal(0)), by_gas=dict(sums["gas"]), by_gas_co2e=dict(sums["co2e"]),
        by_category=dict(sums["category"]), by_enterprise=dict(sums["enterprise"]), by_period=dict(sums["period"]),
        ghg_scopes=dict(sums["scope"]), iso_categories=dict(sums["iso"]), biogenic_co2=biogenic,
        factors={gas: factor.id for gas, factor in potentials.items()}, statuses=dict(statuses),
    )  # fmt: skip


def market_view(*, lines: Sequence[Line], scopes: defaultdict[str, Decimal]) -> None:
    """Complete the market view by bought heat; where bought power has no market number, there is no such view."""
    covered = {named(line, ".market") for line in lines if line.category is Category.ELECTRICITY_MARKET}
    power = {named(line, ".bought") for line in lines if line.category is Category.ELECTRICITY_BOUGHT}
    heat = [line.tonnes for line in lines if line.category is Category.HEAT_BOUGHT]
    if power - covered:
        scopes.pop("2 market", None)
    elif power or heat:
        scopes["2 market"] += sum(heat, Decimal(0))


def named(line: Line, suffix: str) -> tuple[str, str, str]:
    return line.enterprise, line.period, line.id.removesuffix(suffix)
