"""The park balance next to a plain sparse solver on the same systems, in one run and one thread."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

SIZES = (50, 300, 3_000)
MONTHS = 12
GASES = ("CO2", "CH4", "N2O", "CO2-biogenic", "HFC-23", "upstream")
HUBS = 40  # streams that most nodes use: power, steam by pressure, water, air
FEEDBACK = 0.05  # share of uses that run against the order and so close loops
ROUNDS = 5
ROOT = Path(__file__).resolve().parents[2]
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def run(*, say: Callable[[str], None]) -> dict[str, Any]:
    """Measure in a process of its own, because the number of BLAS threads is fixed when NumPy is loaded."""
    import json

    code = "import json; from deploy.bench.carbon import measured; print(json.dumps(measured()))"
    say(f"parks of {', '.join(map(str, SIZES))} pools, {len(GASES)} gases, one thread")
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, **ONE_THREAD},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def measured() -> dict[str, Any]:
    """Times [s], residuals, ratio to `scipy.sparse.linalg.spsolve`, peak memory [MiB]."""
    found: dict[str, Any] = {}
    for pools in SIZES:
        found |= {f"pools_{pools}_{name}": value for name, value in one_size(pools=pools).items()}
    found |= year_of(pools=300)
    found |= all_products(pools=2_000)
    found |= tight_loop()
    found |= draws_of(pools=300, draws=10_000)
    found["peak_memory_mib"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    return found


def one_size(*, pools: int) -> dict[str, Any]:
    import numpy as np
    from scipy.sparse import csc_array, diags_array
    from scipy.sparse.linalg import spsolve

    from accounting.carbon.domain.balance.assembly import assembled, expanded
    from accounting.carbon.domain.balance.solving import matrix_of, solve

    network = expanded(network=park_like(pools=pools, seed=pools))
    begin = perf_counter()
    matrix = matrix_of(system=assembled(network=network, number=float))
    build = perf_counter() - begin
    plain = csc_array(diags_array(matrix.delivered) - matrix.flows)
    ours, ceiling = timed(lambda: solve(matrix=matrix)), timed(lambda: spsolve(plain, matrix.own))
    solved, other = solve(matrix=matrix), np.asarray(spsolve(plain, matrix.own))
    apart = float(np.max(np.abs(solved.phi - other) / np.maximum(np.abs(other), 1e-30)))
    return {
        "flows": int(matrix.flows.nnz), "largest_loop": solved.largest, "ways": "+".join(solved.ways), "build_s": round(build, 4),
        "solve_s": round(ours, 5), "spsolve_s": round(ceiling, 5), "times_as_fast": round(ceiling / ours, 2),
        "residual": solved.residual, "backward_error": solved.backward, "apart_from_spsolve": apart,
    }  # fmt: skip


def timed(work: Callable[[], object]) -> float:
    """Median of some rounds after a first one that does not count [s]."""
    work()
    times = []
    for _ in range(ROUNDS):
        begin = perf_counter()
        work()
        times.append(perf_counter() - begin)
    return median(times)


def year_of(*, pools: int) -> dict[str, Any]:
    """Twelve months from data to all ledgers: check, build, solve, enterprises, transfers, carbon."""
    from accounting.carbon.domain.balance.park import park

    networks = [park_like(pools=pools, seed=1000 + month) for month in range(MONTHS)]
    begin = perf_counter()
    solved = [park(network=network) for network in networks]
    took = perf_counter() - begin
    gap = max(
        abs(g) / (d + i)
        for one in solved
        for g, d, i in zip(one.ledgers.gap, one.ledgers.park_direct, one.ledgers.imports, strict=True)
    )
    return {f"year_{pools}_all_ledgers_s": round(took, 3), f"year_{pools}_conservation": gap}


def all_products(*, pools: int) -> dict[str, Any]:
    """Twelve months of factors of all pools, from data to proven solution, without the ledgers."""
    from accounting.carbon.domain.balance.assembly import assembled, expanded
    from accounting.carbon.domain.balance.solving import matrix_of, solve

    networks = [expanded(network=park_like(pools=pools, seed=2000 + month)) for month in range(MONTHS)]
    begin = perf_counter()
    worst = max(
        solve(matrix=matrix_of(system=assembled(network=network, number=float))).residual for network in networks
    )
    return {f"year_{pools}_all_products_s": round(perf_counter() - begin, 3), f"year_{pools}_residual": worst}


def draws_of(*, pools: int, draws: int) -> dict[str, Any]:
    """Monte Carlo with every meter and emission uncertain; each draw is solved and proven."""
    from accounting.carbon.domain.balance.park import park

    solved = park(network=park_like(pools=pools, seed=1000))
    begin = perf_counter()
    solved.simulated(weights=dict.fromkeys(GASES, 1.0), draws=draws, seed=1)
    return {f"monte_carlo_{pools}_pools_{draws}_draws_s": round(perf_counter() - begin, 2)}


def tight_loop() -> dict[str, Any]:
    """A ring of 400 pools that passes on 99.99 %: what the direct solver gives against what must come out."""
    from accounting.carbon.domain.balance.network import Network, Node, Stream, StreamKind
    from accounting.carbon.domain.balance.park import park

    gain, names = 0.9999, [f"r{k}" for k in range(400)]
    streams = tuple(Stream(name, StreamKind.MATERIAL, "t", 100 * (1 - gain)) for name in names)
    nodes = tuple(
        Node(f"n{k}", "e", {names[k - 1]: 100 * gain}, {names[k]: 100.0}, {"CO2": 1.0}) for k in range(len(names))
    )
    begin = perf_counter()
    solved = park(network=Network("2025-01", streams, nodes))
    took = perf_counter() - begin
    # All pools are alike: 100 phi = 1 + 99.99 phi.
    error = max(abs(row[0] * (1 - gain) * 100 - 1) for row in solved.ledgers.factors.values())
    return {"gain_0_9999_s": round(took, 4), "gain_0_9999_relative_error": error}


def park_like(*, pools: int, seed: int) -> Any:
    """A balanced park: few hub streams that everyone takes, chains between plants, some feedback."""
    import numpy as np

    from accounting.carbon.domain.balance.network import Network, Node, Stream, StreamKind

    rng = np.random.default_rng(seed)
    hubs = min(HUBS, pools // 5)
    uses: list[dict[str, float]] = [{} for _ in range(pools)]
    for node in range(pools):
        earlier = rng.integers(0, max(node, 1), size=3)
        back = rng.integers(node, pools, size=3)
        materials = np.where(rng.random(3) < FEEDBACK, back, earlier)
        for stream in {*rng.integers(0, hubs, size=4).tolist(), *materials.tolist()}:
            uses[node][f"s{stream}"] = float(rng.uniform(1, 10))
    made = {f"s{k}": float(rng.uniform(1, 20)) for k in range(pools)}  # what is sold, and then all that is taken
    sold = dict(made)
    for row in uses:
        for stream, amount in row.items():
            made[stream] += amount
    streams = tuple(Stream(name, StreamKind.MATERIAL, "t", sold[name]) for name in made)
    nodes = tuple(
        Node(
            f"n{k}", f"e{k % 30}", uses[k], {f"s{k}": made[f"s{k}"]}, {gas: float(rng.uniform(0, 100)) for gas in GASES}
        )
        for k in range(pools)
    )
    return Network("2025-01", streams, nodes)
