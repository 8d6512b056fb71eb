"""A month whose meters contradict each other, closed by the least change of all of them, with the name of who is suspect."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

from accounting.carbon.domain.balance.checks import UnknownStream
from accounting.carbon.domain.balance.elements import CARBON_SHARE, signed
from accounting.carbon.domain.balance.network import Network, Node
from accounting.carbon.domain.balance.reconciliation import Adjusted, Meter, Reconciled, reconciled

CLOSED = 1e-12  # of what flows in: rounding, no meter
EMISSIONS = 0.05  # half of the 95 % interval of a node's emissions, fuel carbon and residues, as in the Monte Carlo


@dataclass(frozen=True, slots=True)
class Closed:
    """A month after reconciliation.

    `test`: adjusted meters with the global test. `suspects`: the meters whose adjustment is the largest and larger than
    chance allows among so many; several of them where the balances cannot tell one from the other.
    """

    network: Network
    test: Reconciled
    suspects: tuple[str, ...]

    @property
    def moved(self) -> tuple[Adjusted, ...]:
        """Meters of the month whose value changed."""
        return tuple(one for one in self.test.meters if one.value != one.raw)


def closed(*, network: Network, carbon: Collection[str] = ()) -> Closed:
    """Close all pools of a month, and the carbon balances of nodes whose carbon is known in full.

    Args:
        network: as it came in; each flow is a meter with the uncertainty of its stream.
        carbon: ids of nodes whose inputs, outputs, fuel, residues and emissions hold all their carbon.

    Returns:
        The month with adjusted flows and the tests. A month that closes already comes back as it is.

    Raises:
        UnknownStream: a flow names a stream that is not there, or `carbon` a node that is not there.

    Special cases: flows of 0 and streams without uncertainty are not moved, so a pool may stay open; one balance alone
    finds a contradiction and cannot say which of its meters is wrong. Second balances, such as carbon, can.
    """
    refuse_unknown(network=network, carbon=carbon)
    meters = list(meters_of(network))
    contents = {}
    for node in network.nodes:
        if node.id in carbon:
            carbon_meters = list(carbon_of(node))
            meters += carbon_meters
            contents[f"carbon of {node.id}"] = coefficients(node, network) | {
                m.id: float(m.sign) for m in carbon_meters
            }
    if closes(meters=meters, contents=contents):
        test = reconciled(meters=[replace(one, half=0.0) for one in meters], contents=contents)
        return Closed(network, test, ())
    test = reconciled(meters=meters, contents=contents)
    return Closed(with_values(network, test.values()), test, test.suspects())


def refuse_unknown(*, network: Network, carbon: Collection[str]) -> None:
    nodes, streams = {node.id for node in network.nodes}, {stream.id for stream in network.streams}
    used = {s for node in network.nodes for s in (*node.inputs, *node.outputs)}
    used |= {one.stream for one in network.imports} | {one.stream for one in network.storages}
    for name in sorted((set(carbon) - nodes) | (used - streams)):
        raise UnknownStream(f"{name} is not there.", stream=name)


def meters_of(network: Network) -> Iterator[Meter]:
    """Every flow of a month as a meter of its pool, in a fixed order."""
    share = {s.id: s.uncertainty for s in network.streams}

    def meter(name: str, stream: str, sign: int, value: float) -> Meter:
        return Meter(name, stream, sign, value, share[stream] * value)

    for node in network.nodes:
        for stream, value in node.outputs.items():
            yield meter(output(node.id, stream), stream, 1, value)
        for stream, value in node.inputs.items():
            yield meter(use(node.id, stream), stream, -1, value)
    for number, one in enumerate(network.imports):
        yield meter(f"import {number + 1} of {one.stream}", one.stream, 1, one.quantity)
    for pool in network.streams:
        yield meter(f"demand of {pool.id}", pool.id, -1, pool.demand)
        yield meter(f"loss of {pool.id}", pool.id, -1, pool.loss)
    for store in network.storages:
        yield meter(f"draw of {store.id}", store.stream, 1, store.draw)
        yield meter(f"charge of {store.id}", store.stream, -1, store.charge)


def output(node: str, stream: str) -> str:
    return f"output of {stream} by {node}"


def use(node: str, stream: str) -> str:
    return f"use of {stream} by {node}"


def carbon_of(node: Node) -> Iterator[Meter]:
    """What a node's carbon balance holds beside its streams [tC]; of no pool."""
    emitted = sum(CARBON_SHARE.get(gas, 0.0) * tonnes for gas, tonnes in node.direct.items())
    for name, sign, value in (
        ("fuel carbon", 1, node.fuel_carbon),
        ("emitted carbon", -1, emitted),
        ("residues", -1, node.residues),
    ):
        yield Meter(f"{name} of {node.id}", "", sign, value, EMISSIONS * abs(value))


def coefficients(node: Node, network: Network) -> dict[str, float]:
    """Carbon per unit of each flow of a node, positive for what comes in."""
    carbon = {s.id: signed(s) for s in network.streams}
    into = {use(node.id, s): carbon[s] for s in node.inputs}
    return into | {output(node.id, s): -carbon[s] for s in node.outputs}


def closes(*, meters: list[Meter], contents: Mapping[str, Mapping[str, float]]) -> bool:
    """Whether every balance is open by no more than rounding."""
    rest: dict[str, float] = {}
    size: dict[str, float] = {}
    for one in meters:
        if one.pool:
            rest[one.pool] = rest.get(one.pool, 0.0) + one.sign * one.value
            size[one.pool] = size.get(one.pool, 0.0) + one.value
    values = {one.id: one.value for one in meters}
    for name, row in contents.items():
        rest[name] = sum(factor * values[meter] for meter, factor in row.items())
        size[name] = sum(abs(factor * values[meter]) for meter, factor in row.items())
    return all(abs(gap) <= CLOSED * size[name] for name, gap in rest.items())


def with_values(network: Network, values: Mapping[str, float]) -> Network:
    """The month with what its meters were adjusted to."""
    nodes = tuple(
        replace(
            node, inputs={s: values[use(node.id, s)] for s in node.inputs}, outputs={s: values[output(node.id, s)] for s in node.outputs}
        )
        for node in network.nodes
    )  # fmt: skip
    imports = tuple(
        replace(one, quantity=values[f"import {number + 1} of {one.stream}"])
        for number, one in enumerate(network.imports)
    )
    streams = tuple(
        replace(s, demand=values[f"demand of {s.id}"], loss=values[f"loss of {s.id}"]) for s in network.streams
    )
    storages = tuple(
        replace(store, draw=values[f"draw of {store.id}"], charge=values[f"charge of {store.id}"])
        for store in network.storages
    )
    return replace(network, nodes=nodes, imports=imports, streams=streams, storages=storages)
