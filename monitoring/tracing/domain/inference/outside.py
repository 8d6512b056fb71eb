"""Pollution that the wind brings from outside, by sixteen sectors: far air, the same at every sensor, and works some way off, whose
broad plume comes later to some sensors than to others and misses some.
"""

import numpy as np
from numpy.typing import NDArray

from monitoring.tracing.domain.forward.columns import Air, Blocks
from monitoring.tracing.domain.forward.scene import Physics, Sensors, Sources, Weather
from monitoring.tracing.domain.physics.dispersion import sigmas
from monitoring.tracing.domain.physics.plume import LEAST_SPEED
from monitoring.tracing.domain.physics.wind import turned

Singles = NDArray[np.float32]

SECTORS = 16
AWAY = 2000.0  # [m]
WORKS_AWAY, WORKS_WIDE, WORKS_HIGH = 3000.0, 1000.0, 10.0  # [m]; beyond the sensors furthest from the middle
NAMES = ("N", "NNE", "NE", "ENE", "E", "ESE", "SE", "SSE", "S", "SSW", "SW", "WSW", "W", "WNW", "NW", "NNW")


def works_of(*, sensors: Sensors) -> Sources:
    """Works outside, one in the middle of each sector."""
    east, north = ((axis.min() + axis.max()) / 2 for axis in (sensors.east, sensors.north))
    away = float(np.hypot(sensors.east - east, sensors.north - north).max()) + WORKS_AWAY
    bearing = np.radians(np.arange(SECTORS) * 360.0 / SECTORS)
    wide = np.full(SECTORS, WORKS_WIDE)
    return Sources(
        east + away * np.sin(bearing), north + away * np.cos(bearing), np.full(SECTORS, WORKS_HIGH), wide, np.full(SECTORS, WORKS_HIGH),
        (None,) * SECTORS,
    )  # fmt: skip


def outside_columns(
    *, weather: Weather, physics: Physics, blocks: Blocks, air: Air, rows: NDArray[np.int_]
) -> Singles:  # fmt: skip
    """Concentration over rate of a line source two kilometres out, as wide as its sector [s/m3].

    Returns:
        Shape (air.size, 16, rows), rows being places in blocks x sensors. Widths and depths change nothing, an offset turns the sectors.

    Source: a line across the wind, C = 2 q / (sqrt(2 pi) u sigma_z W), shared by sectors by a triangle of their bearing.
    """
    sensors = blocks.used.shape[1]
    width = 2 * np.pi * AWAY / SECTORS
    upward = np.array([float(sigmas(x=AWAY, stability=float(c), scheme=physics.scheme)[1]) for c in weather.stability])
    strength = 2 / (np.sqrt(2 * np.pi) * np.maximum(weather.speed, LEAST_SPEED) * upward * width) * weather.valid
    centres = np.arange(SECTORS) * 360.0 / SECTORS
    counted = np.maximum(blocks.readings, 1.0)
    found = np.zeros((air.size, SECTORS, len(rows)), dtype=np.float32)
    each = air.size // len(air.offsets)
    for number, offset in enumerate(air.offsets):
        apart = np.abs(turned(one=weather.from_deg[:, None] + offset, other=centres[None, :]))
        share = np.maximum(1 - apart / (360.0 / SECTORS), 0.0) * strength[:, None]
        sums = np.zeros((blocks.count, sensors, SECTORS))
        np.add.at(sums, blocks.of_minute, blocks.used[:, :, None] * share[:, None, :])
        found[number * each : (number + 1) * each] = (sums / counted[:, :, None]).reshape(-1, SECTORS)[rows].T
    return found
