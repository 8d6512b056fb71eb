"""Reading networks, water incidents and their traces: the park sees all of its own, an enterprise those that concern it."""

from collections import Counter
from typing import TypeVar

from django.db.models import Max, Model, Q, QuerySet

from monitoring.tracing.models import WaterGauge, WaterIncident, WaterLibrary, WaterNetwork, WaterStep, WaterTrace
from parks.catalogue.domain.errors import NotFound
from parks.people.domain import Scope

Row = TypeVar("Row", bound=Model)


def visible_networks(*, scope: Scope) -> QuerySet[WaterNetwork]:
    """Revisions, newest first, without their text: a network says who discharges where, so whole parks only."""
    return WaterNetwork.objects.filter(park__in=scope.park_ids).defer("text").select_related("made_by").order_by("-pk")


def network_of(*, scope: Scope, network_id: int) -> WaterNetwork:
    """One revision. Raises NotFound outside the viewer's reach."""
    return _one(visible_networks(scope=scope), network_id)


def libraries_of(*, network_id: int) -> list[WaterLibrary]:
    return list(WaterLibrary.objects.filter(network=network_id).order_by("-pk"))


def gauges_of(*, network_id: int) -> list[WaterGauge]:
    """Stations and outlets that stand at nodes of a revision."""
    rows = WaterGauge.objects.filter(network=network_id).select_related("station", "outlet__enterprise")
    return list(rows.order_by("node", "pk"))


def read_nodes(*, network: WaterNetwork) -> list[str]:
    """Nodes at which somebody may measure: all of a network, the stations of a reach."""
    nodes = network.layout["nodes"]
    return sorted(one["id"] for one in nodes if network.kind != "RIVER" or one["kind"] == "station")


def confirmed_nodes(*, park_id: int, kind: str) -> dict[str, int]:
    """How often an inspection found the source at a node of the park's networks of a kind."""
    rows = WaterIncident.objects.filter(park=park_id, network__kind=kind, state="CONFIRMED").exclude(node="")
    return dict(Counter(rows.values_list("node", flat=True)))


def visible_water_incidents(*, scope: Scope) -> QuerySet[WaterIncident]:
    """Incidents, newest first: of whole parks, and those about which the viewer's enterprise was asked."""
    concerned = Q(steps__kind="ASKED", steps__enterprise__in=scope.enterprise_ids) | Q(
        state="CONFIRMED", enterprise__in=scope.enterprise_ids
    )
    return (
        WaterIncident.objects.filter(Q(park__in=scope.park_ids) | (Q(park__in=scope.home_park_ids) & concerned))
        .select_related("network", "opened_by", "enterprise", "pollutant")
        .annotate(newest=Max("traces"))
        .order_by("-opened_at", "-pk")
    )


def water_incident_of(*, scope: Scope, incident_id: int) -> WaterIncident:
    """One incident. Raises NotFound outside the viewer's reach."""
    return _one(visible_water_incidents(scope=scope), incident_id)


def water_steps_of(*, incident_id: int, scope: Scope) -> list[WaterStep]:
    """Steps in order; an enterprise sees the decision and what was said with itself."""
    rows = WaterStep.objects.filter(incident=incident_id).select_related("by", "enterprise").order_by("at", "pk")
    if not scope.park_ids:
        rows = rows.filter(
            Q(enterprise__in=scope.enterprise_ids) | Q(kind__in=["OPENED", "CONFIRMED", "REJECTED", "REOPENED"])
        )
    return list(rows)


def newest_water_trace(*, incident_id: int) -> WaterTrace | None:
    return WaterTrace.objects.filter(incident=incident_id).order_by("-pk").first()


def newest_water_answer(*, incident_id: int) -> WaterTrace | None:
    return WaterTrace.objects.filter(incident=incident_id, state="DONE").order_by("-pk").first()


def water_traces_of(*, incident_id: int) -> QuerySet[WaterTrace]:
    """Newest first, without the large fields."""
    rows = WaterTrace.objects.filter(incident=incident_id).defer("case", "answer").select_related("asked_by")
    return rows.order_by("-pk")


def visible_water_traces(*, scope: Scope) -> QuerySet[WaterTrace]:
    """Traces of the viewer's parks as a whole: their cases hold the readings and the nodes of everybody."""
    return (
        WaterTrace.objects.filter(incident__park__in=scope.park_ids)
        .select_related("incident__network", "incident__pollutant", "asked_by")
        .order_by("-pk")
    )


def water_trace_of(*, scope: Scope, trace_id: int) -> WaterTrace:
    """One trace of a park seen as a whole. Raises NotFound elsewhere."""
    return _one(visible_water_traces(scope=scope), trace_id)


def library_of_trace(*, trace: WaterTrace) -> WaterLibrary | None:
    """The unit responses that a trace of a network under pressure takes."""
    if trace.incident.network.kind != "PRESSURE":
        return None
    sensors = sorted(one["manhole"] for one in trace.case["readings"]["manholes"])
    return next((one for one in libraries_of(network_id=trace.incident.network_id) if one.sensors == sensors), None)


GOING = Q(state__in=["WAITING", "RUNNING"])


def waiting_libraries() -> list[int]:
    """Libraries that are not over, for the clock."""
    return list(WaterLibrary.objects.filter(GOING).order_by("pk").values_list("pk", flat=True)[:5])


def waiting_water(*, pressure: bool) -> list[int]:
    """Traces in networks under pressure, or in sewers and rivers, that are not over, for the clock."""
    kinds = ["PRESSURE"] if pressure else ["SEWER", "RIVER"]
    rows = WaterTrace.objects.filter(GOING, incident__network__kind__in=kinds).order_by("pk")
    return list(rows.values_list("pk", flat=True)[:20])


def _one(rows: QuerySet[Row], pk: int) -> Row:
    found = rows.filter(pk=pk).first()
    if found is None:
        raise NotFound
    return found
