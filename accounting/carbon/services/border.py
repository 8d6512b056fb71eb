"""Embedded emissions under the European border rules, from a frozen balance of the park."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from accounting.carbon.domain.balance.network import Network, Node, StreamKind
from accounting.carbon.domain.case.frozen import network_of
from accounting.carbon.domain.cbam.goods import Embedded, Flow, Process, embedded
from accounting.carbon.domain.cbam.rules import Sector, rules_of
from accounting.carbon.domain.cbam.sources import Measured
from accounting.carbon.domain.methods import method_of
from accounting.carbon.models import ParkBalance
from accounting.factors.domain.factors import Factor, UnknownFactor
from accounting.factors.selectors.library import library_on

# Goods of the platform's streams: the sector whose rules they follow. Those per tonne of nitrogen need its content, which
# no stream carries yet, so only goods counted per tonne of product are offered.
SECTORS = {"hydrogen": Sector.HYDROGEN}


@dataclass(frozen=True, slots=True)
class Border:
    """One process that makes a good: its embedded emissions [tCO2e/t], the default and the benchmark beside them."""

    node: str
    made: float
    found: Embedded
    default: Factor | None
    benchmark: Factor | None


def border_of(*, balance: ParkBalance, stream: str, good: str) -> list[Border]:
    """Embedded emissions of a good, for each node that makes it. Empty for goods that are not offered.

    Heat and power count at the factors of the park's own balance; a node's direct emissions follow the allocation that is
    in force, where the rules ask for their own.
    """
    sector = SECTORS.get(good)
    if sector is None:
        return []
    library = library_on(day=balance.month)
    rules = rules_of(library=library, method=method_of(method_id="CBAM-2025"))
    network, shares = network_of(balance.case), balance.result["nodes"]
    factors = {s: row["CO2e"] for s, row in balance.result["factors"].items()}
    found = []
    for node in network.nodes:
        if node.outputs.get(stream) and not node.id.endswith((".charge", ".draw")):
            share = shares[node.id]["shares"].get(stream, 0.0)
            process = process_of(node, stream, share, network, factors, sector)
            found.append(
                Border(
                    node.id, node.outputs[stream], embedded(process=process, rules=rules),
                    row_of(library, "cbam_default", good, "TOTAL"), row_of(library, "cbam_benchmark", good, "ACTUAL"),
                )
            )  # fmt: skip
    return found


def process_of(
    node: Node, stream: str, share: float, network: Network, factors: Mapping[str, float], sector: Sector
) -> Process:
    """A node's part for one of its products as a production process."""
    kinds = {one.id: one.kind for one in network.streams}

    def taken(kind: StreamKind) -> list[Flow]:
        return [
            Flow(exact(x * share), exact(factors.get(s, 0.0)))
            for s, x in sorted(node.inputs.items())
            if kinds[s] is kind and x
        ]

    sources = [Measured(exact(node.direct.get("CO2", 0.0) * share))]
    sources += [Measured(exact(node.direct["N2O"] * share), nitrous=True)] if node.direct.get("N2O") else []
    return Process(
        sector, exact(node.outputs[stream]), sources, heat_in=taken(StreamKind.HEAT), power_in=taken(StreamKind.POWER)
    )


def exact(value: float) -> Decimal:
    return Decimal(repr(value))


def row_of(library: Any, process: str, good: str, parameter: str) -> Factor | None:
    try:
        found: Factor = library.process(process=process, variant=good, parameter=parameter)
    except UnknownFactor:
        return None
    return found
