"""Reading series by programs."""

from datetime import datetime
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from monitoring.series.domain.readings import Interval
from monitoring.series.selectors.history import values_of
from monitoring.series.selectors.points import newest_values, point, points
from parks.catalogue.domain.periods import park_zone
from parks.people.access import require, require_key, scope_of
from parks.people.domain import Capability, Scope

MOST_VALUES = 50_000


class ChannelOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    park = serializers.IntegerField(source="park_id")
    enterprise = serializers.CharField()
    point = serializers.CharField(source="code")
    point_name = serializers.CharField(source="name")
    factor = serializers.CharField(source="pollutant")
    factor_name = serializers.CharField(source="pollutant_name")
    unit = serializers.CharField()
    reference_o2 = serializers.FloatField(allow_null=True)
    logger = serializers.IntegerField(source="logger_id", allow_null=True)


class LatestOut(serializers.Serializer[Any]):
    channel = serializers.IntegerField()
    point = serializers.CharField()
    pollutant = serializers.CharField()
    unit = serializers.CharField()
    interval = serializers.CharField(allow_null=True)
    time = serializers.DateTimeField(allow_null=True)
    value = serializers.FloatField(allow_null=True)
    converted = serializers.FloatField(allow_null=True)
    flag = serializers.CharField()
    verdict = serializers.IntegerField(allow_null=True)


class ValueOut(serializers.Serializer[Any]):
    time = serializers.DateTimeField()
    value = serializers.FloatField(allow_null=True)
    minimum = serializers.FloatField(allow_null=True)
    maximum = serializers.FloatField(allow_null=True)
    converted = serializers.FloatField(allow_null=True)
    verdict = serializers.IntegerField(help_text="0 valid, 1 invalid, 2 suspect, 3 missing")
    reason = serializers.IntegerField()
    flag = serializers.CharField()
    coverage = serializers.FloatField(allow_null=True)
    load_kg = serializers.DecimalField(max_digits=20, decimal_places=6, allow_null=True)


class SeriesOut(serializers.Serializer[Any]):
    channel = serializers.IntegerField()
    interval = serializers.CharField()
    unit = serializers.CharField()
    values = ValueOut(many=True)
    complete = serializers.BooleanField(help_text="false: there are more values; ask again from the last time")


class SeriesIn(serializers.Serializer[Any]):
    channel = serializers.IntegerField(min_value=1, max_value=2**62)
    interval = serializers.ChoiceField(choices=[i.name.lower() for i in Interval], default="hour")
    start = serializers.DateTimeField()
    end = serializers.DateTimeField()


def reader(request: Request) -> Scope:
    """Scope of a caller who may read series."""
    scope = scope_of(viewer=request.user)
    require_key(scope=scope, names=["observations:read"])
    require(scope=scope, capability=Capability.VIEW_PARK)
    return scope


class Channels(APIView):
    """Channels that the caller may read."""

    @extend_schema(responses=ChannelOut(many=True), operation_id="channels_list")
    def get(self, request: Request) -> Response:
        return Response(ChannelOut(points(scope=reader(request)), many=True).data)


class Latest(APIView):
    """Newest value of every channel that the caller may read."""

    @extend_schema(responses=LatestOut(many=True), operation_id="latest_list")
    def get(self, request: Request) -> Response:
        scope = reader(request)
        found = [row for park_id in sorted(scope.all_park_ids) for row in newest_values(scope=scope, park_id=park_id)]
        return Response(found)  # plain values already; thousands of rows need no second walk


PERIOD = [
    OpenApiParameter("channel", int, required=True),
    OpenApiParameter("interval", str, enum=[i.name.lower() for i in Interval], description="default: hour"),
    OpenApiParameter("from", datetime, required=True, description="first time, ISO 8601"),
    OpenApiParameter("to", datetime, required=True, description="the time before which it ends, ISO 8601"),
]


class Values(APIView):
    """Values of one channel and period."""

    @extend_schema(parameters=PERIOD, responses={200: SeriesOut}, operation_id="observations_read")
    def get(self, request: Request) -> Response:
        """Hours, days and months are judged by the platform; minutes and real-time values are as they were sent."""
        return Response(SeriesOut(self.read(request)).data)

    def read(self, request: Request) -> dict[str, Any]:
        scope = reader(request)
        given = request.query_params
        asked = SeriesIn(
            data={
                "channel": given.get("channel"), "interval": given.get("interval", "hour"), "start": given.get("from"),
                "end": given.get("to", timezone.now().astimezone(park_zone()).isoformat()),
            }
        )  # fmt: skip
        asked.is_valid(raise_exception=True)
        wanted = asked.validated_data
        found = point(scope=scope, channel_id=wanted["channel"])
        interval = Interval[wanted["interval"].upper()]
        values = values_of(
            channel_id=found.id, interval=interval, start=wanted["start"], end=wanted["end"], limit=MOST_VALUES + 1
        )
        return {
            "channel": found.id, "interval": interval.name.lower(), "unit": found.unit, "values": values[:MOST_VALUES],
            "complete": len(values) <= MOST_VALUES,
        }  # fmt: skip
