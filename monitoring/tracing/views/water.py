"""Where did it enter the network? Revisions, incidents, one incident with its answer."""

import json
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from monitoring.tracing.domain.water.networks import LARGEST, BadNetwork
from monitoring.tracing.selectors import water as found_in
from monitoring.tracing.services import water
from monitoring.tracing.services.incidents import BadIncident
from monitoring.tracing.tasks import begin_water
from monitoring.tracing.views.water_charts import network_plan, read_and_given
from monitoring.tracing.views.words import said
from parks.catalogue.domain.errors import PlatformError
from parks.people.access import Viewer, viewer_of
from parks.people.domain import Capability
from parks.portal.errors import told
from parks.portal.pages import explain, listed, whole
from parks.register.selectors.places import visible_enterprises

STEPS = ("NOTE", "ASKED", "ANSWER", "CONFIRMED", "REJECTED", "REOPENED")
SHOWN = 12


class NetworkForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name of the network"), max_length=120)
    file = forms.FileField(label=gettext_lazy("Sewer (tongjian-trace-water/1) or EPANET file"))


class WaterForm(forms.Form):
    title = forms.CharField(label=gettext_lazy("What happened"), max_length=120)
    network = forms.ChoiceField(label=gettext_lazy("Network"))
    substance = forms.CharField(label=gettext_lazy("Substance"), max_length=60)
    floor = forms.FloatField(label=gettext_lazy("Noise of a reading [mg/L]"), min_value=1e-9, initial=0.05)
    demands_known = forms.BooleanField(
        label=gettext_lazy("The demands in the file are those of that day"), required=False
    )
    file = forms.FileField(label=gettext_lazy("Readings as CSV: time, node, value, unit"))

    def __init__(self, *args: Any, networks: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["network"].choices = networks  # type: ignore[attr-defined]


@login_required
def water_list(request: HttpRequest) -> HttpResponse:
    """Incidents of the park's networks, and the networks as they were sent."""
    viewer = viewer_of(request=request)
    viewer.require(Capability.VIEW_PARK)
    rows = found_in.visible_water_incidents(scope=viewer.scope).filter(park=viewer.park_id)
    networks = list(found_in.visible_networks(scope=viewer.scope).filter(park=viewer.park_id))
    may = viewer.may(Capability.TRACE_SOURCES)
    context = {"page": listed(request=request, rows=rows), "networks": networks, "may_open": may}
    return render(request, "monitoring/tracing/water_list.html", context)


@login_required
def water_network_new(request: HttpRequest) -> HttpResponse:
    """Send a network."""
    viewer = viewer_of(request=request)
    viewer.require(Capability.TRACE_SOURCES)
    form = NetworkForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            text = _text(given["file"])
            made = water.keep_network(
                park_id=viewer.park_id, by_id=request.user.pk, name=given["name"], file_name=given["file"].name, text=text, now=timezone.now()
            )  # fmt: skip
        except PlatformError as error:
            explain(form=form, error=error)
        else:
            return redirect("water_network", network_id=made.pk)
    intro = _(
        "A file is kept as a revision with its digest; another file is another revision and changes no older trace."
    )
    return render(
        request, "portal/form.html", {"form": form, "heading": _("New network"), "back": "water", "intro": intro}
    )


def _text(file: Any) -> str:
    if file.size > LARGEST:
        raise BadNetwork(f"The file has more than {LARGEST} bytes.")
    try:
        return str(file.read().decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise BadNetwork("The file is no text in UTF-8.") from error


@login_required
def water_network(request: HttpRequest, network_id: int) -> HttpResponse:
    """One revision: its plan, who connects where, its unit responses."""
    viewer = viewer_of(request=request)
    viewer.require(Capability.VIEW_PARK)
    row = found_in.network_of(scope=viewer.scope, network_id=network_id)
    context = {
        "network": row, "plan": network_plan(layout=row.layout, answer=None, read=[]), "libraries": found_in.libraries_of(network_id=row.pk),
        "connected": [one for one in row.layout["nodes"] if one["enterprise"]], "owners": _owners(viewer, row.park_id),
    }  # fmt: skip
    return render(request, "monitoring/tracing/water_network.html", context)


@login_required
def water_new(request: HttpRequest) -> HttpResponse:
    """Open an incident from a table of readings, and trace it at once."""
    viewer = viewer_of(request=request)
    viewer.require(Capability.TRACE_SOURCES)
    networks = {str(one.pk): one for one in found_in.visible_networks(scope=viewer.scope).filter(park=viewer.park_id)}
    form = WaterForm(
        request.POST or None, request.FILES or None, networks=[(pk, one.name) for pk, one in networks.items()]
    )
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            row = water.open_water_incident(
                network=networks[given["network"]], by_id=request.user.pk, title=given["title"], substance=given["substance"],
                table=given["file"].read(LARGEST), floor=given["floor"], demands_known=given["demands_known"], now=timezone.now(),
            )  # fmt: skip
        except PlatformError as error:
            explain(form=form, error=error)
        else:
            begin_water(trace_id=row.pk)
            return redirect("water_incident", water_id=row.incident_id)
    intro = _(
        "Units: mg/L, ug/L, g/L, g/m3, mg/m3, kg/m3. Zeros count: a node that read nothing tells as much as one that did."
    )
    return render(
        request, "portal/form.html", {"form": form, "heading": _("New water incident"), "back": "water", "intro": intro}
    )


@login_required
def water_incident(request: HttpRequest, water_id: int) -> HttpResponse:
    """One incident: where it may have entered, on which readings, what was said. An enterprise sees its own nodes."""
    viewer = viewer_of(request=request)
    viewer.require(Capability.VIEW_PARK)
    row = found_in.water_incident_of(scope=viewer.scope, incident_id=water_id)
    whole_park = row.park_id in viewer.scope.park_ids
    trace = found_in.newest_water_trace(incident_id=row.pk)
    owners = _owners(viewer, row.park_id)
    candidates = trace.answer["candidates"] if trace is not None and trace.answer else []
    context: dict[str, Any] = {
        "incident": row, "whole": whole_park, "owners": owners, "steps": found_in.water_steps_of(incident_id=row.pk, scope=viewer.scope),
        "may_trace": whole_park and viewer.may(Capability.TRACE_SOURCES), "enterprises": sorted(owners.items()),
        "rows": candidates[:SHOWN] if whole_park else [one for one in candidates if one["enterprise"] in owners],
        "trace": trace if whole_park else None, "answer": trace.answer if trace is not None and whole_park else None,
    }  # fmt: skip
    if whole_park and trace is not None and trace.answer:
        read = [one["manhole"] for one in trace.case["readings"]["manholes"]]
        context |= {
            "plan": network_plan(layout=row.network.layout, answer=trace.answer, read=read), "reasons": said(trace.answer["reasons"]),
            "charts": read_and_given(case=trace.case, answer=trace.answer),
        }  # fmt: skip
    return render(request, "monitoring/tracing/water_incident.html", context)


def _owners(viewer: Viewer, park_id: int) -> dict[str, int]:
    """Enterprises in reach by the name that a network gives them."""
    return {one.name: one.pk for one in visible_enterprises(scope=viewer.scope).filter(park=park_id)}


@login_required
@require_POST
def water_step(request: HttpRequest, water_id: int) -> HttpResponse:
    """Say or decide something."""
    viewer = viewer_of(request=request)
    row, kind = found_in.water_incident_of(scope=viewer.scope, incident_id=water_id), request.POST.get("step", "")
    needed = Capability.VIEW_PARK if kind == "ANSWER" else Capability.TRACE_SOURCES
    viewer.scope_require(needed, park_id=row.park_id)
    if kind in STEPS:
        try:
            water.water_step(
                scope=viewer.scope, incident_id=row.pk, kind=kind, text=request.POST.get("text", ""), now=timezone.now(),
                enterprise_id=whole(request.POST.get("enterprise")),
            )  # fmt: skip
        except BadIncident as error:
            messages.error(request, told(error))
    return redirect("water_incident", water_id=row.pk)


@login_required
def water_case(request: HttpRequest, water_trace_id: int) -> HttpResponse:
    """The frozen case; that of a sewer is what `manage.py trace` takes."""
    viewer = viewer_of(request=request)
    viewer.require(Capability.EXPORT)
    row = found_in.water_trace_of(scope=viewer.scope, trace_id=water_trace_id)
    answer = HttpResponse(json.dumps(row.case, ensure_ascii=False, indent=1), content_type="application/json")
    answer["Content-Disposition"] = f'attachment; filename="water-{row.pk}.json"'
    return answer
