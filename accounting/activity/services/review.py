"""The review of a closed month: findings with their comments, the sample, verdicts, the signature."""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal

from django.contrib.auth import get_user_model
from django.db import transaction

from accounting.activity.domain.months import MonthState
from accounting.activity.domain.sampling import sampled, seed_of
from accounting.activity.models import ActivityLine, LineReview, Month, MonthFinding, MonthSample, MonthSignature
from accounting.activity.selectors import findings_of, lines_in_force, sample_of, sample_rule
from parks.catalogue.domain.errors import Conflict, Invalid, NotFound


class NeedsComment(Invalid):
    """A finding that remains needs a comment before the month is closed."""

    code = "month.needs_comment"


class NotReviewed(Conflict):
    """Lines of the sample were not looked at yet."""

    code = "month.not_reviewed"


class Objected(Conflict):
    """The verifier objected to a line; reopen the month and correct it."""

    code = "month.objected"


class NotUnderReview(Conflict):
    """Only a closed month is reviewed."""

    code = "month.not_under_review"


class ClosersReview(Conflict):
    """Who closed a month does not review it."""

    code = "month.own_review"


class SmallerSample(Invalid):
    """A verifier may see more lines than the rule asks for, never fewer."""

    code = "month.smaller_sample"


def begin(*, month: Month, comments: Mapping[str, str], comment: str, by_id: int, now: datetime) -> None:
    """Keep the findings with their comments and draw the sample of this closing.

    Raises:
        NeedsComment: a finding has no comment; the details name them.
    """
    found = findings_of(enterprise_id=month.enterprise_id, month=month.month)
    said = {one.key: comments.get(one.key, comment).strip() for one in found}
    silent = [key for key, text in said.items() if not text]
    if silent:
        raise NeedsComment(findings=silent)
    month.closings += 1
    common = {"month": month, "closing": month.closings, "at": now, "by_id": by_id}
    MonthFinding.objects.bulk_create(
        MonthFinding(rule=one.rule, code=one.code, details=dict(one.details), comment=said[one.key][:300], **common)
        for one in found
    )
    lines = list(lines_in_force(enterprise_id=month.enterprise_id, first=month.month, last=month.month))
    seed = seed_of(f"{digest_of(lines)} {now.isoformat()}")
    odd, (share, least) = {one.code for one in found}, sample_rule(on=month.month)
    drawn = sampled(
        ids=[line.pk for line in lines], seed=seed, share=share, least=least,
        always=[line.pk for line in lines if line.code in odd],
    )  # fmt: skip
    MonthSample.objects.create(seed=seed, share=share, least=least, line_ids=drawn, **common)


@transaction.atomic
def enlarge(*, enterprise_id: int, month: date, share: Decimal, by_id: int, now: datetime) -> MonthSample:
    """Draw more lines of a closed month from the same seed; those that were drawn stay.

    Raises:
        NotUnderReview, ClosersReview: see `judge`. SmallerSample: the share is no larger than the one before.
    """
    row = under_review(enterprise_id=enterprise_id, month=month, by_id=by_id)
    old = sample_of(month=row)
    if old is None or not old.share < share <= 1:
        raise SmallerSample(field="share", value=str(share))
    ids = list(lines_in_force(enterprise_id=enterprise_id, first=month, last=month).values_list("pk", flat=True))
    drawn = sampled(ids=ids, seed=old.seed, share=share, least=old.least, always=old.line_ids)
    return MonthSample.objects.create(
        month=row,
        closing=row.closings,
        at=now,
        by_id=by_id,
        seed=old.seed,
        share=share,
        least=old.least,
        line_ids=drawn,
    )


def under_review(*, enterprise_id: int, month: date, by_id: int) -> Month:
    """A closed month for somebody who reviews it, locked. Raises NotUnderReview, ClosersReview."""
    row = Month.objects.select_for_update().filter(enterprise=enterprise_id, month=month).first()
    if row is None or row.state != MonthState.CLOSED.value:
        raise NotUnderReview
    if row.closed_by_id == by_id:
        raise ClosersReview
    return row


@transaction.atomic
def judge(
    *, enterprise_id: int, month: date, line_id: int, accepted: bool, remark: str, by_id: int, now: datetime
) -> LineReview:  # fmt: skip
    """Accept a line of a closed month, or object to it. A second verdict replaces the first.

    Raises:
        NotFound: no such line in force in this month.
        NotUnderReview: the month is not closed.
        ClosersReview: the reviewer closed it.
    """
    line = lines_in_force(enterprise_id=enterprise_id, first=month, last=month).filter(pk=line_id).first()
    if line is None:
        raise NotFound
    row = under_review(enterprise_id=enterprise_id, month=month, by_id=by_id)
    if not accepted and not remark.strip():
        raise Invalid("An objection needs a remark.", field="remark")
    verdict = "ACCEPTED" if accepted else "OBJECTED"
    found, _new = LineReview.objects.update_or_create(
        month=row, closing=row.closings, line=line,
        defaults={"verdict": verdict, "remark": remark.strip()[:300], "by_id": by_id, "at": now},
    )  # fmt: skip
    return found


@transaction.atomic
def accept_lines(
    *, enterprise_id: int, month: date, line_ids: Collection[int], by_id: int, now: datetime
) -> int:  # fmt: skip
    """Accept many lines of a closed month in one step. Lines that have a verdict keep it. Returns how many have one now.

    Raises:
        NotFound, NotUnderReview, ClosersReview: see `judge`.
    """
    there = lines_in_force(enterprise_id=enterprise_id, first=month, last=month).filter(pk__in=line_ids)
    if set(line_ids) - set(there.values_list("pk", flat=True)):
        raise NotFound
    row = under_review(enterprise_id=enterprise_id, month=month, by_id=by_id)
    common = {"month": row, "closing": row.closings, "verdict": "ACCEPTED", "remark": "", "by_id": by_id, "at": now}
    rows = [LineReview(line_id=line_id, **common) for line_id in line_ids]
    return len(LineReview.objects.bulk_create(rows, ignore_conflicts=True))


def sign(*, month: Month, by_id: int, now: datetime) -> MonthSignature:
    """Put a name under a reviewed month, with the fingerprint of its lines.

    Raises:
        NotReviewed: lines of the sample have no verdict.
        Objected: a line was objected to.
    """
    verdicts = dict(LineReview.objects.filter(month=month, closing=month.closings).values_list("line", "verdict"))
    if "OBJECTED" in verdicts.values():
        raise Objected
    sample = sample_of(month=month)
    unseen = set(sample.line_ids if sample else []) - verdicts.keys()
    if sample is None or unseen:
        raise NotReviewed(lines=len(unseen))
    lines = list(lines_in_force(enterprise_id=month.enterprise_id, first=month.month, last=month.month))
    person = get_user_model().objects.get(pk=by_id)
    return MonthSignature.objects.create(
        month=month, closing=month.closings, at=now, by_id=by_id, name=str(person),
        lines=[{"id": line.pk, "code": line.code, "version": line.version} for line in lines], digest=digest_of(lines),
    )  # fmt: skip


def digest_of(lines: Iterable[ActivityLine]) -> str:
    """Fingerprint of what the lines of a month say."""
    content = [
        [line.code, line.version, line.kind, line.values, line.choices, line.groups, line.biogenic, line.node_id, line.stream_id,
         line.source, line.quality, line.note, line.evidence_digest]
        for line in lines
    ]  # fmt: skip
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
