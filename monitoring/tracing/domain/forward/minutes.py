"""Columns minute by minute as machine code: plumes and puffs under many widths at once, for one offset of the wind.

One file on purpose: see `compiled`. Widths come from tables by the logarithm of the distance. What is exponentiated lies in rows
of minutes, and its exponential is made of additions and multiplications alone, so that several are done at a time.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from monitoring.tracing.domain.compiled import compiled, uncounted

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
    across: Floats  # sigma_y, shape (f, c, n) [m]
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


@uncounted
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


@uncounted
def falling(u: float) -> float:
    """exp(-u) for u from 0 on: four terms for a 256th of it, squared eight times. Right to 1e-7 up to u = 8, to 1e-5 up to 20."""
    t = (u if u < 100.0 else 100.0) * (1.0 / 256.0)
    found = 1.0 - t * (1.0 - t * (0.5 - t * (1.0 / 6.0 - t * (1.0 / 24.0))))
    found *= found
    found *= found
    found *= found
    found *= found
    found *= found
    found *= found
    found *= found
    return found * found


@uncounted
def width_at(table: Floats, place: float) -> float:
    """Width [m] from a table, shape (n,)."""
    low = min(max(int(place), 0), len(table) - 2)
    return float(table[low] + min(place - low, 1.0) * (table[low + 1] - table[low]))


class Passing(NamedTuple):
    """Room for the minutes in which the plume of one candidate passes one point; the first few are in use."""

    kind: Numbers
    block: Numbers
    weight: Floats  # over the wind and all that is the same for all widths
    place: Floats  # in the tables
    aside: Floats  # half the square of the distance across [m2]
    below: Floats  # half the square of the distance of the axis above the point, and of its image [m2]
    above: Floats
    wide: Floats  # square of sigma_y [m2]
    deep: Floats  # sigma_z [m]
    up: Floats  # vertical factor, shape (depths, t)
    across: Floats  # crosswind factor, shape (widths, t)


def room_for(*, count: int, widths: int, depths: int) -> Passing:
    """Room for so many minutes."""
    return Passing(
        np.empty(count, dtype=np.int64), np.empty(count, dtype=np.int64), np.empty(count), np.empty(count), np.empty(count),
        np.empty(count), np.empty(count), np.empty(count), np.empty(count), np.empty((depths, count)), np.empty((widths, count)),
    )  # fmt: skip


@uncounted
def passing(room: Passing, site: Site, air: Minutes, minutes: Numbers, k: int, p: int) -> int:
    """Fill in the minutes in which anything comes from candidate k to point p; how many."""
    east, north, z, owner = site.east[k, p], site.north[k, p], site.height[p], site.owner[p]
    reach = math.sqrt(east * east + north * north)
    count = 0
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
        room.kind[count], room.block[count] = c, air.block[t]
        room.weight[count] = site.share[p] / (2 * math.pi * speed) * math.exp(-site.loss * x / speed)
        room.place[count] = math.log(x) * site.knots
        room.aside[count] = 0.5 * y * y
        room.below[count], room.above[count] = 0.5 * (z - site.axis[c, k]) ** 2, 0.5 * (z + site.axis[c, k]) ** 2
        count += 1
    return count


@uncounted
def upward(room: Passing, site: Site, count: int, k: int, z: float) -> None:
    """The vertical factor of so many minutes under every depth."""
    for d in range(len(site.depths)):
        depth, row = site.depths[d], room.up[d]
        if site.lid > 0.0:
            for i in range(count):
                deeper = depth * room.deep[i]
                row[i] = room.weight[i] * vertical(deeper, site.axis[room.kind[i], k], z, site.lid) / deeper
        else:
            for i in range(count):
                over = 1.0 / (depth * room.deep[i])
                square = over * over
                row[i] = room.weight[i] * over * (falling(room.below[i] * square) + falling(room.above[i] * square))


@uncounted
def crosswind(room: Passing, site: Site, count: int) -> None:
    """The crosswind factor of so many minutes under every width."""
    for w in range(len(site.widths)):
        square, row = site.widths[w] ** 2, room.across[w]
        for i in range(count):
            over = 1.0 / (square * room.wide[i])
            row[i] = falling(room.aside[i] * over) * math.sqrt(over)


@uncounted
def plumes(found: Floats, site: Site, air: Minutes, minutes: Numbers, room: Passing) -> None:
    """Add plumes to sums of shape (k, blocks x sensors, curves x widths x depths)."""
    wide, deep, sensors = len(site.widths), len(site.depths), air.used.shape[1]
    for k in range(site.east.shape[0]):
        for p in range(site.east.shape[1]):
            count = passing(room, site, air, minutes, k, p)
            for f in range(len(site.across) if count else 0):
                for i in range(count):
                    across, high = (
                        width_at(site.across[f, room.kind[i]], room.place[i]),
                        width_at(site.upward[f, room.kind[i]], room.place[i]),
                    )
                    room.wide[i] = across * across + site.spread[k, 0] ** 2
                    room.deep[i] = math.sqrt(high * high + site.spread[k, 1] ** 2)
                upward(room, site, count, k, site.height[p])
                crosswind(room, site, count)
                first = 0
                while first < count:
                    last = first + 1
                    while last < count and room.block[last] == room.block[first]:
                        last += 1
                    sums = found[k, room.block[first] * sensors + site.owner[p]]
                    for w in range(wide):
                        for d in range(deep):
                            total = 0.0
                            for i in range(first, last):
                                total += room.up[d, i] * room.across[w, i]
                            sums[(f * wide + w) * deep + d] += total
                    first = last


@compiled
def puffs(
    found: Floats, site: Site, air: Minutes, minutes: Numbers, drift: Floats, axis: Floats, ages: Floats, puff_step: float, cut: float
) -> None:  # fmt: skip
    """Add puffs to the same sums.

    Args:
        minutes: shape (w,); drift: way east, north and way travelled by minute and age, shape (3, w, ages) [m].
        axis: effective heights, shape (k,) [m]; ages: [s]; puff_step: between puffs [s]; cut: widths beyond which nothing comes.
    """
    curves, widths, depths, sensors = len(site.across), len(site.widths), len(site.depths), air.used.shape[1]
    narrow, thick, wide = np.empty(curves), np.empty(curves), np.empty(curves)
    deep, reach, known = np.empty(curves), np.empty(curves), np.empty(curves)
    up, over = np.empty((curves, depths)), np.empty((curves, widths))
    part, most = puff_step / (2 * math.pi) ** 1.5, (cut * site.widths.max()) ** 2
    for n in range(len(minutes)):
        t = minutes[n]
        c = air.kind[t]
        for a in range(len(ages)):
            travelled = max(drift[2, n, a], 1.0)
            place, slow = math.log(travelled) * site.knots, travelled / ages[a] < SLOW
            for f in range(curves):
                narrow[f], thick[f] = width_at(site.across[f, c], place), width_at(site.upward[f, c], place)
                if slow:
                    narrow[f] = max(narrow[f], LEAST_SPREAD * ages[a])
            for k in range(site.east.shape[0]):
                for f in range(curves):
                    wide[f] = narrow[f] ** 2 + site.spread[k, 0] ** 2
                    deep[f] = math.sqrt(thick[f] ** 2 + site.spread[k, 1] ** 2)
                    reach[f], known[f] = most * wide[f], math.nan
                furthest = reach.max()
                for p in range(site.east.shape[1]):
                    far = (site.east[k, p] - drift[0, n, a]) ** 2 + (site.north[k, p] - drift[1, n, a]) ** 2
                    if far >= furthest or not air.used[t, site.owner[p]]:
                        continue
                    z, weight, far = site.height[p], site.share[p] * part, 0.5 * far
                    below, above = 0.5 * (z - axis[k]) ** 2, 0.5 * (z + axis[k]) ** 2
                    sums = found[k, air.block[t] * sensors + site.owner[p]]
                    for f in range(curves):
                        if 2 * far >= reach[f]:
                            continue
                        # Sensors mostly stand at one height, so the upward part is mostly known.
                        if z != known[f]:
                            known[f] = z
                            for w in range(widths):
                                over[f, w] = 1.0 / (site.widths[w] ** 2 * wide[f])
                            for d in range(depths):
                                root = 1.0 / (site.depths[d] * deep[f])
                                up[f, d] = root * (falling(below * root * root) + falling(above * root * root))
                        for w in range(widths):
                            aside = weight * over[f, w] * falling(far * over[f, w])
                            for d in range(depths):
                                sums[(f * widths + w) * depths + d] += up[f, d] * aside
