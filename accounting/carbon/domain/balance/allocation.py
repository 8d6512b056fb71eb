"""Shares of a node's cost for each of its products, in floats or exact."""

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import TypeVar

from accounting.carbon.domain.balance.network import KELVIN, SURROUNDINGS_C, Allocation, Node, Rule, Stream, StreamKind

N = TypeVar("N", float, Fraction)

EFFICIENCIES = {Rule.EFFICIENCY: (0.80, 0.35), Rule.CBAM: (0.55, 0.25)}  # of heat, of power
GJ_PER = {"GJ": 1.0, "MJ": 0.001, "TJ": 1000.0, "kWh": 0.0036, "MWh": 3.6, "GWh": 3600.0, "1e4 kWh": 36.0}


def shares(*, node: Node, streams: Mapping[str, Stream], number: Callable[[float], N]) -> dict[str, N]:
    """Shares that sum to 1; empty for a node without products.

    Args:
        node: checked by `checks.problems`.
        streams: by id, for kind and unit.
        number: float, or `exact.as_fraction` for shares without rounding.

    Special cases: one product bears all; where no product has weight (a CHP that stood still) all bear alike, so that
    no cost is lost.
    Source: GHG Protocol for CHP efficiencies 0.80 and 0.35; CBAM fallback 0.55 and 0.25; exergy after Carnot.
    """
    if len(node.outputs) <= 1:
        return {stream: number(1.0) for stream in node.outputs}
    rule = node.allocation
    assert rule is not None
    if rule.rule is Rule.EXPLICIT:
        weights = {stream: number(rule.shares[stream]) for stream in node.outputs}
    elif rule.rule is Rule.WEIGHTED:
        weights = {s: number(q) * number(rule.weights[s]) for s, q in node.outputs.items()}
    elif rule.rule is Rule.HEAT_SUPPLY_RATIO:
        return by_ratio(node=node, rule=rule, streams=streams, number=number)
    else:
        weights = {s: energy(q, streams[s], number) * value(s, rule, streams, number) for s, q in node.outputs.items()}
    return normalised(weights, number)


def normalised(weights: Mapping[str, N], number: Callable[[float], N]) -> dict[str, N]:
    total = sum(weights.values(), number(0.0))
    if not total:
        return {stream: number(1.0) / number(float(len(weights))) for stream in weights}
    return {stream: weight / total for stream, weight in weights.items()}


def energy(quantity: float, stream: Stream, number: Callable[[float], N]) -> N:
    """Energy of a flow of power or heat [GJ]."""
    return number(quantity) * number(GJ_PER[stream.unit])


def value(name: str, rule: Allocation, streams: Mapping[str, Stream], number: Callable[[float], N]) -> N:
    """What a gigajoule of this stream weighs under the rule."""
    heat = streams[name].kind is StreamKind.HEAT
    if rule.rule in EFFICIENCIES:
        of_heat, of_power = EFFICIENCIES[rule.rule]
        eta = rule.parameters.get("eta_heat", of_heat) if heat else rule.parameters.get("eta_power", of_power)
        return number(1.0) / number(eta)
    if rule.rule is Rule.EXERGY and heat:
        here = rule.parameters.get("reference_c", SURROUNDINGS_C)
        at = rule.parameters.get(f"temperature_c.{name}", rule.parameters.get("temperature_c", here))
        return number(1.0) - (number(here) + number(KELVIN)) / (number(at) + number(KELVIN))
    return number(1.0)


def by_ratio(
    *, node: Node, rule: Allocation, streams: Mapping[str, Stream], number: Callable[[float], N]
) -> dict[str, N]:
    """Heat takes the given ratio, power the rest; within each kind by energy. One kind alone takes all."""
    kinds = {
        kind: {s: energy(q, streams[s], number) for s, q in node.outputs.items() if streams[s].kind is kind}
        for kind in StreamKind
    }
    heat, power = kinds[StreamKind.HEAT], kinds[StreamKind.POWER]
    ratio = number(1.0) if not power else number(0.0) if not heat else number(rule.parameters["heat_supply_ratio"])
    found = {s: part * ratio for s, part in normalised(heat, number).items()} if heat else {}
    if power:
        found |= {s: part * (number(1.0) - ratio) for s, part in normalised(power, number).items()}
    return found
