"""Stability from wind and sun, where nobody measured it."""

from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from monitoring.tracing.domain.case.reading import BEIJING
from monitoring.tracing.domain.physics import stability

Floats = NDArray[np.float64]


def classes_of(
    *,
    start: datetime,
    speed: Floats,
    latitude: float,
    longitude: float,
    total_cloud: float,
    low_cloud: float,
    step: float,
) -> Floats:
    """Stability class numbers from the wind of every step and the height of the sun in its middle, shape of the speeds; NaN without wind.

    Args:
        speed: at 10 m [m/s], shape (n,); total_cloud, low_cloud: tenths of the sky; step: [s].
    """
    at = [(start + timedelta(seconds=(n + 0.5) * step)).astimezone(BEIJING) for n in range(len(speed))]
    sun = stability.solar_height(
        day_of_year=[one.timetuple().tm_yday - 1 for one in at], beijing_hour=[one.hour + one.minute / 60 for one in at], latitude=latitude,
        longitude=longitude,
    )  # fmt: skip
    cloud = np.full(len(speed), total_cloud), np.full(len(speed), low_cloud)
    level = stability.radiation_level(solar_deg=sun, total_cloud=cloud[0], low_cloud=cloud[1])
    known = np.isfinite(speed)
    return np.where(known, stability.pasquill(speed=np.where(known, speed, 3.0), radiation=level), np.nan)
