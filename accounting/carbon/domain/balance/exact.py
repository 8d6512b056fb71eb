"""The same system in fractions: for small networks, and as the oracle of the tests."""

from fractions import Fraction

from accounting.carbon.domain.balance.assembly import Assembled
from accounting.carbon.domain.balance.solving import ClosedLoop
from parks.catalogue.domain.errors import Invalid

MOST_POOLS = 80


class TooLargeForExact(Invalid):
    """Fractions grow without bound; the exact mode is for small networks."""

    code = "balance.too_large_for_exact"


def as_fraction(value: float) -> Fraction:
    """The decimal that a float is written as: 0.1 is one tenth. Exact for numbers of up to 15 significant digits."""
    return Fraction(repr(float(value)))


def solved(*, system: Assembled[Fraction]) -> list[list[Fraction]]:
    """Factors of all pools and gases [t per unit] without any rounding.

    Raises:
        TooLargeForExact: more than 80 pools.
        ClosedLoop: the system has no solution; pools that never let anything out are named.
    """
    n = len(system.pools)
    if n > MOST_POOLS:
        raise TooLargeForExact(f"{n} pools are more than {MOST_POOLS}.", pools=n)
    rows = [[Fraction(0)] * n + list(own) for own in system.own]
    for k, delivered in enumerate(system.delivered):
        rows[k][k] += delivered
    for to, source, value in system.edges:
        rows[to][source] -= value
    for k in range(n):
        pivot = next((r for r in range(k, n) if rows[r][k]), None)
        if pivot is None:
            if all(not any(row[n:]) for row in rows[k:]):
                # An idle loop: it has no emissions, so its factors are zero by choice.
                rows[k][k] = Fraction(1)
                continue
            raise ClosedLoop(f"Nothing leaves the loop through {system.pools[k]}.", streams=[system.pools[k]])
        rows[k], rows[pivot] = rows[pivot], rows[k]
        eliminate(rows=rows, k=k)
    return [[value / rows[k][k] for value in rows[k][n:]] for k in range(n)]


def eliminate(*, rows: list[list[Fraction]], k: int) -> None:
    """Clear a column in all other rows."""
    head = rows[k]
    for r, row in enumerate(rows):
        if r == k or not row[k]:
            continue
        ratio = row[k] / head[k]
        for c in range(k, len(row)):
            if head[c]:
                row[c] -= ratio * head[c]
