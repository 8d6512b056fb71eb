"""Pollution that the wind brings from outside: one column for each of sixteen sectors, the same at every sensor."""

import numpy as np
from numpy.typing import NDArray

from monitoring.tracing.domain.forward.columns import Air, Blocks
from monitoring.tracing.domain.forward.scene import Physics, Weather
from monitoring.tracing.domain.physics.dispersion import sigmas
from monitoring.tracing.domain.physics.plume import LEAST_SPEED
from monitoring.tracing.domain.physics.wind import turned

Singles = NDArray[np.float32]

SECTORS = 16
AWAY = 2000.0  # [m]
NAMES = ("N", "NNE", "NE", "ENE", "E", "ESE", "SE", "SSE", "S", "SSW", "SW", "WSW", "W", "WNW", "NW", "NNW")


def outside_columns(*, weather: Weather, physics: Physics, blocks: Blocks, air: Air) -> Singles:
    """Concentration over rate of a line source two kilometres out, as wide as its sector [s/m3].

    Returns:
        Shape (air.size, 16, blocks x sensors). Widths and depths change nothing, an offset turns the sectors.

    Source: a line across the wind, C = 2 q / (sqrt(2 pi) u sigma_z W), shared by sectors by a triangle of their bearing.
    """
    sensors = blocks.used.shape[1]
    width = 2 * np.pi * AWAY / SECTORS
    upward = np.array([float(sigmas(x=AWAY, stability=float(c), scheme=physics.scheme)[1]) for c in weather.stability])
    strength = 2 / (np.sqrt(2 * np.pi) * np.maximum(weather.speed, LEAST_SPEED) * upward * width) * weather.valid
    centres = np.arange(SECTORS) * 360.0 / SECTORS
    counted = np.maximum(blocks.readings, 1.0)
    found = np.zeros((air.size, SECTORS, blocks.count * sensors), dtype=np.float32)
    each = len(air.widths) * len(air.depths)
    for number, offset in enumerate(air.offsets):
        apart = np.abs(turned(one=weather.from_deg[:, None] + offset, other=centres[None, :]))
        share = np.maximum(1 - apart / (360.0 / SECTORS), 0.0) * strength[:, None]
        sums = np.zeros((blocks.count, sensors, SECTORS))
        np.add.at(sums, blocks.of_minute, blocks.used[:, :, None] * share[:, None, :])
        rows = (sums / counted[:, :, None]).reshape(-1, SECTORS).T
        found[number * each : (number + 1) * each] = rows
    return found
