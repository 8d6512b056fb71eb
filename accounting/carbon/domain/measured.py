"""CO2 measured at the stack: by mass concentration, volume share or summed load; and the check against the calculation."""

from dataclasses import dataclass
from enum import StrEnum
from math import sqrt

from accounting.carbon.domain.kinds import Entry, Field, Kind, Setting, built
from accounting.carbon.domain.lines import Category, Line

HOURS = Field("hours", "h", constant="1")
FLOW = Field("flow", "Nm3/h")
CHECK = Category.MEASURED_CHECK
MASS = Kind("measured_mass", "M1", CHECK, "CO2", (Field("concentration", "g/Nm3"), FLOW, HOURS), choices=("route",))
SHARE = Kind(
    "measured_share", "M2", CHECK, "CO2", (Field("share", "1", fraction=True), FLOW, HOURS), choices=("route",)
)
# What the platform itself summed over the hours of the month, each with its own concentration and flow.
LOAD = Kind("measured_load", "M3", CHECK, "CO2", (Field("mass", "t"),), choices=("route",))
KINDS = {one.name: one for one in (MASS, SHARE, LOAD)}


class Flag(StrEnum):
    GREEN = "GREEN"
    AMBER = "AMBER"
    RED = "RED"


@dataclass(frozen=True, slots=True)
class CrossCheck:
    """Measured against calculated, relative to the calculated."""

    difference: float
    uncertainty: float
    flag: Flag


def lines(*, entry: Entry, setting: Setting) -> tuple[Line, ...]:
    """CO2 of one stack [t]. Concentration and flow must be on the same basis (wet or dry, pressure, temperature).

    The line stands beside the total as a check on the calculation; with the choice `route: measured` it stands in the
    total, and the calculation of the same source must be left out.

    Raises:
        MissingValue, NotAFraction: see `kinds.built`.
    """
    category = Category.MEASURED if entry.choices.get("route") == "measured" else Category.MEASURED_CHECK
    return (built(kind=KINDS[entry.kind], entry=entry, setting=setting, category=category),)


def cross_check(*, measured: float, calculated: float, u_measured: float, u_calculated: float) -> CrossCheck:
    """Compare a month's measured and calculated CO2.

    Args:
        measured, calculated: [t].
        u_measured, u_calculated: half of the 95 % intervals (k = 2), relative.

    Returns:
        Relative difference, its uncertainty, and the flag: amber beyond the uncertainty, red beyond twice of it.

    Source: section 4 of the project's notes on carbon.
    """
    difference = (measured - calculated) / calculated
    uncertainty = sqrt(u_measured**2 + u_calculated**2)
    size = abs(difference)
    flag = Flag.RED if size > 2 * uncertainty else Flag.AMBER if size > uncertainty else Flag.GREEN
    return CrossCheck(difference, uncertainty, flag)
