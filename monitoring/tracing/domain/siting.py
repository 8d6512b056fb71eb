"""Where the next sensors go: sites that see most of what may leak in the winds there are, and tell sources apart. A MILP with its gap."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array, vstack

from monitoring.tracing.domain.forward.columns import plain
from monitoring.tracing.domain.forward.scene import Physics, Sources, Weather, point_sensors
from monitoring.tracing.domain.receptors.winds import class_of, sector_of
from parks.catalogue.domain.errors import Invalid

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
OFTEN = 0.05  # share of the time in which winds must tell two sources apart for a site to count; assumed unless said otherwise
APART = 0.5  # share of the larger signal by which two sources must differ at a site to be told apart there; likewise


class WrongSiting(Invalid):
    """Sites, costs, sources and winds have different lengths, or the budget buys nothing."""

    code = "tracing.siting"


@dataclass(frozen=True, slots=True)
class Climate:
    """Joint frequency of direction, speed and class; arrays of shape (w,). What is calm is left out of it and named."""

    from_deg: Floats
    speed: Floats  # [m/s]
    stability: Floats
    share: Floats  # with `calm` they sum to 1
    calm: float


def climate_of(
    *, from_deg: Floats, speed: Floats, stability: Floats, sectors: int = 16, speed_edges: Sequence[float] = (0.5, 2.0, 4.0, 6.0),
    calm_below: float = 0.5,
) -> Climate:  # fmt: skip
    """Frequencies of hours by sector, class of speed (its mean speed stands for it) and stability.

    Args:
        from_deg, speed, stability: hours, shape (n,), NaN where missing.
    """
    known = np.isfinite(speed) & np.isfinite(stability)
    blowing = known & np.isfinite(from_deg) & (speed >= calm_below)
    keys = np.column_stack([
        sector_of(from_deg[blowing], sectors), class_of(speed[blowing], speed_edges), np.rint(stability[blowing]).astype(int),
    ])  # fmt: skip
    cells, place, counts = np.unique(keys, axis=0, return_inverse=True, return_counts=True)
    means = np.bincount(place.ravel(), speed[blowing]) / counts
    hours = max(int(known.sum()), 1)
    return Climate(
        cells[:, 0] * 360.0 / sectors, means, cells[:, 2].astype(float), counts / hours, 1 - float(blowing.sum()) / hours
    )  # fmt: skip


def signals(*, sources: Sources, sites: Floats, climate: Climate, rates: Floats, physics: Physics) -> Floats:
    """Concentration at every site of each source alone, by wind [kg/m3], shape (winds, sites, sources).

    Args:
        sites: east, north, height [m], shape (s, 3); rates: that each source would leak [kg/s].
    """
    weather = Weather(
        climate.speed, climate.from_deg, climate.stability, np.ones(len(climate.speed), dtype=bool), step=3600.0
    )
    found = plain(sources=sources, sensors=point_sensors(places=sites), weather=weather, physics=physics, minutes=1)
    return np.asarray(found * rates)


@dataclass(frozen=True, slots=True)
class Task:
    """What a plan must weigh, from `task_of`. Columns of both matrices are sites."""

    seen: Flags  # source in a wind x site: whether a sensor there would notice it
    seen_weight: Floats  # probability of that source in that wind; sums to less than 1 by the calms
    apart: Flags  # pair of sources x site: whether a sensor there would tell them apart often enough
    apart_weight: Floats  # sums to 1


def task_of(
    *, signals: Floats, limit: float, climate: Climate, prior: Floats, often: float = OFTEN, apart: float = APART
) -> Task:
    """What each site can see.

    Args:
        signals: shape (winds, sites, sources); limit: smallest concentration noticed [kg/m3]; prior: weight of each source.
        often: share of the time in which two sources must differ at a site; apart: by what share of the larger signal.
    """
    share = prior / prior.sum()
    winds, sites, sources = signals.shape
    seen = (signals > limit).transpose(0, 2, 1).reshape(winds * sources, sites)
    weight = (climate.share[:, None] * share[None, :]).ravel()
    useful = seen.any(axis=1)
    pairs = list(combinations(range(sources), 2))
    told = [_unlike(signals[:, :, a], signals[:, :, b], limit, apart, climate.share) >= often for a, b in pairs]
    joint = np.array([share[a] * share[b] for a, b in pairs])
    return Task(
        seen[useful], weight[useful], np.array(told, dtype=np.bool_).reshape(-1, sites), joint / joint.sum() if len(joint) else joint
    )  # fmt: skip


def _unlike(one: Floats, other: Floats, limit: float, apart: float, share: Floats) -> Floats:
    """Share of the time in which one of the two is noticed and the other gives clearly less, shape (sites,)."""
    larger = np.maximum(one, other)
    return np.asarray(share @ ((larger > limit) & (np.abs(one - other) > apart * larger)))


@dataclass(frozen=True, slots=True)
class Plan:
    sites: tuple[int, ...]
    coverage: float  # probability-weighted share of source-hours that some sensor notices, old sensors included
    identifiability: float  # weighted share of pairs of sources told apart
    value: float  # what was maximised
    bound: float  # no plan is better than this
    gap: float  # (bound - value) / bound; 0 when proven best
    cost: float


def planned(
    *, task: Task, costs: Floats, budget: float, most: int, standing: Sequence[int] = (), balance: float = 0.3, seconds: float = 20.0
) -> Plan:  # fmt: skip
    """Sites to build on.

    Args:
        costs: by site; budget, most: for new sensors together; standing: sites that have one already and cost nothing.
        balance: weight of identifiability against coverage, 0 to 1; seconds: after which the best plan so far is taken.

    Raises:
        WrongSiting.

    Source: maximal covering location problem (Church and ReVelle 1974), solved by HiGHS; with `standing` fixed.
    """
    sites = len(costs)
    if task.seen.shape[1] != sites or (costs < 0).any() or most < 0 or not 0 <= balance <= 1:
        raise WrongSiting(sites=sites, columns=task.seen.shape[1], most=most, balance=balance)
    flags, weight = _rows(task, balance)
    new = np.ones(sites)
    new[list(standing)] = 0.0
    rows, columns = np.nonzero(flags)
    covered = coo_array((np.ones(len(rows)), (rows, columns)), shape=(len(weight), sites))
    counts = len(weight)
    links = vstack([coo_array(np.concatenate([new, np.zeros(counts)])[None]),
                    coo_array(np.concatenate([new * costs, np.zeros(counts)])[None])])  # fmt: skip
    # Covered rows are continuous: with whole sites they are whole by themselves.
    cover = coo_array((np.concatenate([-covered.data, np.ones(counts)]),
                       (np.concatenate([rows, np.arange(counts)]), np.concatenate([columns, sites + np.arange(counts)]))),
                      shape=(counts, sites + counts))  # fmt: skip
    lowest = np.zeros(sites + counts)
    lowest[list(standing)] = 1.0
    found = milp(
        -np.concatenate([-1e-9 * new * (1 + costs / max(costs.max(), 1e-300)), weight]),
        constraints=[LinearConstraint(links, ub=[most, budget]), LinearConstraint(cover, ub=np.zeros(counts))],
        integrality=np.concatenate([np.ones(sites), np.zeros(counts)]), bounds=Bounds(lowest, 1.0),
        options={"time_limit": seconds, "mip_rel_gap": 0.0},
    )  # fmt: skip
    if found.x is None:
        raise WrongSiting(status=found.message)
    chosen = tuple(np.flatnonzero(found.x[:sites] > 0.5).tolist())
    return _plan(task, chosen, costs, balance, standing, bound=-float(found.mip_dual_bound))


def _rows(task: Task, balance: float) -> tuple[Flags, Floats]:
    """Coverage and identifiability as one list; rows that the same sites serve are one row."""
    flags = np.concatenate([task.seen, task.apart])
    weight = np.concatenate([(1 - balance) * task.seen_weight, balance * task.apart_weight])
    used = flags.any(axis=1) & (weight > 0)
    kinds, place = np.unique(flags[used], axis=0, return_inverse=True)
    return kinds.astype(np.bool_), np.asarray(
        np.bincount(place.ravel(), weight[used], minlength=len(kinds)), dtype=float
    )


def greedy(
    *, task: Task, costs: Floats, budget: float, most: int, standing: Sequence[int] = (), balance: float = 0.3
) -> Plan:
    """The site that adds most, again and again: what the MILP is compared with."""
    flags, weight = _rows(task, balance)
    chosen = list(standing)
    met: Flags = np.asarray(flags[:, chosen].any(axis=1), dtype=np.bool_)
    spent, left = 0.0, most
    while left > 0:
        gains = (weight[:, None] * flags * ~met[:, None]).sum(axis=0)
        gains[chosen] = 0.0
        gains[costs > budget - spent] = 0.0
        best = int(np.argmax(gains))
        if gains[best] <= 0:
            break
        chosen.append(best)
        met |= flags[:, best]
        spent, left = spent + float(costs[best]), left - 1
    return _plan(task, tuple(sorted(chosen)), costs, balance, standing, bound=float("nan"))


def _plan(
    task: Task, sites: tuple[int, ...], costs: Floats, balance: float, standing: Sequence[int], *, bound: float
) -> Plan:
    chosen = list(sites)
    coverage = float(task.seen_weight[task.seen[:, chosen].any(axis=1)].sum()) if chosen else 0.0
    apart = float(task.apart_weight[task.apart[:, chosen].any(axis=1)].sum()) if chosen else 0.0
    value = (1 - balance) * coverage + balance * apart
    bound = max(bound, value)
    cost = float(sum(costs[site] for site in sites if site not in set(standing)))
    return Plan(sites, coverage, apart, value, bound, (bound - value) / bound if bound > 0 else 0.0, cost)
