"""Meters that contradict each other, brought into balance by weighted least squares, with a test of who is wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc, ndtri

K = 1.96
ALIKE = 1e-6  # tests that differ by less are one and the same: the balances cannot tell their meters apart


@dataclass(frozen=True, slots=True)
class Meter:
    """One metered flow of a balance: `sign` +1 into the pool, -1 out of it; half of its 95 % interval in its unit.

    An empty `pool` is for what stands in a content balance only.
    """

    id: str
    pool: str
    sign: int
    value: float
    half: float


@dataclass(frozen=True, slots=True)
class Adjusted:
    """A meter after reconciliation. `test` is the adjustment in standard deviations; above 1.96 the meter is suspect."""

    id: str
    raw: float
    value: float
    test: float
    suspect: bool


@dataclass(frozen=True, slots=True)
class Reconciled:
    """The adjusted meters and the global test: small `probability` says that errors are larger than stated."""

    meters: tuple[Adjusted, ...]
    chi_square: float
    degrees: int
    probability: float

    def values(self) -> Mapping[str, float]:
        return {one.id: one.value for one in self.meters}

    def suspects(self) -> tuple[str, ...]:
        """The meters with the largest test, when it is larger than chance gives among so many in 95 of 100 months."""
        tested = [one for one in self.meters if one.test > 0]
        if not tested:
            return ()
        limit = float(ndtri(1 - (1 - 0.95 ** (1 / len(tested))) / 2))
        largest = max(one.test for one in tested)
        return tuple(one.id for one in tested if largest > limit and one.test >= largest * (1 - ALIKE))


def reconciled(*, meters: Sequence[Meter], contents: Mapping[str, Mapping[str, float]] | None = None) -> Reconciled:
    """Least change of the meters, in units of their uncertainty, that closes all balances.

    Args:
        meters: of all pools; one with `half` 0 is taken as exact.
        contents: further balances that must be zero, each by meter id with its coefficient, such as carbon per unit of
            a node's inputs and (negative) outputs.

    Returns:
        Adjusted values, the chi-square test of all, and a test of each meter.

    Special cases: a balance without any uncertain meter stays open.

    Source: data reconciliation after Kuehn and Davidson (1961); measurement test after Mah and Tamhane (1982), quoted
    from memory.
    """
    pools = dict.fromkeys(m.pool for m in meters if m.pool)
    rows = [[m.sign if m.pool == pool else 0.0 for m in meters] for pool in pools]
    rows += [[balance.get(m.id, 0.0) for m in meters] for balance in (contents or {}).values()]
    a = np.array(rows, dtype=float).reshape(len(rows), len(meters))
    x = np.array([m.value for m in meters])
    variance = np.array([(m.half / K) ** 2 for m in meters])
    size = np.sqrt((a**2) @ variance)
    # Balances in units of their own spread: a pool of grams counts like one of megatonnes.
    off = np.divide(a @ x, size, out=np.zeros(len(rows)), where=size > 0)
    a = np.divide(a, size[:, None], out=np.zeros_like(a), where=size[:, None] > 0)
    spread = (a * variance) @ a.T
    inverse = np.linalg.pinv(spread, rcond=1e-12, hermitian=True)
    step = variance * (a.T @ (inverse @ off))
    step = step + variance * (a.T @ (inverse @ (off - a @ step)))
    deviation = np.sqrt(np.maximum(((a.T @ inverse) * a.T).sum(axis=1), 0.0)) * variance
    test = np.divide(np.abs(step), deviation, out=np.zeros_like(step), where=deviation > 0)
    degrees = int(np.linalg.matrix_rank(spread, hermitian=True)) if len(rows) else 0
    square = float(off @ inverse @ off)
    limit = float(ndtri(0.975))
    found = tuple(
        Adjusted(m.id, m.value, float(v), float(t), bool(t > limit))
        for m, v, t in zip(meters, x - step, test, strict=True)
    )
    return Reconciled(found, square, degrees, float(chdtrc(degrees, square)) if degrees else 1.0)
