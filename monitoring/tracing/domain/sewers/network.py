"""Gravity sewers as a graph: manholes, pipes that run downhill, inflows; flows added up, travel times with their variance."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from monitoring.tracing.domain.sewers import channel
from parks.catalogue.domain.errors import Invalid

SPEED_ERROR = 0.15  # of a speed from Manning with a roughness from a table, relative, shared by all pipes; assumed


class WrongSewer(Invalid):
    """A pipe names a manhole that is not there, or pipes run in a ring."""

    code = "sewers.network"


@dataclass(frozen=True, slots=True)
class Pipe:
    id: str
    upper: str
    lower: str
    length: float  # [m]
    diameter: float  # [m]
    slope: float  # [-]
    roughness: float  # Manning's n [s/m^(1/3)]
    share: float = 1.0  # of the upper manhole's flow, where it splits


@dataclass(frozen=True, slots=True)
class Manhole:
    """A node. An outlet of an enterprise has an `enterprise`; `substances` None means that nothing is known about them."""

    id: str
    inflow: float = 0.0  # of its own [m3/s]
    enterprise: str | None = None
    substances: frozenset[str] | None = None
    confirmed: int = 0  # how often an inspection found the source here


@dataclass(frozen=True, slots=True)
class Leg:
    """A way from one manhole down to another."""

    pipes: tuple[str, ...]
    time: float  # mean [s]
    variance: float  # of the mean: speeds are not known exactly [s2]
    spread: float  # variance by dispersion, of a sudden release [s2]
    share: float  # of the mass that goes this way
    flow: float  # at the lower end [m3/s]


@dataclass(frozen=True, slots=True)
class Reach:
    """How a pipe passes a sudden release on."""

    time: float  # mean [s]
    spread: float  # variance by dispersion [s2]


@dataclass(frozen=True, slots=True)
class Sewer:
    manholes: Mapping[str, Manhole]
    pipes: tuple[Pipe, ...]
    order: tuple[str, ...] = field(default=())  # manholes from the top down, filled in by `sewer_of`


def sewer_of(*, manholes: tuple[Manhole, ...], pipes: tuple[Pipe, ...]) -> Sewer:
    """Check and sort.

    Raises:
        WrongSewer: unknown ends, shares of a split that are not 1, or a ring; `NoPipe` for a dimension of zero.
    """
    known = {one.id: one for one in manholes}
    waiting = dict.fromkeys(known, 0)
    leaving: dict[str, float] = {}
    for pipe in pipes:
        if pipe.upper not in known or pipe.lower not in known:
            raise WrongSewer(pipe=pipe.id, ends=[pipe.upper, pipe.lower])
        if min(pipe.length, pipe.diameter, pipe.slope, pipe.roughness) <= 0:
            raise channel.NoPipe(pipe=pipe.id)
        waiting[pipe.lower] += 1
        leaving[pipe.upper] = leaving.get(pipe.upper, 0.0) + pipe.share
    unfair = [name for name, total in leaving.items() if abs(total - 1) > 1e-6]
    if unfair:
        raise WrongSewer(shares_are_not_one=unfair)
    return Sewer(known, pipes, _downhill(waiting, pipes))


def _downhill(waiting: dict[str, int], pipes: tuple[Pipe, ...]) -> tuple[str, ...]:
    below: dict[str, list[str]] = {}
    for pipe in pipes:
        below.setdefault(pipe.upper, []).append(pipe.lower)
    ready = deque(sorted(name for name, count in waiting.items() if count == 0))
    found: list[str] = []
    while ready:
        found.append(ready.popleft())
        for name in below.get(found[-1], ()):
            waiting[name] -= 1
            if waiting[name] == 0:
                ready.append(name)
    if len(found) < len(waiting):
        raise WrongSewer(ring=sorted(set(waiting) - set(found)))
    return tuple(found)


def flows(*, sewer: Sewer) -> dict[str, float]:
    """Flow through each pipe [m3/s]: all that comes in above, split by the shares."""
    at = {name: one.inflow for name, one in sewer.manholes.items()}
    found = {}
    leaving: dict[str, list[Pipe]] = {}
    for pipe in sewer.pipes:
        leaving.setdefault(pipe.upper, []).append(pipe)
    for name in sewer.order:
        for pipe in leaving.get(name, ()):
            found[pipe.id] = at[name] * pipe.share
            at[pipe.lower] += found[pipe.id]
    return found


def passing(*, sewer: Sewer, manhole: str) -> float:
    """Flow through a manhole [m3/s]."""
    coming = flows(sewer=sewer)
    return sewer.manholes[manhole].inflow + sum(coming[pipe.id] for pipe in sewer.pipes if pipe.lower == manhole)


def legs_to(*, sewer: Sewer, alarm: str, most: int = 16) -> dict[str, tuple[Leg, ...]]:
    """Ways from every manhole upstream of an alarm, itself included, found backwards through the graph.

    Args:
        most: ways kept of a manhole, those with most of its mass; only a split has several.

    Raises:
        WrongSewer: nothing flows through the alarm manhole, so no concentration can be had there.

    Source: tracing notes 2.16: reverse breadth-first search; Manning; variance of the travel time from the speeds.
    """
    found_by_pipe, carried = reaches(sewer=sewer), flows(sewer=sewer)
    above: dict[str, list[Pipe]] = {}
    for pipe in sewer.pipes:
        above.setdefault(pipe.lower, []).append(pipe)
    at_alarm = sewer.manholes[alarm].inflow + sum(carried[pipe.id] for pipe in above.get(alarm, ()))
    if at_alarm <= 0:
        raise WrongSewer(nothing_flows_through=alarm)
    found: dict[str, list[Leg]] = {alarm: [Leg((), 0.0, 0.0, 0.0, 1.0, at_alarm)]}
    # From the bottom up, so that all ways of a manhole are known before those above it are made.
    for name in reversed(sewer.order):
        for leg in sorted(found.get(name, ()), key=lambda one: -one.share)[:most]:
            for pipe in above.get(name, ()):
                found.setdefault(pipe.upper, []).append(_longer(leg, pipe, found_by_pipe[pipe.id]))
    return {name: tuple(sorted(legs, key=lambda one: -one.share)[:most]) for name, legs in found.items()}


def reaches(*, sewer: Sewer) -> dict[str, Reach]:
    """Time and spread of every pipe at its flow, by Manning and Elder."""
    carried, found = flows(sewer=sewer), {}
    for pipe in sewer.pipes:
        flow = carried[pipe.id]
        state = channel.carried(flow=flow, diameter=pipe.diameter, slope=pipe.slope, roughness=pipe.roughness)
        along = channel.dispersion(state=state, diameter=pipe.diameter, slope=pipe.slope)
        found[pipe.id] = Reach(pipe.length / state.speed, 2 * along * pipe.length / state.speed**3)
    return found


def _longer(leg: Leg, pipe: Pipe, reach: Reach) -> Leg:
    total = leg.time + reach.time
    return Leg(
        (pipe.id, *leg.pipes), total, (SPEED_ERROR * total) ** 2, leg.spread + reach.spread, leg.share * pipe.share, leg.flow
    )  # fmt: skip
