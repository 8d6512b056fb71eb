"""Which manhole a substance entered a sewer by: pruning, unit responses along the pipes, posterior."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from monitoring.tracing.domain.inference.finding import Verdict
from monitoring.tracing.domain.priors import favoured
from monitoring.tracing.domain.releases.fitting import Noise
from monitoring.tracing.domain.releases.library import Library
from monitoring.tracing.domain.releases.posterior import ReleaseFinding, located
from monitoring.tracing.domain.sewers.network import Leg, Sewer, legs_to, passing, reaches
from monitoring.tracing.domain.sewers.responding import assumptions, response
from monitoring.tracing.domain.stages import WaterStage

Floats = NDArray[np.float64]
UNREGISTERED = 0.08  # prior of all places together that no registered outlet explains
DENSEST = 1000.0  # kg/m3; nothing that flows in is stronger than a pure liquid
# A grid of starts and a sampled sewer meet the truth nowhere exactly; without these errors the place with the luckiest grid wins.
# Both were chosen on the seeds that `bench sewers` calls chosen.
MODEL_ERROR, GRID = 0.15, 0.8  # relative; share of a step in arrival time
# A release may begin anywhere within a step of the grid: quantiles of an even distribution over it. Without them the 90 % band held 33 and
# 34 of 40 starts on the chosen and the fresh seeds of `bench sewers`, with them 40 and 40.
WITHIN = (-0.45, -0.25, 0.0, 0.25, 0.45)
FLOW_ERROR = 0.1  # of a sewer's flow, relative; assumed


@dataclass(frozen=True, slots=True)
class Question:
    """What was read, and how a release is looked for."""

    readings: Mapping[str, Floats]  # by manhole, above the background [kg/m3], from time zero on, NaN where missing
    interval: float  # between readings [s]
    noise: Noise
    substance: str | None = None
    decay: float = 0.0  # [1/s]
    step: float = 600.0  # of starts and durations [s]
    longest: float = 6 * 3600.0  # duration [s]
    before: float = 6 * 3600.0  # how long before the first reading a release may begin [s]
    ruled_out: frozenset[str] = frozenset()  # manholes that an inspection has cleared


@dataclass(frozen=True, slots=True)
class Excluded:
    """A manhole that was left out, and why."""

    manhole: str
    reason: str


@dataclass(frozen=True, slots=True)
class SewerFinding:
    finding: ReleaseFinding  # times count from the first reading, so a start may be negative
    excluded: tuple[Excluded, ...]
    unregistered: float  # probability that it entered where no registered outlet may have let it in
    upstream: Mapping[str, float]  # travel time to the first alarm [s] of every manhole above it


def traced(*, sewer: Sewer, question: Question, progress: Callable[[str], None] = lambda stage: None) -> SewerFinding:
    """A release from one manhole upstream of those that were read.

    Args:
        progress: told the name of each stage as it begins.

    Special cases: a manhole that holds no registered outlet, or one that does not hold the substance, stays possible as an
    unregistered place with a small prior; one below all readings, too late, or too small a flow is excluded with its reason.
    """
    progress(WaterStage.UPSTREAM.value)
    alarms = tuple(question.readings)
    legs = {alarm: legs_to(sewer=sewer, alarm=alarm) for alarm in alarms}
    first = alarms[0]
    kept, excluded = _pruned(sewer, question, legs)
    times = {name: found[0].time for name, found in legs[first].items()}
    if not kept:
        silent = ReleaseFinding(Verdict.CANNOT_TELL, (), ("No manhole upstream remains.",), (), 0.0, 1.0, 0)
        return SewerFinding(silent, excluded, 0.0, times)
    values = np.array([question.readings[alarm] for alarm in alarms])
    progress(WaterStage.RESPONSES.value)
    library = library_of(sewer=sewer, nodes=kept, legs=legs, question=question)
    progress(WaterStage.SEARCH.value)
    found = located(
        library=library, values=values, noise=_at_least(question),
        longest=max(round(question.longest / question.step), 1), prior=_prior(sewer, kept, question.substance), flow_error=FLOW_ERROR,
    )  # fmt: skip
    return _registered(sewer, question, found, excluded, times)


def _at_least(question: Question) -> Noise:
    """The noise of the readings with what the model of the sewer and the grid of starts add to it at the least."""
    return replace(
        question.noise, relative=max(question.noise.relative, MODEL_ERROR), timing=max(question.noise.timing, GRID * question.step)
    )  # fmt: skip


def _pruned(
    sewer: Sewer, question: Question, legs: Mapping[str, Mapping[str, tuple[Leg, ...]]]
) -> tuple[list[str], tuple[Excluded, ...]]:
    """By direction of flow, by time, by the flow that would have had to carry the substance."""
    kept, excluded = [], []
    for name, manhole in sewer.manholes.items():
        ways = [(alarm, one) for alarm, found in legs.items() for one in found.get(name, ())]
        if not ways:
            continue
        if name in question.ruled_out:
            excluded.append(Excluded(name, "An inspection has ruled it out."))
            continue
        latest = max(float(len(values)) for values in question.readings.values()) * question.interval
        soonest = min(one.time - 2 * one.variance**0.5 - 2 * one.spread**0.5 for _, one in ways)
        if soonest > latest + question.before:
            excluded.append(Excluded(name, "The water needs longer than the readings cover."))
            continue
        needed = max(float(np.nanmax(question.readings[alarm])) * one.flow for alarm, one in ways) / DENSEST
        if manhole.enterprise is not None and manhole.inflow < needed:
            excluded.append(Excluded(name, "Its flow is too small to carry what was read."))
            continue
        kept.append(name)
    return kept, tuple(excluded)


def registered(*, sewer: Sewer, name: str, substance: str | None) -> bool:
    """Whether a registered outlet that may hold the substance leads into a manhole."""
    one = sewer.manholes[name]
    if one.enterprise is None:
        return False
    return substance is None or one.substances is None or substance in one.substances


def _prior(sewer: Sewer, kept: Sequence[str], substance: str | None) -> dict[str, float]:
    """Registered outlets share one part, all other places the other; where a source was found before, a larger share."""
    weight = {name: favoured(confirmed=sewer.manholes[name].confirmed) for name in kept}
    known = {name for name in kept if registered(sewer=sewer, name=name, substance=substance)}
    parts = {True: 1 - UNREGISTERED, False: UNREGISTERED}
    total = {side: sum(weight[name] for name in kept if (name in known) is side) for side in parts}
    return {name: parts[name in known] * weight[name] / total[name in known] for name in kept}


def library_of(
    *, sewer: Sewer, nodes: Sequence[str], legs: Mapping[str, Mapping[str, tuple[Leg, ...]]], question: Question
) -> Library:
    """Unit responses of every manhole under every assumption. Release steps begin `before` the first reading."""
    alarms = tuple(question.readings)
    count = len(next(iter(question.readings.values())))
    clock = np.arange(count) * question.interval
    starts = np.arange(-question.before, clock[-1], question.step)
    # Readings and steps stand on grids, so few of their differences are different.
    moments, place = np.unique(np.asarray(clock[None, :] - starts[:, None], dtype=float), return_inverse=True)
    by_pipe, many = reaches(sewer=sewer), assumptions(pipes=[pipe.id for pipe in sewer.pipes])
    entries = [(name, one) for name in nodes for one in many]
    found = np.zeros((len(entries), len(starts), len(alarms), count), dtype=np.float32)
    for row, (name, one) in enumerate(entries):
        for column, alarm in enumerate(alarms):
            flat = response(
                legs=legs[alarm].get(name, ()), reaches=by_pipe, supposed=one, time=moments, length=question.step, decay=question.decay
            )  # fmt: skip
            found[row, :, column] = flat[place].reshape(len(starts), count)
    return Library("", tuple(name for name, _ in entries), alarms, question.step, question.interval, found)


def _registered(
    sewer: Sewer, question: Question, found: ReleaseFinding, excluded: tuple[Excluded, ...], times: Mapping[str, float]
) -> SewerFinding:
    """The finding on the clock of the readings, with what lies outside the register said so."""
    origins = tuple(
        replace(
            one, start=tuple(value - question.before + share * question.step for value, share in zip(one.start, WITHIN, strict=True)),
            best=(one.best[0] - question.before, *one.best[1:]),
        )
        for one in found.origins
    )  # fmt: skip
    strange = {one.node for one in origins if not registered(sewer=sewer, name=one.node, substance=question.substance)}
    outside = sum(one.probability for one in origins if one.node in strange)
    verdict = found.verdict
    if found.named and set(found.named) <= strange:
        verdict = Verdict.UNREGISTERED
    return SewerFinding(replace(found, origins=origins, verdict=verdict), excluded, outside, times)


def dilution(*, sewer: Sewer, outlet: str, alarm: str) -> float:
    """Share of an outlet's own flow in that of the alarm manhole."""
    return sewer.manholes[outlet].inflow / passing(sewer=sewer, manhole=alarm)
