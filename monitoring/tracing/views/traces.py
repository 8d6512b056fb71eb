"""One trace: who, how much, how sure, on which readings, and what if it was another."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from monitoring.tracing.domain.inference.judging import DISAGREE
from monitoring.tracing.domain.stages import Stage, standing
from monitoring.tracing.rendering.dossier import dossier
from monitoring.tracing.selectors.incidents import steps_of, trace_of
from monitoring.tracing.services.runs import code_version, computed_again, what_if
from monitoring.tracing.views.charts import read_and_expected, replay
from monitoring.tracing.views.names import in_language
from monitoring.tracing.views.replies import case_file, followed, pdf_file
from monitoring.tracing.views.timing import times_of
from monitoring.tracing.views.together import choice_of, codes_of, composed, shown_of, supposed_of
from monitoring.tracing.views.words import WORDS, refusal, said
from parks.catalogue.domain.periods import park_zone
from parks.catalogue.selectors import names_of
from parks.people.access import Viewer, viewer_of
from parks.people.domain import Capability

SHOWN = 12
LEAST = 0.01


@login_required
def trace_page(request: HttpRequest, trace_id: int) -> HttpResponse:
    """The answer with its evidence; while it is being computed, how far it is."""
    viewer = viewer_of(request=request)
    viewer.require(Capability.VIEW_PARK)
    return render(request, "monitoring/tracing/trace.html", context_of(request, viewer, trace_id))


def context_of(request: HttpRequest, viewer: Viewer, trace_id: int) -> dict[str, Any]:
    """All that the page says of a trace now."""
    row = in_language(row=trace_of(scope=viewer.scope, trace_id=trace_id), scope=viewer.scope)
    context: dict[str, Any] = state_of(row=row) | {
        "trace": row, "incident": row.incident, "same_code": row.code_version == code_version(),
        "map": "seen" if request.GET.get("map") == "seen" else "", "over": row.state == "DONE",
    } | choice_of(row=row, asked=request.GET.get("substance", ""))  # fmt: skip
    if row.answer is not None:
        context |= answered(row=row)
        context["composed"] = composed(row=row, rows=context["rows"], substances=context["together"])
    if context["over"]:
        asked, shown = request.GET.get("what_if", ""), shown_of(row=row, asked=request.GET.get("substance", ""))
        alone = what_if(case=row.case, name=asked, substance=shown if row.companions else "") if asked else None
        context |= tried(row=row, alone=alone, shown=shown)
    return context


def state_of(*, row: Any) -> dict[str, Any]:
    """How far a trace is, or why it failed."""
    steps = standing(stage=row.stage)
    since = row.started_at or row.asked_at
    return {
        "steps": steps, "step": next((n for n, (_name, how) in enumerate(steps, start=1) if how == "now"), 0),
        "seconds": max(int((timezone.now() - since).total_seconds()), 0), "refused": refusal(row=row) if row.state == "FAILED" else "",
    }  # fmt: skip


def answered(*, row: Any) -> dict[str, Any]:
    """What the page shows of an answer."""
    answer, case, zone = row.answer, row.case, park_zone()
    known = {one["id"]: one for one in case["candidates"]}
    start = datetime.fromisoformat(answer["diagnostics"]["start"])
    return {
        "answer": answer, "reasons": said(answer["reasons"]), "disagree": DISAGREE in answer["reasons"], "rows": ranked(row=row, known=known, zone=zone, start=start),
        "others": len(case["candidates"]) - sum(worth(one) for one in answer["candidates"][:SHOWN]),
        "plants": [one | {"owner": row.places["candidates"][one["points"][0]][1]} for one in answer.get("enterprises", ())],
        "on": [datetime.fromisoformat(answer["taken_active"][end]) for end in ("from", "to")] if answer.get("taken_active") else None,
        "ruled_out": sum(one.get("ground") == "NOT_HANDLED" for one in case["candidates"]),
        "times": times_of(answer=answer, known=known),
        "channels": row.places["sensors"], "wind_channels": row.places["wind"], "diagnostics": answer["diagnostics"],
    }  # fmt: skip


def tried(*, row: Any, alone: dict[str, Any] | None, shown: str) -> dict[str, Any]:
    """What the page shows of the points that were tried alone, after the answer; `shown` is the substance of replay and supposition."""
    answer, case, zone = row.answer, row.case, park_zone()
    known = {one["id"]: one for one in case["candidates"]}
    start = datetime.fromisoformat(answer["diagnostics"]["start"])
    supposed = supposed_of(answer=answer, substance=shown)
    told = alone or (supposed[0] if supposed else None)
    best = max((one["log_evidence"] for one in supposed), default=None)
    return {
        "replay": replay(case=case, answer=answer, zone=zone, told=supposed[0] if supposed else None),
        "told": told, "told_point": known.get(told["id"]) if told else None, "is_asked": alone is not None,
        "against_best": round(told["log_evidence"] - best, 1) if told and best is not None else None,
        "stations": read_and_expected(told=told, sensors=[one["id"] for one in case["sensors"]], start=start) if told else [],
        "supposed": [one | {"point": known.get(one["id"])} for one in supposed], "known": known,
        "told_emits_none": told is not None and known[told["id"]].get("grounds", {}).get(shown) == "NOT_HANDLED",
    }  # fmt: skip


def worth(one: dict[str, Any]) -> bool:
    """Whether a point is worth a line."""
    return bool(one["probability"] >= LEAST)


def ranked(*, row: Any, known: dict[str, Any], zone: Any, start: datetime) -> list[dict[str, Any]]:
    """The first points with their names, their links and the readings that speak for and against each."""
    minutes = row.answer["diagnostics"]["block_minutes"]
    found = []
    for one in filter(worth, row.answer["candidates"][:SHOWN]):
        outlet, enterprise = row.places["candidates"][one["id"]]
        found.append(
            one
            | {"point": known[one["id"]], "outlet": outlet, "owner": enterprise}
            | {side: [reading(each, minutes, zone, start, row.places) for each in one[side]]
               for side in ("evidence_for", "evidence_against")}
        )  # fmt: skip
    return found


def reading(each: dict[str, Any], minutes: float, zone: Any, start: datetime, places: dict[str, Any]) -> dict[str, Any]:
    at, substance = (
        datetime.fromtimestamp(start.timestamp() + 60 * minutes * each["block"], tz=zone),
        each.get("substance", ""),
    )
    channels = places.get("channels", {}).get(substance, places["sensors"])
    return {"sensor": each["sensor"], "at": at, "channel": channels.get(each["sensor"]), "substance": substance}


@login_required
def trace_state(request: HttpRequest, trace_id: int) -> HttpResponse:
    """How far a trace is, asked by an open page, which gets the answer in place of it as soon as there is one."""
    viewer = viewer_of(request=request)
    viewer.require(Capability.VIEW_PARK)
    row = trace_of(scope=viewer.scope, trace_id=trace_id, whole=False)
    if row.state != "DONE" and row.stage != Stage.ALONE.value:
        return followed(request, "monitoring/tracing/trace_state.html", {"trace": row} | state_of(row=row))
    answer = render(request, "monitoring/tracing/trace_body.html", context_of(request, viewer, trace_id))
    answer["HX-Retarget"], answer["HX-Reswap"] = "#trace", "innerHTML"
    return answer


@login_required
def trace_tried(request: HttpRequest, trace_id: int) -> HttpResponse:
    """The replay and the points that were tried alone, asked for by a page that showed the answer before they were."""
    viewer = viewer_of(request=request)
    viewer.require(Capability.VIEW_PARK)
    row = trace_of(scope=viewer.scope, trace_id=trace_id, whole=False)
    asked = request.GET.get("substance", "")
    if row.state != "DONE":
        return followed(
            request, "monitoring/tracing/trace_trying.html", {"trace": row} | choice_of(row=row, asked=asked)
        )
    row = in_language(row=trace_of(scope=viewer.scope, trace_id=trace_id), scope=viewer.scope)
    context = choice_of(row=row, asked=asked) | tried(row=row, alone=None, shown=shown_of(row=row, asked=asked))
    return render(request, "monitoring/tracing/trace_tried.html", {"trace": row} | context)


@login_required
def trace_case(request: HttpRequest, trace_id: int) -> HttpResponse:
    """The frozen case, as the command takes it."""
    viewer = viewer_of(request=request)
    viewer.require(Capability.EXPORT)
    row = trace_of(scope=viewer.scope, trace_id=trace_id)
    return case_file(case=row.case, name=f"trace-{row.pk}")


@login_required
def trace_dossier(request: HttpRequest, trace_id: int) -> HttpResponse:
    """The dossier as PDF."""
    viewer = viewer_of(request=request)
    viewer.require(Capability.EXPORT)
    row = trace_of(scope=viewer.scope, trace_id=trace_id)
    if row.state != "DONE":
        messages.error(request, _("There is no answer yet to print."))
        return redirect("trace", trace_id=row.pk)
    steps = steps_of(incident_id=row.incident_id, scope=viewer.scope)
    words = {code: str(word) for code, word in WORDS.items()}
    names = {one.code: one.name for one in names_of(codes=codes_of(row=row)).values()}
    content = dossier(row=row, steps=steps, words=words, zone=park_zone(), names=names)
    return pdf_file(content=content, name=f"trace-{row.pk}")


@login_required
@require_POST
def trace_again(request: HttpRequest, trace_id: int) -> HttpResponse:
    """Compute the frozen case again and compare."""
    viewer = viewer_of(request=request)
    row = trace_of(scope=viewer.scope, trace_id=trace_id)
    viewer.scope_require(Capability.TRACE_SOURCES, park_id=row.incident.park_id)
    if row.state != "DONE":
        messages.error(request, _("There is no answer yet to compare with."))
    elif computed_again(row=row):
        messages.success(request, _("Computed again from the frozen case: the same answer, bit for bit."))
    else:
        messages.error(
            request,
            _("Computed again from the frozen case: another answer. The code has changed since, or the machine."),
        )
    return redirect("trace", trace_id=row.pk)
