"""Activity data from measurements: what a month of judged hours adds up to, and how far it can be trusted."""

from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from math import sqrt

from parks.catalogue.domain.errors import Invalid

# Least share of valid hours for each quality, the best first. Own scale of the platform.
QUALITIES = ((Decimal("0.99"), 1), (Decimal("0.95"), 2), (Decimal("0.90"), 3), (Decimal("0.75"), 4))
WORST = 5
DIGITS = 8  # of a sum; no meter of the park is better


class Measure(Enum):
    """What is summed over the valid hours of a channel."""

    MEAN = "MEAN"  # hourly mean x 1 h: kW gives kWh, t/h gives t
    LOAD = "LOAD"  # mass of the pollutant [kg]
    VOLUME = "VOLUME"  # gas or water that flowed [m3]


class NothingMeasured(Invalid):
    """The channels have no valid hour in this month."""

    code = "derivation.nothing_measured"


@dataclass(frozen=True, slots=True)
class Summed:
    """What the valid hours of one channel add up to."""

    total: Decimal
    valid_hours: int
    hours: int  # of the month as far as it has run

    @property
    def share(self) -> Decimal:
        return Decimal(self.valid_hours) / Decimal(self.hours) if self.hours else Decimal(0)


@dataclass(frozen=True, slots=True)
class Derived:
    """A quantity of a month."""

    value: Decimal
    share: Decimal  # of valid hours, 0 to 1; of the worst channel
    quality: int  # 1 best to 5
    uncertainty: Decimal  # half of the 95 % interval, relative


def derived(*, sums: list[tuple[Summed, Decimal]], meter: Decimal | None) -> Derived:
    """One quantity from the sums of its channels.

    Args:
        sums: what each channel adds up to, and the scale that brings it to the unit of the quantity.
        meter: relative uncertainty of the meters (95 %); unknown counts as none.

    Returns:
        The valid hours' mean over all hours: a missing hour counts like the mean of the others. The missing share stands
        in full in the uncertainty, as sqrt(meter^2 + missing^2).

    Raises:
        NothingMeasured: a channel has no valid hour.
    """
    if not sums or any(not one.valid_hours for one, _scale in sums):
        raise NothingMeasured
    value = sum((one.total * scale / one.share for one, scale in sums), Decimal(0))
    share = min(one.share for one, _scale in sums)
    quality = next((number for least, number in QUALITIES if share >= least), WORST)
    spread = sqrt(float(meter or 0) ** 2 + float(1 - share) ** 2)
    return Derived(Decimal(f"{value:.{DIGITS}g}"), share, quality, Decimal(f"{spread:.4f}"))
