"""Two neighbours with profiles of their own, of which one lets out three substances: how often each way of tracing names rightly.

The physics of `releases` is not that of the inversion. Traced jointly, by the substance of which most was let out alone, and by the
sum of all; then jointly with released shares off by a fifth from those registered, and with equal profiles, where nothing but the
plume can tell.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from time import perf_counter
from typing import Any

SEEDS = range(8300, 8324)
PARK: dict[str, Any] = {"candidates": 10, "sensors": 8, "side": 800.0, "minutes": 480, "apart": (30.0, 60.0)}
EQUAL: dict[str, Any] = {"own": (0.5, 0.3, 0.2), "other": (0.5, 0.3, 0.2)}


def run(*, say: Callable[[str], None]) -> dict[str, Any]:
    _jointly()(1)  # compiles
    found: dict[str, Any] = {"seeds": [SEEDS[0], SEEDS[-1]]}
    for name, how in WAYS.items():
        found[name] = summed(days=[how(seed) for seed in SEEDS])
        say(f"{name}: {found[name]}")
    return found


def _jointly(**more: Any) -> Callable[[int], dict[str, Any]]:
    def one(seed: int) -> dict[str, Any]:
        from deploy.bench.releases import blend
        from deploy.bench.scoring import joint_case_of

        made = blend(seed=seed, **PARK, **more)
        return _day(made, joint_case_of(made), 1.0)

    return one


def _by_one(seed: int) -> dict[str, Any]:
    import numpy as np

    from deploy.bench.releases import blend
    from deploy.bench.scoring import case_of

    made = blend(seed=seed, **PARK)
    most = int(np.argmax(made.true))
    return _day(made, case_of(replace(made.release, values=made.values[..., most])), float(made.true[most]))


def _by_sum(seed: int) -> dict[str, Any]:
    from deploy.bench.releases import blend
    from deploy.bench.scoring import case_of

    made = blend(seed=seed, **PARK)
    return _day(made, case_of(replace(made.release, values=made.values.sum(axis=2))), 1.0)


def _day(made: Any, case: Any, share: float) -> dict[str, Any]:
    from monitoring.tracing.domain.inference.engine import trace
    from monitoring.tracing.domain.inference.settings import Settings

    begin = perf_counter()
    finding = trace(case=case, settings=Settings())
    took = perf_counter() - begin
    true, rate = made.release.active[0], float(made.release.rates[0]) * share
    band = finding.candidates[true].rate.quantiles
    return {
        "right": finding.named == made.release.active, "wrong": any(k != true for k in finding.named), "true": finding.candidates[true].probability,
        "neighbour": finding.candidates[-1].probability, "held": band[0] <= rate <= band[4], "twice": 0.5 <= band[2] / rate <= 2, "seconds": took,
    }  # fmt: skip


def summed(*, days: list[dict[str, Any]]) -> dict[str, Any]:
    """Counts of verdicts, means of probabilities and of what the bands hold, median seconds."""
    import numpy as np

    counts = {name: sum(day[name] for day in days) for name in ("right", "wrong")}
    means = {
        name: round(float(np.mean([day[name] for day in days])), 2) for name in ("true", "neighbour", "held", "twice")
    }
    seconds = round(float(np.median([day["seconds"] for day in days])), 1)
    return {"days": len(days)} | counts | means | {"seconds": seconds}


WAYS: dict[str, Callable[[int], dict[str, Any]]] = {
    "jointly": _jointly(), "by_one_substance": _by_one, "by_the_sum": _by_sum, "jointly_off_by_a_fifth": _jointly(off=0.2),
    "jointly_equal_profiles": _jointly(**EQUAL),
}  # fmt: skip
