"""A network as the month of a case, digit for digit: reading it again gives the same network, and so the same answer."""

from dataclasses import asdict
from typing import Any

from accounting.carbon.domain.balance.network import Allocation, Network


def month_as_case(*, network: Network) -> dict[str, Any]:
    """A network, not expanded, in the form of `park.months` of the case schema."""
    return {
        "month": network.month,
        "streams": [without_none(asdict(one) | {"kind": one.kind.value}) for one in network.streams],
        "nodes": [
            without_none(asdict(one) | {"allocation": rule_as_case(one.allocation)}, "is_store")
            for one in network.nodes
        ],
        "imports": [asdict(one) for one in network.imports],
        "storages": [asdict(one) for one in network.storages],
        "transfers": [asdict(one) for one in network.transfers],
    }


def rule_as_case(allocation: Allocation | None) -> dict[str, Any] | None:
    return None if allocation is None else asdict(allocation) | {"rule": allocation.rule.value}


def without_none(data: dict[str, Any], *unwanted: str) -> dict[str, Any]:
    return {name: value for name, value in data.items() if value is not None and name not in unwanted}
