"""Embedded emissions by the border rules: attribution to a production process with its floor, and specific emissions of a good
through all its precursors."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from accounting.carbon.domain.cbam.rules import PER, Per, Rules, Sector
from accounting.carbon.domain.cbam.sources import ONE, ZERO, Source, emissions_of, refuse
from accounting.carbon.domain.lines import in_ledger
from parks.catalogue.domain.errors import Invalid


class NothingProduced(Invalid):
    """Specific emissions need a positive activity level."""

    code = "cbam.nothing_produced"


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
