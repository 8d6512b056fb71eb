"""What a vehicle would have read without the park, and where it read clearly more."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
WINDOW, KNOTS = 1200.0, 60.0  # [s] over which a low quantile is taken, and between the moments at which it is
LOW, BELOW = 0.2, 0.8416  # quantile, and how many deviations it lies below the middle of Gaussian noise
UNDER, LEAST_UNDER = 0.558, 20  # mean distance of that fifth below its edge, in deviations; readings that tell it
LEAST_NOISE = 0.02  # of the level: no analyser and no background is steadier
CLEAR, GAP, SHORTEST = 3.0, 30.0, 3  # deviations; [s] between two peaks; readings


@dataclass(frozen=True, slots=True)
class Level:
    """By reading, shape (n,), and one noise for all; unit of the readings."""

    level: Floats
    noise: float


@dataclass(frozen=True, slots=True)
class Peak:
    """A stretch clearly above the level; numbers of readings, the end excluded."""

    start: int
    end: int
    top: int
    height: float  # above the level


def level_of(*, time: Floats, value: Floats) -> Level:
    """Background along a drive.

    Args:
        time: [s], rising, shape (n,); value: shape (n,), finite.

    A plume only ever adds, so the level is what the lowest fifth of twenty minutes implies. The noise follows from how much
    neighbouring readings of the lower half differ, and from how far readings lie below that level: a slow analyser hides the first.
    """
    noise = max(_noise(value), LEAST_NOISE * abs(float(np.median(value))), 1e-12)
    knots = np.arange(time[0], time[-1] + KNOTS, KNOTS)
    low = [
        float(np.quantile(value[(time >= at - WINDOW / 2) & (time <= at + WINDOW / 2)], LOW))
        if ((time >= at - WINDOW / 2) & (time <= at + WINDOW / 2)).any() else np.nan
        for at in knots
    ]  # fmt: skip
    known = np.isfinite(low)
    quantile = np.interp(time, knots[known], np.array(low)[known])
    under = (quantile - value)[value < quantile]
    if len(under) >= LEAST_UNDER:
        # Of Gaussian noise the lowest fifth lies 0.558 deviations below its own edge, in the mean.
        noise = max(noise, float(under.mean()) / UNDER)
    return Level(quantile + BELOW * noise, noise)


def _noise(value: Floats) -> float:
    steps, calm = np.diff(value), value <= np.median(value)
    quiet = steps[calm[1:] & calm[:-1]]
    return float(1.4826 * np.median(np.abs(quiet)) / np.sqrt(2)) if len(quiet) >= 5 else float(np.std(value))


def peaks_of(*, time: Floats, value: Floats, level: Level, most: int = 20) -> tuple[Peak, ...]:
    """Stretches of some readings more than three deviations above the level, the highest first."""
    above = value - level.level
    high = np.flatnonzero(above > CLEAR * level.noise)
    if not len(high):
        return ()
    parts = np.split(high, np.flatnonzero(np.diff(time[high]) > GAP) + 1)
    found = [
        Peak(int(part[0]), int(part[-1]) + 1, int(part[np.argmax(above[part])]), float(above[part].max()))
        for part in parts
        if len(part) >= SHORTEST
    ]
    return tuple(sorted(found, key=lambda one: -one.height)[:most])
