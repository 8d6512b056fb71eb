"""Embedded emissions by the European border rules: attribution with its floor, and specific emissions of a good."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from accounting.carbon.domain.lines import in_ledger
from parks.catalogue.domain.errors import Invalid

WASTE_GAS_SHARE = Decimal("0.667")  # of natural gas's emissions, what an exported waste gas may subtract


class NothingProduced(Invalid):
    """Specific emissions need a positive activity level."""

    code = "cbam.nothing_produced"


@dataclass(frozen=True, slots=True)
class Attributed:
    """Attributed direct emissions [tCO2e]. `clipped` is what the floor at zero cut off; their difference is conserved."""

    emissions: Decimal
    clipped: Decimal


@dataclass(frozen=True, slots=True)
class Precursor:
    """A good that was used: mass with losses [t] and its specific direct and indirect emissions [tCO2e/t]."""

    mass: Decimal
    direct: Decimal
    indirect: Decimal


@in_ledger
def attributed(
    *, direct: Decimal, heat_in: Decimal = Decimal(0), heat_out: Decimal = Decimal(0), gas_in: Decimal = Decimal(0),
    gas_out: Decimal = Decimal(0), electricity_out: Decimal = Decimal(0),
) -> Attributed:  # fmt: skip
    """Emissions of a production process after heat, waste gases and power [tCO2e].

    Args:
        gas_out: emissions of the exported waste gas as natural gas would have them; 0.667 of it is subtracted.

    Returns:
        The emissions, not below zero, and what was clipped: emissions - clipped is the sum before the floor.

    Source: IR (EU) 2025/2547 by way of the public package opencbam 0.1.0.
    """
    raw = direct + heat_in - heat_out + gas_in - WASTE_GAS_SHARE * gas_out - electricity_out
    return Attributed(max(raw, Decimal(0)), max(-raw, Decimal(0)))


@in_ledger
def specific(
    *, own: Attributed, indirect: Decimal, activity: Decimal, precursors: Sequence[Precursor] = ()
) -> tuple[Decimal, Decimal]:
    """Specific embedded emissions, direct and indirect [tCO2e per unit of activity].

    Args:
        activity: t of the good; t of nitrogen for fertilisers, t of clinker for cement.

    Raises:
        NothingProduced: the activity level is not positive.
    """
    if activity <= 0:
        raise NothingProduced(f"The activity level is {activity}.", activity=str(activity))
    direct = own.emissions + sum((one.mass * one.direct for one in precursors), Decimal(0))
    total_indirect = indirect + sum((one.mass * one.indirect for one in precursors), Decimal(0))
    return direct / activity, total_indirect / activity
