"""What if: a frozen month with changes, computed and thrown away."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from accounting.carbon.domain.balance.options import Change, changed, factors_of, rules_of
from accounting.carbon.domain.balance.park import park
from accounting.carbon.domain.case.frozen import network_of, park_of
from accounting.carbon.models import ParkBalance
from parks.catalogue.domain.errors import Invalid


@dataclass(frozen=True, slots=True)
class Wish:
    """Changes by code: CO2 factors of imports [t per unit], emissions and uses times a number, rules by their name."""

    imports: Mapping[str, float] = field(default_factory=dict)
    direct: Mapping[str, float] = field(default_factory=dict)
    uses: Mapping[tuple[str, ...], float] = field(default_factory=dict)
    rules: Mapping[str, str] = field(default_factory=dict)


def tried(*, balance: ParkBalance, wish: Wish) -> dict[str, Any]:
    """Factors and totals as they are and as they would be [t CO2e].

    Raises:
        Invalid: no such rule for a node.
        PlatformError: of `options.changed`, when the changed month cannot be solved.
    """
    network = network_of(balance.case)
    weights = {gas: float(value) for gas, value in balance.case["weights"].items()}
    rules = {one.id: rules_of(node=one, network=network) for one in network.nodes if one.id in wish.rules}
    for node, rule in wish.rules.items():
        if rule not in rules.get(node, {}):
            raise Invalid(f"Node {node} has no rule {rule}.", field="rule")
    change = Change(
        imports={stream: {"CO2": value} for stream, value in wish.imports.items()},
        direct=wish.direct,
        uses={(pair[0], pair[1]): times for pair, times in wish.uses.items()},
        allocations={node: rules[node][rule] for node, rule in wish.rules.items()},
    )
    other = changed(network=network, change=change)
    solved = park(network=other)
    after, before = factors_of(solved=solved, weights=weights), balance.result["factors"]
    whole = park_of(other, solved.ledgers, weights)
    return {
        "factors": {s: (before[s]["CO2e"], after[s]) for s in sorted(after) if s in before},
        "park": {name: (balance.result["park"][name], value) for name, value in whole.items()},
    }
