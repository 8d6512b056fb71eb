"""Spike-and-slab sampling over hypotheses, rates, air, errors and background, in populations of chains that are warmed up.

The likelihood starts at a hundredth of its power. While the power rises, chains of a population that explain more are gone on
from and others are dropped, so that they share out over the explanations there are instead of each being caught in its own. No
linear algebra that threads could reorder, so a seed repeats bit for bit. Source: sequential Monte Carlo samplers (Del Moral,
Doucet and Jasra 2006).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from monitoring.tracing.domain.inference.evidence import Evidence, tempering
from monitoring.tracing.domain.inference.moves import Chains
from monitoring.tracing.domain.inference.proposals import proposals_of

Floats = NDArray[np.float64]

SWITCH, RATE, SWAP, AIR, ERROR, LEVEL, OUTSIDE = range(7)
ROUND = (
    SWITCH, RATE, AIR, SWAP, SWITCH, LEVEL, RATE, SWAP, AIR, SWITCH, ERROR, SWITCH, SWAP, AIR, RATE, SWITCH, OUTSIDE, SWAP, RATE, AIR,
    SWITCH, SWAP,
)  # fmt: skip
COLDEST, TRIAL = 0.01, 0.6  # power of the likelihood at the start, and where it is judged how far it may rise
POPULATIONS = 4  # of chains that never exchange states; between them R-hat is taken
HEARD = 2.0  # deviations from which a row tells how alike neighbours are


@dataclass(frozen=True, slots=True)
class Draws:
    """Kept states of all chains."""

    active: NDArray[np.bool_]  # shape (chains, kept, hypotheses)
    rates: Floats  # the same shape; what it would be where it is not active
    air: NDArray[np.int_]  # shape (chains, kept)
    kappa: Floats  # relative error of the model, shape (chains, kept)
    sway: Floats  # of the wind between mast and plume, in units of `Evidence.flank`, shape (chains, kept)
    fit: Floats  # log likelihood, shape (chains, kept)
    model: Floats  # mean signal by row [kg/m3]
    deviation: Floats  # of the model and the readings by row [kg/m3]
    level: Floats  # mean of the background less its first estimate, by row [kg/m3]
    would_be: Floats  # rate of each hypothesis if it were active, given the rest; shape (draws, hypotheses)
    shares: Floats  # mean signal of each hypothesis over all rows, shape (hypotheses,)
    tempering: float  # power of the likelihood that was used
    log_evidence: float  # tempered, on a scale that is common to suppositions about the same rows and background


class _Population(Chains):
    """Chains that are warmed up together."""

    gathered = 0.0  # log evidence so far, mean over the populations

    def warmed(self, weights: Floats, step: float, groups: int) -> Floats:
        """Weights after the power of the likelihood rose; where few chains of a group carry them, draw the chains anew."""
        before, weights = weights, weights + step * self.fit
        for group in np.array_split(self.each, groups):
            self.gathered += float(logsumexp(weights[group]) - logsumexp(before[group])) / groups
            part = np.exp(weights[group] - weights[group].max())
            if part.sum() ** 2 / (part**2).sum() < 0.5 * len(group):
                index = self.each.copy()
                index[group] = group[_systematic(self.rng, part)]
                self.take(index)
                weights[group] = 0.0
        return weights

    def bearable(self) -> float:
        """Power of the likelihood by how alike neighbouring residuals are, over all chains."""
        residual = ((self.seen.raw - self.model - self.level) / self.deviation()).mean(axis=0).astype(float)
        heard = (self.model.mean(axis=0) > HEARD * self.seen.noise) | (self.seen.excess > 2 * HEARD * self.seen.noise)
        return tempering(residual=residual, sensor=self.evidence.sensor, block=self.evidence.block, heard=heard)


def sample(
    *,
    evidence: Evidence,
    seed: int,
    chains: int = 12,
    rounds: int = 260,
    burn: int = 110,
    groups: int = POPULATIONS,
    retemper: bool = False,
) -> Draws:
    """Draw from the posterior.

    Args:
        evidence: rows and columns; seed: of all randomness; chains: side by side, from their own starts.
        rounds: of eighteen moves; burn: rounds that are not kept; retemper: set the power of the likelihood anew half-way through
            the burn, by what the model leaves over.

    Returns:
        One state of each chain and kept round. Rates of inactive hypotheses are what they would be if active.
    """
    state = _Population(evidence, chains, seed, proposals_of(evidence=evidence))
    moves = (
        state.switch,
        state.change_rate,
        state.swap,
        state.change_air,
        state.change_errors,
        state.change_level,
        state.change_outside,
    )
    kept: list[tuple[NDArray[np.bool_], Floats, NDArray[np.int_], Floats, Floats, Floats]] = []
    imagined: list[Floats] = []
    model, deviation, level = (np.zeros(len(evidence.excess)) for _ in range(3))
    weights, aim, judged = np.zeros(chains), evidence.tempering, round(0.7 * burn)
    for number in range(rounds):
        if retemper and number == judged:
            aim = state.bearable()
        power = _power(number / max(burn, 1), aim if number >= judged or not retemper else max(aim, TRIAL))
        if number:
            weights = state.warmed(weights, power - state.power, groups)
        state.power = power
        for move in ROUND:
            if move != LEVEL or number % 2 == 0:
                moves[move]()
        if number % 20 == 0:
            state.refresh()
            state.fit = state.likelihood(state.model, state.flank)
        if number < burn and number % 5 == 4:
            state.learn()
        if number == burn - 1:
            state.take(_resampled(state.rng, weights, groups))
        if number >= burn:
            kept.append((
                state.active.copy(), state.rates.copy(), state.air.copy(), state.errors.kappa.copy(), state.errors.sway.copy(),
                state.fit.copy(),
            ))  # fmt: skip
            model += state.model.mean(axis=0)
            deviation += state.deviation().mean(axis=0)
            level += state.level.mean(axis=0) - state.seen.level
            if (number - burn) % 10 == 0:
                imagined.append(state.would_be())
    active, rates, air, kappa, sway, fit = (np.stack(part, axis=1) for part in zip(*kept, strict=True))
    middle = evidence.columns[int(np.argmax(evidence.log_air))].astype(float).mean(axis=1)
    shares = np.where(active, rates, 0.0).mean(axis=(0, 1)) * middle
    unit = state.seen.unit / len(kept)
    return Draws(
        active, rates, air, kappa, sway, fit, model * unit, deviation * unit, level * unit, np.concatenate(imagined), shares,
        state.power, state.gathered,
    )  # fmt: skip


def _power(share: float, aim: float) -> float:
    """Power of the likelihood by the share of the burn that is over: geometric up to a trial value, then straight to its aim."""
    trial = min(TRIAL, aim)
    if share < 0.7:
        return float(COLDEST * (trial / COLDEST) ** (share / 0.7))
    return float(trial + (aim - trial) * min((share - 0.7) / 0.2, 1.0))


def _resampled(rng: np.random.Generator, weights: Floats, groups: int) -> NDArray[np.int_]:
    index = np.arange(len(weights))
    for group in np.array_split(index.copy(), groups):
        index[group] = group[_systematic(rng, np.exp(weights[group] - weights[group].max()))]
    return index


def _systematic(rng: np.random.Generator, weights: Floats) -> NDArray[np.int_]:
    """Places drawn in proportion to weights, evenly spread."""
    sums = np.cumsum(weights) / weights.sum()
    return np.minimum(np.searchsorted(sums, (rng.random() + np.arange(len(weights))) / len(weights)), len(weights) - 1)
