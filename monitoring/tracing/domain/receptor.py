"""Receptor statistics for weeks of data: where the wind came from when it was high. They support a trace and never prove one."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from monitoring.tracing.domain.physics.wind import turned

Floats = NDArray[np.float64]

LEAST = 30  # hours a cell needs
NORMAL_90 = 1.6448536269514722


@dataclass(frozen=True, slots=True)
class Cell:
    """Share of hours above a limit, with a Wilson band of 90 %."""

    sector: float  # middle [deg]
    speed: tuple[float, float] | None  # above, up to [m/s]; all speeds where None
    hours: int
    share: float
    low: float
    high: float


def wilson(*, hits: int, count: int, z: float = NORMAL_90) -> tuple[float, float]:
    """Wilson band of a share; (0, 1) without data."""
    if count == 0:
        return 0.0, 1.0
    share = hits / count
    middle = (share + z**2 / (2 * count)) / (1 + z**2 / count)
    half = z * float(np.sqrt(share * (1 - share) / count + z**2 / (4 * count**2))) / (1 + z**2 / count)
    return max(middle - half, 0.0), min(middle + half, 1.0)


def conditional(
    *, from_deg: Floats, speed: Floats, values: Floats, quantile: float = 0.9, sectors: int = 12, speeds: tuple[float, ...] = ()
) -> tuple[Cell, ...]:  # fmt: skip
    """Conditional probability of a high value by sector (CPF), or by sector and speed (CBPF); best first.

    Args:
        from_deg, speed: hourly wind, shape (t,); values: readings, shape (t,), NaN where missing.
        quantile: of all readings, from which one is high; sectors: of equal width, the first centred on north.
        speeds: edges of the classes of speed [m/s]; none for CPF.

    Special cases: cells with fewer than thirty hours are left out.
    """
    known = np.isfinite(from_deg) & np.isfinite(speed) & np.isfinite(values)
    limit = np.quantile(values[np.isfinite(values)], quantile)
    width = 360.0 / sectors
    sector = np.floor(((from_deg[known] + width / 2) % 360.0) / width).astype(int)
    high, wind = values[known] >= limit, speed[known]
    bands = list(pairwise(speeds)) if speeds else [None]
    found = []
    for number in range(sectors):
        for band in bands:
            inside = sector == number
            if band is not None:
                inside = inside & (wind > band[0]) & (wind <= band[1])
            hours, hits = int(inside.sum()), int((inside & high).sum())
            if hours >= LEAST:
                found.append(Cell(number * width, band, hours, hits / hours, *wilson(hits=hits, count=hours)))
    return tuple(sorted(found, key=lambda cell: -cell.share))


def nonparametric(
    *, from_deg: Floats, speed: Floats, values: Floats, directions: Floats, speeds: Floats, turn: float = 11.5, width: float = 1.5
) -> Floats:  # fmt: skip
    """Non-parametric wind regression: expected reading by direction and speed, shape (directions, speeds).

    Args:
        turn: width of the Gaussian in direction [deg], circular; width: of the Epanechnikov kernel in speed [m/s].

    Special cases: NaN where no hour is near.
    Source: Henry et al. 2009, with the kernels of tracing notes 2.15.
    """
    known = np.isfinite(from_deg) & np.isfinite(speed) & np.isfinite(values)
    bearing, wind, level = from_deg[known], speed[known], values[known]
    found = np.full((len(directions), len(speeds)), np.nan)
    for row, direction in enumerate(directions):
        round_about = np.exp(-0.5 * (turned(one=bearing, other=direction) / turn) ** 2)
        for column, middle in enumerate(speeds):
            weight = round_about * np.maximum(1 - ((wind - middle) / width) ** 2, 0.0)
            if weight.sum() > 1e-6:
                found[row, column] = float((weight * level).sum() / weight.sum())
    return found
