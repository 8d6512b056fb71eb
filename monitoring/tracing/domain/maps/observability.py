"""What could have been seen? The smallest rate that would have lifted readings clearly in the wind that blew."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitoring.tracing.domain.forward.scene import Physics, Sensors, Sources, Weather
from monitoring.tracing.domain.maps.scene import Means, responses

Floats = NDArray[np.float64]

DEVIATIONS = 2.0
READINGS = 2  # that must rise
UNSEEN = 1_000 / 3_600  # [kg/s], a tonne an hour: what needs more is said not to be seen at all


@dataclass(frozen=True, slots=True)
class Rises:
    """The block means that steady sources would have lifted first, shape (n, sources), the first to rise on top."""

    block: NDArray[np.int_]
    sensor: NDArray[np.int_]
    rate: Floats  # that lifts it by two deviations [kg/s]; infinite where the wind carried nothing there

    @property
    def smallest_seen(self) -> Floats:
        """Smallest rate that lifts two of them [kg/s], shape (sources,).

        Special cases: infinite where it would take more than a tonne an hour, or where the wind carried it to no station.
        """
        if len(self.rate) < READINGS:
            return np.full(self.rate.shape[1], np.inf)
        second = self.rate[READINGS - 1]
        return np.where(second > UNSEEN, np.inf, second)


def first_rises(
    *, sources: Sources, means: Means, sensors: Sensors, weather: Weather, physics: Physics, most: int = READINGS
) -> Rises:
    """The readings in which each source would have been seen first, no more than `most` of them."""
    if not len(sources):
        return Rises(*(np.zeros((0, 0), dtype=kind) for kind in (int, int, float)))
    every = responses(sources=sources, sensors=sensors, weather=weather, physics=physics, steps=means.steps)
    block, sensor = np.nonzero(np.isfinite(means.excess))
    ratio = every[block, sensor] / np.broadcast_to(means.deviation, means.excess.shape)[block, sensor][:, None]
    least = max(len(ratio) - most, 0)
    best = np.argpartition(ratio, least, axis=0)[least:] if len(ratio) else np.zeros(ratio.shape, dtype=int)
    best = np.take_along_axis(best, np.argsort(-np.take_along_axis(ratio, best, axis=0), axis=0, kind="stable"), axis=0)
    with np.errstate(divide="ignore"):
        rate = DEVIATIONS / np.take_along_axis(ratio, best, axis=0).astype(float)
    return Rises(block[best], sensor[best], rate)
