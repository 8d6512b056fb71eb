"""Rows of the forward matrix for a receiver that moves, as machine code: one reading, all candidates.

One file on purpose: see `compiled`. What a wedge around the wind leaves out costs a few multiplications; only the rest, a tenth
of the pairs, is looked up and exponentiated.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from monitoring.tracing.domain.compiled import compiled

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Numbers = NDArray[np.int64]

IMAGES, MIXED = 4, 1.6  # as in `physics.plume`
LEAST_SPEED, LAG_FROM = 0.5, 120.0  # [m/s], [s]


class Stands(NamedTuple):
    """Candidates k in classes of air c."""

    east: Floats  # shape (k,) [m]
    north: Floats
    axis: Floats  # effective height, shape (c, k) [m]
    factor: Floats  # wind there over the wind at the mast, shape (c, k)
    across: Floats  # first width across, shape (k,) [m]
    upward: Floats


class Winds(NamedTuple):
    """Minutes t, with tables of the widths that go with their classes."""

    sine: Floats  # of the bearing that the air goes to, shape (t,)
    cosine: Floats
    speed: Floats
    kind: Numbers  # place of the class in the tables
    step: float  # [s]
    lag: bool
    across: Floats  # logarithms of sigma_y, shape (c, n)
    upward: Floats
    knots: float  # of the tables by unit of ln(distance)
    wedge: Floats  # largest crosswind distance over downwind distance that counts, shape (c,)
    cut: float  # deviations across the wind
    lid: float  # zero where there is none
    loss: float  # [1/s]


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
def rows(
    found: Singles, east: Floats, north: Floats, minute: Numbers, z: float, stands: Stands, air: Winds, wide: float, deep: float
) -> None:  # fmt: skip
    """Fill rows of concentration over rate [s/m3], shape (n, k), which come in as zeros.

    Args:
        east, north, minute: of the readings, shape (n,); z: height of the inlet [m]; wide, deep: factors of the widths.
    """
    count = len(stands.east)
    for n in range(len(east)):
        t = minute[n]
        c = air.kind[t]
        late = (LAG_FROM * max(air.speed[t], LEAST_SPEED)) ** 2
        for k in range(count):
            de, dn = east[n] - stands.east[k], north[n] - stands.north[k]
            origin, far = t, de * de + dn * dn
            if air.lag and far > late:
                origin = max(t - int(np.rint(math.sqrt(far) / max(air.speed[t], LEAST_SPEED) / air.step)), 0)
            x = air.sine[origin] * de + air.cosine[origin] * dn
            y = abs(air.sine[origin] * dn - air.cosine[origin] * de)
            if x <= 1.0 or y > wide * (air.wedge[c] * x + air.cut * stands.across[k]):
                continue
            place = math.log(x) * air.knots
            sy = wide * math.hypot(width_at(air.across[c], place), stands.across[k])
            if y >= air.cut * sy:
                continue
            sz = deep * math.hypot(width_at(air.upward[c], place), stands.upward[k])
            speed = max(air.speed[origin] * stands.factor[c, k], LEAST_SPEED)
            weight = math.exp(-0.5 * (y / sy) ** 2 - air.loss * x / speed) / (2 * math.pi * speed * sy * sz)
            found[n, k] = weight * vertical(sz, stands.axis[c, k], z, air.lid)
