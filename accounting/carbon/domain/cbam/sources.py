"""Sources of one production process under the border rules: fuels, converted materials, a carbon balance, measured stacks.

Chinese totals do not enter here: carbon ratio and warming potential are those of the regulation.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from accounting.carbon.domain.cbam.rules import Rules
from accounting.carbon.domain.lines import in_ledger
from parks.catalogue.domain.errors import Invalid

ZERO, ONE = Decimal(0), Decimal(1)


class NotAShare(Invalid):
    """A biomass share, oxidation or conversion lies outside 0 to 1."""

    code = "cbam.fraction"


class NegativeFlow(Invalid):
    """A quantity is negative that only a carbon balance may have with a sign."""

    code = "cbam.negative_flow"


class HoursDoNotFit(Invalid):
    """Concentration and flow of a stack have different numbers of hours."""

    code = "cbam.hours"


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


@in_ledger
def measured(*, concentrations: Sequence[Decimal], volumes: Sequence[Decimal], nitrous: bool = False) -> Measured:
    """Emission of a stack from its hours.

    Args:
        concentrations: of the gas, hour by hour [g/Nm3]; volumes: of the flue gas, as many [Nm3].

    Raises:
        HoursDoNotFit: one of the two series is shorter.
        NegativeFlow: an hour is negative.
    """
    if len(concentrations) != len(volumes):
        raise HoursDoNotFit(
            f"{len(concentrations)} hours of concentration and {len(volumes)} of flow do not fit.",
            concentrations=len(concentrations), volumes=len(volumes),
        )  # fmt: skip
    refuse(quantities=(*concentrations, *volumes))
    grams = sum((c * v for c, v in zip(concentrations, volumes, strict=True)), ZERO)
    return Measured(grams / 1_000_000, nitrous)


Source = Burnt | Converted | Balanced | Measured


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
