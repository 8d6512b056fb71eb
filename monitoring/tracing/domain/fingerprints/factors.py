"""Factors of many samples of many species: weighted non-negative factorisation by multiplicative updates (LS-NMF).

X = G F + E with errors u: Q = sum ((x - gf)/u)^2. Q has many local minima, so it is sought from several starts and the spread is said.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from parks.catalogue.domain.errors import Invalid

Floats = NDArray[np.float64]
TINY = 1e-12


class WrongSamples(Invalid):
    """Concentrations and uncertainties differ in shape, are not finite or not above zero, or the factors are too many."""

    code = "fingerprints.samples"


@dataclass(frozen=True, slots=True)
class Factors:
    """One factorisation; profiles sum to 1, contributions carry the unit of the samples."""

    contributions: Floats  # G, shape (samples, factors)
    profiles: Floats  # F, shape (factors, species)
    q: float
    steps: int
    converged: bool


@dataclass(frozen=True, slots=True)
class Factorised:
    """The best of all starts, and how much they differ."""

    best: Factors
    q: Floats  # by start
    expected: float  # Qexp: samples x species less the numbers fitted

    @property
    def spread(self) -> float:
        """Largest over smallest Q of the starts."""
        return float(self.q.max() / self.q.min())


def uncertainty(*, value: Floats, fraction: float, limit: Floats) -> Floats:
    """Of concentrations, from the error fraction and the detection limits. Source: EPA PMF 5.0 as in the tracing notes, 2.14."""
    return np.asarray(np.where(value > limit, np.hypot(fraction * value, 0.5 * limit), 5 / 6 * limit))


def expected_q(*, samples: int, species: int, factors: int) -> float:
    """Values less fitted numbers; 307 x 41 with 6 factors is 10,499."""
    return float(samples * species - factors * (samples + species))


def factorised(
    *, values: Floats, errors: Floats, factors: int, starts: int = 20, seed: int = 0, most: int = 4000, enough: float = 3e-6
) -> Factorised:  # fmt: skip
    """Several starts from random matrices.

    Args:
        values, errors: shape (samples, species), not negative, errors above zero.
        most: steps of one start; enough: relative fall of Q in fifty steps below which a start has converged.

    Raises:
        WrongSamples.
    """
    _checked(values, errors, factors)
    rng = np.random.default_rng(seed)
    found = [
        descended(
            values=values,
            errors=errors,
            begin=random_start(values=values, factors=factors, rng=rng),
            most=most,
            enough=enough,
        )
        for _ in range(starts)
    ]
    best = min(found, key=lambda one: one.q)
    expected = expected_q(samples=values.shape[0], species=values.shape[1], factors=factors)
    return Factorised(best, np.array([one.q for one in found]), expected)


def _checked(values: Floats, errors: Floats, factors: int) -> None:
    fits = values.ndim == 2 and values.shape == errors.shape and 0 < factors <= min(values.shape)
    if not fits or not np.isfinite(values).all() or not np.isfinite(errors).all() or (errors <= 0).any():
        raise WrongSamples(shapes=[values.shape, errors.shape], factors=factors)


def random_start(*, values: Floats, factors: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """G and F of the samples' size, no two alike."""
    level = np.sqrt(max(float(values.mean()), TINY) / factors)
    shapes = ((values.shape[0], factors), (factors, values.shape[1]))
    left, right = (level * (0.5 + rng.random(shape)) for shape in shapes)
    return left, right


def descended(
    *, values: Floats, errors: Floats, begin: tuple[Floats, Floats], most: int = 4000, enough: float = 3e-6, keep: bool = False
) -> Factors:  # fmt: skip
    """One start to its minimum.

    Args:
        begin: G and F to start from; keep: leave F as it is and only fit G.

    Source: Lee and Seung's multiplicative updates with weights, tracing notes 2.14.
    """
    weight = 1 / errors**2
    # Negative values would turn a factor's sign; they count as zero in the numerator.
    weighted = weight * np.maximum(values, 0.0)
    left, right = begin[0].copy(), begin[1].copy()
    last, steps, converged = np.inf, 0, False
    while steps < most and not converged:
        left *= (weighted @ right.T) / np.maximum((weight * (left @ right)) @ right.T, TINY)
        if not keep:
            right *= (left.T @ weighted) / np.maximum(left.T @ (weight * (left @ right)), TINY)
        steps += 1
        if steps % 50 == 0:
            now = q_of(values=values, errors=errors, left=left, right=right)
            converged, last = last - now < enough * now, now
    q = q_of(values=values, errors=errors, left=left, right=right)
    size = np.maximum(right.sum(axis=1), TINY)
    return Factors(left * size, right / size[:, None], q, steps, converged)


def q_of(*, values: Floats, errors: Floats, left: Floats, right: Floats) -> float:
    return float(np.sum(((values - left @ right) / errors) ** 2))
