"""Columns minute by minute as machine code: plumes and puffs under many widths at once, for one offset of the wind.

One file on purpose: see `compiled`. Widths come from tables of their logarithms by the logarithm of the distance.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from monitoring.tracing.domain.compiled import compiled

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]
Flags = NDArray[np.bool_]

IMAGES, MIXED = 4, 1.6  # as in `physics.plume`
LEAST_SPEED, LAG_FROM = 0.5, 120.0  # [m/s], [s]
LEAST_SPREAD, SLOW = 0.4, 1.0  # [m/s], as in `physics.puffs`


class Site(NamedTuple):
    """Pairs of candidates k and points p, classes c, curves f."""

    east: Floats  # of the point from the candidate, shape (k, p) [m]
    north: Floats
    near: Floats  # crosswind distance beyond which nothing comes, shape (c, k, p)
    axis: Floats  # effective height, shape (c, k)
    factor: Floats  # wind there over the wind at the mast, shape (c, k)
    spread: Floats  # first widths across and upward, shape (k, 2)
    height: Floats  # of the points, shape (p,)
    share: Floats
    owner: Numbers
    across: Floats  # logarithms of sigma_y, shape (f, c, n)
    upward: Floats
    knots: float  # of the tables by unit of ln(distance)
    widths: Floats
    depths: Floats
    lid: float  # zero where there is none
    loss: float  # [1/s]


class Minutes(NamedTuple):
    """Minutes t; sensors s."""

    sine: Floats  # of the bearing that the air goes to, shape (t,)
    cosine: Floats
    speed: Floats
    kind: Numbers  # place of the class in the tables
    valid: Flags
    used: Flags  # shape (t, s)
    block: Numbers
    step: float  # [s]
    lag: bool


@compiled
def vertical(sz: float, axis: float, z: float, lid: float) -> float:
    """The vertical factor of the plume; see `physics.plume.vertical`."""
    half = 0.5 / (sz * sz)
    if lid <= 0.0:
        return math.exp(-((z - axis) ** 2) * half) + math.exp(-((z + axis) ** 2) * half)
    if axis > lid or z > lid:
        return 0.0
    if sz > MIXED * lid:
        return 2.5066282746310002 * sz / lid
    found = 0.0
    for m in range(-IMAGES, IMAGES + 1):
        found += math.exp(-((z - axis + 2 * m * lid) ** 2) * half) + math.exp(-((z + axis + 2 * m * lid) ** 2) * half)
    return found


@compiled
def width_at(table: Floats, place: float) -> float:
    """Width [m] from a table of logarithms, shape (n,)."""
    low = min(max(int(place), 0), len(table) - 2)
    return math.exp(table[low] + min(place - low, 1.0) * (table[low + 1] - table[low]))


@compiled
def plumes(found: Floats, site: Site, air: Minutes, minutes: Numbers) -> None:
    """Add plumes to sums of shape (k, blocks x sensors, widths x depths x curves)."""
    count, points = site.east.shape
    sensors, curves, deep = air.used.shape[1], len(site.across), len(site.depths)
    up = np.empty(deep)
    for k in range(count):
        for p in range(points):
            east, north, z, owner = site.east[k, p], site.north[k, p], site.height[p], site.owner[p]
            reach = math.sqrt(east * east + north * north)
            for t in minutes:
                if not air.used[t, owner]:
                    continue
                origin, travel = t, reach / max(air.speed[t], LEAST_SPEED)
                if air.lag and travel > LAG_FROM:
                    origin = max(t - int(np.rint(travel / air.step)), 0)
                x = air.sine[origin] * east + air.cosine[origin] * north
                y = air.sine[origin] * north - air.cosine[origin] * east
                c = air.kind[t]
                if x <= 1.0 or abs(y) >= site.near[c, k, p] or not air.valid[origin]:
                    continue
                speed = max(air.speed[origin] * site.factor[c, k], LEAST_SPEED)
                weight = site.share[p] / (2 * math.pi * speed) * math.exp(-site.loss * x / speed)
                place, sums = math.log(x) * site.knots, found[k, air.block[t] * sensors + owner]
                for f in range(curves):
                    sy, sz = width_at(site.across[f, c], place), width_at(site.upward[f, c], place)
                    sy, sz = math.hypot(sy, site.spread[k, 0]), math.hypot(sz, site.spread[k, 1])
                    for d in range(deep):
                        deeper = site.depths[d] * sz
                        up[d] = weight * vertical(deeper, site.axis[c, k], z, site.lid) / deeper
                    for w in range(len(site.widths)):
                        wider = site.widths[w] * sy
                        aside = math.exp(-0.5 * (y / wider) ** 2) / wider
                        for d in range(deep):
                            sums[(w * deep + d) * curves + f] += up[d] * aside


@compiled
def puffs(
    found: Floats, site: Site, air: Minutes, minutes: Numbers, drift: Floats, axis: Floats, ages: Floats, puff_step: float, cut: float
) -> None:  # fmt: skip
    """Add puffs to the same sums.

    Args:
        minutes: shape (w,); drift: way east, north and way travelled by minute and age, shape (3, w, ages) [m].
        axis: effective heights, shape (k,) [m]; ages: [s]; puff_step: between puffs [s]; cut: widths beyond which nothing comes.
    """
    count, points = site.east.shape
    sensors, curves, deep, widest = air.used.shape[1], len(site.across), len(site.depths), site.widths.max()
    up = np.empty(deep)
    for n in range(len(minutes)):
        t = minutes[n]
        c = air.kind[t]
        for a in range(len(ages)):
            travelled = max(drift[2, n, a], 1.0)
            place, slow = math.log(travelled) * site.knots, travelled / ages[a] < SLOW
            for f in range(curves):
                narrow, thick = width_at(site.across[f, c], place), width_at(site.upward[f, c], place)
                if slow:
                    narrow = max(narrow, LEAST_SPREAD * ages[a])
                for k in range(count):
                    sy, sz = math.hypot(narrow, site.spread[k, 0]), math.hypot(thick, site.spread[k, 1])
                    most, known = (cut * widest * sy) ** 2, math.nan
                    for p in range(points):
                        far = (site.east[k, p] - drift[0, n, a]) ** 2 + (site.north[k, p] - drift[1, n, a]) ** 2
                        if far >= most or not air.used[t, site.owner[p]]:
                            continue
                        sums = found[k, air.block[t] * sensors + site.owner[p]]
                        # Sensors mostly stand at one height, so the upward part is mostly known.
                        if site.height[p] != known:
                            known = site.height[p]
                            for d in range(deep):
                                deeper = site.depths[d] * sz
                                up[d] = vertical(deeper, axis[k], known, 0.0) / deeper
                        weight = site.share[p] * puff_step / (2 * math.pi) ** 1.5
                        for w in range(len(site.widths)):
                            square = (site.widths[w] * sy) ** 2
                            aside = weight * math.exp(-0.5 * far / square) / square
                            for d in range(deep):
                                sums[(w * deep + d) * curves + f] += up[d] * aside
