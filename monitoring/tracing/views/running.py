"""What pages of plans and drives share: how far a computation is, and its frozen inputs as a file."""

import json
from enum import Enum
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from monitoring.tracing.domain.stages import standing
from monitoring.tracing.views.words import refusal

OVER = ("DONE", "FAILED")


def state_of(*, row: Any, stages: type[Enum], url_name: str) -> dict[str, Any]:
    """How far a computation is, or why it failed; `url_name` names the address an open page asks."""
    steps = standing(stage=row.stage, stages=stages)
    return {
        "run": row, "steps": steps, "step": next((n for n, (_name, how) in enumerate(steps, start=1) if how == "now"), 0),
        "seconds": max(int((timezone.now() - (row.started_at or row.asked_at)).total_seconds()), 0), "state_url": url_name,
        "refused": refusal(row=row) if row.state == "FAILED" else "",
    }  # fmt: skip


def state_answer(request: HttpRequest, *, row: Any, stages: type[Enum], url_name: str) -> HttpResponse:
    """The part of an open page that follows a computation; the page loads anew when it is over."""
    answer = render(request, "monitoring/tracing/run_state.html", state_of(row=row, stages=stages, url_name=url_name))
    if row.state in OVER:
        answer["HX-Refresh"] = "true"
    return answer


def case_answer(*, case: Any, name: str) -> HttpResponse:
    """Frozen inputs as a file."""
    answer = HttpResponse(json.dumps(case, ensure_ascii=False, indent=1), content_type="application/json")
    answer["Content-Disposition"] = f'attachment; filename="{name}.json"'
    return answer
