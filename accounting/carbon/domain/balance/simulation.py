"""Monte Carlo over a park's month: every draw is a park of its own, solved and proven like the real one."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from accounting.carbon.domain.balance.assembly import Assembled
from accounting.carbon.domain.balance.ledgers import co2e
from accounting.carbon.domain.balance.network import Network
from accounting.carbon.domain.balance.solving import Floats, Index, Matrix, solve

K = 1.96
BATCH = 256  # draws whose random numbers are held at once


@dataclass(frozen=True, slots=True)
class Range:
    """A factor by Monte Carlo [t CO2e per unit]: mean, 2.5 and 97.5 percentile."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Halves:
    """Relative halves of the 95 % intervals of what is set free and brought in."""

    direct: float
    imports: float
    stated: Mapping[str, float] | None

    def of_node(self, node: str) -> float:
        return self.direct if self.stated is None else self.stated.get(node, 0.0)

    def of_import(self, factor_id: str) -> float:
        return self.imports if self.stated is None else self.stated.get(factor_id, 0.0)


@dataclass(frozen=True, slots=True)
class Layout:
    """Which meters stand where in the system, in arrays."""

    use: Floats  # metered use of a node, one entry a meter
    used_by: Index  # pool it is taken from
    half: Floats  # of each meter, relative
    edge_meter: Index
    edge_share: Floats
    edge_place: Index  # in the data of the matrix
    places: csr_array  # the pattern
    demand: Floats
    demand_half: Floats
    own: Floats  # (sources,) t CO2e of nodes and imports
    own_half: Floats
    own_split: Floats  # (pools, sources)
    own_draw: Index  # which random number moves a source; imports with one factor share one


def simulated(
    *, network: Network, system: Assembled[float], weights: Mapping[str, float], draws: int, seed: int, direct: float = 0.05,
    imports: float = 0.05, stated: Mapping[str, float] | None = None,
) -> dict[str, Range]:  # fmt: skip
    """Ranges of all factors when meters, direct emissions and imported factors are uncertain.

    Args:
        network: expanded; system: of it.
        weights: warming potentials by gas.
        draws, seed: the same seed gives the same numbers.
        direct, imports: half of the 95 % interval of a node's emissions and of an imported factor, relative. Meters
            have those of their streams.
        stated: the same by node and factor id, in the place of `direct` and `imports`; what it does not name is exact.

    Returns:
        A range per stream.

    Raises:
        NotProven: of a draw, see `solving.solve`.

    Special cases: allocation shares stay as they are; imports with one factor id deviate together; every draw conserves.
    """
    layout = laid_out(network=network, system=system, weights=weights, half=Halves(direct, imports, stated))
    generator = np.random.Generator(np.random.PCG64(seed))
    found = np.empty((draws, len(system.pools)))
    for start in range(0, draws, BATCH):
        count = min(BATCH, draws - start)
        meters = deviations(generator, count, layout.half)
        sold = deviations(generator, count, layout.demand_half)
        sources = generator.standard_normal((count, int(layout.own_draw.max(initial=-1)) + 1))
        for k in range(count):
            found[start + k] = one_draw(
                layout=layout, pools=system.pools, meters=meters[k], sold=sold[k], sources=sources[k]
            )
    low, high = np.percentile(found, (2.5, 97.5), axis=0)
    rows = zip(system.pools, found.mean(axis=0).tolist(), low.tolist(), high.tolist(), strict=True)
    return {stream: Range(mean, a, b) for stream, mean, a, b in rows}


def deviations(generator: np.random.Generator, count: int, half: Floats) -> Floats:
    """Relative deviations, shape (count, len(half)); what would turn a flow around is cut at one per mille."""
    return np.asarray(np.maximum(generator.standard_normal((count, len(half))) * half / K, -0.999))


def one_draw(*, layout: Layout, pools: tuple[str, ...], meters: Floats, sold: Floats, sources: Floats) -> Floats:
    use = layout.use * (1 + meters)
    demand = layout.demand * (1 + sold)
    n = len(pools)
    delivered = np.bincount(layout.used_by, weights=use, minlength=n) + demand
    pattern = layout.places
    data = np.bincount(layout.edge_place, weights=layout.edge_share * use[layout.edge_meter], minlength=pattern.nnz)
    flows = csr_array((data, pattern.indices, pattern.indptr), shape=(n, n))
    own = layout.own_split @ (layout.own * np.maximum(1 + layout.own_half * sources[layout.own_draw], 0.0))
    # What is sold or ends in end uses.
    leaving = delivered - np.asarray(flows.sum(axis=0))
    return solve(matrix=Matrix(pools, ("CO2e",), delivered, leaving, flows, own[:, None])).phi[:, 0]


def laid_out(*, network: Network, system: Assembled[float], weights: Mapping[str, float], half: "Halves") -> Layout:
    """The system as arrays that a draw can scale."""
    place = {stream: k for k, stream in enumerate(system.pools)}
    streams = {s.id: s for s in network.streams}
    use: list[tuple[float, int, float]] = []
    edges: list[tuple[int, float, int, int]] = []
    own: list[tuple[float, float, int]] = []
    split: list[tuple[int, int, float]] = []
    for node in network.nodes:
        shares = system.shares[node.id]
        for stream, x in node.inputs.items():
            if stream in place and x > 0:
                edges += [(len(use), share, place[s], place[stream]) for s, share in shares.items() if share]
                use.append((x, place[stream], streams[stream].uncertainty))
        split += [(place[s], len(own), share) for s, share in shares.items()]
        own.append((sum(t * weights.get(gas, 0.0) for gas, t in node.direct.items()), half.of_node(node.id), len(own)))
    shared: dict[str, int] = {}
    for one in network.imports:
        if one.stream in place:
            split.append((place[one.stream], len(own), 1.0))
            worth = one.quantity * co2e(
                amounts=tuple(one.factors.values()), gases=tuple(one.factors), weights=weights or {"": 1.0}
            )
            own.append(
                (
                    worth,
                    half.of_import(one.factor_id),
                    shared.setdefault(one.factor_id or f"import of {one.stream}", len(own)),
                )
            )
    return arrays(
        system=system,
        use=use,
        edges=edges,
        own=own,
        split=split,
        streams=[streams[s].uncertainty for s in system.pools],
        sold=[streams[s].demand for s in system.pools],
    )


def arrays(
    *, system: Assembled[float], use: list[tuple[float, int, float]], edges: list[tuple[int, float, int, int]],
    own: list[tuple[float, float, int]], split: list[tuple[int, int, float]], streams: list[float], sold: list[float],
) -> Layout:  # fmt: skip
    n = len(system.pools)
    table = np.array(edges, dtype=float).reshape(-1, 4)
    keys, inverse = np.unique(table[:, 2].astype(np.intp) * n + table[:, 3].astype(np.intp), return_inverse=True)
    indptr = np.searchsorted(keys // max(n, 1), np.arange(n + 1))
    pattern = csr_array((np.ones(len(keys)), keys % max(n, 1), indptr), shape=(n, n))
    spread = np.zeros((n, len(own)))
    for row, column, share in split:
        spread[row, column] += share
    taken, sources = np.array(use, dtype=float).reshape(-1, 3), np.array(own, dtype=float).reshape(-1, 3)
    return Layout(
        use=taken[:, 0], used_by=taken[:, 1].astype(np.intp), half=taken[:, 2], edge_meter=table[:, 0].astype(np.intp),
        edge_share=table[:, 1], edge_place=inverse, places=pattern, demand=np.array(sold), demand_half=np.array(streams),
        own=sources[:, 0], own_half=sources[:, 1] / K, own_split=spread, own_draw=sources[:, 2].astype(np.intp),
    )  # fmt: skip
