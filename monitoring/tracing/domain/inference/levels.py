"""What sensors would read without the park, drawn together with the sources: a regional walk and a drift of each sensor."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

WALK_SPREAD = 0.5  # prior of the logarithm of a walk's step
START = 3.0  # steps of the first block; the constant offset of a sensor is taken off before


@dataclass(frozen=True, slots=True)
class Levels:
    """One state of each chain; time first."""

    common: Floats  # shape (blocks, chains)
    drift: Floats  # shape (blocks, chains, sensors)
    common_step: Floats  # standard deviation of the walk from block to block, shape (chains,)
    drift_step: Floats  # shape (chains,)

    @property
    def total(self) -> Floats:
        """Shape (blocks, chains, sensors)."""
        return np.asarray(self.common[:, :, None] + self.drift)


def started(*, level: Floats, chains: int, steps: tuple[float, float]) -> Levels:
    """Levels as the first estimate has them.

    Args:
        level: shape (blocks, sensors); steps: usual step of the regional walk and of a drift.
    """
    common = np.median(level, axis=1)
    drift = level - common[:, None]
    repeated = np.repeat(common[:, None], chains, axis=1), np.repeat(drift[:, None, :], chains, axis=1)
    return Levels(*repeated, np.full(chains, steps[0]), np.full(chains, steps[1]))


def redrawn(
    *, rng: np.random.Generator, levels: Levels, values: Floats, precision: Floats, steps: tuple[float, float]
) -> Levels:
    """Draw both walks and their steps from their conditionals.

    Args:
        values: readings less the sources; precision: of each, zero where there is none; shape (blocks, chains, sensors).
        steps: middles of the priors of both steps.
    """
    weight = precision.sum(axis=2)
    inner = (precision * (values - levels.drift)).sum(axis=2)
    found = np.divide(inner, weight, out=np.zeros_like(weight), where=weight > 0)
    common = walk_drawn(rng=rng, values=found, precision=weight, step=levels.common_step)
    drift = walk_drawn(
        rng=rng, values=values - common[:, :, None], precision=precision, step=levels.drift_step[:, None]
    )
    return Levels(
        common, drift,
        _step(rng, levels.common_step, common[:, :, None], steps[0]), _step(rng, levels.drift_step, drift, steps[1]),
    )  # fmt: skip


def walk_drawn(*, rng: np.random.Generator, values: Floats, precision: Floats, step: Floats) -> Floats:
    """A random walk given what is known of it: filtered forward, drawn backward.

    Args:
        values, precision: shape (blocks, ...); step: standard deviation a block, broadcasts to the rest.
    """
    blocks, rest = len(values), values.shape[1:]
    variance = np.broadcast_to(step**2, rest)
    middle, spread = np.empty(values.shape), np.empty(values.shape)
    mean, now = np.zeros(rest), START**2 * variance
    for t in range(blocks):
        gain = now * precision[t] / (1 + now * precision[t])
        mean = mean + gain * (values[t] - mean)
        middle[t], spread[t] = mean, now * (1 - gain)
        now = spread[t] + variance
    noise = rng.normal(size=values.shape)
    share = spread / (spread + variance)
    deviation = np.sqrt(spread * (1 - share))
    path = np.empty(values.shape)
    path[-1] = middle[-1] + np.sqrt(spread[-1]) * noise[-1]
    for t in range(blocks - 2, -1, -1):
        path[t] = middle[t] + share[t] * (path[t + 1] - middle[t]) + deviation[t] * noise[t]
    return path


def _step(rng: np.random.Generator, old: Floats, path: Floats, usual: float) -> Floats:
    """A Metropolis step for the standard deviation of a walk, shape (chains,); path: shape (blocks, chains, n)."""
    new = old * np.exp(0.2 * rng.normal(size=len(old)))

    def density(step: Floats) -> Floats:
        return log_path(path=path, step=step) - 0.5 * (np.log(step / usual) / WALK_SPREAD) ** 2

    return np.where(np.log(rng.random(len(old))) < density(new) - density(old), new, old)


def log_path(*, path: Floats, step: Floats) -> Floats:
    """Log density of a walk by chain.

    Args:
        path: shape (blocks, chains) or (blocks, chains, n); step: shape (chains,).
    """
    whole = path[:, :, None] if path.ndim == 2 else path
    squares = (np.diff(whole, axis=0) ** 2).sum(axis=(0, 2)) + (whole[0] ** 2).sum(axis=1) / START**2
    return np.asarray(-whole.shape[0] * whole.shape[2] * np.log(step) - squares / (2 * step**2))
