"""Pollution rose: how high concentrations are by sector, with intervals that know that hours in a row are alike."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitoring.tracing.domain.receptors.winds import WrongShape, sector_of, wilson

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Petal:
    """One sector. `shares`: of all hours with wind and value, by class of concentration, `low` and `high` their Wilson intervals (95 %)."""

    direction: float  # centre, deg the wind comes from
    hours: int
    shares: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    mean: float  # of the concentration; NaN without hours
    mean_low: float  # 2.5 and 97.5 % by drawing whole days
    mean_high: float


def pollution_rose(
    *, direction: Floats, value: Floats, edges: Sequence[float], sectors: int = 12, speed: Floats | None = None,
    calm_below: float = 0.5, block: int = 24, draws: int = 200, seed: int = 0,
) -> tuple[Petal, ...]:  # fmt: skip
    """Sectors from north on.

    Args:
        direction: deg the wind comes from, shape (n,), hours in order, NaN in a calm; value: concentration, shape (n,), NaN where missing.
        edges: upper edges of all classes of concentration but the last, an edge belongs to the class above it.
        speed: [m/s]; hours below `calm_below` are left out.
        block: hours that are drawn together for the intervals of the means.

    Raises:
        WrongShape: the arrays differ in length.
    """
    if direction.shape != value.shape or (speed is not None and speed.shape != value.shape):
        raise WrongShape(shapes=[direction.shape, value.shape])
    kept = np.isfinite(direction) & np.isfinite(value)
    if speed is not None:
        kept &= np.nan_to_num(speed) >= calm_below
    sector = np.where(kept, sector_of(np.where(kept, direction, 0.0), sectors), -1)
    kind = np.digitize(np.where(kept, value, 0.0), edges)
    means = _drawn_means(sector, np.where(kept, value, 0.0), sectors, block, draws, seed)
    total = int(kept.sum())
    return tuple(
        _petal(n * 360.0 / sectors, sector == n, kind, value, len(edges) + 1, total, means[:, n])
        for n in range(sectors)
    )


def _petal(
    direction: float, inside: NDArray[np.bool_], kind: NDArray[np.intp], value: Floats, classes: int, total: int, means: Floats
) -> Petal:  # fmt: skip
    counts = np.bincount(kind[inside], minlength=classes).tolist()
    bands = [wilson(many=count, of=total) for count in counts]
    hours = int(inside.sum())
    known = means[np.isfinite(means)]
    low, high = np.quantile(known, [0.025, 0.975]) if len(known) else (float("nan"), float("nan"))
    return Petal(
        direction, hours, tuple(count / max(total, 1) for count in counts), tuple(low for low, _ in bands),
        tuple(high for _, high in bands), float(value[inside].mean()) if hours else float("nan"), float(low), float(high),
    )  # fmt: skip


def _drawn_means(sector: NDArray[np.intp], value: Floats, sectors: int, block: int, draws: int, seed: int) -> Floats:
    """Means by sector of blocks drawn with replacement, shape (draws, sectors); NaN where no hour was drawn."""
    number = np.arange(len(sector)) // block
    blocks = int(number[-1]) + 1 if len(number) else 0
    used = sector >= 0
    cell = number[used] * sectors + sector[used]
    sums = np.bincount(cell, value[used], minlength=blocks * sectors).reshape(blocks, sectors)
    counts = np.bincount(cell, minlength=blocks * sectors).reshape(blocks, sectors)
    rng = np.random.default_rng(seed)
    weights = rng.multinomial(blocks, np.full(blocks, 1 / blocks), size=draws) if blocks else np.zeros((draws, 0))
    total = weights @ counts
    found: Floats = np.divide(weights @ sums, total, out=np.full(total.shape, np.nan), where=total > 0)
    return found
