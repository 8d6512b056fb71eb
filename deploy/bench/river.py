"""Spills into made-up rivers by finite volumes, with beds, flows and still water of their own, and traced: how often right, how long."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from statistics import median
from time import perf_counter, process_time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitoring.tracing.domain.river_case import answered
from monitoring.tracing.domain.river_course import carried

Floats = NDArray[np.float64]

BEGIN = datetime.fromisoformat("2026-06-01T00:00:00+08:00")
SEEDS = {"even": range(300, 315), "reaches": range(400, 415)}
CELL_M, STEP_S, LENGTH_M, HOURS, EVERY_S = 25.0, 10.0, 10_000.0, 12.0, 300.0
BED, SWING, STILL, EXCHANGE_S, POUR_S = 0.15, 0.05, 0.1, 2e-4, 480.0
OUTFALLS = (500.0, 1_400.0, 2_300.0, 3_300.0)
STATIONS = (4_300.0, 6_000.0, 8_200.0)
UPPER = (0.0, 2_800.0, 5_200.0)  # of the reaches, where they differ [m]
NOISE, FLOOR = 0.05, 0.01  # of a reading; [mg/L]
WRONG = 0.1  # deviation of the logarithm of what is told of a reach


def case_of(*, seed: int, differ: bool) -> tuple[dict[str, Any], dict[str, Any]]:
    """A case and its truth. Speeds and flows that are told err by a tenth, dispersions by a third."""
    rng = np.random.default_rng(seed)
    count = len(UPPER) if differ else 1
    speed = 0.4 * np.exp(0.35 * rng.standard_normal(count)) if differ else np.full(1, 0.4)
    flow = 12.0 * np.cumprod(np.concatenate([[1.0], 1 + rng.uniform(0.0, 0.5, count - 1)]))
    spread = 20.0 * speed * np.exp(0.2 * rng.standard_normal(count))
    outfall, begun = int(rng.integers(len(OUTFALLS))), float(rng.uniform(3.0, 4.0)) * 3600
    mass = float(np.exp(rng.uniform(np.log(20), np.log(80))))
    truth = {"outfall": f"P{outfall + 1}", "start_s": begun, "mass_kg": mass}
    levels = flowed(seed, speed, spread, flow, OUTFALLS[outfall], begun, mass)
    told = [values * np.exp(WRONG * rng.standard_normal(count)) for values in (speed, flow)]
    wide = spread * np.exp(0.3 * rng.standard_normal(count))
    rows = [_station(at, level, rng) for at, level in zip(STATIONS, levels, strict=True)]
    bands = {"speed_m_s": (told[0][0], 1.3), "dispersion_m2_s": (wide[0], 2.5), "flow_m3_s": (told[1][0], 1.2)}
    river: dict[str, Any] = {name: {"low": float(v / f), "high": float(v * f)} for name, (v, f) in bands.items()}
    if differ:
        river["reaches"] = [
            dict(zip(("from_m", "speed_m_s", "dispersion_m2_s", "flow_m3_s"), map(float, one), strict=True))
            for one in zip(UPPER, told[0], wide, told[1], strict=True)
        ]
    case = {
        "format": "tongjian-trace-river/1", "river": river, "stations": rows,
        "search": {"from_m": -1_000.0, "earliest": BEGIN.isoformat(), "latest": (BEGIN + timedelta(hours=6)).isoformat()},
        "outfalls": [{"id": f"P{n + 1}", "position_m": at} for n, at in enumerate(OUTFALLS)],
    }  # fmt: skip
    return case, truth


def _station(at: float, level: Floats, rng: np.random.Generator) -> dict[str, Any]:
    read = 1e3 * level * np.exp(NOISE * rng.standard_normal(len(level))) + FLOOR * rng.standard_normal(len(level))
    return {
        "id": f"S{at:.0f}", "position_m": at, "start": BEGIN.isoformat(), "interval_s": EVERY_S, "noise_floor_mg_l": FLOOR,
        "values_mg_l": [round(max(float(v), 0.0), 4) for v in read],
    }  # fmt: skip


def flowed(
    seed: int, speed: Floats, spread: Floats, flow: Floats, place: float, begun: float, mass: float
) -> list[Floats]:  # fmt: skip
    """Concentrations at the stations [kg/m3]: upstream differences, dispersion, still water at the banks; the mass is kept.

    Args:
        speed, spread, flow: of each reach [m/s], [m2/s], [m3/s]; the bed swings about them from cell to cell, the flow through the day.
    """
    middle: Floats = np.arange(CELL_M / 2, LENGTH_M, CELL_M, dtype=np.float64)
    reach = np.searchsorted(UPPER, middle, side="right") - 1 if len(speed) > 1 else np.zeros(len(middle), dtype=int)
    usual, along = flow[reach], spread[reach]
    # The still water slows the cloud by its share: the speeds are those of the cloud.
    area = usual / (speed[reach] * (1 + STILL)) * np.exp(BED * _swinging(seed, middle, 700.0))
    times: Floats = np.arange(0.0, HOURS * 3600, STEP_S, dtype=np.float64)
    swing = np.exp(SWING * _swinging(seed + 1, times, 5.0 * 3600))
    running, still = np.zeros_like(middle), np.zeros_like(middle)
    cell, places, kept = int(place / CELL_M), [int(at / CELL_M) for at in STATIONS], []
    for time, factor in zip(times, swing, strict=True):
        if time % EVERY_S == 0:
            kept.append(running[places])
        q = usual * factor
        numeric = q / area * CELL_M / 2 * (1 - q / area * STEP_S / CELL_M)
        through = q * running
        through[:-1] -= (area * np.maximum(along - numeric, 0.0))[:-1] * np.diff(running) / CELL_M
        gone = through.copy()
        gone[1:] -= through[:-1]
        lent = EXCHANGE_S * (still - running)
        running, still = running + STEP_S * (lent - gone / (area * CELL_M)), still - STEP_S * lent / STILL
        if begun <= time < begun + POUR_S:
            running[cell] += mass * STEP_S / POUR_S / (area[cell] * CELL_M)
    return list(np.array(kept).T)


def _swinging(seed: int, along: Floats, each: float) -> Floats:
    """Normal numbers at every so many metres or seconds, and straight lines between them."""
    nodes = np.arange(0.0, along[-1] + 2 * each, each)
    return np.interp(along, nodes, np.random.default_rng([seed, 7]).standard_normal(len(nodes)))


def run(*, say: Callable[[str], None]) -> dict[str, Any]:
    """One even reach, and three reaches with tributaries: figures of each, and the time beside its ceiling."""
    found: dict[str, Any] = {}
    for name, seeds in SEEDS.items():
        say(f"{len(seeds)} spills, {name}")
        rows = [_scored(*case_of(seed=seed, differ=name == "reaches")) for seed in seeds]
        found |= {f"{name}_{key}": value for key, value in _summed(rows).items()}
    return found | _beside_ceiling(case_of(seed=SEEDS["reaches"][0], differ=True)[0])


def _summed(rows: list[dict[str, Any]]) -> dict[str, Any]:
    named = [row for row in rows if row["named"]]
    return {
        "spills": len(rows), "first": sum(r["first"] for r in rows), "named": len(named), "named_wrongly": sum(not r["right"] for r in named),
        "cannot_tell": sum(r["verdict"] == "cannot tell" for r in rows), **{f"{k}_in_90_band": sum(r[k] for r in rows) for k in ("place", "start", "mass")},
        "place_off_m": round(median(r["off_m"] for r in rows)), "start_off_min": round(median(r["off_min"] for r in rows), 1),
        "mass_ratio": round(median(r["ratio"] for r in rows), 3), "seconds": round(median(r["seconds"] for r in rows), 2),
    }  # fmt: skip


def _scored(case: dict[str, Any], truth: dict[str, Any]) -> dict[str, Any]:
    begin = perf_counter()
    answer = answered(document=case)
    seconds, release = perf_counter() - begin, answer["release"]
    start = [
        (datetime.fromisoformat(release["start"][name]) - BEGIN).total_seconds() - truth["start_s"] for name in ("p5", "p50", "p95")
    ]  # fmt: skip
    place = next(one["position_m"] for one in case["outfalls"] if one["id"] == truth["outfall"])
    held = {
        key: release[name]["p5"] <= value <= release[name]["p95"]
        for key, name, value in (("place", "position_m", place), ("mass", "mass_kg", truth["mass_kg"]))
    }
    listed = answer["candidates"]
    return held | {
        "start": start[0] <= 0.0 <= start[2], "first": bool(listed) and listed[0]["id"] == truth["outfall"], "verdict": answer["verdict"],
        "named": len(answer["named"]) == 1, "right": answer["named"] == [truth["outfall"]], "off_m": abs(release["position_m"]["p50"] - place),
        "off_min": abs(start[1]) / 60, "ratio": release["mass_kg"]["p50"] / truth["mass_kg"], "seconds": seconds,
    }  # fmt: skip


def _beside_ceiling(case: dict[str, Any]) -> dict[str, Any]:
    """Processor seconds of a trace, and of the exponentials alone that its clouds cannot do without."""
    begin = process_time()
    answered(document=case)
    seconds, sizes = process_time() - begin, clouds_of(case=case)
    shapes = {size: np.full(size, -1.0) for size in set(sizes)}
    begin = process_time()
    for size in sizes:
        np.exp(shapes[size])
    ceiling = process_time() - begin
    return {
        "clouds": sum(int(np.prod(size)) for size in sizes), "trace_processor_s": round(seconds, 2), "ceiling_s": round(ceiling, 2),
        "ratio": round(seconds / ceiling, 1),
    }  # fmt: skip


def clouds_of(*, case: dict[str, Any]) -> list[tuple[int, ...]]:
    """Shape of every cloud that a trace computes, told by a profile of it: sizes of what `carried` returns."""
    sizes: list[tuple[int, ...]] = []

    def noted(frame: Any, event: str, value: Any) -> None:
        if event == "return" and frame.f_code is carried.__code__ and value is not None:
            sizes.append(value.shape)

    sys.setprofile(noted)
    try:
        answered(document=case)
    finally:
        sys.setprofile(None)
    return sizes
