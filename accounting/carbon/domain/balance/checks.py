"""What is wrong with a park's month, each problem with a code of its own and the name of the stream or node."""

from collections.abc import Iterator, Mapping

from accounting.carbon.domain.balance.network import KELVIN, SURROUNDINGS_C, Allocation, Network, Node, Rule, StreamKind
from accounting.carbon.domain.units import WrongDimension, dimension_of
from accounting.factors.domain.factors import UnknownFactor
from parks.catalogue.domain.errors import Invalid, PlatformError

BALANCE_TOLERANCE = 0.005  # of what flows in
SHARE_TOLERANCE = 1e-12
ENERGY_RULES = frozenset({Rule.ENERGY, Rule.EFFICIENCY, Rule.EXERGY, Rule.HEAT_SUPPLY_RATIO, Rule.CBAM})
BETWEEN_ZERO_AND_ONE = ("eta_heat", "eta_power", "heat_supply_ratio")


class NegativeFlow(Invalid):
    """A flow is negative."""

    code = "balance.negative_flow"


class Unbalanced(Invalid):
    """What flows into a pool and what is taken from it differ by more than meters may."""

    code = "balance.unbalanced"


class UnknownStream(Invalid):
    """A node, import, storage or transfer names a stream or node that is not there."""

    code = "balance.unknown_stream"


class Twice(Invalid):
    """An id is there twice."""

    code = "balance.twice"


class ShareOutside(Invalid):
    """A share or an efficiency lies outside 0 to 1."""

    code = "balance.fraction"


class SharesDoNotSum(Invalid):
    """Allocation shares of a node do not sum to 1."""

    code = "balance.allocation_shares"


class NoAllocation(Invalid):
    """A node makes several streams and nobody said how its cost is split, or the rule cannot be applied to them."""

    code = "balance.no_allocation"


class DoubleMetering(Invalid):
    """Buyer and seller metered one stream with different results."""

    code = "balance.double_metering"


class NothingDelivered(Invalid):
    """A pool has inflow but nobody takes from it."""

    code = "balance.nothing_delivered"


def problems(*, network: Network) -> tuple[PlatformError, ...]:
    """Everything that is wrong with a month; nothing when it can be solved. Closed loops show only in the solution."""
    found = [*names(network), *signs(network), *dimensions(network), *missing_factors(network)]
    for node in network.nodes:
        found += allocation_of(node, network)
    found += metered_twice(network)
    if not found:
        found += pools(network)
    return tuple(found)


def check(*, network: Network) -> None:
    """Raise the first problem.

    Raises:
        PlatformError: of the classes of this file.
    """
    for problem in problems(network=network):
        raise problem


def names(network: Network) -> Iterator[PlatformError]:
    streams, nodes = [s.id for s in network.streams], [n.id for n in network.nodes]
    stores = [store.id for store in network.storages]
    for listed in (streams + stores, nodes):
        for name in sorted(
            {one for one in listed if listed.count(one) > 1} if len(set(listed)) < len(listed) else set()
        ):
            yield Twice(f"{name} is there twice.", id=name)
    known, places = set(streams), set(nodes)
    for node in network.nodes:
        for stream in (*node.inputs, *node.outputs):
            if stream not in known:
                yield UnknownStream(
                    f"Node {node.id} names stream {stream}, which is not there.", node=node.id, stream=stream
                )
    other = (
        [o.stream for o in network.imports]
        + [o.stream for o in network.storages]
        + [o.stream for o in network.transfers]
    )
    for name in other:
        if name not in known:
            yield UnknownStream(f"Stream {name} is not there.", stream=name)
    for stream_of in network.streams:
        if stream_of.loss_borne_by is not None and stream_of.loss_borne_by not in places:
            yield UnknownStream(
                f"Node {stream_of.loss_borne_by}, which bears the loss of {stream_of.id}, is not there.",
                stream=stream_of.id,
            )


def signs(network: Network) -> Iterator[PlatformError]:
    flows: list[tuple[str, str, float]] = []
    for node in network.nodes:
        flows += [(s, f"use by {node.id}", q) for s, q in node.inputs.items()]
        flows += [(s, f"output of {node.id}", q) for s, q in node.outputs.items()]
    for stream in network.streams:
        flows += [(stream.id, "demand", stream.demand), (stream.id, "loss", stream.loss)]
    flows += [(one.stream, "import", one.quantity) for one in network.imports]
    for store in network.storages:
        flows += [
            (store.stream, f"{part} of {store.id}", getattr(store, part))
            for part in ("opening", "charge", "draw", "loss")
        ]
        flows.append(
            (store.stream, f"closing stock of {store.id}", store.opening + store.charge - store.draw - store.loss)
        )
    for name, what, quantity in flows:
        if not quantity >= 0 or quantity == float("inf"):
            yield NegativeFlow(f"Stream {name}: {what} is {quantity}.", stream=name, flow=what, quantity=str(quantity))


def dimensions(network: Network) -> Iterator[PlatformError]:
    for stream in network.streams:
        energetic = stream.kind in (StreamKind.POWER, StreamKind.HEAT)
        if energetic and dimension_of(stream.unit) != "energy":
            yield WrongDimension(
                f"Stream {stream.id} is {stream.kind.value} and cannot be counted in {stream.unit}.",
                stream=stream.id,
                given=stream.unit,
            )


def missing_factors(network: Network) -> Iterator[PlatformError]:
    for one in network.imports:
        if not one.factors:
            yield UnknownFactor(f"The import of {one.stream} has no factor; a zero must be stated.", stream=one.stream)


def allocation_of(node: Node, network: Network) -> Iterator[PlatformError]:
    rule = node.allocation
    if rule is None:
        if len(node.outputs) > 1:
            yield NoAllocation(f"Node {node.id} makes {', '.join(node.outputs)} and has no allocation.", node=node.id)
        return
    yield from fractions_of(node)
    if rule.rule is Rule.EXPLICIT:
        total = sum(rule.shares.values())
        if set(rule.shares) != set(node.outputs) or abs(total - 1) > SHARE_TOLERANCE:
            yield SharesDoNotSum(
                f"Node {node.id}: shares over {', '.join(node.outputs)} sum to {total}.", node=node.id, sum=total
            )
    if rule.rule is Rule.WEIGHTED and set(rule.weights) != set(node.outputs):
        yield NoAllocation(f"Node {node.id}: weights are needed for each of {', '.join(node.outputs)}.", node=node.id)
    kinds = {s.id: s.kind for s in network.streams}
    if rule.rule in ENERGY_RULES and not {kinds.get(s) for s in node.outputs} <= {StreamKind.POWER, StreamKind.HEAT}:
        yield NoAllocation(f"Node {node.id}: rule {rule.rule.value} splits power and heat only.", node=node.id)
    if rule.rule is Rule.EXERGY:
        yield from too_cold(node, rule)
    if rule.rule is Rule.HEAT_SUPPLY_RATIO and "heat_supply_ratio" not in rule.parameters:
        yield NoAllocation(f"Node {node.id}: the heat supply ratio is not given.", node=node.id)


def too_cold(node: Node, rule: Allocation) -> Iterator[PlatformError]:
    here = rule.parameters.get("reference_c", SURROUNDINGS_C)
    for name, value in rule.parameters.items():
        if name.startswith("temperature_c") and not value >= here > -KELVIN:
            yield NoAllocation(f"Node {node.id}: heat at {value} degC has no exergy against {here} degC.", node=node.id)


def fractions_of(node: Node) -> Iterator[PlatformError]:
    assert node.allocation is not None
    given: Mapping[str, float] = {**node.allocation.shares}
    given = {**given, **{k: v for k, v in node.allocation.parameters.items() if k in BETWEEN_ZERO_AND_ONE}}
    for name, value in given.items():
        if not 0 <= value <= 1 or (value == 0 and name.startswith("eta")):
            yield ShareOutside(
                f"Node {node.id}: {name} is {value}; it must lie between 0 and 1.", node=node.id, name=name
            )
    for name, value in node.allocation.weights.items():
        if value < 0:
            yield ShareOutside(f"Node {node.id}: the weight of {name} is {value}.", node=node.id, name=name)


def metered_twice(network: Network) -> Iterator[PlatformError]:
    for one in network.transfers:
        allowed = max(BALANCE_TOLERANCE, one.uncertainty) * max(abs(one.sold), abs(one.bought))
        if abs(one.sold - one.bought) > allowed:
            yield DoubleMetering(
                f"Stream {one.stream}: {one.seller} sold {one.sold}, {one.buyer} bought {one.bought}.",
                stream=one.stream, seller=one.seller, buyer=one.buyer, sold=one.sold, bought=one.bought,
            )  # fmt: skip


def pools(network: Network) -> Iterator[PlatformError]:
    inflow, taken = flows_of(network)
    for stream in network.streams:
        q, out = inflow[stream.id], taken[stream.id] + stream.demand
        if abs(q - out - stream.loss) > max(BALANCE_TOLERANCE, stream.uncertainty) * q:
            yield Unbalanced(
                f"Stream {stream.id}: {q} flow in, {out + stream.loss} are taken, sold or lost.",
                stream=stream.id, inflow=q, outflow=out + stream.loss,
            )  # fmt: skip
        elif q > 0 and out <= 0 and (stream.loss_borne_by is None or stream.loss <= 0):
            yield NothingDelivered(f"Stream {stream.id}: {q} flow in and nobody takes from it.", stream=stream.id)


def flows_of(network: Network) -> tuple[dict[str, float], dict[str, float]]:
    """What flows into each pool, and what nodes and stores take from it; sold and lost are not among it."""
    inflow, taken = ({s.id: 0.0 for s in network.streams} for _ in range(2))
    for node in network.nodes:
        for stream, quantity in node.outputs.items():
            inflow[stream] += quantity
        for stream, quantity in node.inputs.items():
            taken[stream] += quantity
    for one in network.imports:
        inflow[one.stream] += one.quantity
    for store in network.storages:
        inflow[store.stream] += store.draw
        taken[store.stream] += store.charge
    return inflow, taken
