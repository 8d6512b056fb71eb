"""Sites for sensors around a made-up park: seconds and gap of the plan, beside the greedy one and sensors set evenly."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import Any

import numpy as np

from monitoring.tracing.domain.forward.scene import Physics, point_sources
from monitoring.tracing.domain.siting import Task, climate_of, greedy, planned, signals, task_of

SOURCES, SITES, NEW, RUNS = 40, 80, 8, 3
BALANCE = 0.3


def run(*, say: Callable[[str], None]) -> dict[str, Any]:
    say(f"{RUNS} parks of {SOURCES} sources and {SITES} sites, {NEW} sensors")
    rows = [_one(seed) for seed in range(70, 70 + RUNS)]
    return {name: [row[name] for row in rows] for name in rows[0]}


def _one(seed: int) -> dict[str, Any]:
    rng, hours = np.random.default_rng(seed), 3000
    angle = np.linspace(0, 2 * np.pi, SITES, endpoint=False)
    sites = np.column_stack([1000 * np.sin(angle), 800 * np.cos(angle), np.full(SITES, 3.0)])
    inside = np.column_stack(
        [rng.uniform(-800, 800, SOURCES), rng.uniform(-600, 600, SOURCES), rng.uniform(2, 15, SOURCES)]
    )
    climate = climate_of(
        from_deg=(rng.vonmises(1.0, 1.0, hours) * 180 / np.pi) % 360, speed=rng.weibull(2.0, hours) * 3,
        stability=rng.integers(1, 6, hours).astype(float),
    )  # fmt: skip
    begin = perf_counter()
    found = signals(
        sources=point_sources(places=inside), sites=sites, climate=climate, rates=rng.lognormal(-8, 1, SOURCES), physics=Physics()
    )  # fmt: skip
    task = task_of(signals=found, limit=2e-8, climate=climate, prior=rng.random(SOURCES))
    signal_s, costs = perf_counter() - begin, rng.uniform(1, 3, SITES)
    budget = 1.5 * NEW
    begin = perf_counter()
    plan = planned(task=task, costs=costs, budget=budget, most=NEW, balance=BALANCE)
    seconds = perf_counter() - begin
    quick = greedy(task=task, costs=costs, budget=budget, most=NEW, balance=BALANCE)
    return {
        "signals_s": round(signal_s, 2), "plan_s": round(seconds, 2), "gap": round(plan.gap, 4), "coverage": round(plan.coverage, 3),
        "identifiability": round(plan.identifiability, 3), "value": round(plan.value, 4), "greedy_value": round(quick.value, 4),
        "even_value": round(_even(task), 4),
    }  # fmt: skip


def _even(task: Task) -> float:
    """As many sensors at equal distances along the fence, whatever they cost."""
    chosen = np.linspace(0, SITES, NEW, endpoint=False).astype(int)
    seen = task.seen_weight[task.seen[:, chosen].any(axis=1)].sum()
    return float((1 - BALANCE) * seen + BALANCE * task.apart_weight[task.apart[:, chosen].any(axis=1)].sum())
