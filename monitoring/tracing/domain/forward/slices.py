"""What the wind of each minute adds to a ring of pairs, as machine code: polynomials and exponentials, several pairs at a time.

One file on purpose: see `compiled`.
"""

import numpy as np
from numpy.typing import NDArray

from monitoring.tracing.domain.compiled import uncounted

Singles = NDArray[np.float32]
Wholes = NDArray[np.int32]
Numbers = NDArray[np.int64]

PIECE = 512  # pairs that are looked at together and stay near
LEAST = np.float32(-120.0)  # powers of two; below what single precision holds well
TO_TWO = np.float32(1.4426950408889634)  # from powers of e to powers of two
HALF, ONE = np.float32(0.5), np.float32(1.0)
# Powers of ln 2 over factorials: two to the power of at most a half, right to 3e-6.
T1, T2, T3, T4, T5 = (np.float32(0.6931471805599453**n / f) for n, f in ((1, 1), (2, 2), (3, 6), (4, 24), (5, 120)))
ZERO_POWER = np.int32(127)  # of two in single precision; its bits stand above the 23 of the fraction
FRACTION = np.int32(23)


@uncounted
def add_slices(
    sums: Singles, powers: Singles, bearing: Singles, first: Numbers, last: Numbers, toward: Singles, factor: Singles, room: Singles,
    bits: Wholes, scale: Singles,
) -> None:  # fmt: skip
    """Add minutes m in one class of air in place.

    Args:
        sums, bearing: shape (pairs,); powers: of the squared angle, ascending, shape (n, pairs).
        first, last: slice of each minute, shape (m,); toward: bearing it goes to [rad]; factor: of its concentration.
        room: scratch, shape (2, PIECE); bits, scale: the same memory as whole and as real numbers, shape (PIECE,).
    """
    value, square, top = room[0], room[1], len(powers) - 1
    for m in range(len(first)):
        to, weight = toward[m], factor[m]
        for start in range(first[m], last[m], PIECE):
            count = min(PIECE, last[m] - start)
            highest = powers[top, start : start + count]
            angles = bearing[start : start + count]
            for i in range(count):
                square[i] = (angles[i] - to) * (angles[i] - to)
                value[i] = highest[i]
            for row in range(top - 1, -1, -1):
                lower = powers[row, start : start + count]
                for i in range(count):
                    value[i] = value[i] * square[i] + lower[i]
            for i in range(count):
                two = max(value[i] * TO_TWO, LEAST)
                whole = np.floor(two + HALF)
                left = two - whole
                bits[i] = (np.int32(whole) + ZERO_POWER) << FRACTION
                value[i] = ONE + left * (T1 + left * (T2 + left * (T3 + left * (T4 + left * T5))))
            total = sums[start : start + count]
            for i in range(count):
                total[i] += weight * value[i] * scale[i]


@uncounted
def spread_out(found: Singles, pairs: Numbers, sums: Singles, over: float) -> None:
    """Add sums by place in the ring to pairs, of which several places may share one, and clear them.

    Args:
        found: shape (all pairs,); pairs, sums: shape (places,); over: divides them.
    """
    share = np.float32(1.0 / over)
    for i in range(len(pairs)):
        if sums[i] > np.float32(0.0):
            found[pairs[i]] += sums[i] * share
            sums[i] = np.float32(0.0)
