"""Reading activity data."""

from datetime import date

from django.db.models import Count, Q, QuerySet

from accounting.activity.domain import MonthState
from accounting.activity.models import ActivityLine, Month, ProcessNode, Stream
from parks.catalogue.domain.errors import NotFound
from parks.people.domain import Scope


def lines_in_force(*, enterprise_id: int, first: date, last: date) -> QuerySet[ActivityLine]:
    """Lines of the months from one to another, both included, by month and code."""
    rows = ActivityLine.objects.filter(
        enterprise=enterprise_id, month__gte=first, month__lte=last, replaced_at__isnull=True, removed=False
    )
    return rows.defer("evidence").select_related("entered_by").order_by("month", "code")


def versions_of_line(*, enterprise_id: int, month: date, code: str) -> QuerySet[ActivityLine]:
    """All versions of one line, the newest first."""
    rows = ActivityLine.objects.filter(enterprise=enterprise_id, month=month, code=code).defer("evidence")
    return rows.select_related("entered_by").order_by("-version")


def line_of(*, scope: Scope, line_id: int) -> ActivityLine:
    """One line. Raises NotFound outside the viewer's scope."""
    rows = ActivityLine.objects.filter(Q(park__in=scope.park_ids) | Q(enterprise__in=scope.enterprise_ids))
    found = rows.select_related("enterprise", "entered_by").filter(pk=line_id).first()
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
