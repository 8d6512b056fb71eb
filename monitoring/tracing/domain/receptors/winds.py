"""Receptor statistics over weeks of hours: with which wind a pollutant comes. They support a trace and never prove one."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from parks.catalogue.domain.errors import Invalid

Floats = NDArray[np.float64]
Z = 1.96  # of a 95 % interval
LEAST_HOURS = 30  # of a cell, below which its share says nothing
DIRECTION_WIDTH = 11.5  # deg, of the kernel in direction
STRONGEST = np.inf


class WrongShape(Invalid):
    """Directions, speeds and concentrations have different lengths."""

    code = "receptors.shape"


@dataclass(frozen=True, slots=True)
class Share:
    """How often a concentration is high while the wind blows so.

    `direction`: centre of the sector, deg the wind comes from. `slowest`, `fastest`: [m/s], the slowest excluded, as openair counts. `low` and
    `high` are the Wilson interval (95 %) of `share`; hours in a row are alike, so it is narrower than the truth.
    """

    direction: float
    slowest: float
    fastest: float
    hours: int
    high_hours: int
    share: float
    low: float
    high: float

    @property
    def enough(self) -> bool:
        return self.hours >= LEAST_HOURS


@dataclass(frozen=True, slots=True)
class Conditional:
    """Shares by sector, by sector and speed, the overall share, and the concentration that counts as high."""

    threshold: float
    overall: float
    hours: int
    sectors: tuple[Share, ...]
    cells: tuple[Share, ...]  # with enough hours, the largest share first


def conditional(
    *, direction: Floats, speed: Floats, value: Floats, percentile: float = 90.0, sectors: int = 12,
    speed_edges: Sequence[float] = (0.0, 2.0, 4.0, 6.0, 8.0, 10.0), calm_below: float = 0.0,
) -> Conditional:  # fmt: skip
    """Conditional probability function of a receptor, by sector (CPF) and by sector and speed (CBPF).

    Args:
        direction: deg the wind comes from, shape (n,); NaN in a calm.
        speed: [m/s], shape (n,); value: concentration in any one unit, shape (n,); NaN where missing.
        percentile: of the values, from which a value is high.
        sectors: how many, the first one centred on north.
        speed_edges: lower edges of the classes [m/s].
        calm_below: hours with less wind are left out.

    Raises:
        WrongShape: the arrays differ in length.

    Special cases: without any hour the overall share is NaN and all lists are empty.
    Source: Ashbaugh et al. (1985) for sectors, Uria-Tellaetxe and Carslaw (2014) for cells, from memory; Wilson (1927).
    """
    if not direction.shape == speed.shape == value.shape:
        raise WrongShape(shapes=[direction.shape, speed.shape, value.shape])
    kept = np.isfinite(direction) & np.isfinite(speed) & np.isfinite(value) & (speed >= calm_below)
    if not kept.any():
        return Conditional(float("nan"), float("nan"), 0, (), ())
    threshold = float(np.percentile(value[np.isfinite(value)], percentile))
    high = value[kept] >= threshold
    sector, kind = sector_of(direction[kept], sectors), class_of(speed[kept], speed_edges)
    edges = [*speed_edges, STRONGEST]
    width = 360.0 / sectors
    wheel = tuple(share(n * width, 0.0, STRONGEST, sector == n, high) for n in range(sectors))
    cells = [
        share(n * width, edges[k], edges[k + 1], (sector == n) & (kind == k), high)
        for n in range(sectors)
        for k in range(len(speed_edges))
    ]
    ranked = sorted((one for one in cells if one.enough), key=lambda one: (-one.share, one.direction, one.slowest))
    return Conditional(threshold, float(high.mean()), int(kept.sum()), wheel, tuple(ranked))


def sector_of(direction: Floats, sectors: int) -> NDArray[np.intp]:
    """Number of the sector, the one around north being 0 on both sides of it."""
    width = 360.0 / sectors
    return (np.floor(np.mod(direction + width / 2.0, 360.0) / width).astype(np.intp)) % sectors


def class_of(speed: Floats, speed_edges: Sequence[float]) -> NDArray[np.intp]:
    """Number of the class of speed; its upper edge belongs to it, and no wind at all to the first."""
    return np.maximum(np.digitize(speed, speed_edges, right=True) - 1, 0)


def share(
    direction: float, slowest: float, fastest: float, inside: NDArray[np.bool_], high: NDArray[np.bool_]
) -> Share:
    hours, many = int(inside.sum()), int(high[inside].sum())
    low, top = wilson(many=many, of=hours)
    return Share(direction, slowest, fastest, hours, many, many / hours if hours else 0.0, low, top)


def wilson(*, many: int, of: int) -> tuple[float, float]:
    """Wilson interval of a share; of nothing it is 0 to 1."""
    if of == 0:
        return 0.0, 1.0
    p, base = many / of, 1.0 + Z**2 / of
    centre = (p + Z**2 / (2.0 * of)) / base
    half = Z * sqrt(p * (1.0 - p) / of + Z**2 / (4.0 * of**2)) / base
    return max(0.0, centre - half), min(1.0, centre + half)


def regressed(
    *, direction: Floats, speed: Floats, value: Floats, at_direction: Floats, at_speed: Floats, speed_width: float = 1.5,
    direction_width: float = DIRECTION_WIDTH,
) -> Floats:  # fmt: skip
    """Concentration to be expected with a wind, by kernels in direction and speed (non-parametric wind regression).

    Args:
        direction, speed, value: as in `conditional`.
        at_direction, at_speed: where it is wanted, shape (m,).
        speed_width: half width of the Epanechnikov kernel [m/s]; direction_width: of the Gaussian one [deg].

    Returns:
        Shape (m,); NaN where no hour lies within the speeds.

    Source: Henry et al. (2009), from memory; widths as in the reference notes of the project, section 2.15.
    """
    kept = np.isfinite(direction) & np.isfinite(speed) & np.isfinite(value)
    apart = np.abs(np.mod(at_direction[:, None] - direction[kept][None, :] + 180.0, 360.0) - 180.0)
    by_direction = np.exp(-0.5 * (apart / direction_width) ** 2)
    off = (at_speed[:, None] - speed[kept][None, :]) / speed_width
    weight = by_direction * np.maximum(1.0 - off**2, 0.0)
    total = weight.sum(axis=1)
    found: Floats = np.divide(weight @ value[kept], total, out=np.full(len(total), np.nan), where=total > 1e-9)
    return found


@dataclass(frozen=True, slots=True)
class Rose:
    """Shares of hours by sector and class of speed, shape (sectors, classes), and of calms; together they are 1."""

    shares: Floats
    calm: float
    hours: int


def rose(
    *, direction: Floats, speed: Floats, sectors: int = 16, speed_edges: Sequence[float] = (0.0, 2.0, 4.0, 6.0, 8.0), calm_below: float = 0.5
) -> Rose:  # fmt: skip
    """Wind rose. Hours without a direction count as calm."""
    known = np.isfinite(speed)
    blowing = known & np.isfinite(direction) & (speed >= calm_below)
    hours = int(known.sum())
    counts = np.zeros((sectors, len(speed_edges)))
    kind = class_of(speed[blowing], speed_edges)
    np.add.at(counts, (sector_of(direction[blowing], sectors), kind), 1.0)
    return Rose(counts / hours if hours else counts, 1.0 - float(blowing.sum()) / hours if hours else 0.0, hours)
