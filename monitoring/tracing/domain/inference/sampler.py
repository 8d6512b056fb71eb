"""Spike-and-slab sampling over hypotheses, rates, air, errors and background, in populations of chains that are warmed up.

The likelihood starts at a hundredth of its power. While the power rises, chains of a population that explain more are gone on
from and others are dropped, so that they share out over the explanations there are instead of each being caught in its own.
Every population has its own stream of random numbers, so a seed repeats bit for bit on any number of threads. Source: sequential
Monte Carlo samplers (Del Moral, Doucet and Jasra 2006).

While the power is low, air from outside stands in for anything that several sensors saw, and chains do not find the way back to the
plumes that explain it far better. Every second population therefore warms up without the outside and gets it at full power;
populations whose states are far less probable are dropped.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitoring.tracing.domain.inference import kernels
from monitoring.tracing.domain.inference.evidence import Evidence, by_cell, tempering
from monitoring.tracing.domain.inference.spans import mean_rates, parts_of
from monitoring.tracing.domain.inference.states import Part, part_of, seen_of

Floats = NDArray[np.float64]

COLDEST, TRIAL = 0.01, 0.6  # power of the likelihood at the start, and where it is judged how far it may rise
LOOKS, APART = 8, 8  # at what is left over before the power is set anew, and rounds between them
BEHIND = 30.0  # of log posterior; far more than that of one and the same explanation differs between populations
EACH, FEWEST = 8, 2  # chains of a population: smaller ones get caught apart; populations, between which R-hat is taken
HEARD = 2.0  # deviations from which a row tells how alike neighbours are


@dataclass(frozen=True, slots=True)
class Draws:
    """Kept states of all chains."""

    active: NDArray[np.bool_]  # shape (chains, kept, hypotheses)
    rates: Floats  # the same shape; what it would be where it is not active
    air: NDArray[np.int_]  # shape (chains, kept)
    kappa: Floats  # relative error of the model, shape (chains, kept)
    sway: Floats  # of the wind between mast and plume, in units of `evidence.SWAY_DEG`, shape (chains, kept)
    fit: Floats  # log likelihood, shape (chains, kept)
    model: Floats  # mean signal by row [kg/m3]
    deviation: Floats  # of the model and the readings by row [kg/m3]
    level: Floats  # mean of the background less its first estimate, by row [kg/m3]
    would_be: Floats  # rate of each hypothesis if it were active, given the rest; shape (draws, hypotheses)
    shares: Floats  # mean signal of each hypothesis over all rows, shape (hypotheses,)
    tempering: float  # power of the likelihood that was used
    log_evidence: float  # tempered, on a scale that is common to suppositions about the same rows and background
    spans: NDArray[
        np.int16
    ]  # parts of the event from which and up to which it is on, shape (chains, kept, hypotheses, 2)
    parts: int  # of the event
    profiles: Floats | None = None  # shares of the substances, shape (chains, kept, hypotheses, substances)
    populations: int = FEWEST  # of chains that never exchange states, in the order of the chains

    @property
    def skew(self) -> Floats:
        """Mean over middle of readings whose errors multiply, shape (chains, kept).

        Plumes that miss and hit make such errors skew; a Student fit follows the many rows in the middle, but kilograms go with the
        mean. For lognormal errors of the size of the model's it is the exponential of half the variance.
        """
        return np.asarray(np.exp(0.5 * self.kappa**2))

    @property
    def released(self) -> Floats:
        """What was released on average [kg/s], shape of `rates`, which are those of the fit."""
        return np.asarray(self.rates * self.skew[:, :, None])

    def released_by(self, *, number: int) -> Floats:
        """The same of one hypothesis while it is active, shape (draws,)."""
        return np.asarray((self.rates[:, :, number] * self.skew)[self.active[:, :, number]])

    def imagined_of(self, *, number: int) -> Floats:
        """What one hypothesis would have released if it were active [kg/s], shape (draws,)."""
        return np.asarray(self.would_be[:, number] * float(self.skew.mean()))

    @property
    def by_part(self) -> Floats:
        """Mean rate of the fit of each hypothesis in each part of the event [kg/s], shape (hypotheses, parts)."""
        return mean_rates(active=self.active, rates=self.rates, spans=self.spans, parts=self.parts)

    @property
    def least(self) -> Floats:
        """Smallest probability that a population of chains gives each hypothesis, shape (hypotheses,)."""
        by_population = self.active.reshape(self.populations, -1, self.active.shape[2])
        return np.asarray(by_population.mean(axis=1).min(axis=0))


def sample(
    *,
    evidence: Evidence,
    seed: int,
    chains: int = 12,
    rounds: int = 260,
    burn: int = 110,
    retemper: bool = False,
    populations: int | None = None,
    fewest: int = FEWEST,
) -> Draws:
    """Draw from the posterior.

    Args:
        evidence: rows and columns; seed: of all randomness; chains: side by side, from their own starts, in so many populations, of
            eight chains where None.
        rounds: of the moves in `kernels.ROUND`; burn: rounds that are not kept; retemper: set the power of the likelihood anew when
            seven tenths of the burn are over, by what the model leaves over; fewest: all populations are kept where fewer are ahead.

    Returns:
        One state of each chain and kept round. Rates of inactive hypotheses are what they would be if active.
    """
    seen = seen_of(evidence=evidence)
    groups = populations or max(chains // EACH, FEWEST)
    # All of one size: what is compared between populations is cut from the chains in order.
    size = -(-chains // groups)
    parts = [part_of(evidence=evidence, seen=seen, chains=size, seed=(seed, n)) for n in range(groups)]
    judged, opened, aim = round(0.7 * burn), round(0.9 * burn), evidence.tempering
    powers = [_power(number / max(burn, 1), max(aim, TRIAL) if retemper else aim) for number in range(judged)]
    for part in parts[1::2]:
        part.shut()
    with ThreadPoolExecutor(max_workers=groups) as threads:
        list(threads.map(lambda part: part.warm(powers=powers), parts))
        if retemper and judged:
            aim = _bearable(evidence, _looks(threads, parts, fewest))
        powers = [_power(number / max(burn, 1), aim) for number in range(judged, opened)]
        list(threads.map(lambda part: part.warm(powers=powers), parts))
        for part in parts[1::2]:
            part.open(seen=seen)
        powers = [aim] * (burn - opened)
        list(threads.map(lambda part: part.warm(powers=powers), parts))
        parts = _ahead(parts, fewest)
        kept = list(threads.map(lambda part: part.keep(power=aim, rounds=rounds - burn), parts))
    return _draws(evidence, kept, aim, sum(part.gathered for part in parts) / len(parts))


def _ahead(parts: list[Part], fewest: int) -> list[Part]:
    """Without populations that got caught in an explanation far worse than that of others; all where fewer than `fewest` are ahead.

    Two have to come to the same by themselves, or nobody knows whether the next would not find a better one still.
    """
    reached = [part.log_posterior for part in parts]
    ahead = [part for part, height in zip(parts, reached, strict=True) if height > max(reached) - BEHIND]
    return ahead if len(ahead) >= fewest else parts


def _draws(evidence: Evidence, kept: list[kernels.Kept], power: float, gathered: float) -> Draws:
    active, rates, air, kappa, sway, fit = (
        np.concatenate([getattr(one, name) for one in kept])
        for name in ("active", "rates", "air", "kappa", "sway", "fit")
    )
    unit = evidence.unit
    rates *= unit
    model, deviation, level = (
        sum(getattr(one, name) for one in kept) * (unit / fit.size) for name in ("model", "deviation", "level")
    )
    if evidence.level is not None:
        level = level - evidence.level
    would_be = np.concatenate([one.would_be.reshape(-1, active.shape[2]) for one in kept]) * unit
    spans, (part, parts) = np.concatenate([one.spans for one in kept]), parts_of(evidence=evidence)
    by_part = mean_rates(active=active, rates=rates, spans=spans, parts=parts)
    middle, profiles = evidence.columns[int(np.argmax(evidence.log_air))].astype(float), None
    if evidence.kind is not None:
        profiles = np.concatenate([one.shares for one in kept])
        loads = (np.where(active, rates, 0.0)[..., None] * profiles).sum(axis=(0, 1))
        middle *= (loads / np.maximum(loads.sum(axis=1, keepdims=True), 1e-300))[:, evidence.kind]
    shares = (by_part[:, part] * middle).mean(axis=1)
    return Draws(
        active, rates, air, kappa, sway, fit, model, deviation, level, would_be, shares, power, gathered, spans, parts, profiles, len(kept)
    )  # fmt: skip


def _power(share: float, aim: float) -> float:
    """Power of the likelihood by the share of the burn that is over: geometric up to a trial value, then straight to its aim."""
    trial = min(TRIAL, aim)
    if share < 0.7:
        return float(COLDEST * (trial / COLDEST) ** (share / 0.7))
    return float(trial + (aim - trial) * min((share - 0.7) / 0.2, 1.0))


def _looks(threads: ThreadPoolExecutor, parts: list[Part], fewest: int) -> list[tuple[Floats, Floats]]:
    """Residuals and models of the chains that are ahead, some rounds apart: a single look is the chance of the moment."""
    found = []
    for _ in range(LOOKS):
        list(threads.map(lambda part: part.warm(powers=[part.power] * APART), parts))
        found += [(part.residuals, part.chains.model.copy()) for part in _ahead(parts, fewest)]
    return found


def _bearable(evidence: Evidence, looks: list[tuple[Floats, Floats]]) -> float:
    """Power of the likelihood by how alike neighbouring residuals are, over all chains."""
    residual, model = (np.concatenate(part).mean(axis=0) for part in zip(*looks, strict=True))
    noise, excess = evidence.grained / evidence.unit, evidence.excess / evidence.unit
    heard = (model > HEARD * noise) | (excess > 2 * HEARD * noise)
    if evidence.kind is not None and heard.any():
        means, sensor, block = by_cell(values=np.clip(residual, -3.0, 3.0), evidence=evidence, heard=heard)
        return tempering(residual=means, sensor=sensor, block=block, heard=np.ones(len(means), dtype=bool))
    return tempering(residual=residual, sensor=evidence.sensor, block=evidence.block, heard=heard)
