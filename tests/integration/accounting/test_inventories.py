"""Activity data to frozen inventories. Expected numbers by hand or from the source named."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, InternalError, transaction
from django.db.utils import DatabaseError

from accounting.activity.domain.months import MonthClosed, NeedsReason, OwnWork, Step
from accounting.activity.models import ActivityLine
from accounting.activity.services import lines as activity
from accounting.activity.services import months
from accounting.carbon.models import InventoryRun
from accounting.carbon.services import inventories as carbon
from accounting.factors import services as factors
from parks.catalogue.domain.errors import Conflict
from tests.factories.accounting import LNG, accept_all
from tests.factories.people import make_user
from tests.factories.register import make_enterprise, make_park

pytestmark = pytest.mark.django_db
JANUARY, MARCH = date(2026, 1, 1), date(2026, 3, 1)


def enter(enterprise: Any, now: datetime, *, month: date = JANUARY, **fields: Any) -> str:
    content = {
        "code": "boiler",
        "kind": "combustion",
        "choices": {"fuel": "lng"},
        "values": {"amount": {"value": "1", "unit": "t"}},
    }
    _, what = activity.enter_line(enterprise_id=enterprise.pk, month=month, by_id=None, now=now, **(content | fields))
    return what


def compute(
    enterprise: Any, now: datetime, *, method: str = "GBT-32151.10-2023", last: date = JANUARY, **more: Any
) -> InventoryRun:
    return carbon.run_inventory(
        enterprise_id=enterprise.pk,
        enterprise=enterprise.name,
        first=JANUARY,
        last=last,
        method_id=method,
        by_id=None,
        now=now,
        **more,
    )


@pytest.mark.parametrize(("method", "tonnes"), [("CN-CHEM-2013", "2.325"), ("GBT-32151.10-2023", "3.183")])
def test_a_tonne_of_lng_by_edition_of_the_tables(now: datetime, method: str, tonnes: str) -> None:
    """2.325 by the table of the 2013 guide, 3.183 by that of 2023: the reference notes of the project, section 0."""
    enterprise = make_enterprise()
    enter(enterprise, now)

    assert compute(enterprise, now, method=method).total.quantize(Decimal("0.001")) == Decimal(tonnes)


def test_power_counts_with_the_factor_of_its_year_and_heat_with_the_default(now: datetime) -> None:
    """1,000 MWh x 0.5306 t/MWh (national average 2023) + 500 GJ x 0.11 t/GJ = 585.6 t."""
    enterprise = make_enterprise()
    power = {"code": "power", "kind": "electricity", "choices": {"region": "CN", "factor_year": "2023"}}
    enter(enterprise, now, values={"bought": {"value": "1000", "unit": "MWh"}}, **power)
    enter(enterprise, now, code="steam", kind="heat", choices={}, values={"bought": {"value": "500", "unit": "GJ"}})

    assert compute(enterprise, now).total == Decimal("585.6")


def test_the_interval_is_of_what_counts(now: datetime) -> None:
    """Power 530.6 t +- 2 % and steam 55 t +- 10 %: sqrt(10.612^2 + 5.5^2) = 11.952 t, 2.041 % of 585.6 t.

    The same power by contracts stands beside the total and must not weigh in.
    """
    enterprise = make_enterprise()
    power = {"code": "power", "kind": "electricity", "choices": {"region": "CN", "factor_year": "2023"}}
    mwh = {"value": "1000", "unit": "MWh", "uncertainty": "0.02", "meter": "EM-1"}
    heat = {"value": "500", "unit": "GJ", "uncertainty": "0.1", "meter": "FT-1"}
    enter(enterprise, now, values={"bought": mwh}, **power)
    enter(enterprise, now, code="steam", kind="heat", choices={}, values={"bought": heat})

    interval = compute(enterprise, now).result["interval"]

    assert float(interval["half"]) == pytest.approx(11.952, abs=0.001)
    assert float(interval["relative"]) == pytest.approx(0.02041, abs=0.00001)


def test_the_same_data_give_the_run_that_exists_and_other_data_another(now: datetime) -> None:
    enterprise = make_enterprise()
    enter(enterprise, now)
    first = compute(enterprise, now)

    again = compute(enterprise, now)
    enter(enterprise, now, values={"amount": {"value": "2", "unit": "t"}})
    other = compute(enterprise, now)

    assert again.pk == first.pk
    assert other.pk != first.pk
    assert InventoryRun.objects.get(pk=first.pk).digest == first.digest


def test_a_frozen_run_cannot_be_changed(now: datetime) -> None:
    enterprise = make_enterprise()
    enter(enterprise, now)
    run = compute(enterprise, now)

    for change in (lambda: InventoryRun.objects.filter(pk=run.pk).update(total=1), lambda: run.delete()):
        with pytest.raises((DatabaseError, InternalError)), transaction.atomic():
            change()


def test_a_factor_that_changes_later_changes_no_old_run(now: datetime) -> None:
    enterprise = make_enterprise()
    enter(enterprise, now)
    run = compute(enterprise, now)
    made = factors.propose(
        key="fuel.B.lng.ncv", value=Decimal(60), source="test", valid_from=JANUARY, by_id=make_user().pk, now=now
    )
    factors.approve(factor_id=made.pk, by_id=make_user().pk, status="SECONDARY", now=now)

    later = compute(enterprise, now)

    assert InventoryRun.objects.get(pk=run.pk).total == run.total
    assert later.total != run.total
    assert {f["version"] for f in later.factors if f["id"] == "fuel.B.lng.ncv"} == {"2"}


def test_a_line_that_cannot_be_used_is_named_and_the_others_count(now: datetime) -> None:
    enterprise = make_enterprise()
    enter(enterprise, now)
    power = {"code": "odd", "kind": "electricity", "choices": {"region": "CN", "factor_year": "1999"}}
    enter(enterprise, now, values={"bought": {"value": "1", "unit": "MWh"}}, **power)

    run = compute(enterprise, now)

    assert [row["line"] for row in run.result["refused"]] == ["odd"]
    assert run.total > 3


def test_a_month_without_data_is_missing_and_not_zero(now: datetime) -> None:
    enterprise = make_enterprise()
    enter(enterprise, now)
    enter(enterprise, now, month=MARCH)

    run = compute(enterprise, now, last=MARCH)

    assert run.result["months"] == {"2026-01": "OPEN", "2026-02": "MISSING", "2026-03": "OPEN"}


def test_the_same_line_again_is_the_same_and_another_value_a_version(now: datetime) -> None:
    enterprise = make_enterprise()

    said = [
        enter(enterprise, now),
        enter(enterprise, now),
        enter(enterprise, now, values={"amount": {"value": "3", "unit": "t"}}),
    ]

    assert said == ["new", "same", "changed"]


@pytest.mark.parametrize("change", [{"quality": 1}, {"note": "read again"}, {"source": "DERIVED"}])
def test_a_better_quality_or_another_note_alone_is_another_version(now: datetime, change: dict[str, Any]) -> None:
    enterprise = make_enterprise()
    enter(enterprise, now)

    assert enter(enterprise, now, **change) == "changed"
    assert enter(enterprise, now, **change) == "same"


def test_a_corrected_quantity_keeps_the_evidence_unless_it_brings_its_own(now: datetime) -> None:
    enterprise = make_enterprise()
    enter(enterprise, now, evidence=("invoice.pdf", b"one"))
    enter(enterprise, now, values={"amount": {"value": "2", "unit": "t"}})
    kept = ActivityLine.objects.get(enterprise=enterprise, replaced_at=None)
    enter(enterprise, now, evidence=("scale.pdf", b"two"))
    replaced = ActivityLine.objects.get(enterprise=enterprise, replaced_at=None)

    assert (kept.version, kept.evidence_name, bytes(kept.evidence or b"")) == (2, "invoice.pdf", b"one")
    assert (replaced.version, replaced.evidence_name, bytes(replaced.evidence or b"")) == (3, "scale.pdf", b"two")


def test_a_closed_month_takes_nothing_and_opens_again_with_a_reason(now: datetime) -> None:
    enterprise, closer, verifier = make_enterprise(), make_user(), make_user()
    enter(enterprise, now)
    move = {"enterprise_id": enterprise.pk, "month": JANUARY, "now": now}

    months.move_month(step=Step.CLOSE, by_id=closer.pk, **move)
    with pytest.raises(MonthClosed):
        enter(enterprise, now, code="late")
    with pytest.raises(OwnWork):
        months.move_month(step=Step.VERIFY, by_id=closer.pk, **move)
    accept_all(enterprise=enterprise, now=now, by=verifier)
    months.move_month(step=Step.VERIFY, by_id=verifier.pk, **move)
    with pytest.raises(NeedsReason):
        months.move_month(step=Step.REOPEN, by_id=closer.pk, **move)
    row = months.move_month(step=Step.REOPEN, by_id=closer.pk, reason="invoice corrected", **move)

    assert enter(enterprise, now, code="late") == "new"
    assert [step.step for step in row.steps.order_by("pk")] == ["CLOSE", "VERIFY", "REOPEN"]


def test_the_database_keeps_one_version_in_force(now: datetime) -> None:
    enterprise = make_enterprise()
    line, _ = activity.enter_line(
        enterprise_id=enterprise.pk, month=JANUARY, code="x", kind="heat", values={"bought": "1"}, by_id=None, now=now
    )
    line.pk, line.version = None, 7

    with pytest.raises(IntegrityError, match="one_activity_in_force"), transaction.atomic():
        line.save()


def test_lines_of_several_enterprises_are_entered_at_once_or_not_at_all(now: datetime) -> None:
    park = make_park()
    first, second, other = (make_enterprise(park=park) for _ in range(3))
    one = {"kind": "combustion", **{name: LNG[name] for name in ("choices", "values")}}
    people = {each.pk: make_user().pk for each in (first, second, other)}

    def entered(**lines: Any) -> int:
        named = {"first": first.pk, "second": second.pk, "other": other.pk}
        books = {named[name]: [one | {"code": code} for code in codes] for name, codes in lines.items()}
        return activity.enter_new_lines(month=JANUARY, lines=books, by_ids=people, now=now)

    assert entered(first=["a", "b"], second=["a"]) == 3
    line = ActivityLine.objects.get(enterprise=second, code="a")
    assert (line.park_id, line.entered_by_id) == (park.pk, people[second.pk])

    with pytest.raises(Conflict):
        entered(second=["b"], first=["a"])
    months.move_month(
        enterprise_id=other.pk, month=JANUARY, step=Step.CLOSE, by_id=people[other.pk], now=now, comment="x"
    )
    with pytest.raises(MonthClosed):
        entered(second=["b"], other=["a"])
    assert ActivityLine.objects.count() == 3
