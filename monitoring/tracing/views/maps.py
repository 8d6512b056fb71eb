"""Maps of a trace: from where the air came, at once; what could have been seen in this wind."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import numpy as np
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from monitoring.tracing.domain.maps.footprint import SHARES
from monitoring.tracing.domain.maps.observability import READINGS
from monitoring.tracing.selectors.incidents import trace_of
from monitoring.tracing.selectors.looks import Behind, Ground, behind_of, footprint_of, ground_of, seen_of
from monitoring.tracing.views.together import choice_of, codes_of, shown_of
from parks.catalogue.domain.errors import PlatformError
from parks.people.access import viewer_of
from parks.people.domain import Capability
from parks.portal.errors import told
from parks.register.selectors.places import visible_enterprises

WARM = ("#8f2d04", "#d95f0e", "#fe9929", "#fee391")
COOL, PALE = "#dcebea", "#ffffff"
GREENS = ("#0b5d57", "#3d948b", "#8cc5bd", "#cfe6c9", "#f3e3a1")
DECADES = (0.1, 1.0, 10.0, 100.0)  # [kg/h], between the classes
CROSS = "path://M0,1L1,0L5,4L9,0L10,1L6,5L10,9L9,10L5,6L1,10L0,9L4,5Z"
LAYERS = ("from", "seen")
KG_PER_H = 3600.0
BESIDE = {
    "show": True,
    "formatter": "{b}",
    "position": "right",
    "fontSize": 11,
    "textBorderColor": "#fff",
    "textBorderWidth": 2,
}


@login_required
def trace_map(request: HttpRequest, trace_id: int) -> HttpResponse:
    """One layer of the map, fetched by the page of the trace."""
    viewer = viewer_of(request=request)
    viewer.require(Capability.VIEW_PARK)
    row = trace_of(scope=viewer.scope, trace_id=trace_id)
    layer = request.GET.get("map", "")
    asked = request.GET.get("substance", "")
    number = number_of(row=row, asked=asked)
    context: dict[str, Any] = {"trace": row, "layer": layer if layer in LAYERS else LAYERS[0]} | choice_of(
        row=row, asked=asked
    )
    sites = [
        one.site
        for one in visible_enterprises(scope=viewer.scope).filter(park=row.incident.park_id, site__isnull=False)
    ]
    try:
        drawn = seen_layer if layer == "seen" else from_layer
        context |= drawn(row=row, sites=sites, number=number)
    except PlatformError as error:
        context["refused"] = told(error)
    return render(request, "monitoring/tracing/map.html", context)


@login_required
def trace_cell(request: HttpRequest, trace_id: int) -> HttpResponse:
    """What stands behind one cell of the map of smallest rates, fetched by that map."""
    viewer = viewer_of(request=request)
    viewer.require(Capability.VIEW_PARK)
    row = trace_of(scope=viewer.scope, trace_id=trace_id)
    context: dict[str, Any] = {"trace": row}
    substance = number_of(row=row, asked=request.GET.get("substance", ""))
    east, north = (number(text=request.GET.get(name, "")) for name in ("east", "north"))
    try:
        found = (
            behind_of(row=row, east=east, north=north, number=substance)
            if east is not None and north is not None
            else None
        )
    except PlatformError as error:
        context["refused"] = told(error)
    else:
        context |= {"cell": found} if found is None else behind(row=row, found=found, number=substance)
    return render(request, "monitoring/tracing/map_cell.html", context)


def behind(*, row: Any, found: Behind, number: int = 0) -> dict[str, Any]:
    """Readings of one cell with their minutes, station, wind and the rate from which each stands out."""
    ground = ground_of(row=row, number=number)
    channels = row.places.get("channels", {}).get(ground.event.substance, row.places.get("sensors", {}))
    step = timedelta(seconds=ground.means.steps * ground.event.case.weather.step)
    readings = [
        {
            "begin": ground.event.start + step * one.block, "end": ground.event.start + step * (one.block + 1),
            "station": ground.event.sensors[one.sensor], "channel": channels.get(ground.event.sensors[one.sensor]),
            "wind": one.wind, "rate": one.rate * KG_PER_H, "decides": n == READINGS,
        }
        for n, one in enumerate(found.readings, start=1)
    ]  # fmt: skip
    rate = found.rate * KG_PER_H if np.isfinite(found.rate) else None
    return {"cell": found, "rate": rate, "readings": readings, "enough": len(readings) >= READINGS}


def number(*, text: str) -> float | None:
    """A number of an address; None for anything else."""
    try:
        found = float(text)
    except ValueError:
        return None
    return found if np.isfinite(found) else None


def number_of(*, row: Any, asked: str) -> int:
    """Which of the substances that were traced together a map shows, in their order."""
    return codes_of(row=row).index(shown_of(row=row, asked=asked))


def from_layer(*, row: Any, sites: Iterable[Any], number: int = 0) -> dict[str, Any]:
    """Cells in order of the share of the air that had crossed them."""
    ground, found = ground_of(row=row, number=number), footprint_of(row=row, number=number)
    if found is None:
        return {"nothing": True}
    classes, least = [], 0.0
    for share, colour in zip(SHARES, WARM, strict=True):
        inside = (found.share >= least) & (found.share < share)
        name = _("up to %(share)s of the air") % {"share": f"{share:.0%}"}
        classes.append(cells_of(ground, inside, name=name, colour=colour))
        least = share
    classes.append(cells_of(ground, found.weight < 0, name=_("rather clean air"), colour=COOL))
    return {"high": found.high, "clean": found.clean, "chart": plan(ground=ground, classes=classes, sites=sites)}


def seen_layer(*, row: Any, sites: Iterable[Any], number: int = 0) -> dict[str, Any]:
    """Cells by the smallest rate seen, and the points of the register with theirs, the least seen first."""
    ground, seen = ground_of(row=row, number=number), seen_of(row=row, number=number)
    rate = seen.cells * KG_PER_H
    edges = (0.0, *DECADES, np.inf)
    names = [_("below %(rate)s kg/h") % {"rate": f"{DECADES[0]:g}"}]
    names += [f"{low:g} – {high:g} kg/h" for low, high in zip(DECADES, (*DECADES[1:], 1000.0), strict=True)]
    classes = [
        cells_of(ground, (rate >= low) & (rate < high), name=name, colour=colour, values=rate)
        for low, high, name, colour in zip(edges, edges[1:], names, GREENS, strict=False)
    ]
    classes.append(
        cells_of(ground, np.isinf(rate), name=_("could not have been seen"), colour=PALE) | {"mark": "cross"}
    )
    points = [
        point_of(row, one, float(least) * KG_PER_H)
        for one, least in zip(ground.event.candidates, seen.candidates, strict=True)
    ]
    points.sort(key=lambda one: (one["rate"] is not None, -(one["rate"] or 0.0), one["name"]))
    chart = plan(ground=ground, classes=classes, sites=sites, unit="kg/h")
    return {
        "chart": chart, "points": points, "unseen": sum(one["rate"] is None for one in points),
        "field": {"step": round(ground.grid.step, 1), "east": round(float(ground.grid.east[0])), "north": round(float(ground.grid.north[0]))},
    }  # fmt: skip


def point_of(row: Any, one: Any, rate: float) -> dict[str, Any]:
    outlet, enterprise = row.places.get("candidates", {}).get(one["id"], (None, None))
    return {
        "name": one.get("name", one["id"]), "enterprise": one.get("enterprise", ""), "outlet": outlet, "owner": enterprise,
        "rate": rate if np.isfinite(rate) else None,
    }  # fmt: skip


def cells_of(ground: Ground, chosen: Any, *, name: str, colour: str, values: Any = None) -> dict[str, Any]:
    """One class of cells for the plan."""
    grid, places = ground.grid, np.flatnonzero(chosen)
    data: list[list[float]] = [[round(float(grid.east[k])), round(float(grid.north[k]))] for k in places]
    if values is not None:
        data = [[*at, float(f"{values[k]:.2g}")] for at, k in zip(data, places, strict=True)]
    return {"name": name, "colour": colour, "data": data}


def plan(*, ground: Ground, classes: list[dict[str, Any]], sites: Iterable[Any], unit: str = "") -> dict[str, Any]:
    """Options of a plan to scale: cells, premises, stations and points."""
    event, west, south, east, north = ground.event, *ground.grid.bounds
    sources, sensors = event.case.sources, event.case.sensors
    stations = [
        {"name": name, "value": [round(float(sensors.east[sensors.owner == k].mean())), round(float(sensors.north[sensors.owner == k].mean()))]}
        for k, name in enumerate(event.sensors)
    ]  # fmt: skip
    points = [
        {"name": f"{one.get('enterprise', '')} {one.get('name', one['id'])}", "value": [round(float(sources.east[k])), round(float(sources.north[k]))]}
        for k, one in enumerate(event.candidates)
    ]  # fmt: skip
    words = _("premises"), _("registered points"), _("stations")
    series = [
        premises(outlines(event.frame, sites)),
        {"name": words[1], "type": "scatter", "symbol": "rect", "symbolSize": 4, "z": 4, "color": "#24568f", "data": points},
        {"name": words[2], "type": "scatter", "symbol": "circle", "symbolSize": 9, "z": 5, "color": "#1c2733", "data": stations, "label": BESIDE},
    ]  # fmt: skip
    options = canvas(bounds=(west, south, east, north), cells=classes, series=series)
    return {"plan": {"step": round(ground.grid.step, 1), "unit": unit, "cells": classes}, "options": options}


def premises(rings: list[dict[str, Any]]) -> dict[str, Any]:
    """Series of the outlines of premises."""
    return {
        "name": _("premises"), "type": "lines", "coordinateSystem": "cartesian2d", "polyline": True, "silent": True, "z": 3, "color": "#7b8792",
        "lineStyle": {"width": 1, "opacity": 0.9}, "data": rings,
    }  # fmt: skip


def canvas(
    *, bounds: tuple[float, float, float, float], cells: list[dict[str, Any]], series: list[dict[str, Any]]
) -> dict[str, Any]:
    """Options of a plan with its axes in metres and a legend of cells and marks; bounds: west, south, east, north."""
    west, south, east, north = bounds
    axis = {"type": "value", "nameLocation": "middle", "axisLine": {"onZero": False}, "splitLine": {"show": False}}
    icons = [{"name": one["name"], "icon": CROSS if one.get("mark") else "rect"} for one in cells]
    return {
        "animation": False, "tooltip": {"trigger": "item", "renderMode": "richText", "confine": True, "formatter": "{b}"},
        "legend": {"top": 0, "type": "scroll", "data": [*icons, *(one["name"] for one in series)]},
        "xAxis": axis | {"name": _("east [m]"), "nameGap": 24, "min": round(west), "max": round(east)},
        "yAxis": axis | {"name": _("north [m]"), "nameGap": 44, "min": round(south), "max": round(north)},
        "series": series,
    }  # fmt: skip


def outlines(frame: Any, sites: Iterable[Any]) -> list[dict[str, Any]]:
    """Rings of premises on the plane of the case."""
    if frame is None:
        return []
    rings = [ring for site in sites for ring in rings_of(site)]
    return [
        {"coords": [[round(v) for v in frame.metres(latitude=lat, longitude=lon)] for lon, lat, *_rest in ring]}
        for ring in rings
    ]


def rings_of(site: dict[str, Any]) -> list[Any]:
    """Outer rings of a polygon or of several."""
    if site["type"] == "Polygon":
        return [site["coordinates"][0]]
    return [part[0] for part in site["coordinates"]] if site["type"] == "MultiPolygon" else []
