"""What a place reads without the event: level and scatter of its quiet readings."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

SMALLEST = 1e-3  # mg/L; an analyser that repeats one number scatters by its last digit all the same
LEVEL = 40.0  # percentile: an event of less than half the time leaves it alone, a clean half hour does not pull it down
TO_DEVIATION = 1.4826  # of a normal distribution over its median absolute deviation


@dataclass(frozen=True, slots=True)
class Quiet:
    """Of one place [mg/L]."""

    level: float
    noise: float  # standard deviation of a reading


def quiet_of(*, values: Sequence[float]) -> Quiet:
    """Level and noise from a stretch that holds an event in less than half of its time.

    Args:
        values: readings [mg/L], at least one.

    Returns:
        The 40th percentile, and the median distance of the readings below it times 1.4826; an event only ever adds, so what
        lies below the level is free of it.
    """
    read = np.asarray(values, dtype=float)
    level = float(np.percentile(read, LEVEL))
    below = level - read[read <= level]
    return Quiet(level, max(TO_DEVIATION * float(np.median(below)), SMALLEST))
