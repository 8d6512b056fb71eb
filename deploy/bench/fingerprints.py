"""Factors of measured samples of volatile organics: Q of twenty starts, bootstrap, displacement, and the time beside its ceiling."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from deploy import bootstrap
from monitoring.tracing.domain.fingerprints.factors import Factorised, factorised
from monitoring.tracing.domain.fingerprints.stability import bootstrapped, displaced

DATA = bootstrap.ROOT.parent / "shared" / "data" / "tracing" / "voc_pmf"
FACTORS, STARTS = 6, 20
# Q of the reference runs, lowest and highest of twenty starts (tracing notes 2.14).
REFERENCE = {"BatonRouge": (63_971, 68_222), "StLouis": (6_531, 8_260)}


def samples(*, town: str) -> tuple[np.ndarray, np.ndarray]:
    """Concentrations and uncertainties; rows with a gap are left out."""
    parts = [_table(DATA / f"Dataset-{town}-{kind}.csv") for kind in ("con", "unc")]
    whole = np.isfinite(parts[0]).all(axis=1) & np.isfinite(parts[1]).all(axis=1)
    return parts[0][whole], parts[1][whole]


def _table(path: Path) -> np.ndarray:
    return np.genfromtxt(path, delimiter=",", skip_header=1, encoding="utf-8-sig")[:, 1:]


def run(*, say: Callable[[str], None]) -> dict[str, Any]:
    if not DATA.is_dir():
        return {"missing": f"no samples under {DATA}"}
    found: dict[str, Any] = {}
    for town in REFERENCE:
        say(f"{town}: {STARTS} starts of {FACTORS} factors")
        found |= {f"{town}_{name}": value for name, value in _town(town).items()}
    return found


def _town(town: str) -> dict[str, Any]:
    values, errors = samples(town=town)
    begin = perf_counter()
    result = factorised(values=values, errors=errors, factors=FACTORS, starts=STARTS)
    seconds = perf_counter() - begin
    ceiling = _ceiling(values, steps=result.best.steps) * STARTS
    begin = perf_counter()
    boot = bootstrapped(values=values, errors=errors, base=result.best)
    boot_seconds = perf_counter() - begin
    begin = perf_counter()
    moved = displaced(values=values, errors=errors, base=result.best)
    wide = [float(np.median(moved.high[n] - moved.low[n])) for n in range(len(moved.rises))]
    low, high = REFERENCE[town]
    return {
        "samples": f"{values.shape[0]} x {values.shape[1]}", **_of(result), "q_reference": f"{low} to {high}",
        "seconds": round(seconds, 2), "ceiling_s": round(ceiling, 2), "ratio": round(seconds / ceiling, 2),
        "mapped": [round(float(v), 2) for v in boot.mapped], "unmapped": boot.unmapped, "bootstrap_s": round(boot_seconds, 1),
        "displacement_widths": {str(rise): round(w, 4) for rise, w in zip(moved.rises, wide, strict=True)},
        "displacement_s": round(perf_counter() - begin, 1),
    }  # fmt: skip


def _of(result: Factorised) -> dict[str, Any]:
    return {
        "q_least": round(float(result.q.min())), "q_most": round(float(result.q.max())), "q_expected": round(result.expected),
        "spread": round(result.spread, 3), "steps_of_best": result.best.steps,
    }  # fmt: skip


def _ceiling(values: np.ndarray, *, steps: int) -> float:
    """Seconds of the six matrix products of each step alone, which no multiplicative update can do without."""
    left, right = np.ones((values.shape[0], FACTORS)), np.ones((FACTORS, values.shape[1]))
    begin = perf_counter()
    for _ in range(steps):
        _ = left @ right, values @ right.T, values @ right.T, left @ right, left.T @ values, left.T @ values
    return perf_counter() - begin
