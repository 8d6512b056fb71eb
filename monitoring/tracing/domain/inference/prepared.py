"""From minute readings to rows: checks, blocks, and the background found together with the first rates."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitoring.tracing.domain.forward.columns import Blocks, blocks_of
from monitoring.tracing.domain.forward.looks import UNIT, looks
from monitoring.tracing.domain.forward.scene import Physics, Sensors, Sources, Weather
from monitoring.tracing.domain.inference.evidence import tempering
from monitoring.tracing.domain.inference.scan import Fit, greedy, weights_of
from monitoring.tracing.domain.signal.background import Background, background
from monitoring.tracing.domain.signal.quality import Checked, checked

Floats = NDArray[np.float64]
ROUNDS = 4
EXPOSED = 1e-3  # share of the largest response above which a block is not called upwind
CLEAR, CLEAR_SHARE = 5.0, 0.05  # of a rise: deviations, and share of the largest
LEVEL_DOUBT = 1.5  # noise with the doubt about a level that was drawn, over noise without
LEAST_READINGS = 0.25  # of a block
UNMODELLED = 0.005  # of the highest rise; an assumption
PEAK = 5  # highest rows that tell how much is needed


@dataclass(frozen=True, slots=True)
class Prepared:
    """Rows of an event and what was learnt on the way."""

    checked: Checked
    blocks: Blocks
    means: Floats  # shape (blocks, sensors)
    background: Background
    rows: NDArray[np.int_]  # places of the rows that count, in blocks x sensors
    fit: Fit
    tempering: float
    censored: NDArray[np.bool_]  # by row
    peak_rate: float = 0.0  # what the best placed hypothesis needs for the highest readings [kg/s]
    common: tuple[int, int] | None = None  # span of an event of several substances

    @property
    def excess(self) -> Floats:
        """Readings above the background by row; the limit of detection above it where everything is below."""
        return np.asarray((self.means - self.background.level).ravel()[self.rows])

    @property
    def unmodelled(self) -> float:
        """What leaks too small to be hypotheses add to single blocks [kg/m3]: an instrument that is quiet at zero would otherwise
        make a millionth of the event's height speak for works beyond the fence, or for a plume's tail.
        """
        return UNMODELLED * max(float(self.excess.max(initial=0.0)), 0.0)

    @property
    def noise(self) -> Floats:
        return np.asarray(np.hypot(self.background.deviation.ravel()[self.rows], self.unmodelled))

    @property
    def grain(self) -> Floats:
        """The part of the noise that is no doubt about the background, by row."""
        return np.hypot(self.by_row(values=self.background.grain), self.unmodelled)

    @property
    def alive(self) -> NDArray[np.bool_]:
        """Rows in the time from the first to the last block in which some sensor rose clearly, with a block on either side.

        Before and after it the sources of the event are taken to be off: a leak that began at noon says nothing about the wind
        of the morning.
        """
        if self.span is None:
            return np.ones(len(self.rows), dtype=bool)
        block = self.rows // self.means.shape[1]
        return np.asarray((block >= self.span[0]) & (block < self.span[1]))

    @property
    def span(self) -> tuple[int, int] | None:
        """First block of that time, and the block after its last; None where nothing rose clearly."""
        if self.common is not None:
            return self.common
        block = self.rows // self.means.shape[1]
        height = CLEAR_SHARE * float(self.excess.max(initial=0.0))
        clear = block[(self.excess > CLEAR * self.noise) & (self.excess > height)]
        if not len(clear):
            return None
        return max(int(clear.min()) - 1, 0), min(int(clear.max()) + 2, len(self.means))

    def by_row(self, *, values: Floats) -> Floats:
        """Values by block and sensor in the order of the rows."""
        return np.asarray(np.broadcast_to(values, self.means.shape).ravel()[self.rows])

    def with_level(self, *, added: Floats, tempering: float) -> "Prepared":
        """The same rows above a background that was drawn together with the sources.

        Args:
            added: to the level by row.
        """
        held = self.background
        level = held.level.copy()
        level.ravel()[self.rows] += added
        deviation = np.minimum(held.deviation, LEVEL_DOUBT * held.grain)
        known = replace(held, level=level, deviation=deviation)
        return replace(self, background=known, tempering=tempering)

    def fitted(self, *, matrix: Floats) -> "Prepared":
        """With a quick fit of columns of shape (rows, k)."""
        weights = weights_of(excess=self.excess, noise=self.noise)
        fit = greedy(matrix=matrix, excess=self.excess, weights=weights)
        return replace(self, fit=fit, peak_rate=_peak_rate(matrix, self.excess))


def prepared(
    *, values: Floats, hidden: NDArray[np.bool_], sources: Sources, sensors: Sensors, weather: Weather, physics: Physics, minutes: int,
    repeat: int = 1,
) -> Prepared:  # fmt: skip
    """Prepare one substance.

    Args:
        values: shape (t, sensors) [kg/m3], NaN where missing, the limit itself where `hidden`.
        hidden: below the limit of detection, shape (t, sensors).
        sources: the hypotheses of the first fit; minutes: steps of a block; repeat: steps that one reading spans.
    """
    judged = _spread_out(checked(values=values[::repeat], minutes=weather.step * repeat / 60), repeat, len(values))
    blocks = blocks_of(used=judged.used, minutes=minutes)
    means, censored = block_means(values=values, hidden=hidden, blocks=blocks)
    shape = means.shape
    counted = blocks.readings >= max(LEAST_READINGS * minutes, 1)
    air = np.zeros(shape, dtype=bool)
    air[:] = (np.bincount(blocks.of_minute, weights=weather.valid, minlength=blocks.count) > 0)[:, None]
    rows = np.flatnonzero((counted & air & np.isfinite(means)).ravel())
    matrix = looks(
        sources=sources, sensors=sensors, weather=weather, physics=physics, minutes=minutes, offsets=(0.0,), rows=np.arange(means.size)
    )[0].astype(np.float32) * np.float32(UNIT)  # fmt: skip
    hours = minutes * weather.step / 3600
    readings = blocks.readings / repeat
    response = matrix.sum(axis=1).reshape(shape)
    signal = np.where(response > EXPOSED * response.max(initial=0.0), np.inf, 0.0)
    fit = Fit((), np.zeros(0), np.zeros(len(sources)))
    for _ in range(ROUNDS):
        signal_known = np.where(np.isfinite(signal), signal, 1e3)
        level = background(
            means=np.where(counted, means, np.nan), readings=readings, signal=signal_known, noise=judged.noise, hours=hours
        ) if np.isfinite(signal).all() else _first(means, counted, readings, signal, judged.noise, hours)  # fmt: skip
        excess = (means - level.level).ravel()[rows]
        weights = weights_of(excess=excess, noise=level.deviation.ravel()[rows])
        fit = greedy(matrix=matrix[rows], excess=excess, weights=weights)
        signal = (matrix[:, list(fit.picks)].astype(float) @ fit.rates).reshape(shape)
    beta = _tempering(signal, means - level.level, level.deviation, rows, shape[1])
    return Prepared(
        judged, blocks, means, level, rows, fit, beta, censored.ravel()[rows], _peak_rate(matrix[rows], excess)
    )


def _peak_rate(matrix: NDArray[np.floating[Any]], excess: Floats) -> float:
    """Rate that gives the highest readings from where they are given most easily [kg/s]; the columns have shape (rows, k)."""
    if not matrix.size:
        return 0.0
    few = min(PEAK, len(excess))
    highest = float(np.sort(excess)[-few:].mean())
    easiest = float(np.sort(matrix, axis=0)[-few:].mean(axis=0, dtype=float).max())
    return max(highest, 0.0) / easiest if easiest > 0 else 0.0


def _spread_out(judged: Checked, repeat: int, count: int) -> Checked:
    used = np.repeat(judged.used, repeat, axis=0)[:count]
    return Checked(used, judged.fallen, judged.noise)


def _first(
    means: Floats, counted: NDArray[np.bool_], readings: Floats, signal: Floats, noise: Floats, hours: float
) -> Background:  # fmt: skip
    """Background before any rate: upwind blocks, or the low ones of a sensor that is hardly ever upwind."""
    usable = np.where(counted, means, np.nan)
    seen = np.where(np.isfinite(signal), 0.0, np.nan)
    for sensor in range(means.shape[1]):
        column = usable[:, sensor]
        known = np.isfinite(column)
        if (known & np.isfinite(seen[:, sensor])).sum() < max(3, 0.1 * known.sum()):
            low = np.nanquantile(column, 0.25) if known.any() else 0.0
            seen[known & (column <= low + 2 * noise[sensor]), sensor] = 0.0
    return background(
        means=np.where(np.isfinite(seen), usable, np.nan),
        readings=readings,
        signal=np.zeros(means.shape),
        noise=noise,
        hours=hours,
    )


def block_means(*, values: Floats, hidden: NDArray[np.bool_], blocks: Blocks) -> tuple[Floats, NDArray[np.bool_]]:
    """Means of the readings that count, shape (blocks, sensors), and blocks that lie wholly below the limit."""
    counted = blocks.readings
    total, below = np.zeros(counted.shape), np.zeros(counted.shape)
    np.add.at(total, blocks.of_minute, np.where(blocks.used, np.where(hidden, values / 2, values), 0.0))
    np.add.at(below, blocks.of_minute, (blocks.used & hidden).astype(float))
    whole = (counted > 0) & (below >= counted)
    with np.errstate(invalid="ignore", divide="ignore"):
        means = np.where(counted > 0, total / counted, np.nan)
    return np.where(whole, means * 2, means), whole


def _tempering(signal: Floats, excess: Floats, deviation: Floats, rows: NDArray[np.int_], sensors: int) -> float:
    scale = np.sqrt(deviation**2 + (0.3 * signal) ** 2)
    residual = ((excess - signal) / scale).ravel()[rows]
    heard = ((signal > 2 * deviation) | (excess > 4 * deviation)).ravel()[rows]
    return tempering(residual=residual, sensor=rows % sensors, block=rows // sensors, heard=heard)
