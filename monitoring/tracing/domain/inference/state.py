"""States of the chains: which hypotheses are active at which rates, in which air, with which errors, over which background."""

import numpy as np
from numpy.typing import NDArray

from monitoring.tracing.domain.inference import levels
from monitoring.tracing.domain.inference.evidence import Evidence
from monitoring.tracing.domain.inference.likelihood import Errors, log_likelihood, scaled, squared_scale
from monitoring.tracing.domain.inference.proposals import Proposals

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]


class State:
    """States of the chains; arrays over chains first. Concentrations are in units of the typical noise."""

    def __init__(self, evidence: Evidence, chains: int, seed: int, pairs: Proposals) -> None:
        self.evidence, self.pairs, self.seen = evidence, pairs, scaled(evidence=evidence)
        self.rng = np.random.default_rng(seed)
        count, sensors = len(evidence.prior), int(evidence.sensor.max()) + 1
        self.each, self.power = np.arange(chains), evidence.tempering
        self.active = self.rng.random((chains, count)) < np.minimum(evidence.prior, 0.5)
        self.rates = np.abs(self.rng.normal(size=(chains, count))) * evidence.scale * 0.3
        self.air = self.rng.choice(len(evidence.log_air), size=chains, p=np.exp(evidence.log_air))
        self.errors = Errors(np.exp(self.rng.normal(np.log(0.5), 0.4, chains)), np.exp(self.rng.normal(0, 0.4, chains)))
        self.grid = evidence.block, slice(None), evidence.sensor
        blocks = int(evidence.block.max()) + 1
        first = np.zeros((blocks, sensors))
        first[evidence.block, evidence.sensor] = self.seen.level
        self.steps = evidence.steps[0] / self.seen.unit, evidence.steps[1] / self.seen.unit
        self.levels = levels.started(level=first, chains=chains, steps=self.steps)
        self.level = self.level_of(self.levels)
        present, self.first_rows, counts = np.unique(evidence.block, return_index=True, return_counts=True)
        self.rows_of_block = counts.astype(np.float32)
        self.block_places = np.clip(np.searchsorted(present, np.arange(blocks), side="right") - 1, 0, None)
        self.model = np.zeros((chains, len(evidence.excess)), dtype=np.float32)
        self.flank = np.zeros_like(self.model)  # squared, for a sway of one
        prior = np.clip(evidence.prior, 1e-300, 1 - 1e-12)
        self.log_odds = np.log(prior) - np.log1p(-prior)
        self.pick_sums, self.seen_active = np.cumsum(pairs.pick), evidence.prior.copy()
        self.refresh()
        self.fit = self.likelihood(self.model, self.flank)

    def refresh(self) -> None:
        """Sum the model anew, so that rounding does not add up."""
        self.model, self.flank = self.summed(self.air, self.rates)

    def summed(self, air: NDArray[np.int_], rates: Floats) -> tuple[Singles, Singles]:
        """Model and squared flank of all active hypotheses."""
        most = max(int(self.active.sum(axis=1).max()), 1)
        on = np.argsort(~self.active, axis=1, kind="stable")[:, :most]
        rate = np.where(np.take_along_axis(self.active, on, axis=1), np.take_along_axis(rates, on, axis=1), 0.0)
        single = rate.astype(np.float32)
        places = air[:, None], on
        return (
            np.einsum("cm,cmr->cr", single, self.seen.columns[places]),
            np.einsum("cm,cmr->cr", single**2, self.seen.flanks[places]),
        )

    def level_of(self, held: levels.Levels) -> Singles:
        """By chain and row."""
        return np.ascontiguousarray(held.total[self.grid].T, dtype=np.float32)

    def likelihood(
        self, model: Singles, flank: Singles, errors: Errors | None = None, level: Singles | None = None
    ) -> Floats:
        return log_likelihood(
            seen=self.seen, model=model, flank=flank, level=self.level if level is None else level, errors=errors or self.errors
        )  # fmt: skip

    def column(self, place: NDArray[np.int_]) -> tuple[Singles, Singles]:
        return self.seen.columns[self.air, place], self.seen.flanks[self.air, place]

    def log_slab(self, place: NDArray[np.int_], rate: Floats) -> Floats:
        scale = self.evidence.scale[place]
        return np.asarray(np.log(2 / np.sqrt(2 * np.pi) / scale) - rate**2 / (2 * scale**2))

    def changed(self, *parts: tuple[Floats, tuple[Singles, Singles], int]) -> tuple[Singles, Singles]:
        """Model and flank with (rate, column, sign) added or taken away, by chain."""
        model, flank = self.model, self.flank
        for rate, (column, squared), sign in parts:
            single = rate.astype(np.float32)[:, None]
            model = model + sign * single * column
            flank = flank + sign * single**2 * squared
        return np.maximum(model, np.float32(0)), np.maximum(flank, np.float32(0))

    def left(self, without: tuple[Singles, Singles]) -> tuple[Singles, Singles]:
        """Weights of the rows, and what the hypotheses and the background leave of the readings."""
        size = np.maximum(without[0], self.seen.above)
        variance = squared_scale(seen=self.seen, model=size, flank=without[1], errors=self.errors)
        return np.float32(self.power) / variance, self.seen.raw - without[0] - self.level

    def conditional(
        self, place: NDArray[np.int_], column: tuple[Singles, Singles], without: tuple[Singles, Singles]
    ) -> tuple[Floats, Floats]:
        """Gaussian guess of a rate from everything else; the same before and after a switch."""
        first, rest = self.left(without)
        weight = first
        for _ in range(2):
            precision = (weight * column[0] ** 2).sum(axis=1, dtype=np.float64) + self.evidence.scale[place] ** -2.0
            middle = (weight * column[0] * rest).sum(axis=1, dtype=np.float64) / precision
            # Rows on the flank of the plume tell little of the rate; where they lie shows once there is a first guess of it.
            guess = (np.maximum(middle, 0.0) * self.errors.sway) ** 2 / self.power
            weight = first / (1 + first * guess.astype(np.float32)[:, None] * column[1])
        return middle, np.sqrt(precision**-1 + (0.25 * np.maximum(middle, 0.0)) ** 2)

    def deviation(self) -> Singles:
        return np.sqrt(squared_scale(seen=self.seen, model=self.model, flank=self.flank, errors=self.errors))

    def take(self, index: NDArray[np.int_]) -> None:
        """Go on from the states of other chains."""
        self.active, self.rates, self.air = self.active[index], self.rates[index], self.air[index]
        self.errors = Errors(self.errors.kappa[index], self.errors.sway[index])
        self.model, self.flank = self.model[index], self.flank[index]
        self.level, self.fit = self.level[index], self.fit[index]
        held = self.levels
        self.levels = levels.Levels(
            held.common[:, index], held.drift[:, index], held.common_step[index], held.drift_step[index]
        )
