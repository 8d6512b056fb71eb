"""Moves of the chains, each a Metropolis-Hastings or Gibbs step on the exact tempered posterior, made for all chains at once."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from monitoring.tracing.domain.inference import levels
from monitoring.tracing.domain.inference.likelihood import (
    FREEDOM,
    Errors,
    hidden_likelihood,
    log_prior_errors,
    squared_scale,
)
from monitoring.tracing.domain.inference.proposals import log_tail, truncated
from monitoring.tracing.domain.inference.state import State

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]

OUTSIDE_LEAST = 1e-4  # of the scale of an outside rate, tried when it trades with the regional level
BLIND = 0.15  # share of the switches that try any hypothesis alike


class Chains(State):
    """Chains that move."""

    def taken(self, log_ratio: Floats) -> NDArray[np.bool_]:
        return np.asarray(np.log(self.rng.random(len(self.each))) < log_ratio)

    def some_active(self) -> tuple[NDArray[np.int_], NDArray[np.int_]]:
        """One active hypothesis of each chain, and how many there are."""
        number = self.active.sum(axis=1)
        marks = self.rng.random(self.active.shape) * self.active
        return np.argmax(marks, axis=1), number

    def switch(self) -> None:
        place = np.searchsorted(self.pick_sums, self.rng.random(len(self.each))).clip(0, len(self.pick_sums) - 1)
        column, was_on = self.column(place), self.active[self.each, place]
        rate = self.rates[self.each, place]
        without = self.changed((np.where(was_on, rate, 0.0), column, -1))
        middle, deviation = self.conditional(place, column, without)
        rate = np.where(was_on, rate, truncated(rng=self.rng, mean=middle, deviation=deviation))
        added = np.where(was_on, 0.0, rate).astype(np.float32)[:, None]
        here = without[0] + added * column[0], without[1] + added**2 * column[1]
        prior = self.evidence.prior[place]
        gained = np.log(prior) - np.log1p(-prior) + self.log_slab(place, rate) - log_tail(rate, middle, deviation)
        fit = self.likelihood(*here)
        ok = self.taken(self.power * (fit - self.fit) + np.where(was_on, -gained, gained)) & (prior > 0)
        self.keep(ok, here, fit)
        self.active[self.each[ok], place[ok]] = ~was_on[ok]
        self.rates[self.each[ok], place[ok]] = rate[ok]

    def swap(self) -> None:
        place, number = self.some_active()
        sums = self.pairs.alike_sums[place]
        other = np.minimum((self.rng.random(len(self.each))[:, None] > sums).sum(axis=1), sums.shape[1] - 1)
        step = 0.2 * self.rng.normal(size=len(self.each))
        stretch = self.pairs.norms[self.air, place] / self.pairs.norms[self.air, other] * np.exp(step)
        old = self.rates[self.each, place]
        new = old * stretch
        here = self.changed((old, self.column(place), -1), (new, self.column(other), 1))
        fit = self.likelihood(*here)
        odds = self.log_odds[other] - self.log_odds[place]
        odds += self.log_slab(other, new) - self.log_slab(place, old) + np.log(stretch)
        odds += np.log(self.pairs.alike[other, place]) - np.log(self.pairs.alike[place, other])
        ok = (number > 0) & ~self.active[self.each, other]
        ok &= self.taken(np.where(ok, self.power * (fit - self.fit) + odds, -np.inf))
        self.keep(ok, here, fit)
        self.active[self.each[ok], place[ok]] = False
        self.active[self.each[ok], other[ok]] = True
        self.rates[self.each[ok], other[ok]] = new[ok]

    def would_be(self) -> Floats:
        """A draw of every rate as if it were active, shape (chains, hypotheses)."""
        found = np.empty(self.active.shape)
        for number in range(self.active.shape[1]):
            place = np.full(len(self.each), number)
            column = self.column(place)
            own = np.where(self.active[:, number], self.rates[:, number], 0.0)
            middle, deviation = self.conditional(place, column, self.changed((own, column, -1)))
            found[:, number] = truncated(rng=self.rng, mean=middle, deviation=deviation)
        return found

    def change_rate(self) -> None:
        place, number = self.some_active()
        step = self.rng.choice([0.08, 0.3], size=len(self.each)) * self.rng.normal(size=len(self.each))
        old = self.rates[self.each, place]
        new = old * np.exp(step)
        some = number > 0
        column = self.column(place)
        here = self.changed((old * some, column, -1), (new * some, column, 1))
        fit = self.likelihood(*here)
        ok = (
            self.taken(self.power * (fit - self.fit) + self.log_slab(place, new) - self.log_slab(place, old) + step)
            & some
        )
        self.keep(ok, here, fit)
        self.rates[self.each[ok], place[ok]] = new[ok]

    def change_air(self) -> None:
        evidence, old = self.evidence, self.air
        shape = np.array(evidence.air_shape)[:, None]
        places = np.array(np.unravel_index(old, evidence.air_shape))
        axis = self.rng.integers(0, 3, len(self.each))
        places[axis, self.each] += self.rng.choice([-2, -1, -1, 1, 1, 2], size=len(self.each))
        inside = ((places >= 0) & (places < shape)).all(axis=0)
        air = np.where(inside, np.ravel_multi_index(tuple(np.clip(places, 0, shape - 1)), evidence.air_shape), old)
        stretch = self.pairs.norms[old] / self.pairs.norms[air]
        rates = np.where(self.active, self.rates * stretch, self.rates)
        here = self.summed(air, rates)
        fit = self.likelihood(*here)
        slab = np.where(self.active, (self.rates**2 - rates**2) / (2 * evidence.scale**2) + np.log(stretch), 0.0)
        prior = evidence.log_air[air] - evidence.log_air[old]
        ok = inside & self.taken(self.power * (fit - self.fit) + prior + slab.sum(axis=1))
        self.keep(ok, here, fit)
        self.air = np.where(ok, air, old)
        self.rates = np.where(ok[:, None], rates, self.rates)

    def change_errors(self) -> None:
        old, step = self.errors, 0.25 * self.rng.normal(size=(2, len(self.each)))
        new = Errors(old.kappa * np.exp(step[0]), old.sway * np.exp(step[1]))
        fit = self.likelihood(self.model, self.flank, errors=new)
        ok = self.taken(self.power * (fit - self.fit) + log_prior_errors(errors=new) - log_prior_errors(errors=old))
        self.fit = np.where(ok, fit, self.fit)
        self.errors = Errors(np.where(ok, new.kappa, old.kappa), np.where(ok, new.sway, old.sway))

    def change_level(self) -> None:
        """The whole background at once; Student errors are Gaussian given their weights, which are drawn first."""
        seen, count = self.seen, len(self.each)
        variance = squared_scale(seen=seen, model=self.model, flank=self.flank, errors=self.errors)
        rest = (seen.raw - self.model).astype(float)
        misfit = 1 + (rest - self.level) ** 2 / (FREEDOM * variance)
        weight = self.rng.standard_gamma(self.power * (FREEDOM + 1) / 2, size=rest.shape) / misfit
        precision = 2 * weight / (FREEDOM * variance)
        if seen.hidden is not None:
            precision[:, seen.hidden] = 0.0
        values, certain = (np.zeros((len(self.levels.common), count, self.levels.drift.shape[2])) for _ in range(2))
        values[self.grid], certain[self.grid] = rest.T, precision.T
        new = levels.redrawn(rng=self.rng, levels=self.levels, values=values, precision=certain, steps=self.steps)
        level = self.level_of(new)
        ok = np.ones(count, dtype=bool)
        if seen.hidden is not None:
            before, after = (
                hidden_likelihood(seen=seen, rest=rest - part, variance=variance) for part in (self.level, level)
            )
            ok = self.taken(self.power * (after - before))
        self.level = np.where(ok[:, None], level, self.level)
        self.levels = levels.Levels(
            np.where(ok, new.common, self.levels.common), np.where(ok[:, None], new.drift, self.levels.drift),
            np.where(ok, new.common_step, self.levels.common_step), np.where(ok, new.drift_step, self.levels.drift_step),
        )  # fmt: skip
        self.fit = self.likelihood(self.model, self.flank)

    def learn(self) -> None:
        """Try those hypotheses more often that are active in some chains and not in others."""
        share = self.active.mean(axis=0)
        self.seen_active = 0.8 * self.seen_active + 0.2 * share
        doubt = self.seen_active * (1 - self.seen_active) + 0.002
        self.pick_sums = np.cumsum(BLIND / len(doubt) + (1 - BLIND) * doubt / doubt.sum())

    def change_outside(self) -> None:
        """Let a sector outside take over what the regional level explained, or give it back; the sum stays about the same."""
        sectors, chains = self.evidence.sectors, len(self.each)
        if not sectors:
            return
        active = self.active[:, -sectors:]
        number, adds = active.sum(axis=1), self.rng.random(chains) < 0.5
        free = np.where(adds[:, None], ~active, active)
        place = np.argmax(self.rng.random(active.shape) * free, axis=1) + self.active.shape[1] - sectors
        low, span = np.log(self.evidence.scale[place] * OUTSIDE_LEAST), -np.log(OUTSIDE_LEAST) + 1.0
        rate = np.where(adds, np.exp(low + span * self.rng.random(chains)), self.rates[self.each, place])
        inside = (np.log(rate) >= low) & (np.log(rate) <= low + span)
        possible = np.where(adds, number < sectors, number > 0) & inside
        column, sign = self.column(place), np.where(adds, 1.0, -1.0)
        single = (sign * rate * possible).astype(np.float32)[:, None]
        here = (
            np.maximum(self.model + single * column[0], np.float32(0)),
            np.maximum(self.flank + np.sign(single) * single**2 * column[1], np.float32(0)),
        )
        added = (np.add.reduceat(column[0], self.first_rows, axis=1) / self.rows_of_block)[:, self.block_places].T
        common = self.levels.common - sign * rate * possible * added
        level = self.level + (common - self.levels.common).T.astype(np.float32)[:, self.evidence.block]
        fit = self.likelihood(*here, level=level)
        odds = self.log_odds[place] + self.log_slab(place, rate) + np.log(rate) + np.log(span)
        odds += np.log(np.where(adds, sectors - number, sectors - number + 1)) - np.log(
            np.where(adds, number + 1, np.maximum(number, 1))
        )
        path = levels.log_path(path=common, step=self.levels.common_step)
        path -= levels.log_path(path=self.levels.common, step=self.levels.common_step)
        ok = possible & self.taken(self.power * (fit - self.fit) + sign * odds + path)
        self.keep(ok, here, fit)
        self.level[ok] = level[ok]
        self.levels = replace(self.levels, common=np.where(ok, common, self.levels.common))
        self.active[self.each[ok], place[ok]] = adds[ok]
        self.rates[self.each[ok], place[ok]] = rate[ok]

    def keep(self, ok: NDArray[np.bool_], here: tuple[Singles, Singles], fit: Floats) -> None:
        self.model[ok], self.flank[ok] = here[0][ok], here[1][ok]
        self.fit = np.where(ok, fit, self.fit)
