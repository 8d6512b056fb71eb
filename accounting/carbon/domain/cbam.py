"""Embedded emissions by the European border rules: attribution to a production process with its floor, and specific
emissions of a good through all its precursors.

Chinese totals do not enter here: the sources are those of one production process, with the carbon ratio, the warming
potential and the corrections of the regulation, which are rows of the factor library.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from accounting.carbon.domain.lines import in_ledger
from accounting.carbon.domain.methods import CarbonRatio, Method
from accounting.factors.domain.library import Library
from parks.catalogue.domain.errors import Invalid

ZERO, ONE = Decimal(0), Decimal(1)


class NothingProduced(Invalid):
    """Specific emissions need a positive activity level."""

    code = "cbam.nothing_produced"


class NotAShare(Invalid):
    """A biomass share, oxidation or conversion lies outside 0 to 1."""

    code = "cbam.fraction"


class NegativeFlow(Invalid):
    """A quantity is negative that only a carbon balance may have with a sign."""

    code = "cbam.negative_flow"


class Sector(StrEnum):
    FERTILISER = "fertiliser"
    CEMENT = "cement"
    HYDROGEN = "hydrogen"
    IRON_STEEL = "iron_steel"
    ALUMINIUM = "aluminium"


class Per(StrEnum):
    """What specific emissions are counted per."""

    PRODUCT = "t product"
    NITROGEN = "t N"
    CLINKER = "t clinker"


PER = {Sector.FERTILISER: Per.NITROGEN, Sector.CEMENT: Per.CLINKER}


@dataclass(frozen=True, slots=True)
class Rules:
    """Numbers of the regulation. `indirect`: whether emissions of used power count for a sector's goods."""

    ratio: CarbonRatio
    nitrous: Decimal  # tCO2e/t N2O
    waste_gas: Decimal  # what an exported waste gas takes along of its emissions
    indirect: Mapping[Sector, bool]


def rules_of(*, library: Library, method: Method) -> Rules:
    """Rules of a method over the library.

    Raises:
        UnknownFactor: the library lacks a row.
    """

    def row(variant: str, parameter: str) -> Decimal:
        return library.process(process="cbam", variant=variant, parameter=parameter).value

    indirect = {sector: row(sector.value, "INDIRECT") == 1 for sector in Sector}
    nitrous = library.gwp(gas="N2O", gwp_set=method.gwp_set).value
    return Rules(method.ratio, nitrous, row("waste_gas", "CORRECTION"), indirect)


@dataclass(frozen=True, slots=True)
class Burnt:
    """A fuel: quantity [t or m3], heat content [TJ per unit], factor [tCO2/TJ], oxidised share, biomass share."""

    quantity: Decimal
    ncv: Decimal
    factor: Decimal
    oxidation: Decimal = ONE
    biomass: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Converted:
    """A material that gives off CO2: amount [t], factor [tCO2/t], converted share."""

    amount: Decimal
    factor: Decimal
    conversion: Decimal = ONE


@dataclass(frozen=True, slots=True)
class Balanced:
    """A stream of a carbon balance: amount [t], negative for what leaves, carbon [tC/t], biomass share."""

    amount: Decimal
    carbon: Decimal
    biomass: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Measured:
    """What a stack was measured to emit [t of the gas]; nitrous oxide is weighed by the regulation's potential."""

    tonnes: Decimal
    nitrous: bool = False


Source = Burnt | Converted | Balanced | Measured


@dataclass(frozen=True, slots=True)
class Flow:
    """Heat [TJ, tCO2e/TJ] or power [MWh, tCO2e/MWh] across the border of a process."""

    quantity: Decimal
    factor: Decimal


@dataclass(frozen=True, slots=True)
class WasteGas:
    """Waste gas across the border: quantity, heat content [TJ per unit], factor of natural gas [tCO2/TJ].

    What is exported must not stand among the sources: it is a carbon output of their balance.
    """

    quantity: Decimal
    ncv: Decimal
    factor: Decimal


@dataclass(frozen=True, slots=True)
class Precursor:
    """A good that was used: mass with losses [t] and its specific emissions [tCO2e per its unit].

    `content`: units per tonne, such as t N per t of fertiliser. What was made in the Union embeds nothing.
    """

    mass: Decimal
    direct: Decimal
    indirect: Decimal = ZERO
    content: Decimal = ONE
    from_union: bool = False


@dataclass(frozen=True, slots=True)
class Process:
    """A production process in one period. `activity`: of its goods, in the unit of the sector (`PER`)."""

    sector: Sector
    activity: Decimal
    sources: Sequence[Source] = ()
    heat_in: Sequence[Flow] = ()
    heat_out: Sequence[Flow] = ()
    gas_in: Sequence[WasteGas] = ()
    gas_out: Sequence[WasteGas] = ()
    power_in: Sequence[Flow] = ()
    power_out: Sequence[Flow] = ()
    precursors: Sequence[Precursor] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class Attributed:
    """Attributed emissions [tCO2e]. `clipped` is what the floor at zero cut off; direct - clipped is conserved."""

    direct: Decimal
    indirect: Decimal
    clipped: Decimal


@dataclass(frozen=True, slots=True)
class Embedded:
    """Specific embedded emissions of a good [tCO2e per unit] with the part that its precursors brought."""

    per: Per
    direct: Decimal
    indirect: Decimal
    from_precursors: tuple[Decimal, Decimal]  # direct and indirect, in the two above
    own: Attributed  # [tCO2e]
    indirect_counts: bool

    def as_precursor(self, *, mass: Decimal, content: Decimal = ONE) -> Precursor:
        """This good as used by another: mass [t], units per tonne."""
        return Precursor(mass, self.direct, self.indirect, content)

    @in_ledger
    def counted(self, *, content: Decimal = ONE) -> Decimal:
        """What a tonne of the good is charged with [tCO2e/t]; `content`: units per tonne, such as t N/t."""
        return (self.direct + (self.indirect if self.indirect_counts else ZERO)) * content


@in_ledger
def emissions_of(*, source: Source, rules: Rules) -> Decimal:
    """Emissions of one source [tCO2e]; negative for carbon that leaves a balance.

    Raises:
        NotAShare, NegativeFlow: what is given cannot be.
    """
    match source:
        case Burnt(quantity, ncv, factor, oxidation, biomass):
            refuse(quantities=(quantity, ncv, factor), shares=(oxidation, biomass))
            return quantity * ncv * factor * (1 - biomass) * oxidation
        case Converted(amount, factor, conversion):
            refuse(quantities=(amount, factor), shares=(conversion,))
            return amount * factor * conversion
        case Balanced(amount, carbon, biomass):
            refuse(shares=(carbon, biomass))
            return amount * carbon * (1 - biomass) * rules.ratio.co2 / rules.ratio.c
        case Measured(tonnes, nitrous):
            refuse(quantities=(tonnes,))
            return tonnes * rules.nitrous if nitrous else tonnes


def refuse(*, quantities: Sequence[Decimal] = (), shares: Sequence[Decimal] = ()) -> None:
    for value in quantities:
        if not value >= 0:
            raise NegativeFlow(f"{value} cannot be negative.", value=str(value))
    for value in shares:
        if not 0 <= value <= 1:
            raise NotAShare(f"{value} must lie between 0 and 1.", value=str(value))


@in_ledger
def before_floor(*, process: Process, rules: Rules) -> Decimal:
    """Direct emissions after heat, waste gases and power, which may be negative [tCO2e].

    An exported waste gas counts in full where it was made, whoever burns it, and takes its corrected part along.
    """
    own = sum((emissions_of(source=one, rules=rules) for one in process.sources), ZERO)
    exported = worth(process.gas_out)
    gas = worth(process.gas_in) + exported - exported * rules.waste_gas
    return own + worth(process.heat_in) - worth(process.heat_out) + gas - worth(process.power_out)


def worth(flows: Sequence[Flow] | Sequence[WasteGas]) -> Decimal:
    """Emissions of heat, power or, as if it were natural gas, waste gas [tCO2e]."""
    total = ZERO
    for one in flows:
        heat = one.ncv if isinstance(one, WasteGas) else ONE
        refuse(quantities=(one.quantity, heat, one.factor))
        total += one.quantity * heat * one.factor
    return total


@in_ledger
def attributed(*, process: Process, rules: Rules) -> Attributed:
    """Attributed direct and indirect emissions of a production process.

    Returns:
        Direct emissions not below zero, with what was clipped; indirect ones of the power it used.

    Raises:
        NotAShare, NegativeFlow: see `emissions_of`.

    Source: IR (EU) 2025/2547, equations 4 to 19, 35 and 52 to 56, by way of the public package opencbam 0.1.0.
    """
    raw = before_floor(process=process, rules=rules)
    return Attributed(max(raw, ZERO), worth(process.power_in), max(-raw, ZERO))


@in_ledger
def embedded(*, process: Process, rules: Rules) -> Embedded:
    """Specific embedded emissions of a process's goods, precursors included.

    Raises:
        NothingProduced: the activity level is not positive.
        NotAShare, NegativeFlow: see `emissions_of`.

    Source: IR (EU) 2025/2547, equations 57 to 66, by way of the public package opencbam 0.1.0.
    """
    if not process.activity > 0:
        raise NothingProduced(f"The activity level is {process.activity}.", activity=str(process.activity))
    own, direct, indirect = attributed(process=process, rules=rules), ZERO, ZERO
    for one in process.precursors:
        refuse(quantities=(one.mass, one.content))
        if not one.from_union:
            direct += one.mass * one.content * one.direct
            indirect += one.mass * one.content * one.indirect
    return Embedded(
        PER.get(process.sector, Per.PRODUCT), (own.direct + direct) / process.activity, (own.indirect + indirect) / process.activity,
        (direct / process.activity, indirect / process.activity), own, rules.indirect[process.sector],
    )  # fmt: skip
