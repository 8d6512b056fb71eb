"""Releases into a made-up sewer, simulated with particles, other roughness and swinging flows, and traced: how often right, tied, wrong."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np

from monitoring.tracing.domain.sewers.case import answered

PIPES = (
    ("A1", "A2", 320), ("A2", "A3", 410), ("A3", "J1", 260), ("B1", "B2", 540), ("B2", "J1", 380), ("J1", "J2", 450),
    ("C1", "C2", 700), ("C2", "J2", 620), ("J2", "WWTP", 800),
)  # fmt: skip
INFLOW = {"A1": 36, "A2": 18, "A3": 25, "B1": 43, "B2": 20, "C1": 50, "C2": 29}  # m3/h
HANDLED = {
    "A1": ["phenol"],
    "A2": ["aniline"],
    "A3": ["phenol"],
    "B1": ["phenol", "aniline"],
    "B2": ["aniline"],
    "C1": ["aniline"],
    "C2": ["phenol"],
}
READ = ("WWTP", "J1")
COUNT, INTERVAL, RUNS = 96, 600.0, 60
FIRST_SEEDS = {"chosen": 3000, "fresh": 7000}
BINS = (0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.01)


def case_of(*, seed: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """A case and its truth."""
    rng = np.random.default_rng(seed)
    source = str(rng.choice([name for name, handled in HANDLED.items() if "phenol" in handled]))
    start, length = float(rng.uniform(7_200, 21_600)), float(rng.uniform(1_800, 10_800))
    mass = float(np.exp(rng.uniform(np.log(1.0), np.log(15.0))))
    factors = {f"{a}-{b}": float(rng.normal(1.0, 0.1)) for a, b, _ in PIPES}
    readings = [_read(name, source, start, length, mass, factors, rng) for name in READ]
    manholes = [
        {"id": name, "inflow_m3_h": INFLOW[name], "enterprise": f"Plant {name}", "substances": HANDLED[name]} for name in INFLOW
    ] + [{"id": name} for name in ("J1", "J2", "WWTP")]  # fmt: skip
    pipes = [
        {"id": f"{a}-{b}", "from": a, "to": b, "length_m": length_m, "diameter_mm": 500, "slope": 0.003} for a, b, length_m in PIPES
    ]  # fmt: skip
    case = {
        "format": "tongjian-trace-water/1", "title": "Phenol in front of the treatment plant", "substance": "phenol",
        "manholes": manholes, "pipes": pipes,
        "readings": {"start": "2025-03-04T00:00:00+08:00", "interval_s": INTERVAL, "noise_floor_mg_l": 0.05, "manholes": readings},
    }  # fmt: skip
    return case, {"source": source, "start_s": start, "duration_s": length, "mass_kg": mass}


def _read(
    name: str,
    source: str,
    start: float,
    length: float,
    mass: float,
    factors: dict[str, float],
    rng: np.random.Generator,
) -> dict[str, Any]:
    """Counts of particles over the flow; travel times are sums of skewed times by pipe, from speeds written out here."""
    values = np.zeros(COUNT)
    path = _path(source, name)
    if path is not None:
        arrival = rng.uniform(start, start + length, 30_000)
        for upper, lower, length_m in path:
            mean = length_m / (_speed(_flow_from(upper) / 3600) * factors[f"{upper}-{lower}"])
            arrival = arrival + rng.gamma(30.0, mean / 30.0, len(arrival))
        edges = (np.arange(COUNT + 1) - 0.5) * INTERVAL
        swing = 1 + 0.1 * np.sin(2 * np.pi * (np.arange(COUNT) / 72 + rng.random()))
        values = np.histogram(arrival, edges)[0] * mass / 30_000 / (INTERVAL * _flow_from(name) / 3600 * swing) * 1e3
    noisy = values * np.exp(0.05 * rng.standard_normal(COUNT)) + 0.05 * rng.standard_normal(COUNT)
    return {"manhole": name, "values_mg_l": np.round(noisy, 3).tolist()}


def _speed(flow: float) -> float:
    """Of a wide channel half a metre across, n 0.0145: a rule of thumb that is not the engine's circle [m/s]."""
    depth = (0.0145 * flow / (0.4 * 0.003**0.5)) ** 0.6
    return float(flow / (0.4 * depth))


def _flow_from(name: str) -> float:
    """Through a manhole [m3/h]."""
    return INFLOW.get(name, 0) + sum(_flow_from(upper) for upper, lower, _ in PIPES if lower == name)


def _path(upper: str, lower: str) -> list[tuple[str, str, int]] | None:
    found, here = [], upper
    while here != lower:
        step = next((one for one in PIPES if one[0] == here), None)
        if step is None:
            return None
        found.append(step)
        here = step[1]
    return found


def run(*, say: Callable[[str], None]) -> dict[str, Any]:
    """The seeds on which the error model was chosen, and fresh ones that no choice has seen."""
    found: dict[str, Any] = {"runs": RUNS}
    for name, first in FIRST_SEEDS.items():
        say(f"{RUNS} releases of one of four plants that handle phenol, two manholes read, {name} seeds")
        found |= {
            f"{name}_{key}": value
            for key, value in _summed([_scored(seed) for seed in range(first, first + RUNS)]).items()
        }
    return found


def _summed(rows: list[dict[str, Any]]) -> dict[str, Any]:
    single = [row for row in rows if row["single"]]
    return {
        "first": sum(r["first"] for r in rows), "named": len(single), "named_wrongly": sum(not r["right"] for r in single),
        "name_said": round(float(np.mean([r["held"] for r in single])), 2) if single else None,
        "several": sum(r["several"] for r in rows), "several_lacking_the_source": sum(r["several"] and not r["right"] for r in rows),
        "cannot_tell": sum(r["silent"] for r in rows), "mass_in_90_band": sum(r["band"] for r in rows), "log_score": round(float(np.mean([r["log"] for r in rows])), 2),
        "reliability": reliability([pair for r in rows for pair in r["listed"]]),
        "mass_ratio": round(float(np.nanmedian([r["ratio"] for r in rows])), 3), "seconds": round(median(r["seconds"] for r in rows), 3),
    }  # fmt: skip


def reliability(pairs: list[tuple[float, bool]]) -> list[dict[str, Any]]:
    """By bin of stated probability: how many manholes, what was said, how often it was true."""
    found = []
    for low, high in pairwise(BINS):
        some = [pair for pair in pairs if low <= pair[0] < high]
        if some:
            said, true = (round(float(np.mean([pair[k] for pair in some])), 2) for k in (0, 1))
            found.append({"from": low, "count": len(some), "said": said, "true": true})
    return found


def _scored(seed: int) -> dict[str, Any]:
    case, truth = case_of(seed=seed)
    begin = perf_counter()
    answer = answered(document=case)
    seconds = perf_counter() - begin
    listed, named = answer["candidates"], answer["named"]
    mine = next((one for one in listed if one["id"] == truth["source"]), None)
    inside = mine is not None and mine["mass_kg"]["p5"] <= truth["mass_kg"] <= mine["mass_kg"]["p95"]
    return {
        "seconds": seconds, "first": bool(listed) and listed[0]["id"] == truth["source"], "right": truth["source"] in named,
        "single": len(named) == 1, "several": len(named) > 1, "silent": not named, "band": inside,
        "held": sum(one["probability"] for one in listed if one["id"] in named), "log": float(np.log(max(mine["probability"] if mine else 0.0, 1e-4))),
        "listed": [(one["probability"], one["id"] == truth["source"]) for one in listed],
        "ratio": mine["mass_kg"]["p50"] / truth["mass_kg"] if mine else float("nan"),
    }  # fmt: skip
