"""Where a new sensor could stand: at equal distances along a fence, and on a grid inside it. Plane coordinates [m]."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from parks.catalogue.domain.errors import Invalid

Floats = NDArray[np.float64]
LEAST_STEP, MOST_SITES = 50.0, 150  # [m]; more sites than that take the solver minutes


class WrongFence(Invalid):
    """The fence is no closed line around ground."""

    code = "tracing.fence"


class TooManySites(Invalid):
    """So many sites cannot be weighed against each other in time."""

    code = "tracing.too_many_sites"


def along(*, ring: Sequence[tuple[float, float]], step: float) -> Floats:
    """Points along a closed line at equal distances, about `step` apart, from its first corner, shape (n, 2).

    Raises:
        WrongFence: fewer than three corners or no length. TooManySites: more than `MOST_SITES`.
    """
    corners = np.array(ring, dtype=float).reshape(-1, 2)
    if len(corners) and (corners[0] == corners[-1]).all():
        corners = corners[:-1]
    closed = np.concatenate([corners, corners[:1]])
    way = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(closed, axis=0).T))])
    if len(corners) < 3 or way[-1] <= 0:
        raise WrongFence(corners=len(corners))
    count = max(round(float(way[-1]) / max(step, LEAST_STEP)), 3)
    if count > MOST_SITES:
        raise TooManySites(sites=count, most=MOST_SITES)
    at = np.arange(count) * way[-1] / count
    return np.column_stack([np.interp(at, way, closed[:, axis]) for axis in (0, 1)])


def inside(*, ring: Sequence[tuple[float, float]], step: float) -> Floats:
    """Points of a grid within a closed line, its middle one of them, shape (n, 2); those nearer to the line than half a step are left out.

    Raises:
        TooManySites.
    """
    corners = np.array(ring, dtype=float).reshape(-1, 2)
    low, high = corners.min(axis=0), corners.max(axis=0)
    halves = np.floor((high - low) / 2 / step).astype(int)
    if (2 * halves + 1).prod() > 40 * MOST_SITES:
        raise TooManySites(sites=int((2 * halves + 1).prod()), most=MOST_SITES)
    axes = [(low[k] + high[k]) / 2 + step * np.arange(-halves[k], halves[k] + 1) for k in (0, 1)]
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 2)
    kept = grid[within(points=grid, ring=corners) & (distance_to(points=grid, ring=corners) >= step / 2)]
    if len(kept) > MOST_SITES:
        raise TooManySites(sites=len(kept), most=MOST_SITES)
    return np.asarray(kept, dtype=float)


def within(*, points: Floats, ring: Floats) -> NDArray[np.bool_]:
    """Which points lie inside a closed line, by crossings of a ray to the east."""
    found = np.zeros(len(points), dtype=bool)
    for (x0, y0), (x1, y1) in zip(ring, np.roll(ring, -1, axis=0), strict=True):
        if y0 == y1:
            continue
        crosses = (y0 > points[:, 1]) != (y1 > points[:, 1])
        found ^= crosses & (points[:, 0] < (x1 - x0) * (points[:, 1] - y0) / (y1 - y0) + x0)
    return found


def distance_to(*, points: Floats, ring: Floats) -> Floats:
    """Distance of points from a closed line [m]."""
    nearest = np.full(len(points), np.inf)
    for start, end in zip(ring, np.roll(ring, -1, axis=0), strict=True):
        edge = end - start
        share = np.clip(((points - start) @ edge) / max(float(edge @ edge), 1e-12), 0.0, 1.0)
        nearest = np.minimum(nearest, np.hypot(*(points - start - share[:, None] * edge).T))
    return nearest


def apart_from(*, points: Floats, others: Floats, least: float) -> NDArray[np.bool_]:
    """Which points are at least so far from every other one [m]."""
    if not len(others):
        return np.ones(len(points), dtype=bool)
    gaps = np.hypot(points[:, None, 0] - others[None, :, 0], points[:, None, 1] - others[None, :, 1])
    return np.asarray(gaps.min(axis=1) >= least, dtype=bool)
