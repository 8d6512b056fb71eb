"""States of a population of chains: which hypotheses are active at which rates, in which air, with which errors and background."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, xlogy

from monitoring.tracing.domain.inference import kernels
from monitoring.tracing.domain.inference.evidence import Evidence
from monitoring.tracing.domain.inference.proposals import proposals_of
from monitoring.tracing.domain.inference.spans import Spans

Floats = NDArray[np.float64]
SHUT = -1e6  # added to the log odds of what comes from outside while a population does without it
KINDS = 2  # of what comes from outside: works and far air, each by sector, the last of the hypotheses
IMAGINED = 10  # kept rounds between draws of rates as if they were active


@dataclass(slots=True)
class Part:
    """A population, its random numbers, and where it stands."""

    rng: np.random.Generator
    chains: kernels.Chains
    room: kernels.Room
    seen: kernels.Seen
    weights: Floats  # log weights of the chains
    often: Floats  # how often each hypothesis was active lately
    pick: Floats  # cumulated probability of trying each
    power: float = 0.0  # of the last round
    rounds: int = 0  # done
    gathered: float = 0.0  # log evidence

    def warm(self, *, powers: list[float]) -> None:
        """Go on while the power of the likelihood takes these values; the first ever is taken as a start."""
        if not powers:
            return
        before = self.power if self.rounds else powers[0]
        self.gathered += kernels.warmed(
            self.rng, self.seen, self.chains, np.array([before, *powers]), self.rounds, self.weights, self.often, self.pick, self.room
        )  # fmt: skip
        self.rounds, self.power = self.rounds + len(powers), powers[-1]

    def shut(self) -> None:
        """Do without what comes from outside."""
        odds = self.seen.log_odds.copy()
        odds[len(odds) - KINDS * self.seen.sectors :] += SHUT
        self.seen = self.seen._replace(log_odds=odds)

    def open(self, *, seen: kernels.Seen) -> None:
        """Go on with all hypotheses of `seen`; chains are weighed by what that changes in their prior."""
        outside = slice(len(seen.log_odds) - KINDS * seen.sectors, None)
        self.weights += (self.chains.active[:, outside] * (seen.log_odds - self.seen.log_odds)[outside]).sum(axis=1)
        self.seen = seen

    @property
    def log_posterior(self) -> float:
        """Mean over the chains, at the power of the last round, up to a constant that populations share."""
        held, scale = self.chains, self.seen.scale
        slab = np.log(0.7978845608028654 / scale) - 0.5 * (held.rates / scale) ** 2
        prior = np.where(held.active, self.seen.log_odds + slab, 0.0).sum(axis=1)
        each = held.common.shape[1] // self.seen.kinds
        parts = [slice(j * each, (j + 1) * each) for j in range(self.seen.kinds)]
        common = sum(_walked(held.common[:, part, None], held.common_step[:, j]) for j, part in enumerate(parts))
        drift = sum(_walked(held.drift[:, part], held.drift_step[:, j]) for j, part in enumerate(parts))
        return float((self.power * held.fit + prior + common + drift + self._shared + self._spanned).mean())

    @property
    def _spanned(self) -> Floats:
        """Log prior of the spans of what is active, shape (chains,)."""
        held = self.chains
        part = ((held.spans[:, :, 0] > 0) | (held.spans[:, :, 1] < self.seen.parts)).astype(int)
        each = np.take_along_axis(np.broadcast_to(self.seen.span_prior, (*part.shape, 2)), part[..., None], axis=2)[
            ..., 0
        ]
        return np.asarray(np.where(held.active, each, 0.0).sum(axis=1))

    @property
    def _shared(self) -> Floats:
        """Log density of the shares of what is active, shape (chains,)."""
        if self.seen.kinds == 1:
            return np.zeros(len(self.chains.fit))
        given = np.where(self.seen.shares > 0, self.seen.shares - 1, 0.0)
        density = self.seen.shares_norm + xlogy(given, self.chains.shares).sum(axis=2)
        return np.asarray(np.where(self.chains.active, density, 0.0).sum(axis=1))

    def keep(self, *, power: float, rounds: int) -> kernels.Kept:
        """Draw the chains anew by their weights, then keep every state of so many rounds."""
        kernels.drawn_anew(self.rng, self.chains, self.weights)
        count, hypotheses = self.chains.active.shape
        wide, flat, rows = (count, rounds, hypotheses), (count, rounds), len(self.seen.raw)
        kept = kernels.Kept(
            np.zeros(wide, dtype=bool), np.zeros(wide), np.zeros(flat, dtype=np.int64), np.zeros(flat), np.zeros(flat),
            np.zeros(flat), np.zeros(rows), np.zeros(rows), np.zeros(rows),
            np.zeros((count, -(-rounds // IMAGINED), hypotheses)),
            np.zeros((count, rounds if self.seen.kinds > 1 else 0, hypotheses, self.seen.kinds)),
            np.zeros((*wide, 2), dtype=np.int16),
        )  # fmt: skip
        kernels.kept_rounds(self.rng, self.seen, self.chains, power, self.rounds, self.pick, self.room, kept, IMAGINED)
        return kept

    @property
    def residuals(self) -> Floats:
        """Standardised, shape (chains, rows)."""
        held, floor = self.chains, kernels.FLOOR
        relative = (held.kappa**2 + floor**2)[:, None]
        variance = self.seen.variance + relative * held.model**2 + (held.sway**2)[:, None] * held.flank
        return np.asarray((self.seen.raw - held.model - held.level) / np.sqrt(variance))


def seen_of(*, evidence: Evidence) -> kernels.Seen:
    """Evidence in units of its typical noise, with the fixed tables of the moves.

    Rates are divided by that unit instead of multiplying the columns by it, which may fill a hundred megabytes.
    """
    unit, pairs = evidence.unit, proposals_of(evidence=evidence)
    level = np.zeros(len(evidence.excess)) if evidence.level is None else evidence.level
    sensors, blocks = int(evidence.sensor.max()) + 1, int(evidence.block.max()) + 1
    flanks = np.zeros_like(evidence.columns) if evidence.flank is None else evidence.flank
    kind = np.zeros(len(evidence.block), dtype=int) if evidence.kind is None else evidence.kind
    own = [np.unique(evidence.block[kind == j]) for j in range(evidence.kinds)]
    nearest = np.concatenate([
        j * blocks + present[np.clip(np.searchsorted(present, np.arange(blocks), side="right") - 1, 0, None)]
        for j, present in enumerate(own)
    ])  # fmt: skip
    shares = np.ones((len(evidence.prior), 1)) if evidence.shares is None else evidence.shares
    prior = np.clip(evidence.prior, 1e-300, 1 - 1e-12)
    return kernels.Seen(
        (evidence.excess + level) / unit, np.maximum(evidence.excess / unit, 0.0), (evidence.grained / unit) ** 2,
        np.flatnonzero(evidence.censored), np.ascontiguousarray(evidence.columns), np.ascontiguousarray(flanks),
        np.asarray((kind * blocks + evidence.block) * sensors + evidence.sensor, dtype=np.int64), sensors, nearest.astype(np.int64),
        evidence.log_air[None] if evidence.log_airs is None else evidence.log_airs, np.array(evidence.air_shape, dtype=np.int64), pairs.norms, np.log(prior) - np.log1p(-prior),
        evidence.scale / unit, pairs.alike, pairs.alike_sums, evidence.sectors, np.atleast_2d(evidence.steps) / unit,
        pairs.pick_sums, evidence.kinds, kind.astype(np.int64), _cells(evidence, kind), shares, _log_norms(shares), pairs.tried,
        _log_norms(pairs.tried), np.asarray(pairs.spans.part, dtype=np.int64), _first_rows(pairs.spans), pairs.spans.count, pairs.spans.log_prior,
        pairs.spans.log_tried, pairs.spans.tried_sums,
    )  # fmt: skip


def _first_rows(spans: Spans) -> NDArray[np.int64]:
    """Row with which each part begins, and the number of rows at the end; without meaning where rows do not go by time."""
    return np.searchsorted(spans.part, np.arange(spans.count + 1)).astype(np.int64)


def _cells(evidence: Evidence, kind: NDArray[np.int_]) -> NDArray[np.int64]:
    """Rows of each block and sensor by substance, -1 where there is none or where it is hidden, shape (cells, substances)."""
    if evidence.kinds == 1:
        return np.zeros((0, 1), dtype=np.int64)
    cells, place = np.unique(evidence.block * (int(evidence.sensor.max()) + 1) + evidence.sensor, return_inverse=True)
    found = np.full((len(cells), evidence.kinds), -1, dtype=np.int64)
    open_rows = np.flatnonzero(~evidence.censored)
    found[place[open_rows], kind[open_rows]] = open_rows
    return found


def _log_norms(given: Floats) -> Floats:
    """Logarithm of what makes each Dirichlet density one, shape (hypotheses,); zeros are no part of it."""
    return np.asarray(
        gammaln(given.sum(axis=1)) - np.where(given > 0, gammaln(np.where(given > 0, given, 1.0)), 0.0).sum(axis=1)
    )


def part_of(*, evidence: Evidence, seen: kernels.Seen, chains: int, seed: tuple[int, int]) -> Part:
    """A population that starts scattered about the prior, over the first estimate of the background."""
    rng = np.random.default_rng(seed)
    count, rows, sensors, blocks = len(evidence.prior), len(seen.raw), seen.sensors, len(seen.nearest)
    first = np.zeros((blocks, sensors))
    if evidence.level is not None:
        first.ravel()[seen.place] = evidence.level / evidence.unit
    common = np.median(first, axis=1)
    drift = first - common[:, None]
    held = kernels.Chains(
        rng.random((chains, count)) < np.minimum(evidence.prior, 0.5),
        np.abs(rng.normal(size=(chains, count))) * seen.scale * 0.3,
        rng.choice(len(evidence.log_air), size=chains, p=np.exp(evidence.log_air)).astype(np.int64),
        kernels.KAPPA_MIDDLE * np.exp(kernels.KAPPA_SPREAD * rng.normal(size=chains)),
        np.exp(0.4 * rng.normal(size=chains)),
        np.zeros((chains, rows)), np.zeros((chains, rows)),
        np.repeat((common[:, None] + drift).ravel()[seen.place][None], chains, axis=0),
        np.repeat(common[None], chains, axis=0), np.repeat(drift[None], chains, axis=0),
        np.repeat(seen.steps[None, :, 0], chains, axis=0), np.repeat(seen.steps[None, :, 1], chains, axis=0), np.zeros(chains),
        _first_shares(rng, seen, chains), np.tile(np.array([0, seen.parts], dtype=np.int64), (chains, count, 1)),
    )  # fmt: skip
    room = kernels.Room(
        np.zeros(rows), np.zeros(rows), np.zeros(rows), np.zeros(rows), np.zeros((blocks, sensors)), np.zeros((blocks, sensors)),
        np.zeros(count), np.zeros(rows, dtype=np.float32), np.zeros(rows, dtype=np.float32), np.zeros(seen.kinds),
        np.zeros(2, dtype=np.int64), np.zeros(blocks), np.zeros((blocks, sensors)), np.zeros((2, seen.kinds)), np.zeros(blocks),
        np.zeros(blocks), *(np.zeros(blocks // seen.kinds) for _ in range(4)),
    )  # fmt: skip
    kernels.refreshed(seen, held, room)
    return Part(rng, held, room, seen, np.zeros(chains), evidence.prior.copy(), seen.pick_sums.copy())


def _first_shares(rng: np.random.Generator, seen: kernels.Seen, chains: int) -> Floats:
    """Shares from their priors, shape (chains, hypotheses, substances)."""
    if seen.kinds == 1:
        return np.ones((chains, *seen.shares.shape))
    found = np.where(
        seen.shares > 0,
        np.maximum(rng.gamma(np.broadcast_to(seen.shares, (chains, *seen.shares.shape))), kernels.LEAST_PART),
        0.0,
    )
    return np.asarray(found / found.sum(axis=2, keepdims=True))


def _walked(paths: Floats, step: Floats) -> Floats:
    """Log density of random walks, shape (chains, blocks, walks), with steps of shape (chains,), without constants."""
    squares = (paths[:, 0] ** 2).sum(axis=1) / kernels.START**2 + (np.diff(paths, axis=1) ** 2).sum(axis=(1, 2))
    return np.asarray(-0.5 * squares / step**2 - paths.shape[1] * paths.shape[2] * np.log(step))
