"""What a sensor would read without the park: a regional level, an offset and a slow drift of each sensor."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

REGIONAL_WALK = 0.5  # noises per square root of an hour
DRIFT_WALK = 0.4
GRAIN = 0.2  # of the noise of a reading; what the mean of many of them still holds


@dataclass(frozen=True, slots=True)
class Background:
    """By block and sensor, shape (blocks, sensors), unit of the readings."""

    level: Floats
    constant: Floats  # part of the level that is the same all the time, shape (sensors,)
    grain: Floats  # standard deviation of a block mean without doubt about the level
    steps: tuple[float, float]  # usual step from block to block of the regional walk and of a drift
    deviation: Floats  # standard deviation of what is left: noise of the block mean and doubt about the level


def background(*, means: Floats, readings: Floats, signal: Floats, noise: Floats, hours: float) -> Background:
    """Estimate the background given what the sources are thought to add; the expectation step of the EM.

    Args:
        means: block means, shape (blocks, sensors), NaN where empty; readings: in each mean; signal: from the sources.
        noise: of one reading by sensor, shape (sensors,); hours: length of a block [h].

    Sensors without much signal (upwind ones, before any rate is known) carry the level; gaps are carried by a random walk.
    """
    single = noise[None, :] / np.sqrt(np.maximum(readings, 1.0))
    clean = np.isfinite(means) & (signal < np.maximum(single, 0.3 * noise[None, :]))
    rest = means - signal
    offset = np.array([_low_middle(rest[:, s], clean[:, s], float(0.3 * noise[s])) for s in range(means.shape[1])])
    centred = rest - offset
    common = _middles(centred, clean)
    # What comes in from outside the park is no background: the level follows slow change and never a rise of many deviations.
    limit = 4 * max(float(np.median(noise)) * 0.5, 1.4826 * float(np.median(np.abs(common - np.median(common)))))
    regional, _ = smoothed(
        values=np.clip(common, np.median(common) - limit, np.median(common) + limit)[:, None], weights=np.where(clean.any(axis=1), 1.0, 0.0)[:, None] * clean.sum(axis=1)[:, None]
        / np.median(noise) ** 2, walk=(REGIONAL_WALK * float(np.median(noise))) ** 2 * hours,
    )  # fmt: skip
    left = np.where(clean, centred - regional, 0.0)
    calm = np.maximum(2.5 * single, 0.75 * noise)
    weights = np.where(clean & (left < calm) & (left > -2 * calm), 1 / np.maximum(single, 0.2 * noise) ** 2, 0.0)
    drift, variance = smoothed(values=left, weights=weights, walk=(DRIFT_WALK * noise) ** 2 * hours)
    spread = np.minimum(_spread(np.where(clean, left - drift, 0.0), clean), noise)
    typical = float(np.median(noise)) * np.sqrt(hours)
    return Background(
        offset + regional + drift, offset, np.maximum(single, GRAIN * noise[None, :]), (REGIONAL_WALK * typical, DRIFT_WALK * typical),
        np.sqrt(np.maximum(single, spread) ** 2 + variance),
    )  # fmt: skip


def _low_middle(values: Floats, clean: NDArray[np.bool_], deviation: float) -> float:
    """Centre of the clean blocks, guarded against plumes that no source explains yet, which only ever add.

    The lower of their median and what their low quantile implies for a Gaussian of this deviation.
    """
    known = values[np.isfinite(values)]
    if not len(known):
        return 0.0
    used = values[clean] if clean.sum() >= max(3, 0.1 * len(known)) else known
    return float(min(np.median(used), np.quantile(used, 0.2) + 0.84 * deviation))


def _middles(values: Floats, clean: NDArray[np.bool_]) -> Floats:
    return np.array(
        [np.quantile(row[mask], 0.4) if mask.any() else 0.0 for row, mask in zip(values, clean, strict=True)]
    )


def _spread(values: Floats, clean: NDArray[np.bool_]) -> Floats:
    found = [1.4826 * np.median(np.abs(v[m])) if m.sum() >= 5 else 0.0 for v, m in zip(values.T, clean.T, strict=True)]
    return np.array(found)[None, :]


def smoothed(*, values: Floats, weights: Floats, walk: Floats | float) -> tuple[Floats, Floats]:
    """Kalman filter and Rauch-Tung-Striebel smoother of a random walk, column by column.

    Args:
        values: shape (blocks, columns); weights: precision of each, zero where it does not count; walk: variance a block.

    Returns:
        Level and its variance, shape of the values. The walk starts at zero with the variance of ten blocks' walk.
    """
    blocks = len(values)
    level, variance = np.zeros(values.shape), np.zeros(values.shape)
    mean, spread = np.zeros(values.shape[1]), np.broadcast_to(np.asarray(walk) * 10.0, values.shape[1:]).astype(float)
    for t in range(blocks):
        ahead = spread + walk
        gain = ahead * weights[t] / (1 + ahead * weights[t])
        mean = mean + gain * (values[t] - mean)
        spread = ahead * (1 - gain)
        level[t], variance[t] = mean, spread
    for t in range(blocks - 2, -1, -1):
        share = variance[t] / (variance[t] + walk + 1e-300)
        level[t] = level[t] + share * (level[t + 1] - level[t])
        variance[t] = variance[t] + share**2 * (variance[t + 1] - variance[t] - walk)
    return level, variance
