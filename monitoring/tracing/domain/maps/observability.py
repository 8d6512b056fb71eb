"""What could have been seen? The smallest rate that would have lifted readings clearly in the wind that blew."""

import numpy as np
from numpy.typing import NDArray

from monitoring.tracing.domain.forward.scene import Physics, Sensors, Sources, Weather
from monitoring.tracing.domain.maps.scene import Means, responses

Floats = NDArray[np.float64]

DEVIATIONS = 2.0
READINGS = 2  # that must rise
UNSEEN = 1_000 / 3_600  # [kg/s], a tonne an hour: what needs more is said not to be seen at all


def smallest_seen(*, sources: Sources, means: Means, sensors: Sensors, weather: Weather, physics: Physics) -> Floats:
    """Smallest steady rate that would have lifted two block means by two deviations [kg/s], shape (sources,).

    Special cases: infinite where it would take more than a tonne an hour, or where the wind carried it to no station.
    """
    if not len(sources):
        return np.zeros(0)
    every = responses(sources=sources, sensors=sensors, weather=weather, physics=physics, steps=means.steps)
    known = np.isfinite(means.excess)
    ratio = every[known] / np.broadcast_to(means.deviation, means.excess.shape)[known][:, None]
    if len(ratio) < READINGS:
        return np.full(len(sources), np.inf)
    second = np.partition(ratio, len(ratio) - READINGS, axis=0)[len(ratio) - READINGS]
    with np.errstate(divide="ignore"):
        rate = DEVIATIONS / second.astype(float)
    return np.where(rate > UNSEEN, np.inf, rate)
