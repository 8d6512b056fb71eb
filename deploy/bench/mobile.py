"""The forward matrix of an hour's drive, a reading a second, before 5,000 candidates; beside it the exponentials alone."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter, process_time
from typing import Any

import numpy as np

from monitoring.tracing.domain.forward.scene import Physics, Weather, point_sources
from monitoring.tracing.domain.mobile import Track, matrix, placed

SECONDS, CANDIDATES = 3600, 5000


def run(*, say: Callable[[str], None]) -> dict[str, Any]:
    say(f"{SECONDS} readings x {CANDIDATES} candidates")
    rng, time = np.random.default_rng(0), np.arange(SECONDS).astype(np.float64)
    track = Track(time, 1500 + 1400 * np.sin(time / 300), 1500 + 1400 * np.cos(time / 300), np.zeros(SECONDS))
    places = np.column_stack([rng.uniform(0, 3000, (CANDIDATES, 2)), np.full(CANDIDATES, 5.0)])
    air = Weather(np.full(60, 3.0), rng.uniform(240, 300, 60), np.full(60, 3.0), np.ones(60, dtype=bool))
    seconds, of_cpu = [], []
    for _ in range(3):
        begin, busy = perf_counter(), process_time()
        found = matrix(placed=placed(track=track), sources=point_sources(places=places), weather=air, physics=Physics())
        seconds.append(perf_counter() - begin)
        of_cpu.append(process_time() - busy)
    begin = perf_counter()
    for row in np.ones((SECONDS, CANDIDATES), dtype=np.float32):
        np.exp(row)
    ceiling = perf_counter() - begin
    return {
        "pairs": found.size, "seconds": round(min(seconds), 2), "cpu_s": round(min(of_cpu), 2), "million_pairs_per_s": round(found.size / min(seconds) / 1e6, 1),
        "share_reached": round(float((found > 0).mean()), 3), "ceiling_s": round(ceiling, 3), "ratio": round(min(seconds) / ceiling, 1),
    }  # fmt: skip
