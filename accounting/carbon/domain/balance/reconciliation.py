"""Meters that contradict each other, brought into balance by weighted least squares, with a test of who is wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2, norm

K = 1.96


@dataclass(frozen=True, slots=True)
class Meter:
    """One metered flow of a balance: `sign` +1 into the pool, -1 out of it; half of its 95 % interval in its unit."""

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


def reconciled(*, meters: Sequence[Meter], contents: Mapping[str, Mapping[str, float]] | None = None) -> Reconciled:
    """Least change of the meters, in units of their uncertainty, that closes all balances.

    Args:
        meters: of all pools; one with `half` 0 is taken as exact.
        contents: further balances that must be zero, each by meter id with its coefficient, such as carbon per unit of
            a node's inputs and (negative) outputs.

    Returns:
        Adjusted values, the chi-square test of all, and a test of each meter.

    Source: data reconciliation after Kuehn and Davidson (1961); measurement test after Mah and Tamhane (1982), quoted
    from memory.
    """
    rows = [[m.sign if m.pool == pool else 0.0 for m in meters] for pool in dict.fromkeys(m.pool for m in meters)]
    rows += [[balance.get(m.id, 0.0) for m in meters] for balance in (contents or {}).values()]
    a = np.array(rows, dtype=float).reshape(len(rows), len(meters))
    x = np.array([m.value for m in meters])
    variance = np.array([(m.half / K) ** 2 for m in meters])
    spread = (a * variance) @ a.T
    inverse = np.linalg.pinv(spread, rcond=1e-12, hermitian=True)
    off = a @ x
    step = variance * (a.T @ (inverse @ off))
    deviation = np.sqrt(np.maximum(np.einsum("ij,jk,ki->i", a.T, inverse, a), 0.0)) * variance
    test = np.divide(np.abs(step), deviation, out=np.zeros_like(step), where=deviation > 0)
    degrees = int(np.linalg.matrix_rank(spread, hermitian=True)) if len(rows) else 0
    square = float(off @ inverse @ off)
    limit = float(norm.ppf(0.975))
    found = tuple(
        Adjusted(m.id, m.value, float(v), float(t), bool(t > limit))
        for m, v, t in zip(meters, x - step, test, strict=True)
    )
    return Reconciled(found, square, degrees, float(chi2.sf(square, degrees)) if degrees else 1.0)
