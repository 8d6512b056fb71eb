"""Tracing next to what else does it: speed of the forward matrix, whole cases, calibration on foreign physics, and pyELQ.

No setting was chosen for what it gave on the seeds of the calibration; on some of them it was looked whether a prior harms. Run in a
process of its own, linear algebra on one thread; the populations of a trace run in threads of their own.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from time import perf_counter
from typing import Any

from deploy.bench.peers import elq_environment, environment
from deploy.bench.pyelq import beside_pyelq, pyelq_reckoned
from deploy.bench.scoring import AS_A_WORKER, LARGE, LARGE_SEEDS, ROOT, score, small, summed

# 25 days differ by more than two versions do: recall was 0.77 to 0.85 from one such set to the next.
FRESH = (*range(8700, 8725), *range(8800, 8825), *range(8900, 8975))
MATCHED_SEEDS = range(9130, 9154)
REMOVED_SEEDS = range(7810, 7816)


def run(*, say: Callable[[str], None]) -> dict[str, Any]:
    """Measure in a process of its own, because the number of BLAS threads is fixed when NumPy is loaded."""
    peer, reason = "", ""
    try:
        peer = str(elq_environment.python(say=say))
    except elq_environment.NoPeer as error:
        reason = str(error).splitlines()[0]
        say(f"without pyELQ: {reason}")
    code = "import json, sys; from deploy.bench.tracing import measured; print(json.dumps(measured(peer=sys.argv[1])))"
    say(f"forward matrix, whole cases, {len(FRESH)} fresh days, pyELQ on two; some minutes on one thread")
    done = subprocess.run(
        [sys.executable, "-c", code, peer],
        cwd=ROOT,
        env={**os.environ, **AS_A_WORKER},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found | ({"pyelq_missing": reason} if reason else {})


def measured(*, peer: str) -> dict[str, Any]:
    """All figures; `peer` is pyELQ's Python, or empty."""
    found = forward()
    found["forward_peak_memory_mib"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    score(release=small())  # compiles what is not compiled yet
    found |= large()
    found["large_peak_memory_mib"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    found |= calibration() | matched() | robustness() | removed()
    if peer:
        try:
            found |= beside_pyelq(peer=peer) | pyelq_reckoned(peer=peer, large_s=found["large_matched_median_s"])
        except (environment.PeerFailed, LookupError, ValueError) as error:
            found["pyelq_failed"] = str(error)[:300]
    found["peak_memory_mib"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    return found


def forward(*, candidates: int = 5_000, sensors: int = 100, minutes: int = 1_440) -> dict[str, Any]:
    """720 million pair-minutes, the error against the exact plume on some pairs, and a naive float32 loop."""
    import numpy as np

    from monitoring.tracing.domain.forward.columns import plain
    from monitoring.tracing.domain.forward.geometry import geometry_of
    from monitoring.tracing.domain.forward.matrix import Forward
    from monitoring.tracing.domain.forward.scene import Physics, Weather, point_sensors, point_sources

    rng = np.random.default_rng(1)
    points = np.column_stack([rng.uniform(0, 3000, (candidates, 2)), rng.choice([2.0, 10.0, 30.0], candidates)])
    angle = np.arange(sensors) / sensors * 2 * np.pi
    fence = np.column_stack([1500 + 1600 * np.cos(angle), 1500 + 1600 * np.sin(angle), np.full(sensors, 3.0)])
    bearing = (200 + np.cumsum(rng.normal(0, 4, minutes))) % 360
    weather = Weather(rng.uniform(1.5, 5, minutes), bearing, np.full(minutes, 3.0), np.ones(minutes, dtype=bool))
    begin = perf_counter()
    made = Forward(
        geometry=geometry_of(sources=point_sources(places=points), sensors=point_sensors(places=fence)),
        physics=Physics(lag=False),
    )
    made.matrix(weather=weather, minutes=30)
    first = perf_counter() - begin
    begin = perf_counter()
    fast = made.matrix(weather=weather, minutes=30)
    again = perf_counter() - begin
    some = rng.choice(candidates, 100, replace=False)
    dense = plain(
        sources=point_sources(places=points[some]),
        sensors=point_sensors(places=fence),
        weather=weather,
        physics=Physics(lag=False),
        minutes=30,
    )
    large_ones = dense > 1e-3 * dense.max()
    error = float(np.abs(fast[:, :, some][large_ones] / dense[large_ones] - 1).max())
    naive = naive_loop(points=points, fence=fence, speed=weather.speed, bearing=bearing, some=60) * minutes / 60
    return {
        "forward_pairs_million": candidates * sensors * minutes / 1e6, "forward_first_s": round(first, 2), "forward_cached_s": round(again, 2),
        "forward_goal_s": 2.0, "forward_reached": again <= 2.0, "forward_largest_error": error,
        "forward_naive_s": round(naive, 1), "forward_times_as_fast": round(naive / again, 1),
    }  # fmt: skip


def naive_loop(*, points: Any, fence: Any, speed: Any, bearing: Any, some: int) -> float:
    """Seconds of dense single precision for some minutes; class D."""
    import numpy as np

    east = (fence[:, None, 0] - points[None, :, 0]).astype(np.float32)
    north = (fence[:, None, 1] - points[None, :, 1]).astype(np.float32)
    height = points[None, :, 2].astype(np.float32)
    total = np.zeros(east.shape, dtype=np.float32)
    begin = perf_counter()
    for minute in range(some):
        toward = np.float32(np.radians(bearing[minute]) + np.pi)
        x, y = np.sin(toward) * east + np.cos(toward) * north, np.cos(toward) * east - np.sin(toward) * north
        far = np.maximum(x, np.float32(1))
        sy, sz = np.float32(0.110726) * far ** np.float32(0.929418), np.float32(0.104634) * far ** np.float32(0.826212)
        up = np.exp(-((3 - height) ** 2) / (2 * sz**2)) + np.exp(-((3 + height) ** 2) / (2 * sz**2))
        total += np.where(
            x > 0, np.exp(-(y**2) / (2 * sy**2)) * up / (np.float32(2 * np.pi * speed[minute]) * sy * sz), np.float32(0)
        )
    return perf_counter() - begin


def calibration() -> dict[str, Any]:
    """Fresh days of mismatched physics: 24 candidates, eight sensors, 1,440 minutes, three sources."""
    from deploy.bench.releases import release

    scores = [score(release=release(seed=seed)) for seed in FRESH]
    return summed(scores=scores, name="mismatch") | {"mismatch_reliability": reliability(scores=scores)}


def reliability(*, scores: list[dict[str, Any]]) -> list[dict[str, float]]:
    """Stated probability and share that was true, in ten bins."""
    import numpy as np

    stated = np.concatenate([one["chance"] for one in scores])
    true = np.concatenate([one["true"] for one in scores])
    bins = np.minimum((stated * 10).astype(int), 9)
    return [
        {"stated": round(float(stated[bins == b].mean()), 3), "true": round(float(true[bins == b].mean()), 3), "points": int((bins == b).sum())}
        for b in range(10) if (bins == b).any()
    ]  # fmt: skip


def robustness() -> dict[str, Any]:
    """Widths half as wide again, a vane ten degrees off, three gaps in ten."""
    from deploy.bench.releases import Kind, release

    kinds = {"wide": Kind(fixed_width=1.5), "vane_10_deg": Kind(fixed_offset=10.0), "gaps_30": Kind(gaps=0.3)}
    found: dict[str, Any] = {}
    for name, kind in kinds.items():
        found |= summed(scores=[score(release=release(seed=seed, kind=kind)) for seed in range(7750, 7756)], name=name)
    return found


def matched() -> dict[str, Any]:
    """The same park where the physics is the inversion's own: what sampling alone costs."""
    import numpy as np

    from deploy.bench.releases import MATCHED, release

    scores = [score(release=release(seed=seed, kind=MATCHED)) for seed in MATCHED_SEEDS]
    within = np.concatenate([np.array(s["log_error"]) <= np.log(1.25) for s in scores])
    return summed(scores=scores, name="matched") | {"matched_rate_within_25": round(float(within.mean()), 3)}


def removed() -> dict[str, Any]:
    """The largest of three sources is not in the register: is its place found, and is anybody blamed for it?"""
    import numpy as np

    from deploy.bench.releases import MATCHED, MISMATCH, release
    from deploy.bench.scoring import case_of
    from monitoring.tracing.domain.inference.engine import trace
    from monitoring.tracing.domain.inference.settings import Settings

    found: dict[str, Any] = {}
    for kind, label in ((MATCHED, "removed_matched"), (MISMATCH, "removed_mismatch")):
        told, away, blamed = 0, [], 0
        for seed in REMOVED_SEEDS:
            made = release(seed=seed, kind=kind)
            keep = np.delete(np.arange(len(made.candidates)), made.active[0])
            finding = trace(case=case_of(release=made, keep=keep), settings=Settings())
            place, gone = finding.locations[0], made.candidates[made.active[0]]
            told += finding.unregistered > 0.5
            away.append(round(float(np.hypot(place.east - gone[0], place.north - gone[1])), 1))
            blamed += any(keep[one] not in made.active for one in finding.named)
        found |= {
            f"{label}_days": len(REMOVED_SEEDS),
            f"{label}_unregistered": told,
            f"{label}_away_m": away,
            f"{label}_innocent_named": blamed,
        }
    return found


def large() -> dict[str, Any]:
    """Five of 2,000 candidates, 40 sensors, a day of minutes: with the inversion's own physics, and with a foreign one."""
    from deploy.bench.releases import MATCHED, MISMATCH, release

    return {
        name: value
        for kind, label in ((MATCHED, "large_matched"), (MISMATCH, "large_mismatch"))
        for name, value in summed(
            scores=[score(release=release(seed=seed, kind=kind, **LARGE)) for seed in LARGE_SEEDS], name=label
        ).items()
    }
