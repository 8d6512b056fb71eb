"""What a month would look like otherwise: every allocation rule a node allows, and changes that a reader asks for."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from accounting.carbon.domain.balance.checks import UnknownStream, problems
from accounting.carbon.domain.balance.ledgers import co2e
from accounting.carbon.domain.balance.network import Allocation, Import, Network, Node, Rule, StreamKind
from accounting.carbon.domain.balance.park import Park, park
from parks.catalogue.domain.errors import Invalid, PlatformError

ENERGETIC = (StreamKind.POWER, StreamKind.HEAT)


class NotBalanced(Invalid):
    """The stream is not imported, so nothing says who would make what is used more."""

    code = "what_if.no_import"


@dataclass(frozen=True, slots=True)
class Alternative:
    """Factors of all streams [t CO2e per unit] if one node followed another rule."""

    node: str
    rule: str
    factors: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Change:
    """What if: import factors by stream and gas [t per unit]; direct emissions and uses of nodes times a number; rules."""

    imports: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    direct: Mapping[str, float] = field(default_factory=dict)  # node -> times
    uses: Mapping[tuple[str, str], float] = field(default_factory=dict)  # node, stream -> times
    allocations: Mapping[str, Allocation] = field(default_factory=dict)


def rules_of(*, node: Node, network: Network) -> dict[str, Allocation]:
    """Allocations that can be applied to a node without further facts."""
    streams = {one.id: one for one in network.streams}
    outputs = [streams[s] for s in node.outputs if s in streams]
    if len(outputs) < 2:
        return {}
    found: dict[str, Allocation] = {}
    if all(one.kind in ENERGETIC for one in outputs):
        found |= {rule.value: Allocation(rule) for rule in (Rule.ENERGY, Rule.EFFICIENCY, Rule.CBAM)}
        given = node.allocation.parameters if node.allocation is not None else {}
        if any(name.startswith("temperature_c") for name in given):
            found[Rule.EXERGY.value] = Allocation(Rule.EXERGY, parameters=given)
    else:
        if len({one.unit for one in outputs}) == 1:
            found["by quantity"] = Allocation(Rule.WEIGHTED, weights={one.id: 1.0 for one in outputs})
        if all(one.carbon > 0 for one in outputs):
            found["by carbon"] = Allocation(Rule.WEIGHTED, weights={one.id: one.carbon for one in outputs})
    if node.allocation is not None:
        found = {f"{node.allocation.rule.value} (in force)": node.allocation} | {
            name: one for name, one in found.items() if one != node.allocation
        }
    return found


def alternatives(*, solved: Park, network: Network, weights: Mapping[str, float]) -> tuple[Alternative, ...]:
    """The month under every rule of every node, one at a time.

    Args:
        solved: the month as it is; network: of it, not expanded.
    """
    found = []
    for node in network.nodes:
        for name, allocation in rules_of(node=node, network=network).items():
            other = solved if allocation == node.allocation else try_out(network, node.id, allocation)
            if other is not None:
                found.append(Alternative(node.id, name, factors_of(solved=other, weights=weights)))
    return tuple(found)


def try_out(network: Network, node: str, allocation: Allocation) -> Park | None:
    try:
        return park(network=changed(network=network, change=Change(allocations={node: allocation})))
    except PlatformError:
        return None  # the rule does not fit this node's streams this month


def factors_of(*, solved: Park, weights: Mapping[str, float]) -> dict[str, float]:
    """Factors in CO2e [t per unit]."""
    books = solved.ledgers
    return {s: float(co2e(amounts=row, gases=books.gases, weights=weights)) for s, row in books.factors.items()}


def changed(*, network: Network, change: Change) -> Network:
    """The month with changes. What a node uses more or less is imported more or less.

    Raises:
        UnknownStream: a name that is not there.
        NotBalanced: a use changes of a stream that is not imported enough.
        PlatformError: of `checks`, when the changed month cannot be solved.
    """
    nodes, streams = {n.id for n in network.nodes}, {s.id for s in network.streams}
    for name in (*change.direct, *change.allocations, *(n for n, _s in change.uses)):
        if name not in nodes:
            raise UnknownStream(f"Node {name} is not there.", node=name)
    for name in (*change.imports, *(s for _n, s in change.uses)):
        if name not in streams:
            raise UnknownStream(f"Stream {name} is not there.", stream=name)
    more = {
        (name, stream): node.inputs.get(stream, 0.0) * (times - 1)
        for (name, stream), times in change.uses.items()
        for node in network.nodes
        if node.id == name
    }
    found = replace(
        network,
        nodes=tuple(changed_node(node, change) for node in network.nodes),
        imports=tuple(changed_imports(network, change, more)),
    )
    for problem in problems(network=found):
        raise problem
    return found


def changed_node(node: Node, change: Change) -> Node:
    direct = {gas: tonnes * change.direct.get(node.id, 1.0) for gas, tonnes in node.direct.items()}
    inputs = {s: x * change.uses.get((node.id, s), 1.0) for s, x in node.inputs.items()}
    return replace(node, direct=direct, inputs=inputs, allocation=change.allocations.get(node.id, node.allocation))


def changed_imports(network: Network, change: Change, more: Mapping[tuple[str, str], float]) -> Iterator[Import]:
    need: dict[str, float] = {}
    for (_node, stream), amount in more.items():
        need[stream] = need.get(stream, 0.0) + amount
    for one in network.imports:
        factors = change.imports.get(one.stream, one.factors)
        extra = need.pop(one.stream, 0.0)
        if one.quantity + extra < 0:
            raise NotBalanced(f"Only {one.quantity:g} of {one.stream} are imported.", stream=one.stream)
        yield replace(
            one,
            quantity=one.quantity + extra,
            factors=factors,
            factor_id="" if factors is not one.factors else one.factor_id,
        )
    for stream, amount in need.items():
        if amount:
            raise NotBalanced(
                f"{stream} is not imported: say with which changed import or plant the use is met.", stream=stream
            )
