"""Inventories over the API: listed, read with all they rest on, computed."""

from datetime import date
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounting.activity.access import enterprise_in_call
from accounting.carbon.domain.methods import GWP_SETS, METHODS
from accounting.carbon.rendering.runs import run_as_data
from accounting.carbon.selectors.inventories import run_of, visible_runs
from accounting.carbon.services import inventories
from accounting.carbon.services.results import DEFAULT_METHOD
from parks.people.access import require, require_key, scope_of
from parks.people.domain import Capability, Scope

MOST_RUNS = 500


class InventoryOut(serializers.Serializer[Any]):
    id = serializers.IntegerField(source="pk")
    enterprise = serializers.IntegerField(source="enterprise_id")
    enterprise_name = serializers.CharField(source="enterprise.name")
    first_month = serializers.DateField(format="%Y-%m")
    last_month = serializers.DateField(format="%Y-%m")
    method = serializers.CharField()
    total = serializers.DecimalField(max_digits=24, decimal_places=6, help_text="t CO2e")
    digest = serializers.CharField()
    computed_at = serializers.DateTimeField()


class InventoriesOut(serializers.Serializer[Any]):
    inventories = InventoryOut(many=True)
    complete = serializers.BooleanField(help_text="false: there are more; narrow by enterprise")


class InventoryIn(serializers.Serializer[Any]):
    enterprise = serializers.IntegerField(required=False, help_text="needed only for people of the park")
    first = serializers.RegexField(r"^20\d\d-(0[1-9]|1[0-2])$", help_text="first month, 2026-01")
    last = serializers.RegexField(r"^20\d\d-(0[1-9]|1[0-2])$", help_text="last month")
    method = serializers.ChoiceField(choices=list(METHODS), default=DEFAULT_METHOD)
    gwp_set = serializers.ChoiceField(choices=list(GWP_SETS), required=False)


class InventoryDetailOut(serializers.Serializer[Any]):
    """For the description only: a run is plain data already."""

    id = serializers.IntegerField()
    enterprise = serializers.IntegerField()
    enterprise_name = serializers.CharField()
    first_month = serializers.CharField()
    last_month = serializers.CharField()
    method = serializers.CharField()
    total = serializers.CharField(help_text="t CO2e")
    digest = serializers.CharField()
    computed_at = serializers.CharField()
    code_version = serializers.CharField()
    result = serializers.JSONField(help_text="lines with equation and inputs, totals, bounds, refused lines, interval")
    inputs = serializers.JSONField(help_text="activity data as it was taken, with versions and evidence")
    factors = serializers.JSONField(help_text="every factor that was used, with version, value, source and status")


def reader(request: Request) -> Scope:
    scope = scope_of(viewer=request.user)
    require_key(scope=scope, names=["inventories:read"])
    require(scope=scope, capability=Capability.VIEW_PARK)
    return scope


class Inventories(APIView):
    """Frozen inventories, and new ones."""

    @extend_schema(
        responses={200: InventoriesOut}, operation_id="inventories_list", parameters=[OpenApiParameter("enterprise", int)]
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        """Newest first, without their lines."""
        rows = visible_runs(scope=reader(request)).defer("inputs", "factors", "result")
        asked = request.query_params.get("enterprise", "")
        if asked:
            rows = rows.filter(enterprise=int(asked)) if asked.isdigit() and len(asked) < 16 else rows.none()
        found = list(rows[: MOST_RUNS + 1])
        return Response(
            {"inventories": InventoryOut(found[:MOST_RUNS], many=True).data, "complete": len(found) <= MOST_RUNS}
        )

    @extend_schema(request=InventoryIn, responses={201: InventoryDetailOut}, operation_id="inventories_compute")
    def post(self, request: Request) -> Response:
        """Compute and freeze. The same data, factors and method give the inventory that exists."""
        scope = scope_of(viewer=request.user)
        require_key(scope=scope, names=["activity:write"])
        asked = InventoryIn(data=request.data)
        asked.is_valid(raise_exception=True)
        wanted = asked.validated_data
        enterprise = enterprise_in_call(scope=scope, wanted=wanted.get("enterprise"), capability=Capability.UPLOAD_DATA)
        run = inventories.run_inventory(
            enterprise_id=enterprise.pk, enterprise=enterprise.name, first=date.fromisoformat(wanted["first"] + "-01"),
            last=date.fromisoformat(wanted["last"] + "-01"), method_id=wanted["method"], gwp_set=wanted.get("gwp_set"),
            by_id=request.user.pk, now=timezone.now(),
        )  # fmt: skip
        return Response(run_as_data(run), status=201, headers={"Location": f"/api/v1/inventories/{run.pk}/"})


class Inventory(APIView):
    """One frozen inventory."""

    @extend_schema(responses={200: InventoryDetailOut}, operation_id="inventories_read")
    def get(self, request: Request, run_id: int) -> Response:
        """Lines with their equation and inputs, totals, activity data and factors."""
        return Response(run_as_data(run_of(scope=reader(request), run_id=run_id)))
