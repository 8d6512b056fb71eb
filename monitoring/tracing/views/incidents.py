"""Incidents: the list, a new one, one with its traces, what was said and decided."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from monitoring.series.selectors.points import points
from monitoring.tracing.domain.files import KINDS as FILE_KINDS
from monitoring.tracing.domain.files import LARGEST, MOST, BadFile, check_sizes
from monitoring.tracing.selectors.incidents import (
    incident_of,
    newest_answered,
    step_file_of,
    steps_of,
    traces_of,
    visible_incidents,
)
from monitoring.tracing.services import incidents
from monitoring.tracing.services.runs import ask_for_trace
from monitoring.tracing.tasks import begin
from monitoring.tracing.views.companions import NAME, boxes, boxes_of_form
from monitoring.tracing.views.words import said
from parks.catalogue.domain.errors import PlatformError
from parks.catalogue.selectors import names_of
from parks.people.access import Viewer, viewer_of
from parks.people.domain import Capability, Scope
from parks.portal.errors import told
from parks.portal.pages import explain, listed, whole
from parks.register.selectors.places import visible_enterprises, visible_outlets
from parks.templatetags.portal import either, localized

LOCAL = "%Y-%m-%dT%H:%M"
KINDS = (
    ("COMPLAINT", gettext_lazy("complaint")),
    ("ALARM", gettext_lazy("alarm")),
    ("MANUAL", gettext_lazy("opened by hand")),
)


class IncidentForm(forms.Form):
    title = forms.CharField(label=gettext_lazy("What happened"), max_length=120)
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=KINDS)
    pollutant = forms.ChoiceField(label=gettext_lazy("Pollutant to trace"))
    start = forms.DateTimeField(
        label=gettext_lazy("From"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"})
    )
    end = forms.DateTimeField(label=gettext_lazy("To"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}))
    told = forms.CharField(
        label=gettext_lazy("Who noticed what, and where"),
        widget=forms.Textarea(attrs={"rows": 3}),
        required=False,
    )

    def __init__(self, *args: Any, pollutants: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["pollutant"].choices = pollutants  # type: ignore[attr-defined]


def pollutants_at_stations(scope: Scope, park_id: int, *, least: int = 2) -> list[tuple[str, str]]:
    """Pollutants that so many stations measure in mass per volume; from two on they can be traced."""
    count: dict[tuple[str, str], int] = {}
    for one in points(scope=scope, park_id=park_id):
        if one.station_id and one.medium == "AIR" and one.unit in ("mg/m3", "ug/m3"):
            key = (one.pollutant, f"{either(one.pollutant_name, one.pollutant_name_en)} {one.pollutant}")
            count[key] = count.get(key, 0) + 1
    return sorted((key for key, number in count.items() if number >= least), key=lambda one: -count[one])


def url_for_problem(problem: Any) -> str:
    """Where an alarm of the air is traced; nowhere when no measured value is behind it."""
    air = problem.channel_id and problem.channel.pollutant.medium == "AIR"
    return f"{reverse('incident_new')}?problem={problem.pk}" if air else ""


@login_required
def incident_list(request: HttpRequest) -> HttpResponse:
    """Incidents of the park, or those that concern the viewer's enterprise."""
    viewer = viewer_of(request=request)
    viewer.require(Capability.VIEW_PARK)
    rows = visible_incidents(scope=viewer.scope).filter(park=viewer.park_id)
    state = request.GET.get("state", "")
    if state in ("OPEN", "CONFIRMED", "REJECTED"):
        rows = rows.filter(state=state)
    context = {
        "page": listed(request=request, rows=rows), "state": state, "states": ["OPEN", "CONFIRMED", "REJECTED"],
        "may_open": viewer.may(Capability.TRACE_SOURCES), "whole": bool(viewer.scope.park_ids),
    }  # fmt: skip
    return render(request, "monitoring/tracing/incidents.html", context)


@login_required
def incident_new(request: HttpRequest) -> HttpResponse:
    """Enter an incident, from a complaint or around an alarm, and trace it at once."""
    viewer = viewer_of(request=request)
    viewer.require(Capability.TRACE_SOURCES)
    problem_id = whole(request.GET.get("problem"))
    choices = pollutants_at_stations(viewer.scope, viewer.park_id)
    initial, ticked = _initial(viewer, problem_id, choices), request.POST.getlist(NAME)
    form = IncidentForm(request.POST or None, pollutants=choices, initial=initial)
    if request.method == "POST" and form.is_valid():
        given, now = form.cleaned_data, timezone.now()
        try:
            made = incidents.open_incident(
                scope=viewer.scope, park_id=viewer.park_id, kind=given["kind"], pollutant=given["pollutant"], title=given["title"],
                told=given["told"], start=given["start"], end=given["end"], now=now, problem_id=problem_id, companions=ticked,
            )  # fmt: skip
        except PlatformError as error:
            explain(form=form, error=error)
        else:
            _traced(request, viewer, made.pk, now)
            return redirect("incident", incident_id=made.pk)
    intro = _(
        "The time should hold the event and an hour before and after it, so that the background shows. What is known"
        " now is frozen with the trace."
    )
    context = {
        "form": form, "heading": _("New incident"), "intro": intro,
        "boxes": boxes_of_form(viewer=viewer, sent=request.POST or initial, ticked=ticked),
    }  # fmt: skip
    return render(request, "monitoring/tracing/incident_new.html", context)


def _initial(viewer: Viewer, problem_id: int | None, choices: list[tuple[str, str]]) -> dict[str, Any]:
    now = timezone.localtime().replace(second=0, microsecond=0)
    start, end, kind, title = now - timedelta(hours=6), now, "COMPLAINT", ""
    pollutant = choices[0][0] if choices else ""
    if problem_id is not None:
        found, start, end = incidents.window_of_problem(scope=viewer.scope, problem_id=problem_id)
        pollutant = found if found in dict(choices) else pollutant
        kind, title = "ALARM", _("After an alarm")
        end = min(end, now)
    local = [timezone.localtime(one).strftime(LOCAL) for one in (start, end)]
    return {"start": local[0], "end": local[1], "kind": kind, "title": title, "pollutant": pollutant}


def _traced(
    request: HttpRequest, viewer: Viewer, incident_id: int, now: datetime, companions: list[str] | None = None
) -> int | None:
    """Ask for a trace; its number, or None where it was refused, which the next page says."""
    try:
        row = ask_for_trace(scope=viewer.scope, incident_id=incident_id, now=now, companions=companions)
    except PlatformError as error:
        messages.error(request, told(error))
        return None
    begin(trace_id=row.pk)
    return int(row.pk)


@login_required
def incident(request: HttpRequest, incident_id: int) -> HttpResponse:
    """One incident: what was found, what was said, what was decided."""
    return _shown(request, incident_id)


def _shown(request: HttpRequest, incident_id: int, *, kept: str = "") -> HttpResponse:
    """The page of an incident; with words that were not taken, so that nobody has to write them again."""
    viewer = viewer_of(request=request)
    viewer.require(Capability.VIEW_PARK)
    found = incident_of(scope=viewer.scope, incident_id=incident_id)
    whole_park = found.park_id in viewer.scope.park_ids
    newest = newest_answered(incident_id=found.pk)
    own = {} if whole_park else _own_points(viewer)
    traces = list(traces_of(incident_id=found.pk)) if whole_park else []
    rows = newest.answer["candidates"] if newest is not None and newest.answer else []
    may_trace = whole_park and viewer.may(Capability.TRACE_SOURCES)
    context = {
        "incident": found, "kept": kept, "steps": steps_of(incident_id=found.pk, scope=viewer.scope), "whole": whole_park,
        "traces": traces, "newest": newest if whole_park else None,
        "reasons": said(newest.answer["reasons"]) if newest is not None and newest.answer and whole_park else [],
        "own_rows": [one | {"outlet": whole(one["id"]), "named": own[one["id"]]} for one in rows if one["id"] in own], "own_from": newest if not whole_park else None,
        "endings": ",".join(f".{one}" for one in FILE_KINDS), "most_files": MOST, "largest_mb": LARGEST // 1024**2,
        "may_trace": may_trace, "asked": not whole_park, "boxes": _boxes(viewer, found) if may_trace else None,
        "substances": names_of(codes={code for one in traces for code in one.companions}) if whole_park else {},
        "outlets": _outlets(viewer, found.park_id, newest) if whole_park else [],
        "enterprises": list(visible_enterprises(scope=viewer.scope).filter(park=found.park_id).order_by("name"))
        if whole_park else [],
    }  # fmt: skip
    return render(request, "monitoring/tracing/incident.html", context)


def _boxes(viewer: Viewer, found: Any) -> list[dict[str, Any]]:
    """What the incident can be traced together with; ticked is what it was opened with."""
    return boxes(
        scope=viewer.scope, park_id=found.park_id, pollutant=found.pollutant_id, start=found.began_at, end=found.ended_at,
        ticked=[one.pollutant_id for one in found.companions.all()],
    )  # fmt: skip


def _own_points(viewer: Viewer) -> dict[str, str]:
    """Outlets and premises of the viewer's enterprise, by their names in a case."""
    rows = visible_outlets(scope=viewer.scope)
    return {f"{one.pk}": f"{one.code} {localized(one)}" for one in rows} | {
        f"e{pk}": "" for pk in viewer.scope.enterprise_ids
    }


def _outlets(viewer: Viewer, park_id: int, newest: Any) -> list[tuple[str, str]]:
    """Outlets and premises that can be confirmed, the likely ones first."""
    rows = (
        visible_outlets(scope=viewer.scope).filter(enterprise__park=park_id, medium="AIR").select_related("enterprise")
    )
    chance = {}
    if newest is not None and newest.answer:
        chance = {one["id"]: one["probability"] for one in newest.answer["candidates"]}
    named = [(str(one.pk), f"{localized(one.enterprise)} · {one.code} {localized(one)}") for one in rows]
    sites = visible_enterprises(scope=viewer.scope).filter(park=park_id, site__isnull=False)
    named += [(f"e{one.pk}", f"{localized(one)} · {_('premises, not through a stack')}") for one in sites]
    return sorted(named, key=lambda one: (-chance.get(one[0], 0.0), one[1]))


@login_required
@require_POST
def incident_step(request: HttpRequest, incident_id: int) -> HttpResponse:
    """Add a note, ask or answer, confirm, reject or reopen."""
    viewer = viewer_of(request=request)
    source = request.POST.get("outlet", "")
    step, text, now = request.POST.get("step", ""), request.POST.get("text", ""), timezone.now()
    scope = viewer.scope
    found = incident_of(scope=scope, incident_id=incident_id)
    viewer.scope_require(
        Capability.VIEW_PARK if step == "ANSWER" else Capability.TRACE_SOURCES, park_id=found.park_id
    )  # fmt: skip
    try:
        if step == "ANSWER":
            handed = request.FILES.getlist("files")
            check_sizes(sizes=[(one.name or "", one.size or 0) for one in handed])
            files = [(one.name or "", one.read()) for one in handed]
            incidents.answer(scope=scope, incident_id=incident_id, text=text, now=now, files=files)
        elif step == "ASKED":
            incidents.ask(
                scope=scope, incident_id=incident_id, enterprise_id=whole(request.POST.get("enterprise")) or 0, text=text, now=now
            )  # fmt: skip
        elif step in ("CONFIRMED", "REJECTED"):
            incidents.decide(
                scope=scope, incident_id=incident_id, confirmed=step == "CONFIRMED", outlet_id=whole(source), text=text, now=now,
                enterprise_id=whole(source[1:]) if source.startswith("e") else None,
            )  # fmt: skip
        elif step == "REOPENED":
            incidents.reopen(scope=scope, incident_id=incident_id, text=text, now=now)
        else:
            incidents.note(scope=scope, incident_id=incident_id, text=text, now=now)
    except (incidents.BadIncident, BadFile) as error:
        messages.error(request, told(error))
        return _shown(request, incident_id, kept=text)
    return redirect("incident", incident_id=incident_id)


@login_required
def incident_file(request: HttpRequest, file_id: int) -> HttpResponse:
    """A file of an answer, as it was handed in."""
    viewer = viewer_of(request=request)
    viewer.require(Capability.VIEW_PARK)
    found = step_file_of(scope=viewer.scope, file_id=file_id)
    answer = HttpResponse(bytes(found.content), content_type=found.media_type)
    answer.headers["Content-Disposition"] = content_disposition_header(True, found.name) or "attachment"
    return answer


@login_required
@require_POST
def incident_trace(request: HttpRequest, incident_id: int) -> HttpResponse:
    """Trace again with what is known now, together with what is ticked on the page of the incident, and show how far it is."""
    viewer = viewer_of(request=request)
    found = incident_of(scope=viewer.scope, incident_id=incident_id)
    viewer.scope_require(Capability.TRACE_SOURCES, park_id=found.park_id)
    chosen = request.POST.getlist(NAME) if "choice" in request.POST else None
    made = _traced(request, viewer, found.pk, timezone.now(), chosen)
    if made is None:
        return redirect("incident", incident_id=incident_id)
    return redirect("trace", trace_id=made)
