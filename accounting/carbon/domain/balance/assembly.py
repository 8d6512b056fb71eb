"""From a month to the equations of its pools, in floats or exact.

Factor of pool k: phi_k x delivered_k = sum over nodes of share_jk x (E_j + sum_m x_mj phi_m) + imports. Delivered is what
nodes take and what is sold, so metered losses and small meter differences are borne by those who take, and no gram is
lost between the meters.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Generic, TypeVar

from accounting.carbon.domain.balance.allocation import shares
from accounting.carbon.domain.balance.network import Import, Network, Node, Storage, Stream, StreamKind

N = TypeVar("N", float, Fraction)
OPENING = "opening stock"  # in the place of a factor id


@dataclass(frozen=True, slots=True)
class Assembled(Generic[N]):
    """The linear system. `edges` are (to, from, share x use); `own` is what comes in beside other pools, by gas [t]."""

    pools: tuple[str, ...]
    gases: tuple[str, ...]
    delivered: list[N]
    leaving: list[N]  # of each pool: sold, or used by nodes without product
    edges: list[tuple[int, int, N]]
    own: list[list[N]]
    shares: dict[str, dict[str, N]]  # by node


def expanded(*, network: Network) -> Network:
    """Storages and borne losses as ordinary pools and nodes.

    A store becomes a pool of its own: charged by one node, drawn by another, opened by an import at last month's factor;
    its closing stock is demand. So what is drawn carries the mean of stock and charge. A borne loss becomes a use.
    """
    losses: dict[str, dict[str, float]] = {s.loss_borne_by: {} for s in network.streams if s.loss_borne_by}
    streams = []
    for stream in network.streams:
        if stream.loss_borne_by and stream.loss:
            losses[stream.loss_borne_by][stream.id] = stream.loss
            stream = replace(stream, loss=0.0)
        streams.append(stream)
    nodes = [with_losses(node, losses[node.id]) if node.id in losses else node for node in network.nodes]
    kept = {s.id: s for s in streams}
    for store in network.storages:
        streams.append(pool_of(store, kept[store.stream]))
        nodes += two_sides(store)
    opened = [Import(one.id, one.opening, one.opening_factors, OPENING) for one in network.storages]
    return replace(
        network, streams=tuple(streams), nodes=tuple(nodes), imports=(*network.imports, *opened), storages=()
    )


def pool_of(store: Storage, base: Stream) -> Stream:
    closing = store.opening + store.charge - store.draw - store.loss
    return replace(base, id=store.id, kind=StreamKind.MATERIAL, demand=closing, loss=store.loss, loss_borne_by=None)


def two_sides(store: Storage) -> tuple[Node, Node]:
    """The nodes that fill and draw a store."""
    return (
        Node(
            f"{store.id}.charge",
            store.enterprise,
            {store.stream: store.charge},
            {store.id: store.charge},
            is_store=True,
        ),
        Node(f"{store.id}.draw", store.enterprise, {store.id: store.draw}, {store.stream: store.draw}, is_store=True),
    )


def with_losses(node: Node, losses: dict[str, float]) -> Node:
    inputs = dict(node.inputs)
    for stream, quantity in losses.items():
        inputs[stream] = inputs.get(stream, 0.0) + quantity
    return replace(node, inputs=inputs)


def only(node: Node, pools: Mapping[str, int]) -> Node:
    return replace(node, outputs={s: q for s, q in node.outputs.items() if s in pools})


def gases_of(network: Network) -> tuple[str, ...]:
    """All gases and classes that a month names, in order."""
    named = {gas for node in network.nodes for gas in node.direct}
    named |= {gas for one in network.imports for gas in one.factors}
    return tuple(sorted(named | set(network.gases)))


def assembled(*, network: Network, number: Callable[[float], N]) -> Assembled[N]:
    """Build the system of an expanded month. Pools in which nothing moved are left out.

    Args:
        network: from `expanded`.
        number: float, or `exact.as_fraction`.
    """
    zero, gases = number(0.0), gases_of(network)
    streams = {s.id: s for s in network.streams}
    leaving, delivered = ({s: number(streams[s].demand) for s in streams} for _ in range(2))
    for node in network.nodes:
        for stream, quantity in node.inputs.items():
            delivered[stream] += number(quantity)
    pools = tuple(s for s in streams if delivered[s] > 0)
    place = {stream: n for n, stream in enumerate(pools)}
    nothing = [zero] * len(gases)
    own = [nothing] * len(pools)  # rows are replaced and never changed, so all may begin as one
    edges: list[tuple[int, int, N]] = []
    split: dict[str, dict[str, N]] = {}
    for node in network.nodes:
        # Who makes only what nobody took this month is an end use: its cost must not vanish with the empty pool.
        live = node if all(s in place for s in node.outputs) else only(node, place)
        split[node.id] = shares(node=live, streams=streams, number=number)
        used = [(m, number(x)) for m, x in node.inputs.items() if x > 0]
        if not live.outputs:
            for m, x in used:
                leaving[m] += x
        direct = [number(node.direct.get(gas, 0.0)) for gas in gases] if node.direct else None
        for stream, share in split[node.id].items():
            if not share:
                continue
            row = place[stream]
            # Most nodes make one stream, and most streams have one maker: nothing to multiply and nothing to add.
            edges += [(row, place[m], x if share == 1 else share * x) for m, x in used]
            if direct is not None:
                part = direct if share == 1 else [share * more for more in direct]
                own[row] = (
                    part if own[row] is nothing else [have + more for have, more in zip(own[row], part, strict=True)]
                )
    add_imports(own=own, network=network, place=place, gases=gases, number=number)
    return Assembled(pools, gases, [delivered[s] for s in pools], [leaving[s] for s in pools], edges, own, split)


def add_imports(
    *, own: list[list[N]], network: Network, place: Mapping[str, int], gases: tuple[str, ...], number: Callable[[float], N]
) -> None:  # fmt: skip
    """Add to each pool what comes in from outside."""
    for one in network.imports:
        if one.stream in place and one.quantity:
            row = place[one.stream]
            factors = [number(one.factors.get(gas, 0.0)) for gas in gases]
            own[row] = [have + number(one.quantity) * f for have, f in zip(own[row], factors, strict=True)]
