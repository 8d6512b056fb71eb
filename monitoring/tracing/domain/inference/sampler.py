"""Spike-and-slab sampling over hypotheses, rates, air and error, in many chains side by side.

Every move is a Metropolis-Hastings step on the exact tempered posterior, made for all chains at once: switch a hypothesis,
change a rate, swap a hypothesis for a look-alike, change the air with the rates carried along, change the error, shift a
sensor's background. No linear algebra that threads could reorder, so a seed repeats bit for bit.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitoring.tracing.domain.inference.evidence import Evidence
from monitoring.tracing.domain.inference.likelihood import log_likelihood, log_prior_kappa
from monitoring.tracing.domain.inference.proposals import Proposals, log_tail, proposals_of, truncated

Floats = NDArray[np.float64]

SWITCH, RATE, SWAP, AIR, KAPPA, OFFSET = range(6)
ROUND = (
    SWITCH, RATE, SWITCH, AIR, SWAP, RATE, SWITCH, OFFSET, AIR, SWITCH, SWAP, RATE, SWITCH, AIR, KAPPA, SWITCH, SWAP, OFFSET,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Draws:
    """Kept states of all chains."""

    active: NDArray[np.bool_]  # shape (chains, kept, hypotheses)
    rates: Floats  # the same shape; what it would be where it is not active
    air: NDArray[np.int_]  # shape (chains, kept)
    kappa: Floats  # shape (chains, kept)
    fit: Floats  # log likelihood, shape (chains, kept)
    model: Floats  # mean signal by row
    offset: Floats  # mean shift of the background by sensor
    would_be: Floats  # rate of each hypothesis if it were active, given the rest; shape (draws, hypotheses)
    shares: Floats  # mean signal of each hypothesis over all rows, shape (hypotheses,)


class _Chains:
    """States of the chains; arrays over chains first."""

    def __init__(self, evidence: Evidence, chains: int, seed: int, pairs: Proposals) -> None:
        self.evidence, self.pairs = evidence, pairs
        self.rng = np.random.default_rng(seed)
        count, sensors = len(evidence.prior), int(evidence.sensor.max()) + 1
        self.each = np.arange(chains)
        self.active = self.rng.random((chains, count)) < np.minimum(evidence.prior, 0.5)
        self.rates = np.abs(self.rng.normal(size=(chains, count))) * evidence.scale * 0.3
        self.air = self.rng.choice(len(evidence.log_air), size=chains, p=np.exp(evidence.log_air))
        self.kappa = np.exp(self.rng.normal(np.log(0.5), 0.4, chains))
        self.offset = np.zeros((chains, sensors))
        self.spread = np.array(
            [
                np.median(evidence.noise[evidence.sensor == s]) if (evidence.sensor == s).any() else 1.0
                for s in range(sensors)
            ]
        )
        self.model = np.zeros((chains, len(evidence.excess)))
        self.refresh()
        self.fit = self.likelihood(self.model)

    def refresh(self) -> None:
        """Sum the model anew, so that rounding does not add up."""
        for chain in self.each:
            on = np.flatnonzero(self.active[chain])
            rows = self.evidence.columns[self.air[chain], on].astype(float)
            self.model[chain] = (rows * self.rates[chain, on, None]).sum(axis=0)

    def likelihood(self, model: Floats, offset: Floats | None = None, kappa: Floats | None = None) -> Floats:
        return log_likelihood(
            evidence=self.evidence, model=model, offset=self.offset if offset is None else offset,
            kappa=self.kappa if kappa is None else kappa,
        )  # fmt: skip

    def column(self, place: NDArray[np.int_]) -> Floats:
        return self.evidence.columns[self.air, place].astype(float)

    def taken(self, log_ratio: Floats) -> NDArray[np.bool_]:
        return np.asarray(np.log(self.rng.random(len(self.each))) < log_ratio)

    def log_slab(self, place: NDArray[np.int_], rate: Floats) -> Floats:
        scale = self.evidence.scale[place]
        return np.asarray(np.log(2 / np.sqrt(2 * np.pi) / scale) - rate**2 / (2 * scale**2))

    def some_active(self) -> tuple[NDArray[np.int_], NDArray[np.int_]]:
        """One active hypothesis of each chain, and how many there are."""
        number = self.active.sum(axis=1)
        marks = self.rng.random(self.active.shape) * self.active
        return np.argmax(marks, axis=1), number

    def switch(self) -> None:
        place = self.rng.choice(len(self.pairs.pick), size=len(self.each), p=self.pairs.pick)
        column, was_on = self.column(place), self.active[self.each, place]
        rate = self.rates[self.each, place]
        without = self.model - np.where(was_on, rate, 0.0)[:, None] * column
        without = np.maximum(without, 0.0)
        middle, deviation = self.conditional(place, column, without)
        fresh = truncated(rng=self.rng, mean=middle, deviation=deviation)
        rate = np.where(was_on, rate, fresh)
        model = without + rate[:, None] * column
        here = np.where(was_on[:, None], without, model)
        prior = self.evidence.prior[place]
        gained = np.log(prior) - np.log1p(-prior) + self.log_slab(place, rate) - log_tail(rate, middle, deviation)
        fit = self.likelihood(here)
        ok = self.taken(fit - self.fit + np.where(was_on, -gained, gained)) & (prior > 0)
        self.keep(ok, here, fit)
        self.active[self.each[ok], place[ok]] = ~was_on[ok]
        self.rates[self.each[ok], place[ok]] = rate[ok]

    def conditional(self, place: NDArray[np.int_], column: Floats, without: Floats) -> tuple[Floats, Floats]:
        """Gaussian guess of a rate from everything else; the same before and after a switch."""
        evidence = self.evidence
        size = np.maximum(without, np.maximum(evidence.excess, 0.0))
        weight = evidence.tempering / (evidence.noise**2 + (self.kappa[:, None] ** 2 + 0.01) * size**2)
        rest = evidence.excess - without - self.offset[:, evidence.sensor]
        precision = (weight * column**2).sum(axis=1) + evidence.scale[place] ** -2.0
        middle = (weight * column * rest).sum(axis=1) / precision
        return middle, np.sqrt(precision**-1 + (0.25 * np.maximum(middle, 0.0)) ** 2)

    def would_be(self) -> Floats:
        """A draw of every rate as if it were active, shape (chains, hypotheses)."""
        found = np.empty(self.active.shape)
        for number in range(self.active.shape[1]):
            place = np.full(len(self.each), number)
            column = self.column(place)
            own = np.where(self.active[:, number], self.rates[:, number], 0.0)
            without = np.maximum(self.model - own[:, None] * column, 0.0)
            middle, deviation = self.conditional(place, column, without)
            found[:, number] = truncated(rng=self.rng, mean=middle, deviation=deviation)
        return found

    def change_rate(self) -> None:
        place, number = self.some_active()
        step = self.rng.choice([0.08, 0.3], size=len(self.each)) * self.rng.normal(size=len(self.each))
        old = self.rates[self.each, place]
        new = old * np.exp(step)
        model = np.maximum(self.model + ((new - old) * (number > 0))[:, None] * self.column(place), 0.0)
        fit = self.likelihood(model)
        ok = self.taken(fit - self.fit + self.log_slab(place, new) - self.log_slab(place, old) + step) & (number > 0)
        self.keep(ok, model, fit)
        self.rates[self.each[ok], place[ok]] = new[ok]

    def swap(self) -> None:
        place, number = self.some_active()
        sums = self.pairs.alike_sums[place]
        other = np.minimum((self.rng.random(len(self.each))[:, None] > sums).sum(axis=1), sums.shape[1] - 1)
        step = 0.2 * self.rng.normal(size=len(self.each))
        stretch = self.pairs.norms[self.air, place] / self.pairs.norms[self.air, other] * np.exp(step)
        old = self.rates[self.each, place]
        new = old * stretch
        model = self.model + new[:, None] * self.column(other) - old[:, None] * self.column(place)
        model = np.maximum(model, 0.0)
        fit = self.likelihood(model)
        prior = self.evidence.prior
        odds = np.log(prior[other]) - np.log1p(-prior[other]) - np.log(prior[place]) + np.log1p(-prior[place])
        odds += self.log_slab(other, new) - self.log_slab(place, old) + np.log(stretch)
        odds += np.log(self.pairs.alike[other, place]) - np.log(self.pairs.alike[place, other])
        ok = (number > 0) & ~self.active[self.each, other] & (prior[other] > 0)
        ok &= self.taken(np.where(ok, fit - self.fit + odds, -np.inf))
        self.keep(ok, model, fit)
        self.active[self.each[ok], place[ok]] = False
        self.active[self.each[ok], other[ok]] = True
        self.rates[self.each[ok], other[ok]] = new[ok]

    def change_air(self) -> None:
        evidence = self.evidence
        old, shape = self.air.copy(), evidence.air_shape
        places = np.array(np.unravel_index(old, shape))
        axis = self.rng.integers(0, 3, len(self.each))
        places[axis, self.each] += self.rng.choice([-2, -1, -1, 1, 1, 2], size=len(self.each))
        inside = ((places >= 0) & (places < np.array(shape)[:, None])).all(axis=0)
        self.air = np.where(
            inside, np.ravel_multi_index(tuple(np.clip(places, 0, np.array(shape)[:, None] - 1)), shape), old
        )
        stretch = self.pairs.norms[old] / self.pairs.norms[self.air]
        rates = np.where(self.active, self.rates * stretch, self.rates)
        model = np.zeros_like(self.model)
        for chain in self.each:
            on = np.flatnonzero(self.active[chain])
            model[chain] = (evidence.columns[self.air[chain], on].astype(float) * rates[chain, on, None]).sum(axis=0)
        fit = self.likelihood(model)
        scale = evidence.scale
        slab = (np.where(self.active, (self.rates**2 - rates**2) / (2 * scale**2) + np.log(stretch), 0.0)).sum(axis=1)
        ok = inside & self.taken(fit - self.fit + evidence.log_air[self.air] - evidence.log_air[old] + slab)
        self.keep(ok, model, fit)
        self.air = np.where(ok, self.air, old)
        self.rates = np.where(ok[:, None], rates, self.rates)

    def change_kappa(self) -> None:
        new = self.kappa * np.exp(0.25 * self.rng.normal(size=len(self.each)))
        fit = self.likelihood(self.model, kappa=new)
        ok = self.taken(fit - self.fit + log_prior_kappa(kappa=new) - log_prior_kappa(kappa=self.kappa))
        self.fit = np.where(ok, fit, self.fit)
        self.kappa = np.where(ok, new, self.kappa)

    def shift(self) -> None:
        sensor = self.rng.integers(0, self.offset.shape[1], len(self.each))
        new = self.offset.copy()
        new[self.each, sensor] += 0.5 * self.spread[sensor] * self.rng.normal(size=len(self.each))
        fit = self.likelihood(self.model, offset=new)
        odds = ((self.offset**2 - new**2) / (2 * self.spread**2)).sum(axis=1)
        ok = self.taken(fit - self.fit + odds)
        self.fit = np.where(ok, fit, self.fit)
        self.offset = np.where(ok[:, None], new, self.offset)

    def keep(self, ok: NDArray[np.bool_], model: Floats, fit: Floats) -> None:
        self.model[ok] = model[ok]
        self.fit = np.where(ok, fit, self.fit)


def sample(*, evidence: Evidence, seed: int, chains: int = 12, rounds: int = 260, burn: int = 110) -> Draws:
    """Draw from the posterior.

    Args:
        evidence: rows and columns; seed: of all randomness; chains: side by side, from their own starts.
        rounds: of eighteen moves; burn: rounds that are not kept.

    Returns:
        One state of each chain and kept round. Rates of inactive hypotheses are what they would be if active.
    """
    state = _Chains(evidence, chains, seed, proposals_of(evidence=evidence))
    moves = (state.switch, state.change_rate, state.swap, state.change_air, state.change_kappa, state.shift)
    kept: list[tuple[NDArray[np.bool_], Floats, NDArray[np.int_], Floats, Floats]] = []
    imagined: list[Floats] = []
    model, offset = np.zeros(len(evidence.excess)), np.zeros(state.offset.shape[1])
    for number in range(rounds):
        for move in ROUND:
            moves[move]()
        if number % 20 == 0:
            state.refresh()
            state.fit = state.likelihood(state.model)
        if number >= burn:
            kept.append(
                (state.active.copy(), state.rates.copy(), state.air.copy(), state.kappa.copy(), state.fit.copy())
            )
            model += state.model.mean(axis=0)
            offset += state.offset.mean(axis=0)
            if number % 10 == 0:
                imagined.append(state.would_be())
    active, rates, air, kappa, fit = (np.stack(part, axis=1) for part in zip(*kept, strict=True))
    middle = evidence.columns[int(np.argmax(evidence.log_air))].astype(float).mean(axis=1)
    shares = np.where(active, rates, 0.0).mean(axis=(0, 1)) * middle
    return Draws(
        active, rates, air, kappa, fit, model / len(kept), offset / len(kept), np.concatenate(imagined), shares
    )
