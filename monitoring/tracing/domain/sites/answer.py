"""A plan for sensors in plain values: what is seen and told apart before and after, what each site and each further sensor brings."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitoring.tracing.domain.forward.scene import point_sources
from monitoring.tracing.domain.sites.case import HOUR, Wish, wish_of
from monitoring.tracing.domain.siting import Plan, Task, greedy, planned, signals, task_of
from monitoring.tracing.domain.stages import SitingStage

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
FURTHER = 2  # sensors beyond those wished, to show what they would bring
HARDLY = 0.01  # share of the hours below which an outlet counts as unseen
FAINT = 1e-3  # of the limit; what stays below it everywhere is not carried to any site
CELLS, LEAK_HEIGHT = 340, 5.0  # of the map: how many, and [m] of a leak in one
PROVEN = 1e-6  # gap up to which a plan is proven best
SLICE = 0.2  # of the time for the plan, that each of the others on the curve gets


@dataclass(frozen=True, slots=True)
class Weighed:
    """A wish with what every place would see."""

    wish: Wish
    signals: Floats  # shape (winds, places, sources) [kg/m3]
    task: Task

    @property
    def standing(self) -> list[int]:
        return list(range(self.wish.standing))


def answered(*, case: Mapping[str, Any], progress: Callable[[str], None] | None = None) -> dict[str, Any]:
    """The answer to a frozen wish.

    Raises:
        NothingToPlace, WrongSiting, BadCase.
    """
    say = progress or (lambda _stage: None)
    say(SitingStage.SIGNALS.value)
    weighed = weighed_of(wish=wish_of(case=case))
    wish = weighed.wish
    say(SitingStage.PLAN.value)
    before = greedy(
        task=weighed.task, costs=wish.costs, budget=0.0, most=0, standing=weighed.standing, balance=wish.balance
    )
    plan = _solved(weighed, wish.most, wish.seconds)
    say(SitingStage.CURVE.value)
    curve = [_step(0, before), *_curve(weighed, plan)]
    say(SitingStage.MAP.value)
    return {
        "before": _shares(before, weighed), "after": _shares(plan, weighed), "gap": _rounded(plan.gap), "proven": plan.gap <= PROVEN,
        "value": _rounded(plan.value), "bound": _rounded(plan.bound), "cost": _rounded(plan.cost), "hours": wish.hours, "calm": _rounded(wish.climate.calm),
        "winds": len(wish.climate.share), "sites": _sites(weighed, plan, case), "curve": curve, "outlets": _outlets(weighed, plan, case),
        "map": _map(weighed, plan),
    }  # fmt: skip


def weighed_of(*, wish: Wish) -> Weighed:
    """What every place would see of every source in every wind."""
    found = signals(
        sources=wish.sources, sites=wish.places, climate=wish.climate, rates=wish.rates, physics=wish.physics
    )
    task = task_of(
        signals=found, limit=wish.limit, climate=wish.climate, prior=np.ones(len(wish.sources)), often=wish.often, apart=wish.apart
    )  # fmt: skip
    return Weighed(wish, found, task)


def _solved(weighed: Weighed, most: int, seconds: float) -> Plan:
    wish = weighed.wish
    return planned(
        task=weighed.task, costs=wish.costs, budget=wish.budget, most=most, standing=weighed.standing, balance=wish.balance, seconds=seconds
    )  # fmt: skip


def _curve(weighed: Weighed, plan: Plan) -> list[dict[str, Any]]:
    """Best plans for every number of new sensors up to some more than wished; it ends where a further one brings nothing."""
    wish, found, worth = weighed.wish, list[dict[str, Any]](), -1.0
    for count in range(1, min(wish.most + FURTHER, len(wish.costs) - wish.standing) + 1):
        one = plan if count == wish.most else _solved(weighed, count, SLICE * wish.seconds)
        if count > wish.most and one.value <= worth + PROVEN:
            break
        worth = one.value
        found.append(_step(count, one))
    return found


def _step(count: int, plan: Plan) -> dict[str, Any]:
    return {
        "new": count, "seen": _rounded(plan.coverage), "apart": _rounded(plan.identifiability), "value": _rounded(plan.value),
        "proven": plan.gap <= PROVEN,
    }  # fmt: skip


def _shares(plan: Plan, weighed: Weighed) -> dict[str, Any]:
    """Share of outlets x hours seen, and how many pairs are told apart."""
    chosen = list(plan.sites)
    told = int(weighed.task.apart[:, chosen].any(axis=1).sum()) if chosen else 0
    return {"seen": _rounded(plan.coverage), "pairs_apart": told, "pairs": len(weighed.task.apart)}


def _worth(weighed: Weighed, places: list[int]) -> tuple[float, int]:
    """Share of outlets x hours seen and pairs told apart from these places."""
    task = weighed.task
    seen = float(task.seen_weight[task.seen[:, places].any(axis=1)].sum()) if places else 0.0
    return seen, int(task.apart[:, places].any(axis=1).sum()) if places else 0


def _sites(weighed: Weighed, plan: Plan, case: Mapping[str, Any]) -> list[dict[str, Any]]:
    """New sites with what each alone adds to the standing sensors and what the plan would lose without it, the largest loss first."""
    chosen, standing = list(plan.sites), weighed.standing
    seen, apart = _worth(weighed, chosen)
    first_seen, first_apart = _worth(weighed, standing)
    found = []
    for place in (one for one in chosen if one >= weighed.wish.standing):
        alone, without = _worth(weighed, [*standing, place]), _worth(weighed, [one for one in chosen if one != place])
        site = case["sites"][place - weighed.wish.standing]
        often = weighed.wish.climate.share @ (weighed.signals[:, place, :] > weighed.wish.limit)
        best = [int(k) for k in np.argsort(-often, kind="stable")[:3] if often[k] >= HARDLY]
        found.append({
            "id": site["id"], "kind": site["kind"], "latitude": site["latitude"], "longitude": site["longitude"], "cost": site["cost"],
            "seen_alone": _rounded(alone[0] - first_seen), "apart_alone": alone[1] - first_apart, "seen_lost": _rounded(seen - without[0]),
            "apart_lost": apart - without[1], "sees": [[case["candidates"][k]["id"], _rounded(often[k])] for k in best],
        })  # fmt: skip
    return sorted(found, key=lambda one: (-one["seen_lost"], -one["apart_lost"], one["id"]))


def _outlets(weighed: Weighed, plan: Plan, case: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Every source: how often it is seen, from which rate on it could be, from whom it is not told apart, and why it stays unseen."""
    wish, limit = weighed.wish, weighed.wish.limit
    sets = (weighed.standing, list(plan.sites), list(range(len(wish.costs))))
    before, after, possible = (_often(weighed, places) for places in sets)
    strongest = weighed.signals.max(axis=(0, 1))
    alike = _alike(weighed, list(plan.sites))
    found = []
    for k, one in enumerate(case["candidates"]):
        needed = float(wish.rates[k] * limit / strongest[k] * HOUR) if strongest[k] > 0 else None
        found.append({
            "id": one["id"], "before": _rounded(before[k]), "after": _rounded(after[k]), "possible": _rounded(possible[k]),
            "needed_kg_h": None if needed is None or needed > 1e6 else _rounded(needed), "alike": int(alike[k]),
            "why": _why(float(after[k]), float(possible[k]), float(strongest[k]), limit),
        })  # fmt: skip
    return found


def _often(weighed: Weighed, places: list[int]) -> Floats:
    """Share of all hours in which some of these places notices each source, shape (sources,)."""
    seen = (weighed.signals[:, places, :] > weighed.wish.limit).any(axis=1)
    return np.asarray(weighed.wish.climate.share @ seen)


def _why(after: float, possible: float, strongest: float, limit: float) -> str:
    """Why a source is hardly ever seen; empty where it is."""
    if after >= HARDLY:
        return ""
    if possible >= HARDLY:
        return "NOT_CHOSEN"
    return "NO_WIND" if strongest < FAINT * limit else "TOO_WEAK" if possible == 0 else "SELDOM"


def _alike(weighed: Weighed, places: list[int]) -> NDArray[np.int_]:
    """With how many others each source can be mistaken, shape (sources,)."""
    told = weighed.task.apart[:, places].any(axis=1) if places else np.zeros(len(weighed.task.apart), dtype=bool)
    one, other = np.triu_indices(len(weighed.wish.sources), k=1)
    found = np.zeros(len(weighed.wish.sources), dtype=int)
    for side in (one, other):
        np.add.at(found, side[~told], 1)
    return found


def _map(weighed: Weighed, plan: Plan) -> dict[str, Any]:
    """How often a leak of the same rate anywhere would be seen, before and after: middles of square cells [m] with both shares."""
    wish = weighed.wish
    both = np.concatenate([np.column_stack([wish.sources.east, wish.sources.north]), wish.places[:, :2]])
    low, high = both.min(axis=0), both.max(axis=0)
    step = float(np.sqrt(max(float(np.prod(high - low)), 1.0) / CELLS))
    east, north = (np.arange(low[k] + step / 2, high[k] + step / 2, step) for k in (0, 1))
    cells = np.stack(np.meshgrid(east, north, indexing="ij"), axis=-1).reshape(-1, 2)
    chosen = list(plan.sites)
    found = signals(
        sources=point_sources(places=np.column_stack([cells, np.full(len(cells), LEAK_HEIGHT)])), sites=wish.places[chosen],
        climate=wish.climate, rates=np.full(len(cells), float(wish.rates[0])), physics=wish.physics,
    ) > wish.limit  # fmt: skip
    shares = [
        wish.climate.share @ found[:, keep, :].any(axis=1)
        for keep in (_first(chosen, wish.standing), np.arange(len(chosen)))
    ]
    return {
        "step": round(step, 1), "latitude": wish.frame.latitude, "longitude": wish.frame.longitude,
        "cells": [[round(float(e)), round(float(n)), _rounded(b), _rounded(a)] for (e, n), b, a in zip(cells, *shares, strict=True)],
    }  # fmt: skip


def _first(chosen: list[int], standing: int) -> NDArray[np.intp]:
    """Positions of the standing sensors among the chosen places."""
    return np.flatnonzero(np.array(chosen, dtype=int) < standing)


def _rounded(value: Any) -> float:
    return float(f"{float(value):.5g}")
