"""Indicators of a zero-carbon park: emissions per tonne of coal equivalent, and the five that guide.

What is not known stays not known: a missing number never counts as zero, and a park with a gap has no indicator instead of
a better one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from accounting.carbon.domain.lines import Category, Line, in_ledger
from accounting.factors.domain.factors import Factor
from accounting.factors.domain.library import Library
from parks.catalogue.domain.errors import Invalid

ZERO = Decimal(0)
ENERGY_RELATED = frozenset(
    [
        Category.COMBUSTION,
        Category.ELECTRICITY_BOUGHT,
        Category.ELECTRICITY_SOLD,
        Category.HEAT_BOUGHT,
        Category.HEAT_SOLD,
    ]
)


class ImpossibleIndicator(Invalid):
    """A quantity is negative, or a part is larger than its whole."""

    code = "indicator.impossible"


class Carrier(StrEnum):
    POWER = "POWER"  # MWh
    HEAT = "HEAT"  # GJ
    FUEL = "FUEL"  # t or 1e4 Nm3, by the table of the fuel


@dataclass(frozen=True, slots=True)
class EnergyUse:
    """Energy that the park used in a year, net of what it passed on. `clean`: non-fossil, with its proof; None: not known."""

    id: str
    carrier: Carrier
    amount: Decimal | None
    clean: bool | None = None
    fuel: str = ""
    edition: str = ""  # of the fuel tables
    ncv: Decimal | None = None  # measured [GJ per unit], before the table's


@dataclass(frozen=True, slots=True)
class Product:
    """Energy per unit of a product, and level 2 of its limit in the same unit."""

    id: str
    used: Decimal | None
    level_two: Decimal | None


@dataclass(frozen=True, slots=True)
class Year:
    """What a park knows of a year; None where it does not know."""

    uses: Sequence[EnergyUse] = ()
    co2: Decimal | None = None  # of energy [t]
    products: Sequence[Product] = ()
    waste_used: Decimal | None = None  # t, with what came from earlier stocks
    waste_made: Decimal | None = None  # t
    waste_from_stock: Decimal | None = None  # t, in `waste_used`
    heat_recovered: Decimal | None = None  # GJ of waste heat, cold and pressure
    heat_recoverable: Decimal | None = None  # GJ
    water_reused: Decimal | None = None  # m3
    water_fresh: Decimal | None = None  # m3


@dataclass(frozen=True, slots=True)
class Indicator:
    """A value beside its limit. Without a value `missing` names the gaps; `reached` is None where either is not known."""

    id: str
    unit: str
    value: Decimal | None
    limit: Factor | None
    reached: bool | None
    missing: tuple[str, ...] = field(default_factory=tuple)


def energy_co2(*, lines: Sequence[Line]) -> Decimal:
    """CO2 of energy in statutory lines [t]: combustion and net bought power and heat, without biogenic CO2 and other gases."""
    return sum(
        (one.tonnes for one in lines if one.category in ENERGY_RELATED and one.gas == "CO2" and not one.biogenic), ZERO
    )


@in_ledger
def coal_equivalent(*, use: EnergyUse, library: Library) -> Decimal | None:
    """A use in tonnes of coal equivalent, by its equivalent value; None when its amount is not known.

    Raises:
        UnknownFactor: no heat content of that fuel.
        ImpossibleIndicator: the amount is negative.
    """
    if use.amount is None:
        return None
    possible(whole={use.id: use.amount})
    if use.carrier is not Carrier.FUEL:
        return (
            use.amount
            * library.process(process="coal_equivalent", variant=use.carrier.value.lower(), parameter="FACTOR").value
        )
    ncv = use.ncv if use.ncv is not None else library.fuel(fuel=use.fuel, parameter="NCV", edition=use.edition).value
    return use.amount * ncv / library.get("fuel.any.standard_coal.ncv").value


@in_ledger
def indicators(*, year: Year, library: Library) -> tuple[Indicator, ...]:
    """The core indicator and the five guiding ones.

    Returns:
        In the order of the notice: emissions per energy, clean energy, energy of products, solid waste, waste heat, water.

    Raises:
        UnknownFactor, ImpossibleIndicator: see `coal_equivalent`; a part is larger than its whole.

    Special cases: parks below the smallest class have no limit of the core indicator, so nothing is reached or missed.
    Source: notice 2025 no. 910 on zero-carbon parks by way of public summaries; shares by their usual definitions.
    """
    equivalents = {use.id: coal_equivalent(use=use, library=library) for use in year.uses}
    return (
        core(year=year, equivalents=equivalents, library=library), clean_energy(year=year, equivalents=equivalents, library=library),
        product_energy(year=year, library=library),
        share(name="solid_waste", part="waste_used", whole=("waste_made", "waste_from_stock"), year=year, library=library),
        share(name="waste_heat", part="heat_recovered", whole=("heat_recoverable",), year=year, library=library),
        share(name="water", part="water_reused", whole=("water_reused", "water_fresh"), year=year, library=library),
    )  # fmt: skip


def core(*, year: Year, equivalents: Mapping[str, Decimal | None], library: Library) -> Indicator:
    """Energy-related CO2 over energy used [tCO2/tce], against the limit of the park's class."""
    gaps = gaps_of(equivalents) + (("co2",) if year.co2 is None else ())
    total = sum((one for one in equivalents.values() if one is not None), ZERO)
    if gaps or year.co2 is None or not total:
        return Indicator("emissions_per_energy", "tCO2/tce", None, None, None, gaps or ("uses",))
    limit = class_limit(total=total, library=library)
    value = year.co2 / total
    return Indicator("emissions_per_energy", "tCO2/tce", value, limit, None if limit is None else value <= limit.value)


def class_limit(*, total: Decimal, library: Library) -> Factor | None:
    """The limit of the largest class that an energy use [tce] reaches."""
    found = None
    for name in ("middle", "large"):
        if total >= library.process(process="zero_carbon_park", variant=name, parameter="FROM").value:
            found = limit_of(name=name, library=library)
    return found


def limit_of(*, name: str, library: Library) -> Factor:
    return library.process(process="zero_carbon_park", variant=name, parameter="LIMIT")


def gaps_of(equivalents: Mapping[str, Decimal | None]) -> tuple[str, ...]:
    return tuple(name for name, value in equivalents.items() if value is None) if equivalents else ("uses",)


def clean_energy(*, year: Year, equivalents: Mapping[str, Decimal | None], library: Library) -> Indicator:
    gaps = gaps_of(equivalents) + tuple(f"{use.id}.clean" for use in year.uses if use.clean is None)
    total = sum((one for one in equivalents.values() if one is not None), ZERO)
    clean = sum((equivalents[use.id] or ZERO for use in year.uses if use.clean), ZERO)
    return judged(name="clean_energy", part=clean, whole=total, gaps=gaps, library=library)


def product_energy(*, year: Year, library: Library) -> Indicator:
    """Share of products that need no more energy than level 2 of their limit."""
    gaps = (
        tuple(one.id for one in year.products if one.used is None or one.level_two is None)
        if year.products
        else ("products",)
    )
    good = sum(
        1 for one in year.products if one.used is not None and one.level_two is not None and one.used <= one.level_two
    )
    return judged(
        name="product_energy", part=Decimal(good), whole=Decimal(len(year.products)), gaps=gaps, library=library
    )


def share(*, name: str, part: str, whole: Sequence[str], year: Year, library: Library) -> Indicator:
    """A part over the sum of some fields of the year."""
    given: dict[str, Decimal | None] = {field_name: getattr(year, field_name) for field_name in (part, *whole)}
    gaps = tuple(field_name for field_name, value in given.items() if value is None)
    known = {field_name: value for field_name, value in given.items() if value is not None}
    possible(whole=known)
    if gaps:
        return judged(name=name, part=ZERO, whole=ZERO, gaps=gaps, library=library)
    return judged(name=name, part=known[part], whole=sum((known[w] for w in whole), ZERO), gaps=(), library=library)


def judged(*, name: str, part: Decimal, whole: Decimal, gaps: tuple[str, ...], library: Library) -> Indicator:
    limit = limit_of(name=name, library=library)
    if gaps:
        return Indicator(name, "1", None, limit, None, gaps)
    if part > whole:
        raise ImpossibleIndicator(f"{name}: {part} is more than the whole of {whole}.", indicator=name)
    if not whole:
        # Nothing was there to be used, so there is neither a good nor a bad share.
        return Indicator(name, "1", None, limit, None, ("whole",))
    return Indicator(name, "1", part / whole, limit, part >= limit.value * whole)


def possible(*, whole: Mapping[str, Decimal]) -> None:
    for name, value in whole.items():
        if not value >= 0:
            raise ImpossibleIndicator(f"{name} is {value}; it cannot be negative.", field=name)
