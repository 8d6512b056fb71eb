"""What the measurements of tracing share: a generated release as a case, one day scored, many summed up."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
# The environment of the workers, see `deploy.instance`.
AS_A_WORKER = {**ONE_THREAD, "MALLOC_MMAP_THRESHOLD_": "2097152"}
LARGE_SEEDS = (7300, 7301, 7302)
LARGE: dict[str, Any] = {
    "candidates": 2_000,
    "sensors": 40,
    "side": 2500.0,
    "rates_kg_h": (20.0, 16.0, 12.0, 10.0, 8.0),
}


def case_of(release: Any, *, keep: Any = None) -> Any:
    """A generated release as a case of the engine."""
    import numpy as np

    from monitoring.tracing.domain.forward.scene import Physics, Weather, point_sensors, point_sources
    from monitoring.tracing.domain.inference.cases import Case

    weather = Weather(release.speed, release.from_deg, release.stability, np.ones(len(release.speed), dtype=bool))
    points = release.candidates if keep is None else release.candidates[keep]
    return Case(
        point_sources(places=points), None, None, point_sensors(places=release.sensors), weather, Physics(), release.values,
        np.zeros(release.values.shape, dtype=bool),
    )  # fmt: skip


def joint_case_of(blend: Any, *, sure: float = 60.0, shares: Any = None) -> Any:
    """A generated release of several substances as one case of the engine.

    Args:
        sure: parts of the Dirichlet priors; shares: those priors by point, from the profiles of the register where None.
    """
    from dataclasses import replace

    from monitoring.tracing.domain.inference.cases import Companions

    more = blend.values[..., 1:]
    companions = Companions(more, more < 0.0, sure * blend.profiles if shares is None else shares)
    return replace(case_of(blend.release), companions=companions)


def score(*, release: Any) -> dict[str, Any]:
    """One day traced: what was found of the truth."""
    import numpy as np

    from monitoring.tracing.domain.inference.engine import trace
    from monitoring.tracing.domain.inference.settings import Settings

    begin = perf_counter()
    finding = trace(case=case_of(release), settings=Settings())
    took = perf_counter() - begin
    chance = np.array([one.probability for one in finding.candidates])
    # By the middle of the rate: the mean of a rate that is hardly known is its tail.
    expected = np.array([one.probability * one.rate.quantiles[2] for one in finding.candidates])
    top = set(np.argsort(-chance, kind="stable")[: len(release.active)].tolist())
    bands = [finding.candidates[k].rate.quantiles for k in release.active]
    wrong = any(k not in release.active for k in finding.named)
    return {
        "verdict": finding.verdict.value, "wrongly_named": wrong, "rightly_named": bool(finding.named) and not wrong,
        "chance": chance, "true": np.isin(np.arange(len(chance)), release.active), "away": away(release=release, expected=expected),
        "recall": len(top & set(release.active)) / len(release.active), "first": int(np.argmax(expected)) == release.active[0],
        "false": sum(p > 0.5 for k, p in enumerate(chance) if k not in release.active), "seconds": took,
        "covered": [b[0] <= q <= b[4] for b, q in zip(bands, release.rates, strict=True)],
        "twice": [0.5 <= b[2] / q <= 2 for b, q in zip(bands, release.rates, strict=True)],
        "log_error": [float(abs(np.log(max(b[2], 1e-3 * q) / q))) for b, q in zip(bands, release.rates, strict=True)],
        "brier": float(np.mean((chance - np.isin(np.arange(len(chance)), release.active)) ** 2)), "r_hat": finding.diagnostics["r_hat"],
    }  # fmt: skip


def away(*, release: Any, expected: Any) -> list[float]:
    """From each true source to the nearest of as many points that explain most [m]."""
    import numpy as np

    places = release.candidates[:, :2]
    top = places[np.argsort(-np.asarray(expected), kind="stable")[: len(release.active)]]
    return [float(np.hypot(*(top - places[k]).T).min()) for k in release.active]


def summed(*, scores: list[dict[str, Any]], name: str) -> dict[str, Any]:
    import numpy as np

    def flat(key: str) -> list[Any]:
        return [value for one in scores for value in one[key]]

    return {
        f"{name}_days": len(scores), f"{name}_recall_at_n": round(float(np.mean([s["recall"] for s in scores])), 3),
        f"{name}_largest_first": round(float(np.mean([s["first"] for s in scores])), 3),
        f"{name}_false_a_run": round(float(np.mean([s["false"] for s in scores])), 3),
        f"{name}_verdict_names_rightly": sum(s["rightly_named"] for s in scores), f"{name}_verdict_names_wrongly": sum(s["wrongly_named"] for s in scores),
        f"{name}_rate_within_2x": round(float(np.mean(flat("twice"))), 3), f"{name}_coverage_90": round(float(np.mean(flat("covered"))), 3),
        f"{name}_median_log_rate_error": round(float(np.median(flat("log_error"))), 3),
        f"{name}_mean_location_error_m": round(float(np.mean(flat("away"))), 1), f"{name}_brier": round(float(np.mean([s["brier"] for s in scores])), 4),
        f"{name}_median_r_hat": round(float(np.median([s["r_hat"] for s in scores])), 2),
        f"{name}_median_s": round(float(np.median([s["seconds"] for s in scores])), 2),
    }  # fmt: skip


def small() -> Any:
    from deploy.bench.releases import release

    return release(seed=1, candidates=5, sensors=4, minutes=240, rates_kg_h=(20.0,))
