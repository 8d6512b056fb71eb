"""What if it was B: the readings explained by chosen points alone, next to what was read."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from monitoring.tracing.domain.inference.cases import Case
from monitoring.tracing.domain.inference.engine import background_known, rates_of, scale_of, work_of
from monitoring.tracing.domain.inference.finding import Rate, rate_of, scattered
from monitoring.tracing.domain.inference.hypotheses import Hypotheses, evidence_of
from monitoring.tracing.domain.inference.sampler import sample
from monitoring.tracing.domain.inference.settings import FIRST, Settings, with_curves

Floats = NDArray[np.float64]

CERTAIN = 1 - 1e-9


@dataclass(frozen=True, slots=True)
class Supposed:
    """Chosen points alone, with the air, the errors and the background that suit them best."""

    places: tuple[int, ...]  # in the register
    rates: tuple[Rate, ...]  # of each [kg/s]
    log_evidence: float  # of these points alone against nobody; tempered as the likelihood of the trace is
    minutes: float  # length of a block [min]
    observed: Floats  # block means, shape (blocks, sensors) [kg/m3]; NaN where no readings
    level: Floats  # background under this supposition, the same shape
    expected: Floats  # background and mean signal, the same shape
    misfit: (
        Floats  # root mean square of standardised residuals by sensor, shape (sensors,); about 1.2 where all is well
    )


def supposed(*, case: Case, settings: Settings, places: tuple[int, ...]) -> Supposed:
    """Explain the readings by some registered points alone.

    Args:
        case, settings: as they were traced; places: in the register, at least one.

    Raises:
        ValueError: when there is none, or one that the register does not hold.
    """
    if not places or not all(0 <= place < len(case.sources) for place in places):
        raise ValueError("suppose at least one point, and only points of the register")
    work = work_of(case=case, settings=settings)
    made, _, _ = background_known(work=work)
    chosen = np.array(places)
    scale = scale_of(made=made)
    held = Hypotheses(
        case.sources.only(places=chosen), np.full(len(chosen), 0.5), rates_of(case=case, listed=chosen, scale=scale),
        np.zeros((0, 3)), np.zeros(0), scale, 0.0,
    )  # fmt: skip
    air = with_curves(air=FIRST, physics=case.physics, reach=work.reach)
    evidence = evidence_of(held=held, around=case.around, made=made, air=air)
    flank = None if evidence.flank is None else evidence.flank[:, : len(chosen)]
    evidence = replace(
        evidence, sectors=0, columns=evidence.columns[:, : len(chosen)], flank=flank, prior=np.full(len(chosen), CERTAIN),
        scale=evidence.scale[: len(chosen)],
    )  # fmt: skip
    draws = sample(evidence=evidence, seed=settings.seed, chains=16, rounds=140, burn=90)
    silent = replace(evidence, columns=np.zeros_like(evidence.columns), flank=None)
    nobody = sample(evidence=silent, seed=settings.seed, chains=16, rounds=140, burn=90)
    scatter = np.random.default_rng([settings.seed, 11])
    rates = tuple(
        rate_of(
            draws=scattered(draws=draws.released[:, :, k].ravel(), scatter=settings.model_scatter, least=settings.least_spread, rng=scatter)
        )
        for k in range(len(chosen))
    )  # fmt: skip
    shape = made.means.shape
    rows = made.rows
    level, expected = (np.full(shape, np.nan) for _ in range(2))
    level.ravel()[rows] = made.background.level.ravel()[rows] + draws.level
    expected.ravel()[rows] = level.ravel()[rows] + draws.model
    observed = np.full(shape, np.nan)
    observed.ravel()[rows] = made.means.ravel()[rows]
    residual = (made.excess - draws.level - draws.model) / draws.deviation
    sensors = shape[1]
    count = np.maximum(np.bincount(evidence.sensor, minlength=sensors), 1)
    misfit = np.sqrt(np.bincount(evidence.sensor, residual**2, minlength=sensors) / count)
    return Supposed(
        places, rates, draws.log_evidence - nobody.log_evidence, work.steps * case.weather.step / 60, observed, level,
        expected, misfit,
    )  # fmt: skip
