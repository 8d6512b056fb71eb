"""States of a population of chains: which hypotheses are active at which rates, in which air, with which errors and background."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitoring.tracing.domain.inference import kernels
from monitoring.tracing.domain.inference.evidence import Evidence
from monitoring.tracing.domain.inference.proposals import proposals_of

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
        common = _walked(held.common[:, :, None], held.common_step)
        return float((self.power * held.fit + prior + common + _walked(held.drift, held.drift_step)).mean())

    def keep(self, *, power: float, rounds: int) -> kernels.Kept:
        """Draw the chains anew by their weights, then keep every state of so many rounds."""
        kernels.drawn_anew(self.rng, self.chains, self.weights)
        count, hypotheses = self.chains.active.shape
        wide, flat, rows = (count, rounds, hypotheses), (count, rounds), len(self.seen.raw)
        kept = kernels.Kept(
            np.zeros(wide, dtype=bool), np.zeros(wide), np.zeros(flat, dtype=np.int64), np.zeros(flat), np.zeros(flat),
            np.zeros(flat), np.zeros(rows), np.zeros(rows), np.zeros(rows),
            np.zeros((count, -(-rounds // IMAGINED), hypotheses)),
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
    present = np.unique(evidence.block)
    nearest = present[np.clip(np.searchsorted(present, np.arange(blocks), side="right") - 1, 0, None)]
    prior = np.clip(evidence.prior, 1e-300, 1 - 1e-12)
    return kernels.Seen(
        (evidence.excess + level) / unit, np.maximum(evidence.excess / unit, 0.0), (evidence.grained / unit) ** 2,
        np.flatnonzero(evidence.censored), np.ascontiguousarray(evidence.columns), np.ascontiguousarray(flanks),
        np.asarray(evidence.block * sensors + evidence.sensor, dtype=np.int64), sensors, nearest.astype(np.int64),
        evidence.log_air, np.array(evidence.air_shape, dtype=np.int64), pairs.norms, np.log(prior) - np.log1p(-prior),
        evidence.scale / unit, pairs.alike, pairs.alike_sums, evidence.sectors, (evidence.steps[0] / unit, evidence.steps[1] / unit),
        pairs.pick_sums,
    )  # fmt: skip


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
        np.full(chains, seen.steps[0]), np.full(chains, seen.steps[1]), np.zeros(chains),
    )  # fmt: skip
    room = kernels.Room(
        np.zeros(rows), np.zeros(rows), np.zeros(rows), np.zeros(rows), np.zeros((blocks, sensors)), np.zeros((blocks, sensors)),
        np.zeros(count),
    )  # fmt: skip
    kernels.refreshed(seen, held, room)
    return Part(rng, held, room, seen, np.zeros(chains), evidence.prior.copy(), seen.pick_sums.copy())


def _walked(paths: Floats, step: Floats) -> Floats:
    """Log density of random walks, shape (chains, blocks, walks), with steps of shape (chains,), without constants."""
    squares = (paths[:, 0] ** 2).sum(axis=1) / kernels.START**2 + (np.diff(paths, axis=1) ** 2).sum(axis=(1, 2))
    return np.asarray(-0.5 * squares / step**2 - paths.shape[1] * paths.shape[2] * np.log(step))
