"""Choices that people make and answer for: how a node's cost is split, and by which method an enterprise reports."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from accounting.carbon.domain.balance.network import Rule
from accounting.carbon.domain.methods import method_of
from accounting.carbon.models import NodeAllocation, ReportingMethod
from parks.catalogue.domain.errors import Invalid


@transaction.atomic
def choose_allocation(
    *, park_id: int, node_id: int, enterprise_id: int, valid_from: date, rule: str, reason: str, by_id: int | None, now: datetime,
    shares: Mapping[str, str] | None = None, weights: Mapping[str, str] | None = None, parameters: Mapping[str, str] | None = None,
) -> NodeAllocation:  # fmt: skip
    """Store how the cost of a node is split from a month on.

    Raises:
        Invalid: no such rule; a number that is none; no reason.
    """
    if rule not in Rule.__members__:
        raise Invalid(f"There is no rule {rule}.", field="rule")
    if not reason.strip():
        raise Invalid("Say why the allocation is chosen.", field="reason")
    parts = {"shares": dict(shares or {}), "weights": dict(weights or {}), "parameters": dict(parameters or {})}
    for part in parts.values():
        for name, text in part.items():
            numeric(name, text)
    return NodeAllocation.objects.create(
        park_id=park_id, enterprise_id=enterprise_id, node_id=node_id, valid_from=valid_from.replace(day=1), rule=rule,
        reason=reason.strip()[:300], chosen_by_id=by_id, chosen_at=now, **parts,
    )  # fmt: skip


def numeric(name: str, text: str) -> None:
    try:
        good = Decimal(text).is_finite()
    except ArithmeticError:
        good = False
    if not good:
        raise Invalid(f"{name}: {text} is no number.", field=name)


@transaction.atomic
def choose_method(
    *, park_id: int, enterprise_id: int, valid_from: date, method_id: str, reason: str, by_id: int | None, now: datetime
) -> ReportingMethod:
    """Store by which method an enterprise reports from a month on.

    Raises:
        UnknownMethod: no such method; Invalid: no reason.
    """
    method_of(method_id=method_id, gwp_set=None)
    if not reason.strip():
        raise Invalid("Say why the method is chosen.", field="reason")
    return ReportingMethod.objects.create(
        park_id=park_id, enterprise_id=enterprise_id, valid_from=valid_from.replace(day=1), method=method_id,
        reason=reason.strip()[:300], chosen_by_id=by_id, chosen_at=now,
    )  # fmt: skip
