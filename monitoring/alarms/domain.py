"""What counts as a problem, when it is raised and when it is over."""

from dataclasses import dataclass
from enum import Enum


class ProblemKind(Enum):
    LIMIT_EXCEEDED = "LIMIT_EXCEEDED"
    LOGGER_SILENT = "LOGGER_SILENT"
    VALUE_STUCK = "VALUE_STUCK"


class Severity(Enum):
    NOTICE = "NOTICE"
    WARNING = "WARNING"
    CRITICAL = "CRITICAL"


@dataclass(frozen=True, slots=True)
class Exceedance:
    """How far a value is beyond its limit."""

    exceeded: bool
    times: float | None  # value / limit - 1; None below a minimum


def compare(*, value: float, maximum: float, minimum: float | None = None) -> Exceedance:
    """Compare a valid mean with its limit. The limit itself is kept, not exceeded.

    Source: multiples of exceedance are value / limit - 1; a range such as pH 6-9 is exceeded on both sides.
    """
    if value > maximum:
        return Exceedance(True, value / maximum - 1.0 if maximum > 0 else None)
    if minimum is not None and value < minimum:
        return Exceedance(True, None)
    return Exceedance(False, None)


def severity_of(*, times: float | None) -> Severity:
    """Critical from one whole limit above the limit."""
    return Severity.CRITICAL if times is not None and times >= 1.0 else Severity.WARNING


def silent_after_s(*, realtime_interval_s: int, minute_interval_min: int) -> float:
    """How long a logger may say nothing: three of its own intervals, and at least five minutes."""
    return max(3.0 * max(realtime_interval_s, 60 * minute_interval_min), 300.0)


def is_stuck(*, values: list[float], needed: int, decimals: int) -> bool:
    """Whether an analyser repeats itself: `needed` readings without any change, and not at zero.

    Zero for hours is what a clean or idle outlet shows, so it is not held against the analyser.
    """
    if len(values) < needed:
        return False
    rounded = {round(value, decimals) for value in values}
    return len(rounded) == 1 and rounded != {0.0}
