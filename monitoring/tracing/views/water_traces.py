"""One water trace: how far it is, its frozen case, its dossier."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from monitoring.tracing.domain.stages import RiverStage, WaterStage, standing
from monitoring.tracing.rendering.river_dossier import river_dossier
from monitoring.tracing.rendering.water_dossier import water_dossier
from monitoring.tracing.selectors.rivers import reach_of
from monitoring.tracing.selectors.water import library_of_trace, water_steps_of, water_trace_of
from monitoring.tracing.services.runs import code_version
from monitoring.tracing.services.water_runs import water_computed_again
from monitoring.tracing.views.replies import case_file, followed, pdf_file
from monitoring.tracing.views.words import WORDS, refusal, said
from parks.catalogue.domain.periods import park_zone
from parks.people.access import viewer_of
from parks.people.domain import Capability


def state_of(*, row: Any) -> dict[str, Any]:
    """How far a trace is, or why it failed."""
    river = row.incident.network.kind == "RIVER"
    steps = standing(stage=row.stage, stages=RiverStage if river else WaterStage)
    since = row.started_at or row.asked_at
    going = row.state in ("WAITING", "RUNNING")
    return {
        "stages": "river_stage" if river else "water_stage", "progress": steps, "at_step": next((n for n, (_name, how) in enumerate(steps, start=1) if how == "now"), 0),
        "seconds": max(int((timezone.now() - since).total_seconds()), 0), "library": library_of_trace(trace=row) if going else None,
        "refused": refusal(row=row) if row.state == "FAILED" else "", "same_code": row.code_version == code_version(),
    }  # fmt: skip


@login_required
def water_state(request: HttpRequest, water_trace_id: int) -> HttpResponse:
    """How far a trace is, asked by an open page; the page loads anew when it is over."""
    viewer = viewer_of(request=request)
    viewer.require(Capability.VIEW_PARK)
    row = water_trace_of(scope=viewer.scope, trace_id=water_trace_id)
    return followed(request, "monitoring/tracing/water_state.html", {"trace": row} | state_of(row=row))


@login_required
def water_case(request: HttpRequest, water_trace_id: int) -> HttpResponse:
    """The frozen case; that of a sewer or a river is what `manage.py trace` takes."""
    viewer = viewer_of(request=request)
    viewer.require(Capability.EXPORT)
    row = water_trace_of(scope=viewer.scope, trace_id=water_trace_id)
    return case_file(case=row.case, name=f"water-{row.pk}")


@login_required
@require_POST
def water_recompute(request: HttpRequest, water_trace_id: int) -> HttpResponse:
    """Compute the frozen case again and compare."""
    viewer = viewer_of(request=request)
    row = water_trace_of(scope=viewer.scope, trace_id=water_trace_id)
    viewer.scope_require(Capability.TRACE_SOURCES, park_id=row.incident.park_id)
    if row.answer is None:
        messages.error(request, _("There is no answer yet to compare with."))
    elif water_computed_again(row=row):
        messages.success(request, _("Computed again from the frozen case: the same answer, bit for bit."))
    else:
        messages.error(
            request,
            _("Computed again from the frozen case: another answer. The code has changed since, or the machine."),
        )
    return redirect(f"{reverse('water_incident', args=[row.incident_id])}?trace={row.pk}")


@login_required
def water_trace_dossier(request: HttpRequest, water_trace_id: int) -> HttpResponse:
    """The dossier as PDF."""
    viewer = viewer_of(request=request)
    viewer.require(Capability.EXPORT)
    row = water_trace_of(scope=viewer.scope, trace_id=water_trace_id)
    if row.answer is None:
        messages.error(request, _("There is no answer yet to print."))
        return redirect("water_incident", water_id=row.incident_id)
    words = {code: str(word) for code, word in WORDS.items()}
    told: dict[str, Any] = {
        "row": row, "steps": water_steps_of(incident_id=row.incident_id, scope=viewer.scope), "words": words,
        "reasons": [str(one) for one in said(row.answer["reasons"])], "zone": park_zone(),
    }  # fmt: skip
    if row.incident.network.kind == "RIVER":
        data = river_dossier(**told, reach=reach_of(network_id=row.incident.network_id))
    else:
        data = water_dossier(**told)
    return pdf_file(content=data, name=f"water-trace-{row.pk}")
