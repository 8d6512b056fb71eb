"""From a platform error to an answer: JSON for programs, a page for people."""

from collections.abc import Mapping
from string import Formatter
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import exception_handler

from parks.catalogue.domain.errors import Conflict, Forbidden, Invalid, NotFound, PlatformError, Unavailable
from parks.portal.registry import lobby

STATUS: dict[type[PlatformError], int] = {
    NotFound: status.HTTP_404_NOT_FOUND,
    Forbidden: status.HTTP_403_FORBIDDEN,
    Conflict: status.HTTP_409_CONFLICT,
    Invalid: status.HTTP_422_UNPROCESSABLE_ENTITY,
    Unavailable: status.HTTP_503_SERVICE_UNAVAILABLE,
}


def status_of(error: PlatformError) -> int:
    return next((code for family, code in STATUS.items() if isinstance(error, family)), 400)


def told(error: PlatformError) -> str:
    """What a person is told, in the language of the page."""
    return told_of(code=error.code, details=error.details, text=str(error))


def told_of(*, code: str, details: Mapping[str, Any], text: str) -> str:
    """The words of a code with its particulars in their `{places}`; else the message; else the code's words before the message.

    Args:
        details: particulars by name; text: the message in English, for what has no words of its own.
    """
    words = str(lobby.words.get(f"error.{code}", ""))
    if "{" in words and all(name in details for _before, name, _form, _kind in Formatter().parse(words) if name):
        return words.format_map(details)
    said = _(text)
    if said != text or not words or "{" in words or (get_language() or "").startswith("en"):
        return said
    return f"{words} {text}"


def body_of(error: PlatformError) -> dict[str, Any]:
    return {"code": error.code, "message": str(error), "details": error.details}


def api_exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's handler: one shape for every error, `{"code", "message", "details"}`."""
    if isinstance(error, PlatformError):
        return Response(body_of(error), status=status_of(error))
    response = exception_handler(error, context)
    if response is None:
        return None
    if isinstance(error, exceptions.ValidationError):
        response.data = {"code": "invalid", "message": "The request is not valid.", "details": response.data}
    elif isinstance(error, exceptions.APIException):
        codes = error.get_codes()
        code = codes if isinstance(codes, str) else error.default_code
        details = {"wait_seconds": getattr(error, "wait", None)} if isinstance(error, exceptions.Throttled) else {}
        response.data = {"code": code, "message": str(error.detail), "details": details}
    else:
        response.data = {"code": "not_found", "message": "There is nothing at this address.", "details": {}}
    return response


class PlatformErrorMiddleware:
    """Turns a platform error that a page raised into a page that says what to do."""

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # No text of the platform holds a zero byte, and the database refuses to look for one.
        if "%00" in request.META.get("QUERY_STRING", "") or "\0" in request.path:
            raise Http404
        response: HttpResponse = self.get_response(request)
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, PlatformError):
            return None
        code = status_of(error)
        if request.headers.get("Accept", "").startswith("application/json"):
            return JsonResponse(body_of(error), status=code)
        return render(request, "portal/error.html", {"error": error, "told": told(error), "status": code}, status=code)
