"""From where did the air come? A first map before any likelihood: where high readings had passed, and clean ones had not."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitoring.tracing.domain.forward.scene import Physics, Sensors, Weather
from monitoring.tracing.domain.maps.scene import Grid, Means, responses
from monitoring.tracing.domain.physics.dispersion import sigmas

Floats = NDArray[np.float64]

HIGH, HIGH_SHARE = 5.0, 0.05  # of a high block: deviations above the background, and share of the largest
CLEAN = 2.0  # deviations; below them a block is clean
SHARES = (0.25, 0.5, 0.75, 0.9)  # of the footprint, the cells that hold most of it first


@dataclass(frozen=True, slots=True)
class Footprint:
    """Where air came from; no likelihood and no proof."""

    weight: Floats  # by cell: share of the high air less share of the clean air, sums to zero, shape (cells,)
    share: Floats  # by cell: share of the positive weight in cells as heavy as this or heavier, 2 where none; shape (cells,)
    high: int  # blocks of ten minutes that were high
    clean: int


def footprint(*, grid: Grid, means: Means, sensors: Sensors, weather: Weather, physics: Physics) -> Footprint | None:
    """Columns of the forward matrix summed over high blocks, less those of clean blocks scaled to equal mass.

    The thinning of a plume on its way is taken out of the columns: the map says through where the air went, and with it every
    map would be darkest beside the stations, whoever it was.

    Returns:
        None where no block is high, or none of the air that came had crossed the grid.

    Source: tracing notes 2.12.
    """
    largest = float(np.nanmax(means.excess)) if np.isfinite(means.excess).any() else 0.0
    high = (means.excess > HIGH * means.deviation) & (means.excess > HIGH_SHARE * largest)
    clean = means.excess < CLEAN * means.deviation
    if not high.any():
        return None
    every = responses(sources=grid.sources, sensors=sensors, weather=weather, physics=physics, steps=means.steps)
    every = every * _thinning(grid, sensors, weather, physics)
    came = every[high].sum(axis=0, dtype=float)
    if came.sum() <= 0:
        return None
    other = every[clean].sum(axis=0, dtype=float)
    weight = came / came.sum() - (other / other.sum() if other.sum() > 0 else 0.0)
    return Footprint(weight, _held(weight), int(high.sum()), int(clean.sum()))


def _thinning(grid: Grid, sensors: Sensors, weather: Weather, physics: Physics) -> NDArray[np.float32]:
    """Cross-section of a plume from each cell at each sensor in the middle class [m2], shape (sensors, cells)."""
    places = np.array(
        [
            [sensors.east[sensors.owner == s].mean(), sensors.north[sensors.owner == s].mean()]
            for s in range(sensors.count)
        ]
    )
    reach = np.hypot(grid.east - places[:, :1], grid.north - places[:, 1:])
    across, upward = sigmas(
        x=np.maximum(reach, grid.step), stability=float(np.median(weather.stability)), scheme=physics.scheme
    )  # fmt: skip
    return np.asarray(across * upward, dtype=np.float32)


def _held(weight: Floats) -> Floats:
    """Share of the positive weight in the cells at least as heavy as each."""
    positive = np.maximum(weight, 0.0)
    order = np.argsort(-positive, kind="stable")
    found = np.full(len(weight), 2.0)
    total = positive.sum()
    if total > 0:
        before = np.concatenate([[0.0], np.cumsum(positive[order])[:-1]]) / total
        found[order] = np.where(positive[order] > 0, before, 2.0)
    return found
