"""From the sum of the statutory totals to the total of the park, every term with a name, closing to 0.01 t.

An enterprise reports its own emissions plus net bought power and heat at prescribed factors. The park counts its own
emissions plus what it imports. Between them stand: differences of direct emissions, internal transfers at prescribed
instead of real factors, imports at the pool's instead of their own factor, lost energy, sold energy, and imported goods.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from accounting.carbon.domain.balance.assembly import OPENING
from accounting.carbon.domain.balance.ledgers import OUTSIDE, Ledgers, co2e
from accounting.carbon.domain.balance.network import Network, StreamKind
from parks.catalogue.domain.errors import Invalid

CLOSES_TO = 0.01  # t CO2e
ENERGY = (StreamKind.POWER, StreamKind.HEAT)


class BridgeOpen(Invalid):
    """The named terms do not explain the difference between the enterprises' totals and the park's."""

    code = "bridge.open"


@dataclass(frozen=True, slots=True)
class Statutory:
    """What an enterprise reports [t CO2e]: its total, its direct part, and the factors it used [t per unit]."""

    enterprise: str
    total: Decimal
    direct: Decimal
    energy_factors: Mapping[str, Decimal]  # by stream of power or heat


@dataclass(frozen=True, slots=True)
class Term:
    """One step of the bridge [t CO2e]."""

    name: str
    stream: str
    enterprise: str
    tonnes: float


@dataclass(frozen=True, slots=True)
class Bridge:
    """Sum of statutory totals = park total + terms + gap [t CO2e]."""

    statutory: float
    park: float
    terms: tuple[Term, ...]
    gap: float


def bridge(
    *, network: Network, ledgers: Ledgers[float], reports: Mapping[str, Statutory], weights: Mapping[str, float]
) -> Bridge:
    """Explain the difference between both ledgers.

    Args:
        network: expanded month; ledgers: of it.
        reports: of each enterprise with nodes; weights: warming potentials by gas.

    Raises:
        BridgeOpen: more than 0.01 t stay unexplained; a statutory line is not what the park metered.

    Special cases: an enterprise without a report counts as one that reports nothing, and its terms say so.
    """

    def weighed(amounts: tuple[float, ...]) -> float:
        return float(co2e(amounts=amounts, gases=ledgers.gases, weights=weights))

    phi = {stream: weighed(row) for stream, row in ledgers.factors.items()}
    terms = [
        Term(
            "direct emissions as reported less as in the park",
            "",
            e,
            float(reports[e].direct if e in reports else 0) - weighed(own),
        )
        for e, own in ledgers.direct.items()
    ]
    terms += [
        Term("direct emissions outside the park's nodes", "", e, float(r.direct))
        for e, r in reports.items()
        if e not in ledgers.direct
    ]
    terms += transfers(network=network, phi=phi, reports=reports)
    terms += boundary(network=network, phi=phi, weights=weights)
    statutory = float(sum((r.total for r in reports.values()), Decimal(0)))
    park = weighed(ledgers.park_direct) + weighed(ledgers.imports)
    gap = statutory - park - sum(term.tonnes for term in terms)
    if abs(gap) > CLOSES_TO:
        raise BridgeOpen(f"{gap:.3f} t CO2e stay unexplained.", gap=gap)
    return Bridge(statutory, park, tuple(term for term in terms if term.tonnes), gap)


def transfers(*, network: Network, phi: Mapping[str, float], reports: Mapping[str, Statutory]) -> list[Term]:
    """Net energy of each enterprise: at the factor it reports with, less at the factor of the pool."""
    net: defaultdict[tuple[str, str, bool], float] = defaultdict(float)
    kinds = {s.id: s.kind for s in network.streams}
    for node in network.nodes:
        for sign, flows in ((1, node.inputs), (-1, node.outputs)):
            for stream, quantity in flows.items():
                if kinds[stream] in ENERGY and stream in phi:
                    net[node.enterprise, stream, node.is_store] += sign * quantity
    found = []
    for (enterprise, stream, stored), quantity in net.items():
        # Nobody reports what goes into a store, so it stands at the real factor alone.
        report = reports.get(enterprise) if not stored else None
        prescribed = float(report.energy_factors.get(stream, 0)) if report is not None else 0.0
        name = "energy into stores" if stored else "net energy at the prescribed less at the real factor"
        found.append(Term(name, stream, enterprise, quantity * (prescribed - phi[stream])))
    return found


def boundary(*, network: Network, phi: Mapping[str, float], weights: Mapping[str, float]) -> list[Term]:
    """What lies between the pools and the park's fence."""
    terms, inflow, taken = [], defaultdict[str, float](float), defaultdict[str, float](float)
    kinds = {s.id: s.kind for s in network.streams}
    for node in network.nodes:
        for stream, quantity in node.outputs.items():
            inflow[stream] += quantity
        for stream, quantity in node.inputs.items():
            taken[stream] += quantity
    for one in network.imports:
        inflow[one.stream] += one.quantity
        own = sum(one.factors.get(gas, 0.0) * weight for gas, weight in weights.items()) * one.quantity
        if kinds[one.stream] in ENERGY:
            terms.append(
                Term(
                    "imported energy at the pool's less at its own factor",
                    one.stream,
                    OUTSIDE,
                    one.quantity * phi.get(one.stream, 0.0) - own,
                )
            )
        else:
            stock = one.factor_id == OPENING
            name = "stock carried over from the month before" if stock else "imported goods, not in statutory totals"
            terms.append(Term(name, one.stream, OUTSIDE, -own))
    for pool in network.streams:
        if pool.kind in ENERGY and pool.id in phi:
            terms.append(Term("energy sold outside", pool.id, OUTSIDE, -pool.demand * phi[pool.id]))
            lost = inflow[pool.id] - taken[pool.id] - pool.demand
            terms.append(Term("energy lost, and meter differences", pool.id, OUTSIDE, -lost * phi[pool.id]))
    return terms
