"""Weighted least squares for every node, start and duration at once, by running sums; then the few that matter exactly.

With fixed weights W a release of one rate over steps s..e has the column sum of U[n, s..e], so its scalar products are
differences of running sums of U W y and of U W U'. A hundred nodes with fifty steps are a hundred small Gram matrices.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from monitoring.tracing.domain.releases.library import Library

Floats = NDArray[np.float64]
NAMES = ("node", "first", "steps", "rate", "gain")
FREEDOM = 4.0  # of Student's errors
MASS_STEPS = np.linspace(-3.0, 3.0, 9)  # deviations of ln rate at which the likelihood is summed


@dataclass(frozen=True, slots=True)
class Noise:
    """How a reading scatters: a floor [kg/m3], a share of what is expected, and fronts that arrive early or late [s]."""

    floor: float
    relative: float = 0.05
    timing: float = 0.0


@dataclass(frozen=True, slots=True)
class Windows:
    """Releases of one rate, one row each."""

    node: NDArray[np.int_]
    first: NDArray[np.int_]  # step
    steps: NDArray[np.int_]
    rate: Floats  # best [kg/s]
    gain: Floats  # fall of chi-squared against no release

    def only(self, *, places: NDArray[np.int_]) -> "Windows":
        return Windows(*(getattr(self, name)[places] for name in NAMES))

    def joined(self, other: "Windows") -> "Windows":
        """Both, the best first."""
        both = Windows(*(np.concatenate([getattr(self, name), getattr(other, name)]) for name in NAMES))
        return both.only(places=np.argsort(-both.gain, kind="stable"))


def screened(*, library: Library, values: Floats, noise: Noise, longest: int) -> Windows:
    """Every node, start and duration with its best rate.

    Args:
        values: above the background [kg/m3], shape (sensors, readings), NaN where missing; longest: duration in steps.

    Returns:
        All windows, the best first. The weights come from the readings, so this is a screen and not a likelihood.
    """
    y = values.ravel()
    known = np.isfinite(y)
    root = np.where(known, 1.0 / np.hypot(noise.floor, noise.relative * np.nan_to_num(y)), 0.0).astype(np.float32)
    seen = np.flatnonzero(known)
    target = (np.nan_to_num(y) * root)[seen].astype(np.float32)
    nodes, steps = library.responses.shape[:2]
    first, last = np.triu_indices(steps)
    kept = last - first < longest
    first, last = first[kept], last[kept]
    gain, rate = np.zeros((nodes, len(first))), np.zeros((nodes, len(first)))
    for number, block in enumerate(library.responses):
        flat = block.reshape(steps, -1)
        if not flat.any():
            continue
        weighted = flat[:, seen] * root[seen]
        along = _running(np.asarray(weighted @ target, dtype=float))
        across = _running(_running(np.asarray(weighted @ weighted.T, dtype=float)).T)
        fit = along[last + 1] - along[first]
        power = across[last + 1, last + 1] - across[first, last + 1] - across[last + 1, first] + across[first, first]
        good = (fit > 0) & (power > 0)
        rate[number, good] = fit[good] / power[good]
        gain[number, good] = fit[good] ** 2 / power[good]
    node = np.repeat(np.arange(nodes), len(first))
    order = np.argsort(-gain.ravel(), kind="stable")
    every = Windows(
        node, np.tile(first, nodes), np.tile(last - first + 1, nodes), rate.ravel(), gain.ravel()
    )  # fmt: skip
    return every.only(places=order)


def _running(parts: Floats) -> Floats:
    return np.concatenate([np.zeros((1, *parts.shape[1:])), np.cumsum(parts, axis=0)])


def shortlisted(*, windows: Windows, names: Sequence[str], nodes: int, each: int) -> Windows:
    """The best windows of the best nodes, so that no node fills the list with its own neighbours in time.

    Args:
        windows: the best first; names: of the entries of the library, several of which may be one node.
    """
    code = np.unique(np.asarray(names), return_inverse=True)[1][windows.node[windows.gain > 0]]
    order = np.argsort(code, kind="stable")
    grouped = code[order]
    begins = np.flatnonzero(np.r_[True, grouped[1:] != grouped[:-1]][: len(grouped)])
    rank = np.empty(len(code), dtype=int)  # of a window among those of its node
    rank[order] = np.arange(len(code)) - np.repeat(begins, np.diff(np.r_[begins, len(code)]))
    best = np.sort(order[begins])[:nodes]
    return windows.only(places=np.flatnonzero((rank < each) & np.isin(code, code[best])))


@dataclass(frozen=True, slots=True)
class Columns:
    """Responses to a unit rate over each window, shape (windows, rows), and their slope in time [1/s of them]."""

    units: Floats
    slopes: Floats

    def rows(self, *, places: NDArray[np.bool_]) -> "Columns":
        return Columns(self.units[:, places], self.slopes[:, places])

    def windows(self, *, places: NDArray[np.int_]) -> "Columns":
        return Columns(self.units[places], self.slopes[places])

    def spread(self, *, noise: Noise) -> Floats:
        """Variance over the squared rate that model errors add."""
        return np.asarray((noise.relative * self.units) ** 2 + (noise.timing * self.slopes) ** 2)


def columns_of(*, library: Library, windows: Windows) -> Columns:
    """Of every window, rows in the order sensor, reading."""
    parts = [
        library.responses[n, s : s + d].sum(axis=0, dtype=float)
        for n, s, d in zip(windows.node, windows.first, windows.steps, strict=True)
    ]
    units = np.array(parts)
    slopes = np.gradient(units, library.interval, axis=2)
    return Columns(units.reshape(len(units), -1), slopes.reshape(len(units), -1))


def refitted(*, columns: Columns, values: Floats, rate: Floats, noise: Noise, rounds: int = 6) -> tuple[Floats, Floats]:
    """Rates under errors that grow with the expected value and have heavy tails, and deviations of ln rate.

    Args:
        values: shape (rows,), no gaps; rate: to begin with, shape (windows,).
    """
    units, spread = columns.units, columns.spread(noise=noise)
    squares = units**2
    found, power = np.maximum(rate, 1e-300), np.ones_like(rate)
    for _ in range(rounds):
        variance = noise.floor**2 + found[:, None] ** 2 * spread
        off = (values - found[:, None] * units) ** 2 / variance
        weight = (FREEDOM + 1) / (FREEDOM + off) / variance
        power = np.einsum("wr,wr->w", squares, weight)
        fit = np.einsum("wr,wr->w", units * values, weight)
        found = np.where((power > 0) & (fit > 0), fit / np.maximum(power, 1e-300), found)
    return found, np.clip(1.0 / np.maximum(found * np.sqrt(power), 1e-9), 1e-3, 1.0)


def log_likelihood(*, columns: Columns, values: Floats, rate: Floats, noise: Noise) -> Floats:
    """Student's, summed over rows, by window; constants left out."""
    variance = noise.floor**2 + rate[:, None] ** 2 * columns.spread(noise=noise)
    off = (values - rate[:, None] * columns.units) ** 2 / variance
    return np.asarray(-0.5 * ((FREEDOM + 1) * np.log1p(off / FREEDOM) + np.log(variance)).sum(axis=1))


def evidences(
    *, columns: Columns, values: Floats, rate: Floats, deviation: Floats, noise: Noise, power: float
) -> tuple[Floats, Floats]:
    """Log of the tempered likelihood with a flat prior of ln rate, by window and rate step, and those rates [kg/s].

    Args:
        power: tempering of the likelihood, from how alike neighbouring residuals are.
    """
    wide = deviation / np.sqrt(power)
    rates = rate[:, None] * np.exp(MASS_STEPS * wide[:, None])
    found = np.stack([log_likelihood(columns=columns, values=values, rate=one, noise=noise) for one in rates.T], axis=1)
    return np.asarray(power * found + np.log(wide)[:, None]), rates


def normalised(logs: Floats) -> Floats:
    return np.asarray(np.exp(logs - logsumexp(logs)))
