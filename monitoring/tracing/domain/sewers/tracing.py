"""Which manhole a substance entered a sewer by: pruning, unit responses along the pipes, posterior."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr, ndtr

from monitoring.tracing.domain.inference.finding import Verdict
from monitoring.tracing.domain.releases.fitting import Noise
from monitoring.tracing.domain.releases.library import Library
from monitoring.tracing.domain.releases.posterior import ReleaseFinding, located
from monitoring.tracing.domain.sewers.network import SPEED_ERROR, Leg, Sewer, legs_to, passing

Floats = NDArray[np.float64]
UNREGISTERED = 0.08  # prior of all places together that no registered outlet explains
DENSEST = 1000.0  # kg/m3; nothing that flows in is stronger than a pure liquid
FLOW_ERROR = 0.1  # of a sewer's flow, relative; assumed
# Factors of all travel times along a path, five points of a normal distribution, deviation `SPEED_ERROR`.
PACES = np.array([-1.5, -0.75, 0.0, 0.75, 1.5])


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


def passed(*, time: Floats, leg: Leg) -> Floats:
    """Share of a sudden release that has passed by `time` [s]: first passage of advection and dispersion.

    Source: inverse Gaussian distribution, its mean the leg's time and its variance the leg's spread.
    """
    if leg.time <= 0:
        return np.asarray(time >= 0, dtype=float)
    if leg.spread <= 0:
        return np.asarray(time >= leg.time, dtype=float)
    shape = leg.time**3 / leg.spread
    t = np.maximum(time, 1e-9)
    root = np.sqrt(shape / t)
    late = np.exp(2 * shape / leg.time + log_ndtr(-root * (t / leg.time + 1)))
    return np.asarray(np.where(time > 0, ndtr(root * (t / leg.time - 1)) + late, 0.0))


def response(*, legs: Sequence[Leg], time: Floats, length: float, decay: float, pace: float) -> Floats:
    """Concentration over rate at the end of the legs [s/m3] of a release that begins at zero and lasts `length` [s].

    Args:
        time: [s], shape (t,); decay: [1/s], taken over the mean travel time; pace: factor of the travel times.
    """
    found = np.zeros_like(time)
    for leg in legs:
        slow = replace(leg, time=leg.time * pace, spread=leg.spread * pace**2)
        kept = leg.share / leg.flow * np.exp(-decay * slow.time)
        found += kept * (passed(time=time, leg=slow) - passed(time=time - length, leg=slow))
    return found


def traced(*, sewer: Sewer, question: Question) -> SewerFinding:
    """A release from one manhole upstream of those that were read.

    Special cases: a manhole that holds no registered outlet, or one that does not hold the substance, stays possible as an
    unregistered place with a small prior; one below all readings, too late, or too small a flow is excluded with its reason.
    """
    alarms = tuple(question.readings)
    legs = {alarm: legs_to(sewer=sewer, alarm=alarm) for alarm in alarms}
    first = alarms[0]
    kept, excluded = _pruned(sewer, question, legs)
    times = {name: found[0].time for name, found in legs[first].items()}
    if not kept:
        silent = ReleaseFinding(Verdict.CANNOT_TELL, (), ("No manhole upstream remains.",), (), 0.0, 1.0, 0)
        return SewerFinding(silent, excluded, 0.0, times)
    values = np.array([question.readings[alarm] for alarm in alarms])
    found = located(
        library=library_of(nodes=kept, legs=legs, question=question), values=values, noise=question.noise,
        longest=max(round(question.longest / question.step), 1), prior=_prior(sewer, kept, question.substance), flow_error=FLOW_ERROR,
    )  # fmt: skip
    return _registered(sewer, question, found, excluded, times)


def _pruned(
    sewer: Sewer, question: Question, legs: Mapping[str, Mapping[str, tuple[Leg, ...]]]
) -> tuple[list[str], tuple[Excluded, ...]]:
    """By direction of flow, by time, by the flow that would have had to carry the substance."""
    kept, excluded = [], []
    for name, manhole in sewer.manholes.items():
        ways = [(alarm, one) for alarm, found in legs.items() for one in found.get(name, ())]
        if not ways:
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
    known = [name for name in kept if registered(sewer=sewer, name=name, substance=substance)]
    others = len(kept) - len(known)
    each = (1 - UNREGISTERED) / len(known) if known else 0.0
    return {name: each if name in known else UNREGISTERED / others for name in kept}


def library_of(
    *, nodes: Sequence[str], legs: Mapping[str, Mapping[str, tuple[Leg, ...]]], question: Question
) -> Library:
    """Unit responses of every manhole, once for each pace of the water. Release steps begin `before` the first reading."""
    alarms = tuple(question.readings)
    count = len(next(iter(question.readings.values())))
    clock = np.arange(count) * question.interval
    starts = np.arange(-question.before, clock[-1], question.step)
    entries = [(name, pace) for name in nodes for pace in PACES]
    found = np.zeros((len(entries), len(starts), len(alarms), count), dtype=np.float32)
    for row, (name, pace) in enumerate(entries):
        for column, alarm in enumerate(alarms):
            ways = legs[alarm].get(name, ())
            moments = np.asarray((clock[None, :] - starts[:, None]).ravel(), dtype=float)
            factor = float(np.exp(SPEED_ERROR * pace))
            flat = response(legs=ways, time=moments, length=question.step, decay=question.decay, pace=factor)
            found[row, :, column] = flat.reshape(len(starts), count)
    weight = tuple(float(np.exp(-0.5 * pace**2)) for _, pace in entries)
    return Library("", tuple(name for name, _ in entries), alarms, question.step, question.interval, found, weight)


def _registered(
    sewer: Sewer, question: Question, found: ReleaseFinding, excluded: tuple[Excluded, ...], times: Mapping[str, float]
) -> SewerFinding:
    """The finding on the clock of the readings, with what lies outside the register said so."""
    origins = tuple(
        replace(
            one, start=tuple(value - question.before for value in one.start),
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
