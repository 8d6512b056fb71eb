"""A month of a park from plain data to plain data. The same case gives the same bytes, whenever it is computed again."""

from collections.abc import Mapping
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from accounting.carbon.domain.balance.bridge import Statutory, bridge
from accounting.carbon.domain.balance.checks import problems as problems_of
from accounting.carbon.domain.balance.footprint import Grounds, footprint, half_of_total, ranked
from accounting.carbon.domain.balance.ledgers import OUTSIDE, Ledgers, co2e
from accounting.carbon.domain.balance.network import Network, StreamKind
from accounting.carbon.domain.balance.options import alternatives
from accounting.carbon.domain.balance.park import Park, park
from accounting.carbon.domain.balance.sensitivity import prices
from accounting.carbon.domain.balance.solving import Floats
from accounting.carbon.domain.case import reading
from accounting.factors.domain.library import Library
from parks.catalogue.domain.errors import PlatformError

FORMAT = "tongjian-balance/1"
MOST_ORIGINS = 25
RECONCILED = "meters reconciled"
ENERGY = (StreamKind.POWER.value, StreamKind.HEAT.value)
Json = dict[str, Any]


def canonical(value: Any) -> Any:
    """The same data with sorted keys: sums run in one order whatever a database did to the order of keys."""
    if isinstance(value, Mapping):
        return {key: canonical(value[key]) for key in sorted(value)}
    return [canonical(one) for one in value] if isinstance(value, list | tuple) else value


def network_of(case: Json) -> Network:
    """The network of a frozen case. Imports carry their factors, so no library is needed."""
    return reading.network(canonical(case["network"]), Library({}))


def answered(*, case: Json) -> Json:
    """Solve and book a frozen case.

    Args:
        case: `network` as a month of the case schema; `weights` by gas; `grounds`; `statutory` by enterprise.

    Returns:
        Plain data. What cannot be solved lists its `problems` and holds no factors.
    """
    case = canonical(case)
    network, weights = network_of(case), {gas: float(value) for gas, value in case["weights"].items()}
    refused = list(problems_of(network=network))
    try:
        solved = None if refused else park(network=network)
    except PlatformError as error:
        solved, refused = None, [error]
    answer: Json = {"month": network.month, "problems": [problem(one) for one in refused]}
    if solved is None:
        return plain(answer | {"direct_co2e": direct_of(network, weights)})
    grounds = Grounds(**case["grounds"])
    answer |= books_of(solved, network, weights)
    answer["park"]["half"] = half_of_total(park=solved, weights=weights, grounds=grounds)
    answer["bridge"] = bridge_of(case, solved, weights)
    worth = prices(matrix=solved.matrix)
    answer["footprints"] = {
        stream: footprint_of(solved, stream, weights, grounds, worth[stream]) for stream in sorted(worth)
    }
    answer["alternatives"] = [asdict(one) for one in alternatives(solved=solved, network=network, weights=weights)]
    return plain(answer)


def plain(answer: Json) -> Json:
    """As it comes back from a database: sorted keys, lists instead of tuples."""
    found: Json = canonical(answer)
    return found


def problem(error: PlatformError) -> Json:
    return {"code": error.code, "message": str(error), "details": error.details}


def direct_of(network: Network, weights: Mapping[str, float]) -> float:
    return sum(t * weights.get(gas, 0.0) for node in network.nodes for gas, t in node.direct.items())


def books_of(solved: Park, network: Network, weights: Mapping[str, float]) -> Json:
    books = solved.ledgers

    def weighed(row: tuple[float, ...]) -> float:
        return float(co2e(amounts=row, gases=books.gases, weights=weights))

    def amounts(row: tuple[float, ...]) -> Json:
        return {**dict(zip(books.gases, row, strict=True)), "CO2e": weighed(row)}

    return {
        "gases": list(books.gases),
        "solution": {
            "residual": solved.solved.residual, "backward_error": solved.solved.backward, "loops": solved.solved.loops,
            "largest_loop": solved.solved.largest, "ways": list(solved.solved.ways),
        },
        "factors": {stream: amounts(row) for stream, row in sorted(books.factors.items())},
        "delivered": dict(sorted(books.delivered.items())),
        "enterprises": {
            e: {"direct": amounts(own), "in": amounts(books.moved_in(e)), "out": amounts(books.moved_out(e)),
                "ends": amounts(books.ends.get(e, (0.0,) * len(books.gases)))}
            for e, own in sorted(books.direct.items()) if e != OUTSIDE
        },
        "nodes": nodes_of(solved, weights),
        "cells": [
            {"stream": s, "from": a, "to": b, "CO2e": weighed(row)} for (s, a, b), row in sorted(books.cells.items())
        ],
        "park": park_of(network, books, weights) | {
            "direct": amounts(books.park_direct), "imports": amounts(books.imports), "exports": amounts(books.exports),
            "ends": amounts(tuple(sum(column) for column in zip(*books.ends.values(), strict=True)) or books.gap),
            "gap": amounts(books.gap),
        },
        "carbon": {**asdict(solved.carbon), "gap": solved.carbon.gap},
    }  # fmt: skip


def park_of(network: Network, books: Ledgers[float], weights: Mapping[str, float]) -> Json:
    """Headline numbers [t CO2e]: own emissions, and what comes in with power and heat, and with goods."""
    kinds = {one.id: one.kind.value for one in network.streams}
    sides = {"energy_in": 0.0, "goods_in": 0.0, "energy_out": 0.0, "goods_out": 0.0}
    for one in network.imports:
        amount = one.quantity * sum(value * weights.get(gas, 0.0) for gas, value in one.factors.items())
        sides["energy_in" if kinds[one.stream] in ENERGY else "goods_in"] += amount
    for sold in network.streams:
        if sold.demand and sold.id in books.factors:
            amount = sold.demand * float(co2e(amounts=books.factors[sold.id], gases=books.gases, weights=weights))
            sides["energy_out" if sold.kind.value in ENERGY else "goods_out"] += amount
    return sides | {"total": direct_of(network, weights) + sides["energy_in"]}


def nodes_of(solved: Park, weights: Mapping[str, float]) -> Json:
    """Of each node [t CO2e]: its own emission, what each stream brings, its whole cost and the shares of its products."""
    phi = {
        s: float(co2e(amounts=row, gases=solved.ledgers.gases, weights=weights))
        for s, row in solved.ledgers.factors.items()
    }
    found: Json = {}
    for node in solved.network.nodes:
        own = sum(t * weights.get(gas, 0.0) for gas, t in node.direct.items())
        brought = {s: x * phi[s] for s, x in sorted(node.inputs.items()) if s in phi}
        found[node.id] = {
            "enterprise": node.enterprise, "direct": own, "brought": brought, "cost": own + sum(brought.values()),
            "shares": dict(sorted(solved.system.shares[node.id].items())),
        }  # fmt: skip
    return found


def bridge_of(case: Json, solved: Park, weights: Mapping[str, float]) -> Json:
    """The bridge from the statutory totals, or why it stays open."""
    moved = {e: float(one.get("reconciled", 0.0)) for e, one in case["statutory"].items()}
    rows = {
        e: Statutory(
            e, Decimal(one["total"]) + Decimal(str(moved[e])), Decimal(one["direct"]), {s: Decimal(str(f)) for s, f in one["energy_factors"].items()}
        )
        for e, one in case["statutory"].items()
    }  # fmt: skip
    try:
        found = asdict(bridge(network=solved.network, ledgers=solved.ledgers, reports=rows, weights=weights))
    except PlatformError as error:
        return {"problem": problem(error)}
    # Reports stand on the meters as they were read, the park on the reconciled ones.
    found["statutory"] -= sum(moved.values())
    terms = [
        {"name": RECONCILED, "stream": "", "enterprise": e, "tonnes": -tonnes} for e, tonnes in moved.items() if tonnes
    ]
    return found | {"terms": [*found["terms"], *terms]}


def footprint_of(solved: Park, stream: str, weights: Mapping[str, float], grounds: Grounds, price: Floats) -> Json:
    rows = solved.sensitivities(stream=stream, weights=weights, price=price)
    found = footprint(park=solved, stream=stream, weights=weights, grounds=grounds, rows=rows)
    return {
        "total": found.total, "half": found.half, "primary": found.primary, "unstated": found.unstated,
        "stages": {stage.value: amount for stage, amount in found.by_stage().items()},
        "origins": [asdict(one) | {"stage": one.stage.value} for one in found.origins[:MOST_ORIGINS]],
        "uncertain": [list(row) for row in ranked(park=solved, rows=rows, grounds=grounds)],
    }  # fmt: skip
