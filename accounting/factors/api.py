"""The factor library over the API."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounting.factors.selectors.library import factor_versions, factors_in_library
from parks.catalogue.domain.errors import NotFound
from parks.people.access import require, require_key, scope_of
from parks.people.domain import Capability

MOST_FACTORS = 1_000


class FactorOut(serializers.Serializer[Any]):
    key = serializers.CharField()
    version = serializers.IntegerField()
    family = serializers.CharField()
    attributes = serializers.JSONField()
    value = serializers.DecimalField(max_digits=24, decimal_places=12, normalize_output=True)
    unit = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]
    clause = serializers.CharField()
    year = serializers.IntegerField(allow_null=True)
    valid_from = serializers.DateField(allow_null=True)
    valid_to = serializers.DateField(allow_null=True, help_text="first day on which it is no longer in force")
    uncertainty = serializers.DecimalField(
        max_digits=7, decimal_places=3, allow_null=True, help_text="half a 95 % interval [%]"
    )
    status = serializers.CharField()
    in_force = serializers.BooleanField()
    note = serializers.CharField()


class FactorsOut(serializers.Serializer[Any]):
    factors = FactorOut(many=True)
    complete = serializers.BooleanField(help_text="false: there are more; narrow by word, family or status")


def reading(request: Request) -> None:
    scope = scope_of(viewer=request.user)
    require_key(scope=scope, names=["inventories:read", "activity:read"])
    require(scope=scope, capability=Capability.VIEW_PARK)


class Factors(APIView):
    """Factors with source and status."""

    @extend_schema(
        responses={200: FactorsOut}, operation_id="factors_list",
        parameters=[OpenApiParameter(name, str) for name in ("word", "family", "status")],
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        """All versions, by family and key."""
        reading(request)
        word, family, status = (request.query_params.get(name, "").strip() for name in ("word", "family", "status"))
        rows = list(factors_in_library(word=word, family=family, status=status)[: MOST_FACTORS + 1])
        return Response(
            {"factors": FactorOut(rows[:MOST_FACTORS], many=True).data, "complete": len(rows) <= MOST_FACTORS}
        )


class Factor(APIView):
    """One factor."""

    @extend_schema(responses={200: FactorOut(many=True)}, operation_id="factors_read")
    def get(self, request: Request, key: str) -> Response:
        """All of its versions, the newest first."""
        reading(request)
        found = list(factor_versions(key=key))
        if not found:
            raise NotFound
        return Response(FactorOut(found, many=True).data)
