"""The moves of the chains compiled ahead of their first use, the last first: beside a trace that begins with the first."""

import numpy as np

from monitoring.tracing.domain.inference import kernels
from monitoring.tracing.domain.inference.evidence import Evidence
from monitoring.tracing.domain.inference.states import part_of, seen_of

MOVES = (
    kernels.change_level, kernels.change_outside, kernels.change_errors, kernels.change_air, kernels.exchange, kernels.swap,
    kernels.change_rate, kernels.change_span,
)  # fmt: skip


def compile_moves() -> None:
    """Do every move once, of one chain in an event of a few rows. All of it is kept, and found by whoever comes to it later."""
    evidence = few_rows()
    seen = seen_of(evidence=evidence)
    part = part_of(evidence=evidence, seen=seen, chains=2, seed=(1, 0))
    for move in MOVES:
        move(part.rng, seen, part.chains, 0, 1.0, part.room)
    kernels.learnt(part.chains, part.often, part.pick)
    kernels._would_be(part.rng, seen, part.chains, 0, 0, 1.0, part.room)


def few_rows() -> Evidence:
    """Two sensors in three blocks, two points and what comes from outside, one assumption about the air."""
    block, sensor = np.repeat(np.arange(3), 2), np.tile(np.arange(2), 3)
    columns = np.ones((1, 4, 6), dtype=np.float32)
    return Evidence(
        excess=np.linspace(0.1, 1.0, 6), noise=np.full(6, 0.1), sensor=sensor, block=block, censored=np.zeros(6, dtype=bool),
        columns=columns, log_air=np.zeros(1), air_shape=(1, 1, 1), prior=np.full(4, 0.5), scale=np.ones(4), steps=(0.1, 0.1), sectors=1,
    )  # fmt: skip
