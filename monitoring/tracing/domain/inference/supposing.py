"""What if it was B: the readings explained by chosen points alone, next to what was read."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from monitoring.tracing.domain.inference.cases import Case
from monitoring.tracing.domain.inference.engine import Begun, Work, begin, rates_of, scale_of
from monitoring.tracing.domain.inference.evidence import Evidence
from monitoring.tracing.domain.inference.finding import Rate, rate_of, scattered
from monitoring.tracing.domain.inference.hypotheses import Hypotheses, evidence_of
from monitoring.tracing.domain.inference.prepared import Prepared
from monitoring.tracing.domain.inference.sampler import Draws, sample
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


@dataclass(frozen=True, slots=True)
class _Grounds:
    """What all suppositions about one event share."""

    work: Work
    made: Prepared
    evidence: Evidence  # with the points of any supposition as its columns and nothing beside
    nobody: float  # log evidence of nothing but background


def supposed(*, case: Case, settings: Settings, places: tuple[int, ...]) -> Supposed:
    """Explain the readings by some registered points alone.

    Args:
        case, settings: as they were traced; places: in the register, at least one.

    Raises:
        ValueError: when there is none, or one that the register does not hold.
    """
    return supposed_each(begun=begin(case=case, settings=settings), sets=(places,))[0]


def supposed_each(
    *, begun: Begun, sets: tuple[tuple[int, ...], ...], substance: int = 0
) -> tuple[Supposed, ...]:  # fmt: skip
    """Several suppositions about an event, each as in `supposed`, on its background and with one comparison to nobody.

    Args:
        substance: number of the one that is looked at, in the order that was given.
    """
    count = len(begun.case.sources)
    if not all(places and all(0 <= place < count for place in places) for places in sets):
        raise ValueError("suppose at least one point, and only points of the register")
    if not sets:
        return ()
    chosen = np.array(sorted({place for places in sets for place in places}))
    grounds = _grounds(begun, np.argsort(begun.candidates)[chosen], int(np.argsort(begun.substances)[substance]))
    return tuple(_supposed(grounds, begun, places, np.searchsorted(chosen, places)) for places in sets)


def _grounds(begun: Begun, chosen: NDArray[np.int_], substance: int) -> _Grounds:
    work, made, settings = begun.works[substance], begun.known[substance][0], begun.settings
    case, scale = work.case, scale_of(made=made)
    held = Hypotheses(
        case.sources.only(places=chosen), np.full(len(chosen), CERTAIN), rates_of(case=case, listed=chosen, scale=scale),
        np.zeros((0, 3)), np.zeros(0), scale, 0.0,
    )  # fmt: skip
    air = with_curves(air=FIRST, physics=case.physics, reach=work.reach)
    evidence = _only_points(evidence=evidence_of(held=held, around=case.around, made=made, air=air), count=len(chosen))
    evidence = replace(evidence, prior=np.full(len(chosen), CERTAIN))
    silent = _columns(evidence, np.zeros(1, dtype=int))
    silent = replace(silent, columns=np.zeros_like(silent.columns), flank=None, scale=np.full(1, scale))
    return _Grounds(work, made, evidence, _sampled(silent, settings).log_evidence)


def _only_points(*, evidence: Evidence, count: int) -> Evidence:
    """The first so many hypotheses, with nothing from outside."""
    return replace(_columns(evidence, np.arange(count)), sectors=0)


def _columns(evidence: Evidence, numbers: NDArray[np.int_]) -> Evidence:
    flank = None if evidence.flank is None else evidence.flank[:, numbers]
    return replace(
        evidence, columns=evidence.columns[:, numbers], flank=flank, prior=evidence.prior[numbers], scale=evidence.scale[numbers]
    )  # fmt: skip


def _sampled(evidence: Evidence, settings: Settings) -> Draws:
    return sample(evidence=evidence, seed=settings.seed, chains=16, rounds=140, burn=90)


def _supposed(grounds: _Grounds, begun: Begun, places: tuple[int, ...], numbers: NDArray[np.int_]) -> Supposed:
    evidence, made, work, settings = _columns(grounds.evidence, numbers), grounds.made, grounds.work, begun.settings
    draws = _sampled(evidence, settings)
    scatter = np.random.default_rng([settings.seed, 11])
    rates = tuple(
        rate_of(
            draws=scattered(draws=draws.released[:, :, k].ravel(), scatter=settings.model_scatter, least=settings.least_spread, rng=scatter)
        )
        for k in range(len(places))
    )  # fmt: skip
    shape, rows = made.means.shape, made.rows
    level, expected, observed = (np.full(shape, np.nan) for _ in range(3))
    level.ravel()[rows] = made.background.level.ravel()[rows] + draws.level
    expected.ravel()[rows] = level.ravel()[rows] + draws.model
    observed.ravel()[rows] = made.means.ravel()[rows]
    residual = (made.excess - draws.level - draws.model) / draws.deviation
    count = np.maximum(np.bincount(evidence.sensor, minlength=shape[1]), 1)
    misfit = np.sqrt(np.bincount(evidence.sensor, residual**2, minlength=shape[1]) / count)
    back = np.argsort(begun.sensors)
    return Supposed(
        places, rates, draws.log_evidence - grounds.nobody, work.steps * work.case.weather.step / 60, observed[:, back],
        level[:, back], expected[:, back], misfit[back],
    )  # fmt: skip
