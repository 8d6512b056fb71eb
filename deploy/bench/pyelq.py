"""pyELQ on the same generated days: fixed points as it does best, free points whole (`manage.py bench pyelq`), larger cases reckoned."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

from deploy.bench.peers import elq_environment, environment
from deploy.bench.scoring import AS_A_WORKER, LARGE, LARGE_SEEDS, ROOT, away, case_of, score, small, summed

PEER_SEEDS = (7650, 7651)
PEER_ROUNDS = 2_000
PEER_FREE_ROUNDS, PEER_FREE_USUAL = 40, 5_000  # run, and what its makers' own example runs
PEER_LARGE_ROUNDS = 3
NEAR_M = 100.0  # of a true source, within which what is found counts as it
WORTH = 0.1  # of the true rate, from which a source is one


def run(*, say: Callable[[str], None]) -> dict[str, Any]:
    """One day without a register, as its makers run it: free points, 5,000 iterations. A quarter of an hour on a quiet machine."""
    peer = str(elq_environment.python(say=say))
    say(f"pyELQ, {PEER_FREE_USUAL} iterations with free points, then the same day here; a quarter of an hour or more")
    code = (
        "import json, sys; from deploy.bench.pyelq import whole_free; print(json.dumps(whole_free(peer=sys.argv[1])))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, peer], cwd=ROOT, env={**os.environ, **AS_A_WORKER}, stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def whole_free(*, peer: str, iterations: int = PEER_FREE_USUAL) -> dict[str, Any]:
    """Nothing reckoned: time, processor time, place and rate of each of three sources, and whether its 90 % band holds the truth."""
    import numpy as np

    from deploy.bench.releases import release
    from monitoring.tracing.domain.inference.engine import trace
    from monitoring.tracing.domain.inference.settings import Settings

    made = release(seed=PEER_SEEDS[0])
    score(release=small())  # compiles what is not compiled yet
    began, used = perf_counter(), process_time()
    finding = trace(case=case_of(made, keep=[]), settings=Settings(grid=True))
    ours_s, ours_cpu = perf_counter() - began, process_time() - used
    told = environment.asked(
        interpreter=Path(peer), script="elq", given=peer_case(release=made) | {"free": True, "iterations": iterations}
    )
    theirs = [
        _drawn_near(told["drawn"], made.candidates[k, :2], q)
        for k, q in zip(made.active, made.rates * 3600, strict=True)
    ]
    held = [_found_near(finding, made.candidates[k, :2], q) for k, q in zip(made.active, made.rates, strict=True)]
    return {
        "pyelq": told["version"], "pyelq_iterations": iterations, "pyelq_s": round(told["seconds"]), "pyelq_processor_s": round(told["processor_s"]),
        "grid_mode_s": round(ours_s, 2), "grid_mode_processor_s": round(ours_cpu, 2),
        "times_as_fast": round(told["seconds"] / ours_s, 1), "times_less_processor": round(told["processor_s"] / ours_cpu, 1),
        "pyelq_place_m": [round(one[0], 1) for one in theirs], "grid_mode_place_m": [round(one[0], 1) for one in held],
        "pyelq_rate_share": [round(one[1], 2) for one in theirs], "grid_mode_rate_share": [round(one[1], 2) for one in held],
        "pyelq_coverage_90": round(float(np.mean([one[2] for one in theirs])), 2),
        "grid_mode_coverage_90": round(float(np.mean([one[2] for one in held])), 2),
    }  # fmt: skip


def _drawn_near(drawn: list[list[list[float]]], place: Any, rate: float) -> tuple[float, float, bool]:
    """Median way to the nearest drawn source that is worth it [m], median rate near over the true one, and whether the band holds it."""
    import numpy as np

    ways, rates = [], []
    for draw in drawn:
        points = np.array(draw).reshape(-1, 3)
        away = np.hypot(*(points[:, :2] - place).T)
        ways.append(float(away[points[:, 2] > WORTH * rate].min(initial=np.inf)))
        rates.append(float(points[away < NEAR_M, 2].sum()))
    low, middle, high = np.quantile(rates, (0.05, 0.5, 0.95))
    return float(np.median(ways)), float(middle) / rate, bool(low <= rate <= high)


def _found_near(finding: Any, place: Any, rate: float) -> tuple[float, float, bool]:
    """The same of a finding: the nearest of its places that are more likely than not."""
    import numpy as np

    likely = [one for one in finding.locations if one.probability > 0.5 and one.rate.quantiles[2] > WORTH * rate]
    if not likely:
        return float("inf"), 0.0, False
    away = [float(np.hypot(one.east - place[0], one.north - place[1])) for one in likely]
    nearest = likely[int(np.argmin(away))]
    if min(away) >= NEAR_M:
        return min(away), 0.0, False
    low, _, middle, _, high = nearest.rate.quantiles
    return min(away), middle / rate, low <= rate <= high


def beside_pyelq(*, peer: str) -> dict[str, Any]:
    """The same days by pyELQ: fixed points, slab and spike, 2,000 iterations, ten-minute means."""
    import numpy as np

    from deploy.bench.releases import release

    ours, theirs, version = [], [], ""
    for seed in PEER_SEEDS:
        made = release(seed=seed)
        ours.append(score(release=made))
        told = environment.asked(interpreter=Path(peer), script="elq", given=peer_case(release=made))
        version = told["version"]
        low, middle, high = (np.array(told[key])[list(made.active)] for key in ("q05", "q50", "q95"))
        truth = made.rates * 3600
        theirs.append(
            (
                told["seconds"],
                (low <= truth) & (truth <= high),
                np.abs(np.log(np.maximum(middle, 0.01) / truth)),
                away(release=made, expected=told["q50"]),
            )
        )
    ours_s, theirs_s = np.mean([s["seconds"] for s in ours]), np.mean([t[0] for t in theirs])
    return summed(scores=ours, name="beside_pyelq") | {
        "pyelq": version, "pyelq_iterations": PEER_ROUNDS, "pyelq_mean_s": round(float(theirs_s), 1),
        "pyelq_coverage_90": round(float(np.mean([t[1] for t in theirs])), 3),
        "pyelq_median_log_rate_error": round(float(np.median([t[2] for t in theirs])), 3),
        "pyelq_mean_location_error_m": round(float(np.mean([t[3] for t in theirs])), 1),
        "times_as_fast_as_pyelq": round(float(theirs_s / ours_s), 1),
    }  # fmt: skip


def pyelq_reckoned(*, peer: str, large_s: float) -> dict[str, Any]:
    """A few iterations of pyELQ where a whole run takes hours: free points in the small park, fixed points in the large one.

    What its usual number of iterations would take is reckoned from them, and named so; nothing is said of its accuracy there.
    """
    from deploy.bench.releases import MATCHED, release

    def each(made: Any, **changed: Any) -> tuple[float, float]:
        told = environment.asked(interpreter=Path(peer), script="elq", given=peer_case(release=made) | changed)
        return told["ready_s"], (told["seconds"] - told["ready_s"]) / changed["iterations"]

    free_ready, free = each(release(seed=PEER_SEEDS[0]), free=True, iterations=PEER_FREE_ROUNDS)
    ready, one = each(release(seed=LARGE_SEEDS[0], kind=MATCHED, **LARGE), iterations=PEER_LARGE_ROUNDS)
    whole_free, whole = free_ready + free * PEER_FREE_USUAL, ready + one * PEER_ROUNDS
    ours = grid_seconds()
    return {
        "pyelq_free_s_an_iteration": round(free, 3), "pyelq_free_reckoned_s": round(whole_free), "grid_mode_s": round(ours, 2),
        "times_as_fast_as_pyelq_free_reckoned": round(whole_free / ours),
        "pyelq_large_s_an_iteration": round(one, 2), "pyelq_large_reckoned_s": round(whole),
        "times_as_fast_as_pyelq_large_reckoned": round(whole / large_s),
    }  # fmt: skip


def grid_seconds() -> float:
    """A day of the small park traced without a register."""
    from deploy.bench.releases import release
    from monitoring.tracing.domain.inference.engine import trace
    from monitoring.tracing.domain.inference.settings import Settings

    case = case_of(release(seed=PEER_SEEDS[0]), keep=[])
    begin = perf_counter()
    trace(case=case, settings=Settings(grid=True))
    return perf_counter() - begin


def peer_case(*, release: Any, minutes: int = 10) -> dict[str, Any]:
    """A release in ten-minute means, ppm and degrees of turbulence as the generator's own, which is more than a park knows."""
    import numpy as np

    from deploy.bench.releases import TURBULENCE

    blocks = len(release.speed) // minutes
    toward = np.radians(release.from_deg)
    east, north = (-f(toward) * release.speed for f in (np.sin, np.cos))
    east, north = east.reshape(blocks, -1).mean(axis=1), north.reshape(blocks, -1).mean(axis=1)
    angle = np.degrees(np.arctan(TURBULENCE[release.stability.reshape(blocks, -1)[:, 0].astype(int)]))
    ppm = (
        np.nanmean(release.values.reshape(blocks, minutes, -1), axis=1) / (16.043e-3 * 101325 / (8.314 * 293.15)) * 1e6
    )
    return {
        "seed": 1, "free": False, "minutes": minutes, "iterations": PEER_ROUNDS, "speed": release.speed.reshape(blocks, -1).mean(axis=1).tolist(),
        "from_deg": (np.degrees(np.arctan2(-east, -north)) % 360).tolist(), "angle_h": angle[:, 0].tolist(), "angle_v": angle[:, 1].tolist(),
        "sensors": release.sensors.tolist(), "candidates": release.candidates.tolist(), "level": float(np.nanmedian(ppm)),
        "ppm": [[None if v != v else v for v in column] for column in ppm.T.tolist()],
    }  # fmt: skip
