"""Moving months through their states."""

from collections.abc import Collection, Mapping
from datetime import date, datetime

from django.db import transaction

from accounting.activity.domain.months import MonthState, NeedsReason, Step, stepped
from accounting.activity.models import Month, MonthStep
from accounting.activity.services import review
from accounting.activity.services.lines import hold_month
from parks.catalogue.domain.errors import NotFound
from parks.people.services.audit import acting
from parks.register.selectors.places import park_of_enterprise, parks_of_enterprises


@transaction.atomic
def move_month(
    *, enterprise_id: int, month: date, step: Step, by_id: int, now: datetime, reason: str = "",
    comments: Mapping[str, str] | None = None, comment: str = "",
) -> Month:  # fmt: skip
    """Close, verify or reopen a month.

    Args:
        comments: what the enterprise says to each finding, by the finding's key. Needed to close.
        comment: what it says to every finding that `comments` do not name.

    Raises:
        WrongStep, NeedsReason, OwnWork: see `stepped`.
        NeedsComment: a finding has no comment.
        NotReviewed, Objected: the review is not finished, or somebody objected.
    """
    park_id = park_of_enterprise(enterprise_id=enterprise_id)
    if park_id is None:
        raise NotFound
    with acting(user_id=by_id, action=f"month.{step.name.lower()}"):
        hold_month(enterprise_ids=[enterprise_id], month=month, alone=True)
        Month.objects.get_or_create(enterprise_id=enterprise_id, month=month, defaults={"park_id": park_id})
        row = Month.objects.select_for_update().get(enterprise=enterprise_id, month=month)
        after = stepped(
            state=MonthState(row.state), step=step, reason=reason, by_id=by_id, closed_by_id=row.closed_by_id
        )
        if step is Step.CLOSE:
            review.begin(month=row, comments=comments or {}, comment=comment, by_id=by_id, now=now)
        if step is Step.VERIFY:
            review.sign(month=row, by_id=by_id, now=now)
        row.state = after.value
        row.closed_by_id = by_id if step is Step.CLOSE else None if step is Step.REOPEN else row.closed_by_id
        row.verified_by_id = by_id if step is Step.VERIFY else None
        row.save()
        MonthStep.objects.create(month=row, step=step.value, at=now, by_id=by_id, reason=reason[:300])
    return row


@transaction.atomic
def take_over(
    *, enterprise_ids: Collection[int], month: date, by_id: int | None, now: datetime, reason: str
) -> int:  # fmt: skip
    """Close a month of many enterprises at once that was closed elsewhere, before the platform came. Nobody reviewed it here.

    Returns:
        How many were closed; months that somebody moved already stay as they are.

    Raises:
        NeedsReason: no reason, such as the report in which the month was closed.
    """
    if not reason.strip():
        raise NeedsReason
    parks = parks_of_enterprises(enterprise_ids=enterprise_ids)
    rows = [
        Month(enterprise_id=one, month=month, park_id=park, state=MonthState.CLOSED.value, closed_by_id=by_id)
        for one, park in parks.items()
    ]
    Month.objects.filter(enterprise__in=enterprise_ids, month=month, state=MonthState.OPEN.value, closings=0).delete()
    with acting(user_id=by_id, action="month.take_over"):
        Month.objects.bulk_create(rows, ignore_conflicts=True)
    made = Month.objects.filter(enterprise__in=enterprise_ids, month=month, closings=0, state=MonthState.CLOSED.value)
    steps = [
        MonthStep(month=row, step=Step.CLOSE.value, at=now, by_id=by_id, reason=reason.strip()[:300]) for row in made
    ]
    MonthStep.objects.bulk_create(steps)
    return len(steps)
