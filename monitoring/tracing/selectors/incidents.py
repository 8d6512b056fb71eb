"""Reading incidents and traces: the park sees all of its own, an enterprise those that concern it."""

from collections import Counter

from django.db.models import Max, Prefetch, Q, QuerySet

from monitoring.tracing.models import Incident, IncidentCompanion, IncidentStep, StepFile, Trace
from parks.catalogue.domain.errors import NotFound
from parks.people.domain import Scope


def visible_incidents(*, scope: Scope) -> QuerySet[Incident]:
    """Incidents the viewer may see, newest first."""
    concerned = Q(steps__kind="ASKED", steps__enterprise__in=scope.enterprise_ids) | Q(
        state="CONFIRMED", enterprise__in=scope.enterprise_ids
    )
    return (
        Incident.objects.filter(Q(park__in=scope.park_ids) | (Q(park__in=scope.home_park_ids) & concerned))
        .select_related("pollutant", "outlet", "enterprise", "opened_by", "problem")
        .prefetch_related(Prefetch("companions", IncidentCompanion.objects.select_related("pollutant").order_by("pk")))
        .annotate(newest_trace=Max("traces"))
        .order_by("-began_at", "-pk")
    )


def incident_of(*, scope: Scope, incident_id: int) -> Incident:
    """One incident. Raises NotFound outside the viewer's reach."""
    found = visible_incidents(scope=scope).filter(pk=incident_id).first()
    if found is None:
        raise NotFound
    return found


def steps_of(*, incident_id: int, scope: Scope) -> list[IncidentStep]:
    """Steps in order; an enterprise sees the decision and what was said with itself."""
    files = Prefetch("files", StepFile.objects.defer("content").order_by("name", "pk"))
    rows = (
        IncidentStep.objects.filter(incident=incident_id)
        .select_related("by", "enterprise")
        .prefetch_related(files)
        .order_by("at", "pk")
    )
    if not scope.park_ids:
        rows = rows.filter(
            Q(enterprise__in=scope.enterprise_ids) | Q(kind__in=["OPENED", "CONFIRMED", "REJECTED", "REOPENED"])
        )
    return list(rows)


def step_file_of(*, scope: Scope, file_id: int) -> StepFile:
    """A file with its content: for the park, and for the enterprise that handed it in. Raises NotFound for everybody else."""
    found = (
        StepFile.objects.filter(
            Q(step__incident__park__in=scope.park_ids)
            | Q(step__incident__park__in=scope.home_park_ids, step__enterprise__in=scope.enterprise_ids)
        )
        .filter(pk=file_id)
        .first()
    )
    if found is None:
        raise NotFound
    return found


def traces_of(*, incident_id: int) -> QuerySet[Trace]:
    """Newest first, without the large fields."""
    return Trace.objects.filter(incident=incident_id).defer("case", "answer").select_related("asked_by").order_by("-pk")


def visible_traces(*, scope: Scope) -> QuerySet[Trace]:
    """Traces of the viewer's parks as a whole: their cases hold the readings and the names of everybody."""
    return (
        Trace.objects.filter(incident__park__in=scope.park_ids)
        .select_related("incident__pollutant", "asked_by")
        .order_by("-pk")
    )


def trace_of(*, scope: Scope, trace_id: int, whole: bool = True) -> Trace:
    """One trace, without its inputs and its answer unless `whole`: an open page asks often how far it is.

    Raises:
        NotFound: outside the viewer's reach.
    """
    rows = visible_traces(scope=scope).filter(pk=trace_id)
    found = (rows if whole else rows.defer("case", "answer", "places")).first()
    if found is None:
        raise NotFound
    return found


def newest_answered(*, incident_id: int) -> Trace | None:
    return Trace.objects.filter(incident=incident_id, state="DONE").order_by("-pk").first()


def waiting_traces() -> list[int]:
    """Traces that are not over, oldest first: for the clock, should the broker have lost them or a worker have died."""
    return list(Trace.objects.filter(state__in=["WAITING", "RUNNING"]).order_by("pk").values_list("pk", flat=True)[:20])


def confirmed_cases(*, park_id: int) -> dict[int, int]:
    """How often an outlet was confirmed as a source, by outlet."""
    rows = Incident.objects.filter(park=park_id, state="CONFIRMED", outlet__isnull=False)
    return dict(Counter(rows.values_list("outlet", flat=True)))


def confirmed_premises(*, park_id: int) -> dict[int, int]:
    """How often the premises of an enterprise, and none of its outlets, were confirmed as a source, by enterprise."""
    rows = Incident.objects.filter(park=park_id, state="CONFIRMED", outlet__isnull=True, enterprise__isnull=False)
    return dict(Counter(rows.values_list("enterprise", flat=True)))
