"""From the lines of all enterprises of a month to the network of the park. One entry feeds both ledgers.

A line of bought or sold energy that names a stream is a flow of the park with the quantity it reports; what burns or
reacts is an emission of the node that it names. Without a node both belong to the site of the enterprise, an end use.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from accounting.carbon.domain.balance.network import (
    Allocation,
    Import,
    Network,
    Node,
    Storage,
    Stream,
    Transfer,
)

INTO_NODE = frozenset({"used", "bought"})
OUT_OF_NODE = frozenset({"made", "sold"})
OF_STORE = frozenset({"opening", "charged", "drawn"})
SITE = "site."
BIOGENIC = "CO2-biogenic"


@dataclass(frozen=True, slots=True)
class Flow:
    """One metered flow, in the unit of its stream.

    `side`: used, bought, made, sold, imported, sold_outside, lost, opening, charged, drawn. `partner`: the node on the
    other side, where both sides meter. `factors`: of an import, by gas [t per unit].
    """

    line: str
    enterprise: str
    node: str
    stream: str
    side: str
    quantity: float
    uncertainty: float | None = None
    partner: str = ""
    factors: Mapping[str, float] = field(default_factory=dict)
    factor_id: str = ""


@dataclass(frozen=True, slots=True)
class Emission:
    """A direct emission [t of the gas], with the carbon that its fuel brought in and that stayed unburnt [tC]."""

    line: str
    enterprise: str
    node: str
    gas: str
    tonnes: float
    fuel_carbon: float = 0.0
    residues: float = 0.0


@dataclass(frozen=True, slots=True)
class Place:
    """A node of the register."""

    code: str
    enterprise: str
    is_store: bool = False


@dataclass(slots=True)
class Sums:
    """What is summed for one node."""

    enterprise: str
    inputs: defaultdict[str, float]
    outputs: defaultdict[str, float]
    direct: defaultdict[str, float]
    fuel_carbon: float = 0.0
    residues: float = 0.0


def site_of(enterprise: str) -> str:
    """The node of what an enterprise assigns to none."""
    return f"{SITE}{enterprise}"


def gathered(
    *, month: str, streams: Sequence[Stream], places: Iterable[Place], flows: Sequence[Flow], emissions: Sequence[Emission],
    allocations: Mapping[str, Allocation], opening_factors: Mapping[str, Mapping[str, float]],
) -> Network:  # fmt: skip
    """The park of a month. Nothing is checked here: `checks.problems` does, with the names of streams and nodes.

    Args:
        streams: of the register; demand and loss are filled in here.
        places: of the register.
        flows, emissions: of the lines in force.
        allocations: in force, by node.
        opening_factors: of each store, by gas [t per unit], from the month before.
    """
    known = {one.code: one for one in places}
    stores = {one.code for one in known.values() if one.is_store}
    sums: dict[str, Sums] = {}
    for one in flows:
        if one.side in INTO_NODE | OUT_OF_NODE:
            node = sums_of(sums, one.node or site_of(one.enterprise), owner(known, one.node, one.enterprise))
            side = node.inputs if one.side in INTO_NODE else node.outputs
            side[one.stream] += one.quantity
    for emission in emissions:
        name = emission.node or site_of(emission.enterprise)
        node = sums_of(sums, name, owner(known, emission.node, emission.enterprise))
        node.direct[emission.gas] += emission.tonnes
        node.fuel_carbon += emission.fuel_carbon
        node.residues += emission.residues
    moved = {one.stream for one in flows}
    return Network(
        month=month,
        streams=tuple(with_ends(one, flows, stores) for one in streams if one.id in moved),
        nodes=tuple(as_node(name, one, allocations.get(name)) for name, one in sorted(sums.items())),
        imports=tuple(
            Import(one.stream, one.quantity, one.factors, one.factor_id) for one in flows if one.side == "imported"
        ),
        storages=tuple(stored(stores, flows, known, opening_factors)), transfers=tuple(transfers(flows)),
    )  # fmt: skip


def owner(known: Mapping[str, Place], node: str, enterprise: str) -> str:
    return known[node].enterprise if node in known else enterprise


def sums_of(sums: dict[str, Sums], name: str, enterprise: str) -> Sums:
    if name not in sums:
        sums[name] = Sums(enterprise, defaultdict(float), defaultdict(float), defaultdict(float))
    return sums[name]


def as_node(name: str, one: Sums, allocation: Allocation | None) -> Node:
    several = allocation if len(one.outputs) > 1 else None
    return Node(
        name, one.enterprise, dict(one.inputs), dict(one.outputs), dict(one.direct), several, one.fuel_carbon, one.residues
    )  # fmt: skip


def with_ends(stream: Stream, flows: Sequence[Flow], stores: set[str]) -> Stream:
    """A stream with what leaves the park and what is lost; the loss of a store stays with the store."""
    own = [one for one in flows if one.stream == stream.id]
    return Stream(
        stream.id, stream.kind, stream.unit, sum(one.quantity for one in own if one.side == "sold_outside"),
        sum(one.quantity for one in own if one.side == "lost" and one.node not in stores), stream.loss_borne_by, stream.carbon,
        stream.uncertainty,
    )  # fmt: skip


def stored(
    stores: set[str],
    flows: Sequence[Flow],
    known: Mapping[str, Place],
    opening_factors: Mapping[str, Mapping[str, float]],
) -> list[Storage]:
    found = []
    for name in sorted(stores):
        own = [one for one in flows if one.node == name and one.side in OF_STORE | {"lost"}]
        for stream in dict.fromkeys(one.stream for one in own):
            part = {
                side: sum(o.quantity for o in own if o.side == side and o.stream == stream)
                for side in (*OF_STORE, "lost")
            }
            found.append(
                Storage(
                    name, stream, known[name].enterprise, part["opening"], part["charged"], part["drawn"], opening_factors.get(name, {}),
                    part["lost"],
                )
            )  # fmt: skip
    return found


def transfers(flows: Sequence[Flow]) -> list[Transfer]:
    """Flows that both sides metered: each names the other as its partner."""
    found = []
    for one in flows:
        if one.side not in OUT_OF_NODE or not one.partner:
            continue
        back = [
            o
            for o in flows
            if o.side in INTO_NODE and o.stream == one.stream and (o.node, o.partner) == (one.partner, one.node)
        ]
        if back:
            bought = sum(o.quantity for o in back)
            half = max(o.uncertainty or 0.0 for o in (one, *back))
            found.append(Transfer(one.stream, one.node, one.partner, one.quantity, bought, half or 0.005))
    return found
