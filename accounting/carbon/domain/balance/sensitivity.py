"""Which meter to improve first: how a stream's factor answers to every input, by one adjoint solve."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from accounting.carbon.domain.balance.assembly import Assembled
from accounting.carbon.domain.balance.checks import UnknownStream
from accounting.carbon.domain.balance.network import Network
from accounting.carbon.domain.balance.solving import Floats, Matrix, solve, transposed


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """Change of a factor [t CO2e per unit] per relative change of one input, at fixed allocation shares."""

    kind: str  # direct, import, use, demand
    node: str
    stream: str
    elasticity: float  # d phi / d ln input


def sensitivities(
    *,
    network: Network,
    system: Assembled[float],
    matrix: Matrix,
    phi: Floats,
    stream: str,
    weights: Mapping[str, float],
    price: Floats | None = None,
) -> tuple[Sensitivity, ...]:
    """All sensitivities of one stream's factor, largest first.

    Args:
        network: expanded; system, matrix, phi: of it.
        weights: warming potentials by gas; gases without one do not count.
        price: the stream's row of `prices`, for callers that want all streams.

    Raises:
        UnknownStream: nothing of this stream was delivered.

    Source: adjoint of the pool equations; what a node takes is part of what its pool delivers.
    """
    if stream not in matrix.pools:
        raise UnknownStream(f"Nothing of stream {stream} was delivered.", stream=stream)
    place = {name: n for n, name in enumerate(matrix.pools)}
    if price is None:
        aim = np.zeros((len(matrix.pools), 1))
        aim[place[stream], 0] = 1.0
        price = solve(matrix=transposed(matrix=matrix, aim=aim), adjoint=True).phi[:, 0]
    weight = np.array([weights.get(gas, 0.0) for gas in matrix.gases])
    real = phi @ weight
    found = [
        *of_nodes(network, system, place, price, real, weights),
        *of_boundary(network, place, price, real, weights),
    ]
    return tuple(
        sorted((s for s in found if s.elasticity), key=lambda s: (-abs(s.elasticity), s.kind, s.node, s.stream))
    )


def prices(*, matrix: Matrix) -> dict[str, Floats]:
    """Of each delivered stream: what a tonne in each pool adds to its factor [1 per unit], all in one factorisation."""
    aim = np.eye(len(matrix.pools))
    found = solve(matrix=transposed(matrix=matrix, aim=aim), adjoint=True).phi
    return {stream: found[:, n] for n, stream in enumerate(matrix.pools)}


def of_nodes(
    network: Network, system: Assembled[float], place: Mapping[str, int], price: Floats, real: Floats, weights: Mapping[str, float]
) -> Iterator[Sensitivity]:  # fmt: skip
    """Own emissions of nodes and their uses."""
    for node in network.nodes:
        worth = sum(share * price[place[s]] for s, share in system.shares[node.id].items())
        own = sum(tonnes * weights.get(gas, 0.0) for gas, tonnes in node.direct.items())
        yield Sensitivity("direct", node.id, "", float(own * worth))
        for s, x in node.inputs.items():
            if s in place and x:
                yield Sensitivity("use", node.id, s, float(x * real[place[s]] * (worth - price[place[s]])))


def of_boundary(
    network: Network, place: Mapping[str, int], price: Floats, real: Floats, weights: Mapping[str, float]
) -> Iterator[Sensitivity]:
    """Sold quantities and imports."""
    for sold in network.streams:
        if sold.id in place and sold.demand:
            k = place[sold.id]
            yield Sensitivity("demand", "", sold.id, float(-sold.demand * real[k] * price[k]))
    for one in network.imports:
        if one.stream in place:
            own = sum(value * weights.get(gas, 0.0) for gas, value in one.factors.items())
            yield Sensitivity("import", one.factor_id, one.stream, float(one.quantity * own * price[place[one.stream]]))
