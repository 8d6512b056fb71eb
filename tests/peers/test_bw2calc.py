"""Factors of random parks against bw2calc on the same systems."""

from pathlib import Path

import numpy as np

from accounting.carbon.domain.balance.park import park
from deploy.bench.networks import systems
from tests.peers.conftest import Asked
from tests.pure.accounting.making import random_park

SIZES = (5, 6, 8, 12, 20, 35, 60, 100, 150, 220, 300)


def test_factors_of_random_parks_with_loops_agree_with_bw2calc_to_1e_8(asked: Asked, tmp_path: Path) -> None:
    solved = [park(network=random_park(seed=seed, pools=pools)) for pools in SIZES for seed in (pools, pools + 1000)]
    assert sum(one.solved.loops > 0 for one in solved) >= len(solved) - 4
    request, answer = tmp_path / "systems.npz", tmp_path / "answer.npz"
    np.savez(request, **systems(matrices=[one.matrix for one in solved]))

    told = asked(script="lca", arguments=[str(request), str(answer)])

    assert told["version"].startswith("3.1.")
    theirs = np.load(answer)
    for number, one in enumerate(solved):
        largest = one.solved.phi.max()
        np.testing.assert_allclose(one.solved.phi, theirs[f"phi_{number}"], rtol=1e-8, atol=1e-12 * largest)
