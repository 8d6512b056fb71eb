"""Chemical mass balance of one sample with known profiles: effective variance, and what says whether to believe it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
# What a good balance shows. Source: tracing notes 2.14, CMB 8.2 [memory, verify].
LEAST_R2, MOST_CHI2, LEAST_T, MASS = 0.8, 4.0, 2.0, (80.0, 120.0)
COLLINEAR = 10.0  # condition number of the weighted, scaled profiles above which sources cannot be told apart


@dataclass(frozen=True, slots=True)
class Balance:
    contributions: Floats  # by source, unit of the sample; may be negative, which says that the source is not there
    errors: Floats  # standard errors
    t: Floats  # contributions over errors
    chi2: float  # by degree of freedom
    r2: float
    mass: float  # explained, % of the sample
    condition: float
    collinear: tuple[tuple[int, ...], ...]  # groups of sources that only their sum is known of
    doubts: tuple[str, ...]


def balanced(*, sample: Floats, errors: Floats, profiles: Floats, profile_errors: Floats, rounds: int = 30) -> Balance:
    """Contributions of known sources.

    Args:
        sample, errors: shape (species,), errors above zero; profiles, profile_errors: shares, shape (sources, species).

    Source: effective-variance least squares, tracing notes 2.14: V_jj = errors^2 + sum s_k^2 profile_errors^2, iterated.
    """
    s: Floats = np.zeros(len(profiles))
    covariance: Floats = np.eye(len(profiles))
    variance: Floats = np.asarray(errors**2, dtype=float)
    for _ in range(rounds):
        variance = np.asarray(errors**2 + (s**2) @ profile_errors**2, dtype=float)
        covariance = np.asarray(np.linalg.pinv((profiles / variance) @ profiles.T), dtype=float)
        new: Floats = np.asarray(covariance @ ((profiles / variance) @ sample), dtype=float)
        done = np.allclose(new, s, rtol=1e-6, atol=1e-12)
        s = new
        if done:
            break
    model = s @ profiles
    freedom = max(len(sample) - len(s), 1)
    chi2 = float(np.sum((sample - model) ** 2 / variance) / freedom)
    r2 = 1 - chi2 * freedom / float(np.sum(sample**2 / variance))
    mass = 100 * float(model.sum() / sample.sum())
    error = np.sqrt(np.diag(covariance))
    condition, groups = _collinearity(profiles / np.sqrt(variance))
    return Balance(s, error, s / error, chi2, r2, mass, condition, groups, _doubts(s / error, chi2, r2, mass, groups))


def _collinearity(scaled: Floats) -> tuple[float, tuple[tuple[int, ...], ...]]:
    """Condition number, and sources that share the singular vectors with the smallest values. Rows are scaled to length 1."""
    unit = scaled / np.maximum(np.linalg.norm(scaled, axis=1, keepdims=True), 1e-300)
    vectors, values, _ = np.linalg.svd(unit, full_matrices=False)
    weak = values < values[0] / COLLINEAR
    groups = [tuple(np.flatnonzero(np.abs(vector) > 0.3).tolist()) for vector in vectors.T[weak]]
    return float(values[0] / max(values[-1], 1e-12)), tuple(group for group in groups if len(group) > 1)


def _doubts(t: Floats, chi2: float, r2: float, mass: float, groups: tuple[tuple[int, ...], ...]) -> tuple[str, ...]:
    found = []
    if r2 < LEAST_R2:
        found.append(f"R2 {r2:.2f} is below {LEAST_R2}.")
    if chi2 > MOST_CHI2:
        found.append(f"Chi-squared {chi2:.1f} is above {MOST_CHI2}.")
    if not MASS[0] <= mass <= MASS[1]:
        found.append(f"{mass:.0f} % of the mass is explained, not {MASS[0]:.0f} to {MASS[1]:.0f} %.")
    found += [f"Source {k} is not told from zero (T {value:.1f})." for k, value in enumerate(t) if value < LEAST_T]
    found += [
        f"Sources {', '.join(map(str, group))} have profiles too alike; only their sum is known." for group in groups
    ]
    return tuple(found)
