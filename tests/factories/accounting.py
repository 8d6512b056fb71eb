"""Activity data and reviewed months for tests."""

from datetime import date, datetime
from typing import Any

from accounting.activity.domain.months import Step
from accounting.activity.models import ActivityLine, ProcessNode, Stream
from accounting.activity.selectors import lines_in_force
from accounting.activity.services import lines, months, review
from tests.factories.people import make_user

JANUARY = date(2026, 1, 1)
LNG = {
    "code": "boiler",
    "kind": "combustion",
    "choices": {"fuel": "lng"},
    "values": {"amount": {"value": "1", "unit": "t"}},
}


def make_line(*, enterprise: Any, now: datetime, month: date = JANUARY, **overrides: Any) -> ActivityLine:
    """A tonne of LNG, unless something else is said."""
    line, _ = lines.enter_line(
        enterprise_id=enterprise.pk, month=month, **({"by_id": None, "now": now} | LNG | overrides)
    )
    return line


def make_stream(*, park: Any, **overrides: Any) -> Stream:
    return Stream.objects.create(
        park=park, **({"code": "power", "name": "电", "kind": "POWER", "unit": "MWh"} | overrides)
    )


def make_node(*, enterprise: Any, **overrides: Any) -> ProcessNode:
    fields = {"code": "chp", "name": "热电站", "kind": "ENERGY"}
    return ProcessNode.objects.create(park=enterprise.park, enterprise=enterprise, **(fields | overrides))


def close_month(*, enterprise: Any, now: datetime, month: date = JANUARY, by: Any = None, **more: Any) -> Any:
    return months.move_month(
        enterprise_id=enterprise.pk, month=month, step=Step.CLOSE, by_id=(by or make_user()).pk, now=now, **more
    )


def accept_all(*, enterprise: Any, now: datetime, by: Any, month: date = JANUARY) -> None:
    for line in lines_in_force(enterprise_id=enterprise.pk, first=month, last=month):
        review.judge(
            enterprise_id=enterprise.pk, month=month, line_id=line.pk, accepted=True, remark="", by_id=by.pk, now=now
        )
