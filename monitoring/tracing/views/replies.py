"""Answers that traces of air and water share."""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def case_file(*, case: Any, name: str) -> HttpResponse:
    """A frozen case to keep."""
    answer = HttpResponse(json.dumps(case, ensure_ascii=False, indent=1), content_type="application/json")
    answer["Content-Disposition"] = f'attachment; filename="{name}.json"'
    return answer


def pdf_file(*, content: bytes, name: str) -> HttpResponse:
    """A dossier to look at."""
    answer = HttpResponse(content, content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    return answer


def followed(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    """How far a trace is, for an open page, which loads anew when it is over."""
    answer = render(request, template, context)
    if context["trace"].state in ("DONE", "FAILED"):
        answer["HX-Refresh"] = "true"
    return answer
