"""Where did it enter the network? Lists, a revision, one incident with its answers."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from monitoring.tracing.selectors import water as found_in
from monitoring.tracing.services.incidents import BadIncident
from monitoring.tracing.services.water_cases import Asked
from monitoring.tracing.services.water_steps import water_step as add_step
from monitoring.tracing.views.names import plants_in_language
from monitoring.tracing.views.rivers import answer_context, reach_context
from monitoring.tracing.views.water_charts import network_plan, read_and_given
from monitoring.tracing.views.water_traces import state_of
from monitoring.tracing.views.words import refusal, said
from parks.catalogue.domain.errors import NotFound
from parks.people.access import Viewer, viewer_of
from parks.people.domain import Capability
from parks.portal.errors import told
from parks.portal.pages import listed, whole
from parks.register.selectors.places import visible_enterprises, visible_outlets, visible_stations
from parks.templatetags.portal import localized

STEPS = ("NOTE", "ASKED", "ANSWER", "CONFIRMED", "REJECTED", "REOPENED")
SHOWN = 12


@login_required
def water_list(request: HttpRequest) -> HttpResponse:
    """Incidents of the park's networks, and the networks as they were sent."""
    viewer = viewer_of(request=request)
    viewer.require(Capability.VIEW_PARK)
    rows = found_in.visible_water_incidents(scope=viewer.scope).filter(park=viewer.park_id)
    networks = list(found_in.visible_networks(scope=viewer.scope).filter(park=viewer.park_id))
    may = viewer.may(Capability.TRACE_SOURCES)
    context = {
        "page": listed(request=request, rows=rows), "networks": networks, "may_open": may, "whole": bool(viewer.scope.park_ids),
        "may_blind": viewer.may(Capability.VIEW_INTAKE),
    }  # fmt: skip
    return render(request, "monitoring/tracing/water_list.html", context)


@login_required
def water_network(request: HttpRequest, network_id: int) -> HttpResponse:
    """One revision: its plan, who connects where, what measures where, its unit responses."""
    viewer = viewer_of(request=request)
    viewer.require(Capability.VIEW_PARK)
    row = found_in.network_of(scope=viewer.scope, network_id=network_id)
    gauges = found_in.gauges_of(network_id=row.pk)
    may = viewer.may(Capability.TRACE_SOURCES)
    river, shown = row.kind == "RIVER", plants_in_language(scope=viewer.scope, park_id=row.park_id)
    context = {
        "network": row, "plan": None if river else network_plan(layout=row.layout, answer=None, read=[one.node for one in gauges], shown=shown),
        "libraries": found_in.libraries_of(network_id=row.pk), "gauges": gauges, "may_bind": may,
        "refusals": {one.pk: refusal(row=one) for one in found_in.libraries_of(network_id=row.pk) if one.state == "FAILED"},
        "connected": [one for one in row.layout["nodes"] if one["enterprise"]], "owners": _owners(viewer, row.park_id),
        "shown": shown, "nodes": found_in.read_nodes(network=row), "places": _places(viewer, row.park_id, river=river) if may else [],
    }  # fmt: skip
    if river:
        return render(request, "monitoring/tracing/river_reach.html", context | reach_context(network_id=row.pk))
    return render(request, "monitoring/tracing/water_network.html", context)


def _places(viewer: Viewer, park_id: int, *, river: bool) -> list[tuple[str, str]]:
    """Stations in the sewer and wastewater outlets that may stand at a node; stations on a river for a reach."""
    kind = "RIVER" if river else "SEWER"
    stations = visible_stations(scope=viewer.scope).filter(park=park_id, kind=kind).order_by("code")
    if river:
        return [(f"s{one.pk}", f"{one.code} {localized(one)}") for one in stations]
    outlets = visible_outlets(scope=viewer.scope).filter(enterprise__park=park_id, medium="WATER")
    return [(f"s{one.pk}", f"{one.code} {localized(one)}") for one in stations] + [
        (f"o{one.pk}", f"{localized(one.enterprise)} · {one.code} {localized(one)}")
        for one in outlets.select_related("enterprise").order_by("enterprise__name", "code")
    ]


@login_required
def water_incident(request: HttpRequest, water_id: int) -> HttpResponse:
    """One incident: where it may have entered, on which readings, what was said. An enterprise sees its own nodes."""
    return _shown(request, water_id)


def _shown(request: HttpRequest, water_id: int, *, kept: str = "") -> HttpResponse:
    """The page of an incident; with words that were not taken, so that nobody has to write them again."""
    viewer = viewer_of(request=request)
    viewer.require(Capability.VIEW_PARK)
    row = found_in.water_incident_of(scope=viewer.scope, incident_id=water_id)
    whole_park = row.park_id in viewer.scope.park_ids
    trace = _chosen(viewer, row, whole(request.GET.get("trace")) if whole_park else None)
    owners, shown = _owners(viewer, row.park_id), plants_in_language(scope=viewer.scope, park_id=row.park_id)
    candidates = [_timed(one) for one in trace.answer["candidates"]] if trace is not None and trace.answer else []
    context: dict[str, Any] = {
        "river": row.network.kind == "RIVER", "incident": row, "whole": whole_park, "owners": owners, "shown": shown, "steps": found_in.water_steps_of(incident_id=row.pk, scope=viewer.scope),
        "may_trace": whole_park and viewer.may(Capability.TRACE_SOURCES), "enterprises": sorted((shown[name], pk) for name, pk in owners.items()), "kept": kept,
        "may_export": viewer.may(Capability.EXPORT), "rows": candidates[:SHOWN] if whole_park else [one for one in candidates if one["enterprise"] in owners],
    }  # fmt: skip
    if whole_park:
        context |= _whole(row, trace, candidates, shown)
    return render(request, "monitoring/tracing/water_incident.html", context)


def _chosen(viewer: Viewer, row: Any, number: int | None) -> Any:
    """The trace that was asked for, else the newest; an enterprise sees its nodes in the newest answer."""
    if number is not None:
        found = found_in.water_trace_of(scope=viewer.scope, trace_id=number)
        if found.incident_id != row.pk:
            raise NotFound
        return found
    if row.park_id not in viewer.scope.park_ids:
        return found_in.newest_water_answer(incident_id=row.pk)
    return found_in.newest_water_trace(incident_id=row.pk)


def _whole(row: Any, trace: Any, candidates: list[dict[str, Any]], shown: dict[str, str]) -> dict[str, Any]:
    """What only the park sees: the trace with its plan, charts, sources and choices."""
    chance = {one["id"]: one["probability"] for one in candidates}
    # An outfall lets something in, a station on a river only reads.
    nodes = sorted(
        (one for one in row.network.layout["nodes"] if one["kind"] != "station"),
        key=lambda one: (-chance.get(one["id"], 0.0), one["id"]),
    )
    context: dict[str, Any] = {
        "trace": trace, "traces": list(found_in.water_traces_of(incident_id=row.pk)), "nodes": [(one["id"], shown.get(one["enterprise"], one["enterprise"]) or "") for one in nodes],
        "usual": Asked(), "others": max(len(candidates) - SHOWN, 0),
    }  # fmt: skip
    if trace is None:
        return context
    context |= state_of(row=trace) | {
        "options": trace.case.get("options", {}),
        "channels": trace.sources.get("channels", []),
        "sources": {one["node"]: one for one in trace.sources.get("channels", [])},
    }
    if trace.answer and row.network.kind == "RIVER":
        context |= {
            "answer": trace.answer,
            "reasons": said([one for one in trace.answer["reasons"] if one != trace.answer["caution"]]),
        } | answer_context(trace=trace)
    elif trace.answer:
        read = [one["manhole"] for one in trace.case["readings"]["manholes"]]
        context |= {
            "answer": trace.answer, "plan": network_plan(layout=row.network.layout, answer=trace.answer, read=read, shown=shown),
            "reasons": said(trace.answer["reasons"]), "charts": read_and_given(case=trace.case, answer=trace.answer),
        }  # fmt: skip
    return context


def _timed(one: dict[str, Any]) -> dict[str, Any]:
    """A candidate with its times as moments, so that the page can say them in the park's time."""
    return one | {"start": {name: datetime.fromisoformat(text) for name, text in one["start"].items()}}


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
            add_step(
                scope=viewer.scope, incident_id=row.pk, kind=kind, text=request.POST.get("text", ""), now=timezone.now(),
                enterprise_id=whole(request.POST.get("enterprise")), node=request.POST.get("node", ""),
            )  # fmt: skip
        except BadIncident as error:
            messages.error(request, told(error))
            return _shown(request, water_id, kept=request.POST.get("text", ""))
    return redirect("water_incident", water_id=row.pk)
