"""Several sources of unknown place at once: cells of the whole site are sampled like points of a register, then sought more finely.

Seeking one source after the other in what the others leave does not find three: the first stands between them and explains some of
each, and the rest is then sought in the wrong remainder.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitoring.tracing.domain.forward.scene import Sources
from monitoring.tracing.domain.inference import places
from monitoring.tracing.domain.inference.evidence import Evidence
from monitoring.tracing.domain.inference.places import Place
from monitoring.tracing.domain.inference.prepared import Prepared
from monitoring.tracing.domain.inference.sampler import Draws
from monitoring.tracing.domain.inference.single import Rows
from monitoring.tracing.domain.inference.spans import parts_of, shares_on

Floats = NDArray[np.float64]

ROUNDS, BURN, CHAINS = 260, 200, 16  # of the run over the cells
LISTED = 32  # cells that are sampled beside a register
MORE = 2  # places that are sought beyond the most that are asked for; the last run chooses
APART, REACH = 60.0, 120.0  # [m]: cells that may be one source; how far from them it is sought
SAME = 40.0  # [m]: places nearer than this are one
LIKELY = 0.15  # probability from which cells are sought more finely


@dataclass(frozen=True, slots=True)
class Cells:
    """Cells that were sampled, with what came out."""

    cells: Sources
    evidence: Evidence
    draws: Draws
    made: Prepared
    scale: float  # of a rate [kg/s]


def places_of(*, sampled: Cells, search: places.Search, most: int) -> tuple[Place, ...]:
    """Where sources may stand, likeliest first: each group of cells sought anew in what all others leave.

    Args:
        most: places, of which a later run chooses.
    """
    draws, count = sampled.draws, len(sampled.cells)
    evidence, made = sampled.evidence, sampled.made
    share = np.bincount(draws.air.ravel(), minlength=len(evidence.log_air)) / draws.air.size
    part, _ = parts_of(evidence=evidence)
    by_part = draws.by_part
    signal = np.einsum("g,gkr->kr", share.astype(np.float32), evidence.columns).astype(float) * by_part[:, part]
    found: list[Place] = []
    for group in _groups(sampled, draws.shares[:count])[:most]:
        others = signal.sum(axis=0) - signal[group].sum(axis=0)
        on = shares_on(rates=by_part[group].sum(axis=0))[part]
        rows = Rows(
            made.rows, made.excess - draws.level, others, made.noise, made.alive * on, draws.tempering, sampled.scale, float(draws.kappa.mean())
        )  # fmt: skip
        size = draws.shares[group] / max(float(draws.shares[group].sum()), 1e-300)
        east, north = float(size @ sampled.cells.east[group]), float(size @ sampled.cells.north[group])
        place = places.located(rows=rows, search=search, around=(east, north, REACH))
        if all(np.hypot(place.centre[0] - one.centre[0], place.centre[1] - one.centre[1]) > SAME for one in found):
            found.append(place)
    return tuple(found)


def _groups(sampled: Cells, shares: Floats) -> list[NDArray[np.int_]]:
    """Cells that stand for one source each, by what they explain; those less likely together than `LIKELY` are left out."""
    east, north = sampled.cells.east, sampled.cells.north
    left = np.ones(len(shares), dtype=bool)
    found = []
    while left.any():
        best = int(np.argmax(np.where(left, shares, -1.0)))
        group = np.flatnonzero(left & (np.hypot(east - east[best], north - north[best]) <= APART))
        left[group] = False
        if sampled.draws.active[:, :, group].any(axis=2).mean() >= LIKELY:
            found.append(group)
    return found
