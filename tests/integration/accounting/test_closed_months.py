"""A closed month is closed in the database, is reviewed by somebody else, and is signed once its sample was accepted."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import DatabaseError

from accounting.activity.domain.months import Step
from accounting.activity.models import ActivityLine, LineReview, Month, MonthFinding, MonthSample, MonthSignature
from accounting.activity.selectors import findings_of, sample_of
from accounting.activity.services import months, review
from accounting.factors import services as factors
from parks.catalogue.domain.errors import NotFound
from tests.factories.accounting import JANUARY, accept_all, close_month, make_line, make_node, make_stream
from tests.factories.people import make_user
from tests.factories.register import make_enterprise

pytestmark = pytest.mark.django_db
FEBRUARY = date(2026, 2, 1)


def sql(text: str, *values: Any) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(text, values)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE accounting_activityline SET note = 'x' WHERE id = %s",
        "DELETE FROM accounting_activityline WHERE id = %s",
        "UPDATE accounting_activityline SET month = '2026-02-01' WHERE id = %s",
        """INSERT INTO accounting_activityline (park_id, enterprise_id, month, code, version, kind, "values", choices, groups, biogenic,
           source, quality, note, evidence_name, evidence_digest, entered_at, removed)
           SELECT park_id, enterprise_id, month, 'other', 1, kind, "values", choices, groups, biogenic, source, quality, note, '', '',
           entered_at, false FROM accounting_activityline WHERE id = %s""",
    ],
)
def test_the_database_refuses_every_change_of_a_closed_month(now: datetime, statement: str) -> None:
    enterprise = make_enterprise()
    line = make_line(enterprise=enterprise, now=now)
    close_month(enterprise=enterprise, now=now)

    with pytest.raises(IntegrityError, match="closed month"):
        sql(statement, line.pk)


def test_a_line_cannot_be_moved_into_a_closed_month(now: datetime) -> None:
    enterprise = make_enterprise()
    make_line(enterprise=enterprise, now=now)
    line = make_line(enterprise=enterprise, now=now, month=FEBRUARY, code="later")
    close_month(enterprise=enterprise, now=now)

    with pytest.raises(IntegrityError, match="closed month"):
        sql("UPDATE accounting_activityline SET month = '2026-01-01' WHERE id = %s", line.pk)


def test_an_open_month_of_the_same_enterprise_and_a_closed_one_of_another_do_not_matter(now: datetime) -> None:
    enterprise, other = make_enterprise(), make_enterprise()
    make_line(enterprise=other, now=now)
    close_month(enterprise=other, now=now)

    make_line(enterprise=enterprise, now=now)
    sql("UPDATE accounting_activityline SET note = 'x' WHERE enterprise_id = %s", enterprise.pk)

    assert ActivityLine.objects.get(enterprise=enterprise).note == "x"


def test_a_finding_needs_a_comment_before_the_month_is_closed(now: datetime) -> None:
    """Last month 5 t, this month 5,000: a unit mixed up; and a source that is missing."""
    enterprise = make_enterprise()
    make_line(enterprise=enterprise, now=now, values={"amount": {"value": "5", "unit": "t"}})
    make_line(enterprise=enterprise, now=now, code="flare-1")
    make_line(enterprise=enterprise, now=now, month=FEBRUARY, values={"amount": {"value": "5000", "unit": "t"}})
    found = {one.key for one in findings_of(enterprise_id=enterprise.pk, month=FEBRUARY)}

    with pytest.raises(review.NeedsComment) as refused:
        close_month(enterprise=enterprise, now=now, month=FEBRUARY)
    close_month(enterprise=enterprise, now=now, month=FEBRUARY, comments=dict.fromkeys(found, "checked at the meter"))

    assert found == {"unit_jump:boiler", "missing:flare-1"} == set(refused.value.details["findings"])
    kept = MonthFinding.objects.get(rule="unit_jump")
    assert (kept.comment, kept.details["before"], kept.details["value"]) == ("checked at the meter", "5", "5000")


def test_one_comment_serves_every_finding_that_has_none_of_its_own(now: datetime) -> None:
    enterprise = make_enterprise()
    make_line(enterprise=enterprise, now=now, values={"amount": {"value": "5", "unit": "t"}})
    make_line(enterprise=enterprise, now=now, code="flare-1")
    make_line(enterprise=enterprise, now=now, month=FEBRUARY, values={"amount": {"value": "5000", "unit": "t"}})

    close_month(
        enterprise=enterprise, now=now, month=FEBRUARY, comments={"missing:flare-1": "torn down"}, comment="as in the books"
    )  # fmt: skip

    kept = dict(MonthFinding.objects.values_list("rule", "comment"))
    assert kept == {"missing": "torn down", "unit_jump": "as in the books"}


def test_lines_are_accepted_in_one_step_and_an_objection_stays(now: datetime) -> None:
    enterprise, verifier, closer = make_enterprise(), make_user(), make_user()
    lines = [make_line(enterprise=enterprise, now=now, code=code) for code in ("boiler", "flare", "kiln")]
    later = make_line(enterprise=enterprise, now=now, month=FEBRUARY)
    close_month(enterprise=enterprise, now=now, by=closer)
    these = {"enterprise_id": enterprise.pk, "month": JANUARY, "line_ids": [line.pk for line in lines], "now": now}
    review.judge(
        enterprise_id=enterprise.pk, month=JANUARY, line_id=lines[0].pk, accepted=False, remark="no invoice",
        by_id=verifier.pk, now=now,
    )  # fmt: skip

    with pytest.raises(review.ClosersReview):
        review.accept_lines(**these, by_id=closer.pk)
    with pytest.raises(NotFound):
        review.accept_lines(**(these | {"line_ids": [later.pk]}), by_id=verifier.pk)
    review.accept_lines(**these, by_id=verifier.pk)

    verdicts = dict(LineReview.objects.values_list("line__code", "verdict"))
    assert verdicts == {"boiler": "OBJECTED", "flare": "ACCEPTED", "kiln": "ACCEPTED"}


def test_findings_name_zero_a_far_year_and_a_changed_intensity(now: datetime) -> None:
    enterprise = make_enterprise()
    node, product = (
        make_node(enterprise=enterprise),
        make_stream(park=enterprise.park, code="acid", kind="MATERIAL", unit="t"),
    )
    for month, steam, made in ((JANUARY, "1000", "100"), (FEBRUARY, "2000", "100")):
        make_line(enterprise=enterprise, now=now, month=month, code="steam", kind="heat", choices={}, node_id=node.pk,
                  values={"bought": {"value": steam, "unit": "GJ"}})  # fmt: skip
        make_line(enterprise=enterprise, now=now, month=month, code="acid", kind="flow", choices={}, node_id=node.pk,
                  stream_id=product.pk, values={"made": {"value": made, "unit": "t"}})  # fmt: skip
    make_line(enterprise=enterprise, now=now)
    make_line(enterprise=enterprise, now=now, month=FEBRUARY, values={"amount": {"value": "0", "unit": "t"}})
    make_line(enterprise=enterprise, now=now, month=date(2025, 2, 1), code="steam", kind="heat", choices={},
              values={"bought": {"value": "1500", "unit": "GJ"}})  # fmt: skip

    found = {one.key: one.details for one in findings_of(enterprise_id=enterprise.pk, month=FEBRUARY)}

    assert set(found) == {"zero:boiler", "year_ago:steam", "intensity:chp"}
    assert found["year_ago:steam"]["change"] == "+33"
    assert found["intensity:chp"]["change"] == "+100"


def test_more_carbon_out_than_in_is_a_finding(now: datetime) -> None:
    enterprise = make_enterprise()
    part = {"amount": {"value": "100", "unit": "t"}}
    make_line(
        enterprise=enterprise, now=now, code="reactor", kind="feedstock", choices={}, values={},
        groups={"feed": [{**part, "carbon": {"value": "0.75", "unit": "tC/t"}}],
                "product": [{**part, "carbon": {"value": "0.85", "unit": "tC/t"}}]},
    )  # fmt: skip

    (found,) = findings_of(enterprise_id=enterprise.pk, month=JANUARY)

    assert (found.key, found.details["feed"], found.details["out"]) == ("carbon_balance:reactor", "75", "85")


def test_a_month_is_verified_when_its_sample_was_accepted(now: datetime) -> None:
    enterprise, verifier = make_enterprise(), make_user(first_name="慧", last_name="林")
    line = make_line(enterprise=enterprise, now=now)
    closed = close_month(enterprise=enterprise, now=now)
    verify = {"enterprise_id": enterprise.pk, "month": JANUARY, "step": Step.VERIFY, "by_id": verifier.pk, "now": now}

    with pytest.raises(review.NotReviewed):
        months.move_month(**verify)
    objection = {"enterprise_id": enterprise.pk, "month": JANUARY, "line_id": line.pk, "by_id": verifier.pk, "now": now}
    review.judge(accepted=False, remark="no invoice", **objection)
    with pytest.raises(review.Objected):
        months.move_month(**verify)
    review.judge(accepted=True, remark="", **objection)
    row = months.move_month(**verify)

    signature = MonthSignature.objects.get()
    assert row.state == "VERIFIED"
    assert signature.lines == [{"id": line.pk, "code": "boiler", "version": 1}]
    assert (signature.closing, len(signature.digest), signature.by_id) == (1, 64, verifier.pk)
    assert sample_of(month=closed) is not None


def test_reopening_keeps_the_signature_and_the_next_closing_is_reviewed_anew(now: datetime) -> None:
    enterprise, verifier, closer = make_enterprise(), make_user(), make_user()
    make_line(enterprise=enterprise, now=now)
    close_month(enterprise=enterprise, now=now, by=closer)
    accept_all(enterprise=enterprise, now=now, by=verifier)
    common = {"enterprise_id": enterprise.pk, "month": JANUARY, "now": now}
    months.move_month(step=Step.VERIFY, by_id=verifier.pk, **common)

    months.move_month(step=Step.REOPEN, by_id=closer.pk, reason="invoice corrected", **common)
    make_line(enterprise=enterprise, now=now, values={"amount": {"value": "2", "unit": "t"}})
    close_month(enterprise=enterprise, now=now, by=closer)

    with pytest.raises(review.NotReviewed):
        months.move_month(step=Step.VERIFY, by_id=verifier.pk, **common)
    assert [(s.closing, s.lines[0]["version"]) for s in MonthSignature.objects.all()] == [(1, 1)]


def test_the_database_refuses_to_verify_without_review_and_to_change_what_was_signed(now: datetime) -> None:
    enterprise, verifier = make_enterprise(), make_user()
    make_line(enterprise=enterprise, now=now)
    closed = close_month(enterprise=enterprise, now=now)

    with pytest.raises(IntegrityError, match="sample was accepted"):
        sql("UPDATE accounting_month SET state = 'VERIFIED' WHERE id = %s", closed.pk)
    accept_all(enterprise=enterprise, now=now, by=verifier)
    with pytest.raises(IntegrityError, match="it is signed"):
        sql("UPDATE accounting_month SET state = 'VERIFIED' WHERE id = %s", closed.pk)
    months.move_month(enterprise_id=enterprise.pk, month=JANUARY, step=Step.VERIFY, by_id=verifier.pk, now=now)
    for table in ("monthsignature", "monthsample"):
        with pytest.raises(DatabaseError):
            sql(f"UPDATE accounting_{table} SET closing = 9")


def test_who_closed_a_month_does_not_review_it_and_an_open_month_is_not_reviewed(now: datetime) -> None:
    enterprise, closer, verifier = make_enterprise(), make_user(), make_user()
    line = make_line(enterprise=enterprise, now=now)
    verdict = {
        "enterprise_id": enterprise.pk,
        "month": JANUARY,
        "line_id": line.pk,
        "accepted": True,
        "remark": "",
        "now": now,
    }

    with pytest.raises(review.NotUnderReview):
        review.judge(by_id=verifier.pk, **verdict)
    close_month(enterprise=enterprise, now=now, by=closer)
    with pytest.raises(review.ClosersReview):
        review.judge(by_id=closer.pk, **verdict)

    assert LineReview.objects.count() == 0


def test_the_sample_can_be_drawn_again_from_its_seed(now: datetime) -> None:
    """40 lines, a fifth of them: 8; the line with a finding is seen anyway."""
    from accounting.activity.domain.sampling import sampled

    enterprise = make_enterprise()
    ids = [make_line(enterprise=enterprise, now=now, month=FEBRUARY, code=f"boiler-{n}").pk for n in range(39)]
    make_line(enterprise=enterprise, now=now, code="odd", values={"amount": {"value": "1", "unit": "kg"}})
    ids.append(make_line(enterprise=enterprise, now=now, month=FEBRUARY, code="odd").pk)
    close_month(enterprise=enterprise, now=now, month=FEBRUARY, comments={"unit_jump:odd": "kg before"})

    sample = MonthSample.objects.get()

    assert Month.objects.get(month=FEBRUARY).closings == 1
    assert ids[-1] in sample.line_ids
    assert len(sample.line_ids) in (8, 9)
    assert sample.line_ids == sampled(ids=ids, seed=sample.seed, share=Decimal("0.2"), least=5, always=[ids[-1]])


def test_a_verifier_sees_more_lines_and_never_fewer(now: datetime) -> None:
    enterprise, auditor = make_enterprise(), make_user()
    for n in range(20):
        make_line(enterprise=enterprise, now=now, code=f"boiler-{n}")
    closed = close_month(enterprise=enterprise, now=now)
    first = sample_of(month=closed)
    asked: dict[str, Any] = {"enterprise_id": enterprise.pk, "month": closed.month, "by_id": auditor.pk, "now": now}

    review.enlarge(share=Decimal("0.5"), **asked)
    with pytest.raises(review.SmallerSample):
        review.enlarge(share=Decimal("0.3"), **asked)

    larger = sample_of(month=closed)
    assert first is not None
    assert larger is not None
    assert set(first.line_ids) < set(larger.line_ids)
    assert len(larger.line_ids) >= 10
    assert larger.seed == first.seed


def test_an_approved_limit_counts_from_its_month_on(now: datetime) -> None:
    """20 % more than a year ago is odd once the limit is 0.1."""
    enterprise = make_enterprise()
    for month, tonnes in ((date(2025, 2, 1), "10"), (FEBRUARY, "12")):
        make_line(enterprise=enterprise, now=now, month=month, values={"amount": {"value": tonnes, "unit": "t"}})
    key = "process.plausibility.year_ago.limit"
    before = findings_of(enterprise_id=enterprise.pk, month=FEBRUARY)

    proposed = factors.propose(
        key=key, value=Decimal("0.1"), source="decision of the park", valid_from=FEBRUARY, by_id=make_user().pk, now=now
    )
    waiting = findings_of(enterprise_id=enterprise.pk, month=FEBRUARY)
    factors.approve(factor_id=proposed.pk, by_id=make_user().pk, status="UNVERIFIED", now=now)

    assert before == waiting == []
    assert [one.rule for one in findings_of(enterprise_id=enterprise.pk, month=FEBRUARY)] == ["year_ago"]
