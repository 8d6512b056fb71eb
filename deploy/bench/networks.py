"""Parks to measure the balance on: random ones that are built like a park, and a ring that lets almost nothing out."""

from __future__ import annotations

from typing import Any

from accounting.carbon.domain.balance.network import Network, Node, Stream, StreamKind

GASES = ("CO2", "CH4", "N2O", "CO2-biogenic", "HFC-23", "upstream")
HUBS = 40  # streams that most nodes use: power, steam by pressure, water, air
FEEDBACK = 0.05  # share of uses that run against the order and so close loops


def park_like(*, pools: int, seed: int) -> Network:
    """A balanced park: few hub streams that everyone takes, chains between plants, some feedback."""
    import numpy as np

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


def ring(*, pools: int, gain: float) -> Network:
    """Pools in a ring that each pass on the share `gain` and emit 1 t CO2: 100 phi = 1 + 100 gain phi."""
    names = [f"r{k}" for k in range(pools)]
    streams = tuple(Stream(name, StreamKind.MATERIAL, "t", 100 * (1 - gain)) for name in names)
    nodes = tuple(Node(f"n{k}", "e", {names[k - 1]: 100 * gain}, {names[k]: 100.0}, {"CO2": 1.0}) for k in range(pools))
    return Network("2025-01", streams, nodes)


def systems(*, matrices: list[Any]) -> dict[str, Any]:
    """The arrays of solved systems as `peers/lca.py` reads them."""
    found: dict[str, Any] = {}
    for number, matrix in enumerate(matrices):
        flows = matrix.flows.tocoo()
        found |= {
            f"delivered_{number}": matrix.delivered, f"to_{number}": flows.row, f"from_{number}": flows.col,
            f"value_{number}": flows.data, f"own_{number}": matrix.own,
        }  # fmt: skip
    return found
