"""Reading activity data."""

from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Count, Q, QuerySet

from accounting.activity.domain.checking import Known
from accounting.activity.domain.months import MonthState
from accounting.activity.domain.plausibility import Finding, Limits, Seen, findings
from accounting.activity.domain.quantities import given_of
from accounting.activity.models import (
    ActivityLine,
    Certificate,
    Derivation,
    LineReview,
    Month,
    MonthFinding,
    MonthSample,
    MonthSignature,
    ProcessNode,
    Stream,
    TakenRow,
)
from accounting.factors.selectors.library import bases_in_library, process_values, regions_in_library
from parks.catalogue.domain.errors import NotFound
from parks.people.domain import Scope


def lines_in_force(*, enterprise_id: int, first: date, last: date) -> QuerySet[ActivityLine]:
    """Lines of the months from one to another, both included, by month and code."""
    rows = ActivityLine.objects.filter(
        enterprise=enterprise_id, month__gte=first, month__lte=last, replaced_at__isnull=True, removed=False
    )
    return rows.defer("evidence").select_related("entered_by", "node", "stream").order_by("month", "code")


def versions_of_line(*, enterprise_id: int, month: date, code: str) -> QuerySet[ActivityLine]:
    """All versions of one line, the newest first."""
    rows = ActivityLine.objects.filter(enterprise=enterprise_id, month=month, code=code).defer("evidence")
    return rows.select_related("entered_by").order_by("-version")


def line_of(*, scope: Scope, line_id: int) -> ActivityLine:
    """One line. Raises NotFound outside the viewer's scope."""
    rows = ActivityLine.objects.filter(Q(park__in=scope.park_ids) | Q(enterprise__in=scope.enterprise_ids))
    found = rows.select_related("enterprise", "entered_by", "node", "stream").filter(pk=line_id).first()
    if found is None:
        raise NotFound
    return found


def state_of_month(*, enterprise_id: int, month: date) -> MonthState:
    """State of a month; one that nobody touched is open."""
    found = Month.objects.filter(enterprise=enterprise_id, month=month).values_list("state", flat=True).first()
    return MonthState(found) if found else MonthState.OPEN


def months_of(*, enterprise_id: int) -> dict[date, Month]:
    """States of the months that somebody moved."""
    rows = Month.objects.filter(enterprise=enterprise_id).select_related("closed_by", "verified_by")
    return {row.month: row for row in rows}


def counts_by_month(*, enterprise_id: int) -> dict[date, int]:
    """How many lines each month has."""
    rows = ActivityLine.objects.filter(enterprise=enterprise_id, replaced_at__isnull=True, removed=False)
    return dict(rows.values_list("month").annotate(n=Count("pk")).order_by("month"))


def lines_of_park(*, park_id: int, month: date) -> QuerySet[ActivityLine]:
    """Lines in force of all enterprises of a park in one month, by enterprise and code."""
    rows = ActivityLine.objects.filter(park=park_id, month=month, replaced_at__isnull=True, removed=False)
    return rows.defer("evidence").select_related("enterprise", "node", "stream").order_by("enterprise_id", "code")


def streams_of(*, park_id: int) -> QuerySet[Stream]:
    """Streams of a park by kind and code."""
    return Stream.objects.filter(park=park_id).order_by("kind", "code")


def nodes_of(*, park_id: int) -> QuerySet[ProcessNode]:
    """Nodes of a park by enterprise and code."""
    return ProcessNode.objects.filter(park=park_id).select_related("enterprise").order_by("enterprise_id", "code")


def states_of_park(*, park_id: int, month: date) -> dict[int, MonthState]:
    """State of a month by enterprise; who is not named is open."""
    rows = Month.objects.filter(park=park_id, month=month).values_list("enterprise", "state")
    return {enterprise: MonthState(state) for enterprise, state in rows}


def months_with_lines(*, park_id: int) -> list[date]:
    """Months in which anybody of the park entered anything, oldest first."""
    rows = ActivityLine.objects.filter(park=park_id, replaced_at__isnull=True, removed=False)
    return list(rows.values_list("month", flat=True).distinct().order_by("month"))


def lines_of_year(*, park_id: int, year: int, kinds: tuple[str, ...]) -> QuerySet[ActivityLine]:
    """Lines in force of some kinds in a calendar year of a park."""
    rows = ActivityLine.objects.filter(
        park=park_id, month__year=year, kind__in=kinds, replaced_at__isnull=True, removed=False
    )
    return rows.defer("evidence").select_related("stream").order_by("month", "enterprise_id", "code")


def known_names() -> Known:
    """Names of the factor library that lines may use."""
    return Known(bases_in_library(), regions_in_library())


def streams_of_park(*, park_id: int) -> QuerySet[Stream]:
    return Stream.objects.filter(park=park_id).order_by("code")


def nodes_of_enterprise(*, park_id: int, enterprise_id: int) -> QuerySet[ProcessNode]:
    return ProcessNode.objects.filter(park=park_id, enterprise=enterprise_id).order_by("code")


def seen_lines(*, enterprise_id: int, month: date) -> list[Seen]:
    """Lines of a month as the rules of plausibility look at them."""
    rows = lines_in_force(enterprise_id=enterprise_id, first=month, last=month)
    return [
        Seen(
            line.code, line.kind, {name: given_of(name=name, data=data) for name, data in line.values.items()},
            line.node.code if line.node else "",
            {
                name: [{f: d if f == "substance" else given_of(name=f, data=d) for f, d in row.items()} for row in parts]
                for name, parts in line.groups.items()
            },
        )
        for line in rows
    ]  # fmt: skip


def findings_of(*, enterprise_id: int, month: date) -> list[Finding]:
    """What looks odd in a month, compared with the month before and the same month of the year before."""
    before = (month - timedelta(days=1)).replace(day=1)
    return findings(
        lines=seen_lines(enterprise_id=enterprise_id, month=month),
        month_ago=seen_lines(enterprise_id=enterprise_id, month=before),
        year_ago=seen_lines(enterprise_id=enterprise_id, month=month.replace(year=month.year - 1)),
        limits=Limits(**process_values(process="plausibility", on=month)),
    )


def sample_rule(*, on: date) -> tuple[Decimal, int]:
    """Share of the lines that a verifier must see, and how many at least; of the factor library."""
    rule = process_values(process="review_sample", on=on)
    return rule["share"], int(rule["least"])


def kept_findings(*, month: Month) -> list[MonthFinding]:
    """Findings of the present closing with their comments."""
    return list(MonthFinding.objects.filter(month=month, closing=month.closings).order_by("code", "rule"))


def sample_of(*, month: Month) -> MonthSample | None:
    """The sample of the present closing, as large as the verifier made it."""
    return MonthSample.objects.filter(month=month, closing=month.closings).order_by("-share", "-pk").first()


def reviews_of(*, month: Month) -> dict[int, LineReview]:
    """Verdicts of the present closing by line."""
    return {
        row.line_id: row for row in LineReview.objects.filter(month=month, closing=month.closings).select_related("by")
    }


def signatures_of(*, month: Month) -> list[MonthSignature]:
    """All signatures a month ever had, the newest first."""
    return list(MonthSignature.objects.filter(month=month).order_by("-closing"))


def nodes_of_park(*, park_id: int) -> QuerySet[ProcessNode]:
    return ProcessNode.objects.filter(park=park_id).select_related("enterprise").order_by("code")


def taken_rows(*, receipt_id: int) -> QuerySet[TakenRow]:
    """Rows of an upload that were taken, with their lines."""
    rows = TakenRow.objects.filter(receipt=receipt_id).select_related("line").defer("line__evidence")
    return rows.order_by("row")


def certificates_of(*, enterprise_id: int, first: date, last: date) -> QuerySet[Certificate]:
    """Certificates that cover bought power of months."""
    rows = Certificate.objects.filter(enterprise=enterprise_id, month__gte=first, month__lte=last)
    return rows.order_by("month", "number")


def derivations_of(*, enterprise_id: int, month: date | None = None) -> QuerySet[Derivation]:
    """Derivations of an enterprise, those that hold in a month when one is named."""
    rows = Derivation.objects.filter(enterprise=enterprise_id).select_related("node", "stream")
    if month is not None:
        rows = rows.filter(Q(valid_to=None) | Q(valid_to__gt=month), valid_from__lte=month)
    return rows.order_by("code", "field", "channel_id", "valid_from")


def derivations_of_park(*, park_id: int, month: date) -> QuerySet[Derivation]:
    """Derivations of all enterprises of a park that hold in a month."""
    rows = Derivation.objects.filter(Q(valid_to=None) | Q(valid_to__gt=month), park=park_id, valid_from__lte=month)
    return rows.select_related("node").order_by("node__code", "channel_id")


def enterprises_with_derivations() -> list[int]:
    """For the timetable: whose lines are filled from measurements."""
    return list(Derivation.objects.order_by("enterprise").values_list("enterprise", flat=True).distinct())


def months_to_derive(*, enterprise_id: int, this_month: date) -> list[date]:
    """The running month and the one before, as far as they are open."""
    before = (this_month - timedelta(days=1)).replace(day=1)
    return [
        month
        for month in (before, this_month)
        if state_of_month(enterprise_id=enterprise_id, month=month) is MonthState.OPEN
    ]
