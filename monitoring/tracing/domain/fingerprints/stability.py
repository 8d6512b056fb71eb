"""How far factors can be trusted: bootstrap of the samples, displacement of the profiles."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from monitoring.tracing.domain.fingerprints.factors import Factors, descended, random_start

Floats = NDArray[np.float64]
CORRELATED = 0.6  # least correlation of contributions for a bootstrap factor to be mapped
STABLE = 0.8  # least share of mappings of a factor that holds
RISES = (4.0, 8.0, 16.0, 32.0)  # of Q in a displacement


@dataclass(frozen=True, slots=True)
class Bootstrap:
    mapped: Floats  # share of the runs in which each factor came back, shape (factors,)
    unmapped: int  # factors of runs that resemble none
    low: Floats  # 5 % of the profiles of mapped factors, shape (factors, species)
    high: Floats  # 95 %

    @property
    def stable(self) -> NDArray[np.bool_]:
        return self.mapped >= STABLE


def bootstrapped(
    *, values: Floats, errors: Floats, base: Factors, runs: int = 50, block: int = 5, seed: int = 0, most: int = 400
) -> Bootstrap:  # fmt: skip
    """Fit samples drawn anew in blocks, and map each factor to the base factor whose contributions it resembles most.

    Args:
        block: samples in a row drawn together, because neighbours are alike; most: steps of a run, which begins at random.

    Source: block bootstrap as in EPA PMF 5.0: mapping by correlation of contributions, at least 0.6; the bar of 80 % from tracing notes 2.14.
    """
    rng = np.random.default_rng(seed)
    count, factors = base.contributions.shape
    hits, unmapped = np.zeros(factors), 0
    profiles: list[list[Floats]] = [[] for _ in range(factors)]
    for _ in range(runs):
        first = rng.integers(0, count, -(-count // block))
        drawn = ((first[:, None] + np.arange(block)) % count).ravel()[:count]
        # From the base every factor would come back by inertia.
        begin = random_start(values=values, factors=factors, rng=rng)
        run = descended(values=values[drawn], errors=errors[drawn], begin=begin, most=most)
        alike = np.corrcoef(run.contributions.T, base.contributions[drawn].T)[:factors, factors:]
        for number, row in enumerate(alike):
            best = int(np.argmax(row))
            if row[best] < CORRELATED:
                unmapped += 1
                continue
            profiles[best].append(run.profiles[number])
        hits[np.unique([int(np.argmax(row)) for row in alike if row.max() >= CORRELATED]).astype(int)] += 1
    low, high = (_quantile(profiles, base, share) for share in (0.05, 0.95))
    return Bootstrap(hits / runs, unmapped, low, high)


def _quantile(profiles: list[list[Floats]], base: Factors, share: float) -> Floats:
    nothing = np.full(base.profiles.shape[1], np.nan)
    return np.array([np.quantile(one, share, axis=0) if one else nothing for one in profiles])


@dataclass(frozen=True, slots=True)
class Displacement:
    """How far each number of the profiles can move until Q, all contributions refitted, rises by each of `rises`."""

    rises: tuple[float, ...]
    low: Floats  # shape (rises, factors, species), profiles not normalised anew
    high: Floats


def displaced(*, values: Floats, errors: Floats, base: Factors, rises: tuple[float, ...] = RISES) -> Displacement:
    """Displace one number of a profile at a time and refit the contributions of that factor.

    The other profiles stay and each sample's contribution of the displaced factor is refitted in closed form, so the intervals are
    those of the numbers alone; turns of several factors together are left to the bootstrap.
    """
    left, right = base.contributions, base.profiles
    weight = 1 / errors**2
    low, high = (np.zeros((len(rises), *right.shape)) for _ in range(2))
    residual = values - left @ right
    for k in range(right.shape[0]):
        without = residual + np.outer(left[:, k], right[k])
        cross = weight * without
        for j in range(right.shape[1]):
            rise = _rise_of(cross @ right[k], weight @ right[k] ** 2, cross[:, j], weight[:, j], float(right[k, j]))
            start = rise(float(right[k, j]))
            for number, wanted in enumerate(rises):
                low[number, k, j], high[number, k, j] = _ends(rise, float(right[k, j]), start + wanted)
    return Displacement(rises, low, high)


def _rise_of(fit: Floats, power: Floats, cross: Floats, own: Floats, here: float) -> Callable[[float], float]:
    """Q, up to a constant, when one number of the profile is changed and the contributions follow."""

    def q(value: float) -> float:
        top = np.maximum(fit + (value - here) * cross, 0.0)
        below = power + (value**2 - here**2) * own
        return float(-np.sum(top**2 / np.maximum(below, 1e-300)))

    return q


def _ends(rise: Callable[[float], float], here: float, target: float) -> tuple[float, float]:
    low = 0.0 if rise(0.0) <= target else float(brentq(lambda v: rise(v) - target, 0.0, here))
    top = max(2 * here, 1e-4)
    while rise(top) < target and top < 1e4:
        top *= 2
    high = float(brentq(lambda v: rise(v) - target, here, top)) if rise(top) >= target else np.inf
    return low, high
