"""A stand-alone case over the API: computed as `manage.py account` computes it, and kept nowhere."""

import json
from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from accounting.carbon.domain.case.account import printed
from accounting.carbon.rendering.cases import answer_of_case
from parks.catalogue.domain.errors import Invalid
from parks.people.access import require, require_key, scope_of
from parks.people.domain import Capability
from parks.portal.bodies import RawJson
from parks.portal.throttling import PerAccount

LARGEST_CASE = 1024**2
MOST_DRAWS = 20_000


class CaseTooLarge(Invalid):
    """The case is larger than the API computes; use the command `account`."""

    code = "case.too_large"


class Account(APIView):
    """Stand-alone cases."""

    parser_classes = [RawJson]
    throttle_classes = [PerAccount]

    @extend_schema(
        request={"application/json": {"type": "object", "description": "a case by accounting/reference/case.schema.json"}},
        responses={
            200: OpenApiResponse({"type": "object"}, description="the answer; what was refused is listed under `errors`"),
            422: OpenApiResponse(description="the case cannot be read, or is too large"),
            429: OpenApiResponse(description="too many requests"),
        },
        operation_id="account_compute",
    )  # fmt: skip
    def post(self, request: Request) -> HttpResponse:
        """Statutory lines, a park network, or both, as JSON. Nothing is written; the same case gives the same bytes."""
        scope = scope_of(viewer=request.user)
        require_key(scope=scope, names=["inventories:read"])
        require(scope=scope, capability=Capability.VIEW_PARK)
        text = text_of(request)
        answer = answer_of_case(text=text)
        read = "format" in answer
        return HttpResponse(printed(answer=answer), content_type="application/json", status=200 if read else 422)


def text_of(request: Request) -> str:
    """The body as text, unless it asks for more than a request may take."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if length.isdigit() and int(length) > LARGEST_CASE:
        raise CaseTooLarge(bytes=int(length))
    body: Any = request.data
    data = body if isinstance(body, bytes) else b""
    if len(data) > LARGEST_CASE:
        raise CaseTooLarge(bytes=len(data))
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise Invalid("The body is not UTF-8.") from error
    if wanted_draws(text) > MOST_DRAWS:
        raise CaseTooLarge(draws=wanted_draws(text), most=MOST_DRAWS)
    return text


def wanted_draws(text: str) -> int:
    try:
        draws = json.loads(text)["monte_carlo"]["draws"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return 0  # what is no case is refused where it is read
    return draws if isinstance(draws, int) else 0
