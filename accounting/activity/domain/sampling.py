"""Which lines of a closed month a verifier must see."""

import hashlib
import math
import random
from collections.abc import Collection, Sequence
from decimal import Decimal


def seed_of(text: str) -> int:
    """A seed that can be told only when the month is closed, and be checked ever after."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:7], "big")


def sampled(*, ids: Sequence[int], seed: int, share: Decimal, least: int, always: Collection[int] = ()) -> list[int]:
    """A random sample of lines and all that must be seen anyway, in order.

    Args:
        ids: all lines; their order does not matter.
        share: of the lines, above 0 to 1; `least` lines are drawn where there are as many.
        always: lines with a finding.
    """
    ordered = sorted(ids)
    size = min(len(ordered), max(least, math.ceil(share * len(ordered))))
    drawn = random.Random(seed).sample(ordered, size)
    return sorted({*drawn, *(one for one in always if one in ordered)})
