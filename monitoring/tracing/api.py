"""Incidents and traces of air and water over the API. The park sees its own whole; a program of an enterprise sees the incidents that concern it."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from monitoring.tracing.selectors.incidents import incident_of, trace_of, visible_incidents, visible_traces
from monitoring.tracing.selectors.water import (
    network_of,
    visible_water_incidents,
    visible_water_traces,
    water_incident_of,
    water_trace_of,
)
from monitoring.tracing.services import incidents, water
from monitoring.tracing.services.companions import offered
from monitoring.tracing.services.runs import ask_for_trace
from monitoring.tracing.services.water_cases import Asked
from monitoring.tracing.tasks import begin, begin_water
from parks.people.access import require, require_key, scope_of
from parks.people.domain import Capability, Scope

MOST = 200


class IncidentOut(serializers.Serializer[Any]):
    id = serializers.IntegerField(source="pk")
    park = serializers.IntegerField(source="park_id")
    kind = serializers.CharField()
    state = serializers.CharField(help_text="OPEN, CONFIRMED or REJECTED")
    title = serializers.CharField()
    pollutant = serializers.CharField(source="pollutant_id")
    together_with = serializers.SerializerMethodField(help_text="substances it was opened to be traced together with")
    start = serializers.DateTimeField(source="began_at")
    end = serializers.DateTimeField(source="ended_at")
    outlet = serializers.IntegerField(source="outlet_id", allow_null=True, help_text="confirmed as the source")
    newest_trace = serializers.IntegerField(allow_null=True)

    def get_together_with(self, row: Any) -> list[str]:
        return [one.pollutant_id for one in row.companions.all()]


class IncidentIn(serializers.Serializer[Any]):
    park = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=["ALARM", "COMPLAINT", "MANUAL"])
    title = serializers.CharField(max_length=120)
    told = serializers.CharField(allow_blank=True, default="")
    pollutant = serializers.CharField(max_length=12)
    together_with = serializers.ListField(
        child=serializers.CharField(max_length=12), default=list, help_text="codes, of those that /api/v1/incidents/companions/ offers"
    )  # fmt: skip
    start = serializers.DateTimeField()
    end = serializers.DateTimeField()


class CompanionsIn(serializers.Serializer[Any]):
    park = serializers.IntegerField()
    pollutant = serializers.CharField(max_length=12)
    start = serializers.DateTimeField()
    end = serializers.DateTimeField()


class CompanionOut(serializers.Serializer[Any]):
    pollutant = serializers.CharField()
    name = serializers.CharField()
    name_en = serializers.CharField()
    stations = serializers.IntegerField(help_text="with minutes of it in this time")


class RunOut(serializers.Serializer[Any]):
    """A computation with frozen inputs, of the air or of water."""

    id = serializers.IntegerField(source="pk")
    incident = serializers.IntegerField(source="incident_id")
    state = serializers.CharField(help_text="WAITING, RUNNING, DONE or FAILED")
    digest = serializers.CharField(help_text="of the frozen case")
    code_version = serializers.CharField()
    asked_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    stage = serializers.CharField(help_text="begun by the worker, in the order of `monitoring.tracing.domain.stages`")
    error = serializers.CharField()
    error_code = serializers.CharField(help_text="empty unless FAILED")
    error_details = serializers.JSONField(help_text="particulars of the code, by name")


class TraceOut(RunOut):
    """A trace of the air."""

    together_with = serializers.ListField(
        child=serializers.CharField(), source="companions", help_text="substances traced together with that of the incident"
    )  # fmt: skip


class TraceDetailOut(TraceOut):
    case = serializers.JSONField(help_text="by trace_case.schema.json; the command traces it again")
    answer = serializers.SerializerMethodField(help_text="once DONE: whole then, and not changed any more")

    def get_answer(self, row: Any) -> dict[str, Any] | None:
        answer: dict[str, Any] | None = row.answer if row.state == "DONE" else None
        return answer


class TraceIn(serializers.Serializer[Any]):
    incident = serializers.IntegerField()
    together_with = serializers.ListField(
        child=serializers.CharField(max_length=12), required=False, help_text="those of the incident where it is left out; none where it is empty"
    )  # fmt: skip


def reader(request: Request) -> Scope:
    scope = scope_of(viewer=request.user)
    require_key(scope=scope, names=["incidents:read"])
    require(scope=scope, capability=Capability.VIEW_PARK)
    return scope


class Incidents(APIView):
    """Incidents, newest first, and new ones."""

    @extend_schema(responses={200: IncidentOut(many=True)}, operation_id="incidents_list")
    def get(self, request: Request) -> Response:
        """Incidents in reach."""
        rows = visible_incidents(scope=reader(request))[:MOST]
        shown = IncidentOut(rows, many=True).data
        if not scope_of(viewer=request.user).park_ids:
            for one in shown:
                one["newest_trace"] = None
        return Response(shown)

    @extend_schema(request=IncidentIn, responses={201: IncidentOut}, operation_id="incidents_open")
    def post(self, request: Request) -> Response:
        """Open an incident of the park."""
        scope = scope_of(viewer=request.user)
        require_key(scope=scope, names=[])
        asked = IncidentIn(data=request.data)
        asked.is_valid(raise_exception=True)
        given = asked.validated_data
        require(scope=scope, capability=Capability.TRACE_SOURCES, park_id=given["park"])
        made = incidents.open_incident(
            scope=scope, park_id=given["park"], kind=given["kind"], pollutant=given["pollutant"], title=given["title"], told=given["told"],
            start=given["start"], end=given["end"], now=timezone.now(), companions=given["together_with"],
        )  # fmt: skip
        return Response(IncidentOut(incident_of(scope=scope, incident_id=made.pk)).data, status=201)


class IncidentCompanions(APIView):
    """What can be traced together with a substance."""

    @extend_schema(
        parameters=[CompanionsIn], responses={200: CompanionOut(many=True)}, operation_id="incidents_companions"
    )
    def get(self, request: Request) -> Response:
        """Substances that a station of the map measured in a time, neither a part of it nor a sum that holds it."""
        scope = scope_of(viewer=request.user)
        require_key(scope=scope, names=[])
        asked = CompanionsIn(data=request.query_params)
        asked.is_valid(raise_exception=True)
        given = dict(asked.validated_data)
        park_id = given.pop("park")
        require(scope=scope, capability=Capability.TRACE_SOURCES, park_id=park_id)
        return Response(CompanionOut(offered(scope=scope, park_id=park_id, **given), many=True).data)


class Traces(APIView):
    """Traces of the park, and new ones."""

    @extend_schema(responses={200: TraceOut(many=True)}, operation_id="traces_list")
    def get(self, request: Request) -> Response:
        """Newest first, without cases and answers."""
        rows = visible_traces(scope=reader(request)).defer("case", "answer")[:MOST]
        return Response(TraceOut(rows, many=True).data)

    @extend_schema(request=TraceIn, responses={202: TraceOut}, operation_id="traces_ask")
    def post(self, request: Request) -> Response:
        """Freeze what is known of an incident and have it traced."""
        scope = scope_of(viewer=request.user)
        require_key(scope=scope, names=[])
        asked = TraceIn(data=request.data)
        asked.is_valid(raise_exception=True)
        found = incident_of(scope=scope, incident_id=asked.validated_data["incident"])
        require(scope=scope, capability=Capability.TRACE_SOURCES, park_id=found.park_id)
        row = ask_for_trace(
            scope=scope, incident_id=found.pk, now=timezone.now(), companions=asked.validated_data.get("together_with")
        )
        begin(trace_id=row.pk)
        return Response(TraceOut(row).data, status=202)


class OneTrace(APIView):
    """One trace with its frozen case and its answer."""

    @extend_schema(responses={200: TraceDetailOut}, operation_id="traces_one")
    def get(self, request: Request, trace_id: int) -> Response:
        """Everything of a trace."""
        return Response(TraceDetailOut(trace_of(scope=reader(request), trace_id=trace_id)).data)


class WaterIncidentOut(serializers.Serializer[Any]):
    id = serializers.IntegerField(source="pk")
    park = serializers.IntegerField(source="park_id")
    network = serializers.IntegerField(source="network_id")
    kind = serializers.CharField()
    state = serializers.CharField(help_text="OPEN, CONFIRMED or REJECTED")
    title = serializers.CharField()
    substance = serializers.CharField(help_text="code of the factor where the readings are those of stations")
    start = serializers.DateTimeField(source="began_at", allow_null=True, help_text="null where a table was sent")
    end = serializers.DateTimeField(source="ended_at", allow_null=True)
    node = serializers.CharField(help_text="confirmed as the place where it entered, else empty")
    enterprise = serializers.IntegerField(source="enterprise_id", allow_null=True, help_text="confirmed as the source")
    newest_trace = serializers.IntegerField(source="newest", allow_null=True)


class WaterIncidentIn(serializers.Serializer[Any]):
    network = serializers.IntegerField(
        help_text="revision of a network or a reach, one of those on the page of water tracing"
    )
    kind = serializers.ChoiceField(choices=["ALARM", "COMPLAINT", "MANUAL"])
    title = serializers.CharField(max_length=120)
    told = serializers.CharField(allow_blank=True, default="")
    pollutant = serializers.CharField(max_length=12, help_text="measured by stations bound to nodes of the network")
    start = serializers.DateTimeField()
    end = serializers.DateTimeField()
    demands_known = serializers.BooleanField(default=False)


class WaterTraceOut(RunOut):
    """A trace of water."""


class WaterTraceDetailOut(WaterTraceOut):
    case = serializers.JSONField(
        help_text="of a sewer by trace_water_case.schema.json, of a river by trace_river_case.schema.json; the command traces it again"
    )
    sources = serializers.JSONField(help_text="channels behind the nodes, with what was left out")
    answer = serializers.JSONField(allow_null=True)


class WaterTraceIn(serializers.Serializer[Any]):
    incident = serializers.IntegerField()
    floor = serializers.FloatField(required=False, allow_null=True, default=None, min_value=1e-9, help_text="mg/L")
    before_h = serializers.FloatField(default=6.0, min_value=0.0, max_value=72.0)
    longest_h = serializers.FloatField(default=6.0, min_value=0.1, max_value=72.0)
    decay_per_h = serializers.FloatField(default=0.0, min_value=0.0, max_value=10.0)
    demands_known = serializers.BooleanField(default=False)
    seed = serializers.IntegerField(default=1, min_value=0, max_value=2**31 - 1, help_text="of the draws in a river")
    ruled_out = serializers.ListField(
        child=serializers.CharField(max_length=60),
        default=list,
        max_length=5000,
        help_text="nodes cleared by inspection",
    )


class WaterIncidents(APIView):
    """Water incidents, newest first, and new ones from stations."""

    @extend_schema(responses={200: WaterIncidentOut(many=True)}, operation_id="water_incidents_list")
    def get(self, request: Request) -> Response:
        """Incidents in reach."""
        shown = WaterIncidentOut(visible_water_incidents(scope=reader(request))[:MOST], many=True).data
        if not scope_of(viewer=request.user).park_ids:
            for one in shown:
                one["newest_trace"] = None
        return Response(shown)

    @extend_schema(request=WaterIncidentIn, responses={201: WaterIncidentOut}, operation_id="water_incidents_open")
    def post(self, request: Request) -> Response:
        """Open an incident from what the stations of a network read, freeze the readings and have them traced."""
        scope = scope_of(viewer=request.user)
        require_key(scope=scope, names=[])
        asked = WaterIncidentIn(data=request.data)
        asked.is_valid(raise_exception=True)
        given = asked.validated_data
        network = network_of(scope=scope, network_id=given["network"])
        require(scope=scope, capability=Capability.TRACE_SOURCES, park_id=network.park_id)
        row = water.open_from_channels(
            scope=scope, network=network, kind=given["kind"], title=given["title"], told=given["told"], pollutant=given["pollutant"],
            start=given["start"], end=given["end"], asked=Asked(demands_known=given["demands_known"]), now=timezone.now(),
        )  # fmt: skip
        begin_water(trace_id=row.pk, pressure=network.kind == "PRESSURE")
        made = water_incident_of(scope=scope, incident_id=row.incident_id)
        return Response(WaterIncidentOut(made).data, status=201)


class OneWaterIncident(APIView):
    """One water incident."""

    @extend_schema(responses={200: WaterIncidentOut}, operation_id="water_incidents_one")
    def get(self, request: Request, water_id: int) -> Response:
        """What is known of it, without its traces."""
        scope = reader(request)
        shown = WaterIncidentOut(water_incident_of(scope=scope, incident_id=water_id)).data
        return Response(shown if scope.park_ids else {**shown, "newest_trace": None})


class WaterTraces(APIView):
    """Water traces of the park, and new ones."""

    @extend_schema(responses={200: WaterTraceOut(many=True)}, operation_id="water_traces_list")
    def get(self, request: Request) -> Response:
        """Newest first, without cases and answers."""
        rows = visible_water_traces(scope=reader(request)).defer("case", "answer")[:MOST]
        return Response(WaterTraceOut(rows, many=True).data)

    @extend_schema(request=WaterTraceIn, responses={202: WaterTraceOut}, operation_id="water_traces_ask")
    def post(self, request: Request) -> Response:
        """Freeze what is known of an incident now, with these choices, and have it traced."""
        scope = scope_of(viewer=request.user)
        require_key(scope=scope, names=[])
        asked = WaterTraceIn(data=request.data)
        asked.is_valid(raise_exception=True)
        given = dict(asked.validated_data)
        found = water_incident_of(scope=scope, incident_id=given.pop("incident"))
        require(scope=scope, capability=Capability.TRACE_SOURCES, park_id=found.park_id)
        choices = Asked(**given | {"ruled_out": tuple(sorted(set(given["ruled_out"])))})
        row = water.ask_again(scope=scope, incident_id=found.pk, asked=choices, now=timezone.now())
        begin_water(trace_id=row.pk, pressure=found.network.kind == "PRESSURE")
        return Response(WaterTraceOut(row).data, status=202)


class OneWaterTrace(APIView):
    """One water trace with its frozen case and its answer."""

    @extend_schema(responses={200: WaterTraceDetailOut}, operation_id="water_traces_one")
    def get(self, request: Request, water_trace_id: int) -> Response:
        """Everything of a trace."""
        return Response(WaterTraceDetailOut(water_trace_of(scope=reader(request), trace_id=water_trace_id)).data)
