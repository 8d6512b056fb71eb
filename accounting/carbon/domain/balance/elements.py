"""The carbon ledger beside the attribution: what enters each node as carbon must leave it as carbon [tC].

It does not know allocation. CO2 that plant A captures and plant B releases is carbon of a stream at A and an emission at
B, and so it is there once.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from accounting.carbon.domain.balance.network import Network, Node, Stream, StreamKind

# Carbon in a tonne of emitted gas.
CARBON_SHARE = {"CO2": 12 / 44, "CO2-biogenic": 12 / 44, "CH4": 12 / 16, "CO": 12 / 28}


@dataclass(frozen=True, slots=True)
class CarbonOfNode:
    """Carbon of one node [tC]. `residual` is what nobody accounts for."""

    node: str
    enterprise: str
    brought: float
    passed_on: float
    emitted: float
    residues: float
    residual: float


@dataclass(frozen=True, slots=True)
class CarbonOfPark:
    """Carbon of the park [tC]: imported = sold + emitted + residues + lost + pool differences + node residuals."""

    nodes: tuple[CarbonOfNode, ...]
    imported: float
    sold: float
    emitted: float
    residues: float
    lost: float
    differences: float
    residual: float

    @property
    def gap(self) -> float:
        """Zero but for rounding: the ledger closes whatever the residuals are."""
        out = self.sold + self.emitted + self.residues + self.lost + self.differences + self.residual
        return self.imported - out


def carbon(*, network: Network) -> CarbonOfPark:
    """Carbon balance of an expanded month, per node and for the park."""
    streams = {s.id: s for s in network.streams}
    nodes = tuple(of_node(node, streams) for node in network.nodes)
    stock: defaultdict[str, float] = defaultdict(float)
    for node in network.nodes:
        for name, quantity in node.outputs.items():
            stock[name] += quantity
        for name, quantity in node.inputs.items():
            stock[name] -= quantity
    for one in network.imports:
        stock[one.stream] += one.quantity
    imported = sum(n.fuel_carbon for n in network.nodes) + sum(
        signed(streams[o.stream]) * o.quantity for o in network.imports
    )
    rest = sum(signed(s) * (stock[s.id] - s.demand - s.loss) for s in network.streams)
    return CarbonOfPark(
        nodes=nodes, imported=imported, sold=sum(signed(s) * s.demand for s in network.streams),
        emitted=sum(n.emitted for n in nodes), residues=sum(n.residues for n in nodes),
        lost=sum(signed(s) * s.loss for s in network.streams), differences=rest, residual=sum(n.residual for n in nodes),
    )  # fmt: skip


def signed(stream: Stream) -> float:
    """Carbon per unit in the direction of the stream: a disposal service goes one way, its waste the other."""
    return -stream.carbon if stream.kind is StreamKind.SERVICE else stream.carbon


def of_node(node: Node, streams: Mapping[str, Stream]) -> CarbonOfNode:
    brought = sum([signed(streams[s]) * q for s, q in node.inputs.items()]) + node.fuel_carbon
    passed_on = sum([signed(streams[s]) * q for s, q in node.outputs.items()])
    emitted = sum(CARBON_SHARE.get(gas, 0.0) * tonnes for gas, tonnes in node.direct.items())
    residual = brought - passed_on - emitted - node.residues
    return CarbonOfNode(node.id, node.enterprise, brought, passed_on, emitted, node.residues, residual)
