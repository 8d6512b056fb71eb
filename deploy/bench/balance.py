"""The park balance next to what else solves it, on the same systems, in one run and one thread.

Beside each figure stands the one of the peer and the ratio. Peers: `scipy.sparse.linalg.spsolve` as the plain ceiling, and
bw2calc in its own environment by its fastest way to the scores of all products, one adjoint solve with PARDISO.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from deploy.bench.peers import environment

SIZES = (50, 300, 3_000)
MONTHS = 12
ROUNDS = 5
GAIN = 0.9999
# What the platform promises [s].
GOALS = {"year_300_all_ledgers": 0.5, "year_2000_all_products": 0.5, "monte_carlo_300_pools_10000_draws": 45.0}
ROOT = Path(__file__).resolve().parents[2]
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def run(*, say: Callable[[str], None]) -> dict[str, Any]:
    """Measure in a process of its own, because the number of BLAS threads is fixed when NumPy is loaded."""
    peers, reason = "", ""
    try:
        peers = str(environment.python(say=say))
    except environment.NoPeers as error:
        reason = str(error).splitlines()[0]
        say(f"without bw2calc: {reason}")
    code = "import json, sys; from deploy.bench.balance import measured; print(json.dumps(measured(peers=sys.argv[1])))"
    say(f"parks of {', '.join(map(str, SIZES))} pools, a year of 300 and of 2,000, one thread; about a minute")
    done = subprocess.run(
        [sys.executable, "-c", code, peers],
        cwd=ROOT,
        env={**os.environ, **ONE_THREAD},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found | ({"bw2calc_missing": reason} if reason else {})


def measured(*, peers: str) -> dict[str, Any]:
    """Times [s], residuals, ratios to the peers, peak memory [MiB]; `peers` is their Python, or empty."""
    found: dict[str, Any] = {}
    for pools in SIZES:
        found |= {f"pools_{pools}_{name}": value for name, value in one_size(pools=pools).items()}
    found |= year_of(pools=300)
    found |= all_products(pools=2_000, peers=peers)
    found |= tight_loop()
    found |= draws_of(pools=300, draws=10_000)
    for name, goal in GOALS.items():
        found |= {f"{name}_goal_s": goal, f"{name}_reached": found[f"{name}_s"] <= goal}
    found["peak_memory_mib"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    return found


def one_size(*, pools: int) -> dict[str, Any]:
    import numpy as np
    from scipy.sparse import csc_array, diags_array
    from scipy.sparse.linalg import spsolve

    from accounting.carbon.domain.balance.assembly import assembled, expanded
    from accounting.carbon.domain.balance.solving import matrix_of, solve
    from deploy.bench.networks import park_like

    network = expanded(network=park_like(pools=pools, seed=pools))
    begin = perf_counter()
    matrix = matrix_of(system=assembled(network=network, number=float))
    build = perf_counter() - begin
    plain = csc_array(diags_array(matrix.delivered) - matrix.flows)
    ours, ceiling = timed(lambda: solve(matrix=matrix)), timed(lambda: spsolve(plain, matrix.own))
    solved, other = solve(matrix=matrix), np.asarray(spsolve(plain, matrix.own))
    return {
        "flows": int(matrix.flows.nnz), "largest_loop": solved.largest, "ways": "+".join(solved.ways), "build_s": round(build, 4),
        "solve_s": round(ours, 5), "spsolve_s": round(ceiling, 5), "times_as_fast": round(ceiling / ours, 2),
        "residual": solved.residual, "backward_error": solved.backward, "apart_from_spsolve": apart(solved.phi, other),
    }  # fmt: skip


def apart(one: Any, other: Any) -> float:
    """Largest relative difference."""
    import numpy as np

    return float(np.max(np.abs(one - other) / np.maximum(np.abs(other), 1e-30)))


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
    from deploy.bench.networks import park_like

    networks = [park_like(pools=pools, seed=1000 + month) for month in range(MONTHS)]
    took = timed(lambda: [park(network=network) for network in networks])
    solved = [park(network=network) for network in networks]
    gap = max(
        abs(g) / (d + i)
        for one in solved
        for g, d, i in zip(one.ledgers.gap, one.ledgers.park_direct, one.ledgers.imports, strict=True)
    )
    return {f"year_{pools}_all_ledgers_s": round(took, 3), f"year_{pools}_conservation": gap}


def all_products(*, pools: int, peers: str) -> dict[str, Any]:
    """Twelve months of factors of all pools and gases, without the ledgers.

    Three times: from the park's data; from arrays in memory, which is where bw2calc starts too; and solving alone, when
    everything is built.
    """
    from accounting.carbon.domain.balance.assembly import assembled, expanded
    from accounting.carbon.domain.balance.solving import matrix_of, solve
    from deploy.bench.networks import park_like

    networks = [expanded(network=park_like(pools=pools, seed=2000 + month)) for month in range(MONTHS)]

    def built() -> list[Any]:
        return [matrix_of(system=assembled(network=network, number=float)) for network in networks]

    took = timed(lambda: [solve(matrix=matrix) for matrix in built()])
    matrices = built()
    solved = [solve(matrix=matrix) for matrix in matrices]
    alone = timed(lambda: [solve(matrix=matrix) for matrix in matrices])
    name = f"year_{pools}"
    found = {
        f"{name}_all_products_s": round(took, 3), f"{name}_solving_s": round(alone, 4),
        f"{name}_residual": max(one.residual for one in solved),
    }  # fmt: skip
    if not peers:
        return found
    beside = beside_bw2calc(name=name, matrices=matrices, solved=solved, alone=alone, peers=peers)
    # Ours from the park's data, theirs from arrays that are already built.
    head_start = round(beside[f"{name}_from_arrays_bw2calc_s"] / took, 1)
    return found | beside | {f"{name}_all_products_times_as_fast": head_start}


def beside_bw2calc(*, name: str, matrices: list[Any], solved: list[Any], alone: float, peers: str) -> dict[str, Any]:
    """bw2calc on the same arrays: seconds of the year, ratio, largest relative difference."""
    import numpy as np
    from scipy.sparse import csr_array

    from accounting.carbon.domain.balance.solving import Matrix, solve
    from deploy.bench.networks import systems

    def from_arrays() -> None:
        for matrix in matrices:
            flows = csr_array(matrix.flows.tocoo())
            solve(matrix=Matrix(matrix.pools, matrix.gases, matrix.delivered, matrix.leaving, flows, matrix.own))

    ours = timed(from_arrays)
    with TemporaryDirectory() as folder:
        request, answer = f"{folder}/systems.npz", f"{folder}/answer.npz"
        np.savez(request, **systems(matrices=matrices))
        told = environment.asked(interpreter=Path(peers), script="lca", arguments=[request, answer])
        given = np.load(answer)
        theirs, solving = float(given["whole_s"].sum()), float(given["solving_s"].sum())
        worst = max(apart(one.phi, given[f"phi_{number}"]) for number, one in enumerate(solved))
    return {
        "bw2calc": told["version"], "bw2calc_way": told["way"],
        f"{name}_from_arrays_s": round(ours, 4), f"{name}_from_arrays_bw2calc_s": round(theirs, 3),
        f"{name}_from_arrays_times_as_fast": round(theirs / ours, 1), f"{name}_solving_bw2calc_s": round(solving, 3),
        f"{name}_solving_times_as_fast": round(solving / alone, 1), f"{name}_apart_from_bw2calc": worst,
    }  # fmt: skip


def draws_of(*, pools: int, draws: int) -> dict[str, Any]:
    """Monte Carlo with every meter and emission uncertain; each draw is solved and proven."""
    from accounting.carbon.domain.balance.park import park
    from deploy.bench.networks import GASES, park_like

    solved = park(network=park_like(pools=pools, seed=1000))
    begin = perf_counter()
    solved.simulated(weights=dict.fromkeys(GASES, 1.0), draws=draws, seed=1)
    return {f"monte_carlo_{pools}_pools_{draws}_draws_s": round(perf_counter() - begin, 2)}


def tight_loop() -> dict[str, Any]:
    """A ring of 400 pools that passes on 99.99 %: what the direct solver gives against what must come out."""
    from accounting.carbon.domain.balance.park import park
    from deploy.bench.networks import ring

    network = ring(pools=400, gain=GAIN)
    begin = perf_counter()
    solved = park(network=network)
    took = perf_counter() - begin
    error = max(abs(row[0] * (1 - GAIN) * 100 - 1) for row in solved.ledgers.factors.values())
    return {"gain_0_9999_s": round(took, 4), "gain_0_9999_relative_error": error}
