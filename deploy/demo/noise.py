"""Randomness without memory: the same key and time give the same number, in history and live alike.

Times are hours since 2000-01-01 UTC, so the generator can be asked for any hour or minute without walking there.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
MASK = (1 << 64) - 1
MIX = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))
SHIFTS = (np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11))
SPREAD = 2.2  # brings the interpolated sum of three uniform numbers to a deviation of about 1


def key_of(*parts: object) -> int:
    """A stable 64-bit key of names and numbers."""
    text = "/".join(str(part) for part in parts)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")


def uniform(key: int, number: NDArray[np.int64], salt: int = 0) -> Floats:
    """Numbers from 0 up to 1, one for each integer (splitmix64)."""
    z = number.astype(np.uint64) * MIX[0] + np.uint64((key + salt * 0x632BE59BD9B4E019) & MASK)
    z = (z ^ (z >> SHIFTS[0])) * MIX[1]
    z = (z ^ (z >> SHIFTS[1])) * MIX[2]
    z ^= z >> SHIFTS[2]
    return (z >> SHIFTS[3]).astype(np.float64) * (1.0 / (1 << 53))


def one(key: int, salt: int = 0) -> float:
    """One number from 0 up to 1."""
    return float(uniform(key, np.zeros(1, dtype=np.int64), salt)[0])


def smooth(key: int, t: Floats, period_h: float, salt: int = 0) -> Floats:
    """A smooth random curve of mean 0 and deviation of about 1 that changes over `period_h`; stays within 3.3."""
    scaled = t / period_h
    node = np.floor(scaled).astype(np.int64)
    share = scaled - node
    weight = share * share * (3.0 - 2.0 * share)
    left, right = drawn(lambda number: bell(key, number, salt), node, 0, 1)
    return left + (right - left) * weight


def drawn(draw: Callable[[NDArray[np.int64]], Floats], node: NDArray[np.int64], *steps: int) -> list[Floats]:
    """What is drawn for the numbers `node + step`. Where they lie close together, each is drawn once."""
    if not node.size or (lowest := int(node.min())) + node.size < (highest := int(node.max())):
        return [draw(node + step) for step in steps]
    table, place = draw(np.arange(lowest, highest + max(steps) + 1)), node - lowest
    return [table[place + step] for step in steps]


def bell(key: int, number: NDArray[np.int64], salt: int) -> Floats:
    total = uniform(key, number, salt) + uniform(key, number, salt + 101) + uniform(key, number, salt + 211)
    return (total - 1.5) * SPREAD


@dataclass(frozen=True, slots=True)
class Spell:
    """Where moments stand to random spells: one entry a moment."""

    inside: Flags
    start: Floats  # [h]
    length: Floats  # [h]
    draw: Floats  # 0 to 1, one number for each spell

    def share(self, t: Floats) -> Floats:
        """How much of the spell has passed, 0 to 1."""
        return np.clip((t - self.start) / self.length, 0.0, 1.0)


def spells(key: int, t: Floats, *, block_h: float, chance: float, shortest_h: float, longest_h: float) -> Spell:
    """Random spells: at most one in each block of time, with a chance, never over the edge of its block."""
    block = np.floor(t / block_h).astype(np.int64)
    longer, later, chosen, draw = (drawn(partial(uniform, key, salt=salt), block, 0)[0] for salt in (1, 2, 3, 4))
    length = shortest_h + (longest_h - shortest_h) * longer
    start = block * block_h + (block_h - length) * later
    return Spell((chosen < chance) & (t >= start) & (t < start + length), start, length, draw)


def local_hour(t: Floats) -> Floats:
    """Hour of the local day, China standard time."""
    return (t + 8.0) % 24.0


def is_workday(t: Floats) -> Flags:
    """Monday to Friday; 2000-01-01 was a Saturday."""
    day = np.floor((t + 8.0) / 24.0).astype(np.int64)
    return np.isin((day + 5) % 7, (0, 1, 2, 3, 4))
