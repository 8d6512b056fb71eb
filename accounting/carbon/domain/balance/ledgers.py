"""Who bears what: enterprises, park and products at the factors of the solution, so that internal transfers cancel."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from operator import add
from typing import Generic, TypeVar

from accounting.carbon.domain.balance.assembly import Assembled
from accounting.carbon.domain.balance.network import Network

N = TypeVar("N", float, Fraction)
OUTSIDE = ""  # the name of what is not in the park

Amounts = tuple[N, ...]  # by gas, in the order of the ledger


@dataclass(frozen=True, slots=True)
class Ledgers(Generic[N]):
    """All amounts by gas [t], in the order of `gases`."""

    gases: tuple[str, ...]
    factors: Mapping[str, tuple[N, ...]]  # of each pool with delivery [t per unit]
    direct: Mapping[str, tuple[N, ...]]  # of each enterprise
    cells: Mapping[tuple[str, str, str], tuple[N, ...]]  # stream, from enterprise, to enterprise; "" is outside
    ends: Mapping[str, tuple[N, ...]]  # cost that ends in nodes without product, by enterprise
    imports: tuple[N, ...]
    exports: tuple[N, ...]  # all demand at its factors
    park_direct: tuple[N, ...]
    delivered: Mapping[str, N]

    def moved_in(self, enterprise: str) -> tuple[N, ...]:
        """What comes to an enterprise from others and from outside."""
        return total([v for (_, a, b), v in self.cells.items() if b == enterprise != a], self.park_direct)

    def moved_out(self, enterprise: str) -> tuple[N, ...]:
        """What an enterprise passes on to others and to outside."""
        return total([v for (_, a, b), v in self.cells.items() if a == enterprise != b], self.park_direct)

    @property
    def gap(self) -> tuple[N, ...]:
        """What conservation leaves over: exports and ends less direct and imports. Zero, or zero but for rounding."""
        sides = zip(
            self.exports, total(list(self.ends.values()), self.park_direct), self.park_direct, self.imports, strict=True
        )
        return tuple(out + end - own - got for out, end, own, got in sides)


def total(rows: list[tuple[N, ...]], like: tuple[N, ...]) -> tuple[N, ...]:
    zeros = tuple(one * 0 for one in like)
    return (
        tuple(sum(column, zero) for column, zero in zip(zip(*rows, strict=True), zeros, strict=True)) if rows else zeros
    )


@dataclass(slots=True)
class Flows(Generic[N]):
    """What was found while a month is booked."""

    supply: defaultdict[str, dict[str, tuple[N, ...]]]  # cost that each gives into a stream
    use: defaultdict[str, dict[str, N]]  # quantity that each takes
    direct: dict[str, tuple[N, ...]]
    ends: dict[str, tuple[N, ...]]


def ledgers(*, network: Network, system: Assembled[N], phi: list[list[N]], number: Callable[[float], N]) -> Ledgers[N]:
    """Ledgers of a solved month.

    Args:
        network: expanded, as it was assembled.
        phi: factors of the system's pools, in its order.
    """
    factor = {s: tuple(row) for s, row in zip(system.pools, phi, strict=True)}
    delivered = dict(zip(system.pools, system.delivered, strict=True))
    none = (number(0.0),) * len(system.gases)
    found: Flows[N] = Flows(defaultdict(dict), defaultdict(dict), {}, {})
    book_nodes(found=found, network=network, system=system, factor=factor, number=number)
    imports, exports = book_outside(found=found, network=network, gases=system.gases, factor=factor, number=number)
    cells = {
        (stream, seller, buyer): times(taken / delivered[stream], cost)
        for stream, sellers in found.supply.items()
        for seller, cost in sellers.items()
        for buyer, taken in found.use[stream].items()
    }
    whole = total(list(found.direct.values()), none)
    return Ledgers(system.gases, factor, found.direct, cells, found.ends, imports, exports, whole, delivered)


def book_nodes(
    *, found: Flows[N], network: Network, system: Assembled[N], factor: Mapping[str, tuple[N, ...]], number: Callable[[float], N]
) -> None:  # fmt: skip
    """Direct emissions, what each node takes at its factor, and what it passes on."""
    none, zero = (number(0.0),) * len(system.gases), number(0.0)
    for node in network.nodes:
        who = node.enterprise
        cost = tuple(number(node.direct.get(gas, 0.0)) for gas in system.gases)
        found.direct[who] = plus(found.direct.get(who, none), cost)
        for stream, x in node.inputs.items():
            if stream in factor and x:
                taken = number(x)
                found.use[stream][who] = found.use[stream].get(who, zero) + taken
                cost = plus_times(cost, taken, factor[stream])
        if not system.shares[node.id]:
            found.ends[who] = plus(found.ends.get(who, none), cost)
        for stream, share in system.shares[node.id].items():
            if share:
                part = cost if share == 1 else times(share, cost)
                before = found.supply[stream].get(who)
                found.supply[stream][who] = part if before is None else plus(before, part)


def book_outside(
    *, found: Flows[N], network: Network, gases: tuple[str, ...], factor: Mapping[str, tuple[N, ...]], number: Callable[[float], N]
) -> tuple[tuple[N, ...], tuple[N, ...]]:  # fmt: skip
    """Imports and demand; returns what comes in and what goes out [t]."""
    none, zero = (number(0.0),) * len(gases), number(0.0)
    imports, exports = none, none
    for one in network.imports:
        if one.stream in factor and one.quantity:
            value = times(number(one.quantity), tuple(number(one.factors.get(gas, 0.0)) for gas in gases))
            imports = plus(imports, value)
            found.supply[one.stream][OUTSIDE] = plus(found.supply[one.stream].get(OUTSIDE, none), value)
    for sold in network.streams:
        if sold.id in factor and sold.demand:
            exports = plus(exports, times(number(sold.demand), factor[sold.id]))
            found.use[sold.id][OUTSIDE] = found.use[sold.id].get(OUTSIDE, zero) + number(sold.demand)
    return imports, exports


# These three are called some ten thousand times a month; lists and map are twice as fast as generators.
def plus(one: tuple[N, ...], other: tuple[N, ...]) -> tuple[N, ...]:
    return tuple(map(add, one, other))


def times(scale: N, row: tuple[N, ...]) -> tuple[N, ...]:
    return tuple([scale * value for value in row])


def plus_times(one: tuple[N, ...], scale: N, row: tuple[N, ...]) -> tuple[N, ...]:
    """one + scale x row."""
    return tuple([have + scale * value for have, value in zip(one, row, strict=True)])


def co2e(*, amounts: tuple[N, ...], gases: tuple[str, ...], weights: Mapping[str, N]) -> N:
    """One number of many gases [t CO2e]; a gas without a weight, such as biogenic CO2, stays outside."""
    found = weights[next(iter(weights))] * 0
    for amount, gas in zip(amounts, gases, strict=True):
        if gas in weights:
            found = found + amount * weights[gas]
    return found
