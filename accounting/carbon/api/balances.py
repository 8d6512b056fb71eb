"""Balances of the park over the API: the park sees all of it, an enterprise its own part and the factors of its streams."""

from datetime import date
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounting.carbon.rendering.balances import part_of_enterprises
from accounting.carbon.selectors.balances import Balance, balance_in_reach, balances_in_reach
from accounting.carbon.services.balances import run_balance
from parks.people.access import require, require_key, scope_of
from parks.people.domain import Capability, Scope

MOST = 120


class BalanceOut(serializers.Serializer[Any]):
    id = serializers.IntegerField(source="pk")
    park = serializers.IntegerField(source="park_id")
    month = serializers.DateField(format="%Y-%m")
    state = serializers.CharField(
        help_text="PROVISIONAL, CLOSED or VERIFIED: the least advanced of all enterprises with data"
    )
    total = serializers.DecimalField(
        max_digits=24, decimal_places=6, allow_null=True, help_text="t CO2e of the park; null where the month cannot be balanced"
    )  # fmt: skip
    digest = serializers.CharField()
    code_version = serializers.CharField()
    computed_at = serializers.DateTimeField()


class BalanceIn(serializers.Serializer[Any]):
    park = serializers.IntegerField()
    month = serializers.RegexField(r"^20\d\d-(0[1-9]|1[0-2])$", help_text="2026-01")


class BalanceDetailOut(BalanceOut):
    """For the description only: the parts are plain data already."""

    result = serializers.JSONField(
        help_text="factors, enterprises, flows, bridge, footprints; for an enterprise its own part"
    )
    inputs = serializers.JSONField(
        required=False, help_text="activity data with versions, methods and factors; whole park only"
    )
    case = serializers.JSONField(required=False, help_text="what the result is computed from; whole park only")


def reader(request: Request) -> Scope:
    scope = scope_of(viewer=request.user)
    require_key(scope=scope, names=["inventories:read"])
    require(scope=scope, capability=Capability.VIEW_PARK)
    return scope


def detail(row: Balance, scope: Scope) -> dict[str, Any]:
    found: dict[str, Any] = dict(BalanceOut(row).data)
    if row.park_id in scope.park_ids:
        return found | {"result": row.result, "inputs": row.inputs, "case": row.case}
    own = part_of_enterprises(result=row.result, case=row.case, enterprises={str(one) for one in scope.enterprise_ids})
    return found | {"total": None, "result": own}


class Balances(APIView):
    """Frozen balances, and new ones."""

    @extend_schema(
        responses={200: BalanceOut(many=True)}, operation_id="balances_list", parameters=[OpenApiParameter("month", str)]
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        """The newest run of each month, newest month first. An enterprise sees the months without the park's total."""
        scope = reader(request)
        rows = list(balances_in_reach(scope=scope)[:MOST])
        asked = request.query_params.get("month", "")
        shown = [dict(BalanceOut(row).data) for row in rows if not asked or f"{row.month:%Y-%m}" == asked]
        for one in shown:
            one["total"] = one["total"] if one["park"] in scope.park_ids else None
        return Response(shown)

    @extend_schema(request=BalanceIn, responses={201: BalanceDetailOut}, operation_id="balances_compute")
    def post(self, request: Request) -> Response:
        """Compute and freeze a month. The same data give the balance that exists."""
        scope = scope_of(viewer=request.user)
        require_key(scope=scope, names=[])
        asked = BalanceIn(data=request.data)
        asked.is_valid(raise_exception=True)
        park_id = asked.validated_data["park"]
        require(scope=scope, capability=Capability.MANAGE_FACTORS, park_id=park_id)
        month = date.fromisoformat(asked.validated_data["month"] + "-01")
        row = run_balance(park_id=park_id, month=month, by_id=request.user.pk, now=timezone.now())
        return Response(detail(row, scope), status=201, headers={"Location": f"/api/v1/balances/{row.pk}/"})


class OneBalance(APIView):
    """One frozen balance."""

    @extend_schema(responses={200: BalanceDetailOut}, operation_id="balances_read")
    def get(self, request: Request, balance_id: int) -> Response:
        """Factors of streams, enterprises, flows between them, bridge, footprints with stages and origins."""
        scope = reader(request)
        return Response(detail(balance_in_reach(scope=scope, balance_id=balance_id), scope))
