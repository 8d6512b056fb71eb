"""What the maps of an event look at: block means above a plain background, and the ground as a grid of cells."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from monitoring.tracing.domain.forward.columns import Blocks, blocks_of
from monitoring.tracing.domain.forward.kept import forward_of
from monitoring.tracing.domain.forward.scene import Physics, Sensors, Sources, Weather, point_sources
from monitoring.tracing.domain.signal.quality import checked

Floats = NDArray[np.float64]

MOST_CELLS = 2_000
MOST_STEPS = 720  # of the wind; longer events are looked at in every second, third ... of their minutes
BLOCK_S = 600.0
MARGIN = 100.0  # [m] around the outermost point
NEAR_GROUND = 2.0  # [m]
LEAST_READINGS = 0.25  # of a block
LOW_END = (0.05, 0.25)
LOW_END_DEVIATIONS = float(ndtri(LOW_END[1]) - ndtri(LOW_END[0]))
GRAIN = 0.2  # of the noise of a reading; what the mean of many of them still holds


@dataclass(frozen=True, slots=True)
class Grid:
    """Squares of ground."""

    east: Floats  # of the middles [m], shape (n,)
    north: Floats
    step: float  # side [m]
    bounds: tuple[float, float, float, float]  # west, south, east, north [m]

    def cell_at(self, *, east: float, north: float) -> int | None:
        """Number of the cell that holds a place [m]; None beside the grid."""
        apart = np.maximum(np.abs(self.east - east), np.abs(self.north - north))
        nearest = int(np.argmin(apart))
        return nearest if apart[nearest] <= self.step else None

    @property
    def sources(self) -> Sources:
        return point_sources(places=np.column_stack([self.east, self.north, np.full(len(self.east), NEAR_GROUND)]))


@dataclass(frozen=True, slots=True)
class Means:
    """Block means of the readings, shape (blocks, sensors) [kg/m3]; NaN where too few count."""

    excess: Floats  # above the background of the sensor
    deviation: Floats  # of a block mean without a plume
    steps: int  # of the wind in a block


@dataclass(frozen=True, slots=True)
class Wind:
    """Mean wind of a block."""

    speed: float  # [m/s]
    from_deg: float


def wind_in(*, weather: Weather, means: Means, block: int) -> Wind | None:
    """Mean speed and mean direction of a block, by vectors; None where no minute of it is valid."""
    here = slice(block * means.steps, (block + 1) * means.steps)
    valid = weather.valid[here]
    if not valid.any():
        return None
    speed, angle = weather.speed[here][valid], np.radians(weather.from_deg[here][valid])
    mean = complex((speed * np.exp(1j * angle)).mean())
    return Wind(float(speed.mean()), float(np.degrees(np.angle(mean)) % 360.0))


def grid_over(*, sources: Sources, sensors: Sensors, bounds: tuple[float, float, float, float] | None = None) -> Grid:
    """Cells over the site, no more than `MOST_CELLS`.

    Args:
        bounds: west, south, east, north [m]; the box around all points where not given.
    """
    if bounds is None:
        east, north = (np.concatenate([getattr(sources, a), getattr(sensors, a)]) for a in ("east", "north"))
        bounds = (
            float(east.min()) - MARGIN, float(north.min()) - MARGIN, float(east.max()) + MARGIN, float(north.max()) + MARGIN,
        )  # fmt: skip
    wide, high = bounds[2] - bounds[0], bounds[3] - bounds[1]
    step = max(float(np.sqrt(wide * high / MOST_CELLS)), 1.0)
    while int(np.ceil(wide / step)) * int(np.ceil(high / step)) > MOST_CELLS:
        step *= 1.01
    columns, rows = int(np.ceil(wide / step)), int(np.ceil(high / step))
    e, n = np.meshgrid(
        (bounds[0] + bounds[2]) / 2 + step * (np.arange(columns) - (columns - 1) / 2),
        (bounds[1] + bounds[3]) / 2 + step * (np.arange(rows) - (rows - 1) / 2),
    )
    return Grid(e.ravel(), n.ravel(), step, bounds)


def means_of(*, values: Floats, weather: Weather, repeat: int = 1) -> Means:
    """Readings in blocks of ten minutes above a level of each sensor that no plume raises.

    Args:
        values: readings [kg/m3], shape (t, sensors), NaN where missing; repeat: steps of the wind that one reading spans.
    """
    judged = checked(values=values[::repeat], minutes=weather.step * repeat / 60)
    used = np.repeat(judged.used, repeat, axis=0)[: len(values)]
    steps = max(round(BLOCK_S / weather.step / repeat), 1) * repeat
    blocks = blocks_of(used=used, minutes=steps)
    means = _means(values, blocks, steps)
    single = judged.noise / np.sqrt(max(steps / repeat, 1))
    level = np.array([_level(column, noise) for column, noise in zip(means.T, single, strict=True)])
    excess = means - level
    grain = np.maximum(single, GRAIN * judged.noise)
    return Means(excess, np.maximum(grain, _scatter(excess)), steps)


def _means(values: Floats, blocks: Blocks, steps: int) -> Floats:
    total, count = np.zeros(blocks.readings.shape), blocks.readings
    np.add.at(total, blocks.of_minute, np.where(blocks.used, values, 0.0))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(count >= LEAST_READINGS * steps, total / count, np.nan)


def _level(column: Floats, deviation: float) -> float:
    """The lower of the median and what the low quantile says of it: plumes only ever add."""
    known = column[np.isfinite(column)]
    return float(min(np.median(known), np.quantile(known, 0.2) + 0.84 * deviation)) if len(known) else 0.0


def _scatter(excess: Floats) -> Floats:
    """How much a sensor usually swings in this time; what a rise must stand out of.

    The lesser of what the middle half and what the low blocks say: a plume that stays for most of the time widens the
    middle half to the size of the plume itself, and leaves the low end as it was.
    """
    known = [column[np.isfinite(column)] for column in excess.T]
    return np.array([min(_middle(v), _low(v)) if len(v) else 0.0 for v in known])


def _middle(values: Floats) -> float:
    return 1.4826 * float(np.median(np.abs(values - np.median(values))))


def _low(values: Floats) -> float:
    """Standard deviation of a normal sample from its fifth to its twenty-fifth hundredth."""
    low, high = np.quantile(values, LOW_END)
    return float(high - low) / LOW_END_DEVIATIONS


def responses(
    *, sources: Sources, sensors: Sensors, weather: Weather, physics: Physics, steps: int
) -> NDArray[np.float32]:
    """Block means over rate by plumes in each minute's own wind [s/m3], shape (blocks, sensors, sources)."""
    thin = next(
        (n for n in range(1, steps + 1) if steps % n == 0 and len(weather.speed) / n <= MOST_STEPS), steps
    )  # fmt: skip
    forward = forward_of(sources=sources, sensors=sensors, physics=physics)
    return forward.matrix(weather=weather.every(steps=thin), minutes=steps // thin)
