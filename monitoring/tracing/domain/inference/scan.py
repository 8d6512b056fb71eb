"""First looks: which single candidate explains most, and a short list by greedy picks with their look-alikes."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

Floats = NDArray[np.float64]

LIST = 60
ALIKE = 0.9
LEAST_GAIN = 9.0  # of the weighted sum of squares; three deviations
SWEEPS, TRIED = 6, 3  # of exchanges over all picks; candidates tried in the place of one
LEAST_BETTER = 1.0  # of the weighted sum of squares that an exchange must win
LEAST_OWN = 0.02  # share of a column that the other picks do not span already


@dataclass(frozen=True, slots=True)
class Fit:
    """A few candidates that together explain the excess."""

    picks: tuple[int, ...]
    rates: Floats  # of the picks [kg/s]
    gains: Floats  # of every candidate alone, shape (k,)


def weights_of(*, excess: Floats, noise: Floats, kappa: float = 0.4) -> Floats:
    """Inverse variances of rows before a model is known: noise, model error by the reading, and a floor by the largest.

    The floor keeps a clean reading where a plume should have been from counting like a perfect measurement.
    """
    top = float(np.quantile(np.maximum(excess, 0.0), 0.95)) if len(excess) else 0.0
    return np.asarray(1 / (noise**2 + (kappa * np.maximum(excess, 0.0)) ** 2 + (0.05 * top) ** 2))


@dataclass(frozen=True, slots=True)
class Weighed:
    """A matrix with its rows weighed, and what is needed of it again and again."""

    scaled: NDArray[np.floating[Any]]  # shape (rows, k)
    power: Floats  # weighed sum of squares of each candidate, shape (k,)
    root: Floats  # of the weights, shape (rows,)

    def gains(self, *, excess: Floats) -> Floats:
        """Gain of each candidate alone, shape (k,)."""
        inner = np.maximum(self.scaled.T @ (excess * self.root).astype(self.scaled.dtype), 0.0)
        return np.asarray(inner**2 / self.power, dtype=float)

    def alike(self, *, pick: int) -> list[tuple[int, float]]:
        """The candidates whose columns are most like that of `pick`, and how much; itself among them."""
        size = np.sqrt(self.power)
        likeness = self.scaled.T @ self.scaled[:, pick] / size / size[pick]
        places = np.argsort(-likeness, kind="stable")[:12]
        return [(int(p), float(likeness[p])) for p in places if likeness[p] > ALIKE or p == pick]

    def fitted(self, *, picks: list[int], wanted: Floats) -> tuple[Floats, float]:
        """Rates of the picks together, and the weighed sum of squares that they take away; `wanted` is weighed, too."""
        if not picks:
            return np.zeros(0), 0.0
        rates, rest = nnls(self.scaled[:, picks].astype(float), wanted)
        return rates, float((wanted**2).sum() - rest**2)

    def instead(self, *, others: list[int], wanted: Floats) -> list[int]:
        """The few candidates that gain most beside the others, best first."""
        base, _ = np.linalg.qr(self.scaled[:, others].astype(float))
        inner = self.scaled.T @ (wanted - base @ (base.T @ wanted)).astype(self.scaled.dtype)
        taken = np.square(base.T.astype(self.scaled.dtype) @ self.scaled).sum(axis=0)
        gains = np.maximum(inner, 0.0).astype(float) ** 2 / np.maximum(self.power - taken, LEAST_OWN * self.power)
        gains[others] = 0.0
        return [int(place) for place in np.argsort(-gains, kind="stable")[:TRIED]]


def weighed(*, matrix: NDArray[np.floating[Any]], weights: Floats) -> Weighed:
    """Args: matrix: shape (rows, k); weights: shape (rows,)."""
    root = np.sqrt(weights)
    scaled = matrix * root.astype(matrix.dtype)[:, None]
    # Below the least single a square is zero; such a candidate explains nothing.
    power = np.maximum(np.einsum("rk,rk->k", scaled, scaled, dtype=float), 1e-300)
    return Weighed(scaled, power, root)


def greedy(
    *, matrix: NDArray[np.floating[Any]], excess: Floats, weights: Floats, most: int = 10, start: tuple[int, ...] = ()
) -> Fit:
    """Add the candidate that gains most, fit all rates anew; stop when little is gained."""
    return _greedy(matrix, excess, weighed(matrix=matrix, weights=weights), most, start)


def _greedy(
    matrix: NDArray[np.floating[Any]], excess: Floats, held: Weighed, most: int = 10, start: tuple[int, ...] = ()
) -> Fit:
    first, root = held.gains(excess=excess), held.root
    picks, rates = list(start), np.zeros(len(start))
    residual = excess.copy()
    while len(picks) < most:
        gains = held.gains(excess=residual)
        gains[picks] = 0.0
        best = int(np.argmax(gains))
        if gains[best] < LEAST_GAIN:
            break
        picks.append(best)
        rates = nnls(matrix[:, picks].astype(float) * root[:, None], excess * root)[0]
        residual = excess - matrix[:, picks].astype(float) @ rates
    kept = [i for i, rate in enumerate(rates) if rate > 0]
    return Fit(tuple(picks[i] for i in kept), rates[kept], first)


def exchanged(*, fit: Fit, excess: Floats, held: Weighed) -> Fit:
    """A greedy fit with single picks taken for better ones until no exchange explains more.

    The first pick of many neighbours often stands between two true points and explains some of both; no later pick mends that.
    """
    wanted = excess * held.root
    picks, (rates, best) = list(fit.picks), held.fitted(picks=list(fit.picks), wanted=wanted)
    for _ in range(SWEEPS):
        changed = False
        for place in range(len(picks)):
            others = picks[:place] + picks[place + 1 :]
            for other in held.instead(others=others, wanted=wanted):
                if other == picks[place]:
                    break
                tried, explained = held.fitted(picks=[*others, other], wanted=wanted)
                if explained > best + LEAST_BETTER:
                    picks, rates, best, changed = [*others[:place], other, *others[place:]], tried, explained, True
                    break
        if not changed:
            break
    rates = held.fitted(picks=picks, wanted=wanted)[0] if picks else rates
    kept = [i for i, rate in enumerate(rates) if rate > 0]
    return Fit(tuple(picks[i] for i in kept), rates[kept], fit.gains)


def short_list(
    *,
    matrices: NDArray[Any],
    excess: Floats,
    weights: Floats,
    most: int = LIST,
    tempering: float = 0.5,
    unit: float = 1.0,
) -> NDArray[np.int_]:
    """Candidates worth sampling, best first.

    Args:
        matrices: the matrix under several assumptions about the air, shape (n, rows, k), in units of `unit`.
        tempering: power of the likelihood, for weighing the assumptions by what their picks explain together.

    Returns:
        Picks of every assumption, their look-alikes, then the best alone, at most `most`.
    """
    count = matrices[0].shape[1]
    if count <= most:
        return np.arange(count)
    found: dict[int, float] = {}
    total = np.zeros(count)
    fits, alike, explained = [], [], []
    for half in matrices:
        matrix = half.astype(np.float32) * np.float32(unit)
        held = weighed(matrix=matrix, weights=weights)
        fits.append(fit := exchanged(fit=_greedy(matrix, excess, held), excess=excess, held=held))
        alike.append([held.alike(pick=pick) for pick in fit.picks])
        explained.append(held.fitted(picks=list(fit.picks), wanted=excess * held.root)[1])
    trust = np.exp(np.maximum((np.array(explained) - max(explained)) * tempering / 2, -6.0))
    for fit, likes, trusted in zip(fits, alike, trust, strict=True):
        total = np.maximum(total, fit.gains * trusted)
        for pick, neighbours in zip(fit.picks, likes, strict=True):
            for place, likeness in neighbours:
                worth = trusted * likeness * (2.0 if place == pick else 1.0)
                found[place] = max(found.get(place, 0.0), worth)
    ordered = sorted(found, key=lambda place: (-found[place], place))[:most]
    rest = [int(k) for k in np.argsort(-total, kind="stable") if k not in found]
    return np.array((ordered + rest)[:most])
