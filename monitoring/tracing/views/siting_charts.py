"""Plans and charts of sensor siting: what could be built where, and what was chosen."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from monitoring.tracing.domain.case.reading import Frame
from monitoring.tracing.domain.sites.answer import HARDLY
from monitoring.tracing.views.maps import BESIDE, PALE, canvas, outlines, premises

EDGES = (HARDLY, 0.05, 0.10, 0.20)  # shares of the hours, between the classes of the map
GROUND = ("#f4f8e6", "#dbeee3", "#b3dbd2", "#82c3ba")  # pale, so that marks stand out on it
OFTEN = 0.10  # share of the hours from which an outlet counts as often seen
MARGIN = 150.0  # [m]
SPARSE = {"label": BESIDE, "labelLayout": {"hideOverlap": True}}
STANDING = {"type": "scatter", "symbol": "circle", "symbolSize": 10, "z": 6, "color": "#1c2733"} | SPARSE
NEW = {"type": "scatter", "symbol": "diamond", "symbolSize": 22, "z": 7, "color": "#b2571b"}
INSIDE = {"show": True, "position": "inside", "color": "#fff", "fontSize": 11, "fontWeight": "bold"}


def possible_plan(
    *, frame: Frame, standing: Iterable[Any], sites: Iterable[Any], left_out: Iterable[str], grounds: Iterable[Any]
) -> dict[str, Any]:
    """Plan of the sites that could be built on, before anything was computed."""
    gone = set(left_out)
    open_, closed = ([one for one in sites if (one["id"] in gone) == out] for out in (False, True))
    marks = [
        {"name": _("sensors there are"), "data": _marks(frame, standing)} | STANDING,
        {"name": _("possible sites"), "type": "scatter", "symbol": "triangle", "symbolSize": 9, "z": 5, "color": "#24568f", "data": _marks(frame, open_)} | SPARSE,
    ]  # fmt: skip
    if closed:
        marks.append({"name": _("left out"), "type": "scatter", "symbol": "rect", "symbolSize": 6, "z": 4, "color": "#a7b1bb", "data": _marks(frame, closed)})  # fmt: skip
    rings = outlines(frame, grounds)
    return _plan(rings=rings, cells=[], step=1.0, marks=marks)


def answer_plan(
    *, case: Mapping[str, Any], answer: Mapping[str, Any], numbers: Mapping[str, int], grounds: Iterable[Any]
) -> dict[str, Any]:
    """Plan of the answer: how often a leak is seen by place, outlets by how often, old and new sensors."""
    drawn = answer["map"]
    frame = Frame(drawn["latitude"], drawn["longitude"])
    chosen = [one | {"id": str(numbers[one["id"]])} for one in answer["sites"]]
    seen = {one["id"]: one["after"] for one in answer["outlets"]}
    names = _("outlets often seen"), _("outlets seldom seen"), _("outlets unseen")
    shapes = ("circle", 5, "#24568f"), ("triangle", 8, "#b07400"), ("rect", 8, "#b3261e")
    groups: list[list[Any]] = [[], [], []]
    for one in case["candidates"]:
        share = seen[one["id"]]
        groups[0 if share >= OFTEN else 1 if share >= HARDLY else 2].append(
            one | {"id": f"{one['enterprise']} {one['name']} · {share:.0%}"}
        )
    marks = [
        {"name": name, "type": "scatter", "symbol": shape, "symbolSize": size, "z": 4, "color": colour, "data": _marks(frame, group)}
        for name, group, (shape, size, colour) in zip(names, groups, shapes, strict=True)
    ]  # fmt: skip
    marks.append({"name": _("sensors there are"), "data": _marks(frame, case["standing"])} | STANDING)
    marks.append(
        {"name": _("new sensors"), "label": INSIDE | {"formatter": "{b}"}, "data": _marks(frame, chosen)} | NEW
    )
    return _plan(rings=outlines(frame, grounds), cells=_classes(drawn["cells"]), step=drawn["step"], marks=marks)


def _classes(cells: Sequence[Sequence[float]]) -> list[dict[str, Any]]:
    edges = (*EDGES, 1.01)
    names = [
        _("seen in %(low)s – %(high)s of the hours") % {"low": f"{low:.0%}", "high": f"{high:.0%}"}
        for low, high in zip(edges, (*EDGES[1:], 1.0), strict=False)
    ]
    found = [
        {"name": name, "colour": colour, "data": [[e, n, round(100 * after, 1)] for e, n, _before, after in cells if low <= after < high]}
        for name, colour, low, high in zip(names, GROUND, EDGES, edges[1:], strict=True)
    ]  # fmt: skip
    hardly = [[e, n] for e, n, _before, after in cells if after < HARDLY]
    return [*found, {"name": _("hardly ever seen"), "colour": PALE, "data": hardly, "mark": "cross"}]


def _marks(frame: Frame, places: Iterable[Any]) -> list[dict[str, Any]]:
    found = []
    for one in places:
        east, north = frame.metres(latitude=one["latitude"], longitude=one["longitude"])
        found.append({"name": one["id"], "value": [round(east), round(north)]})
    return found


def _plan(*, rings: Any, cells: list[dict[str, Any]], step: float, marks: list[dict[str, Any]]) -> dict[str, Any]:
    points = [one["value"] for mark in marks for one in mark["data"]] + [at for ring in rings for at in ring["coords"]]
    points += [one[:2] for cell in cells for one in cell["data"]] or [[0, 0]]
    low, high = ([edge(one[k] for one in points) for k in (0, 1)] for edge in (min, max))
    bounds = low[0] - MARGIN, low[1] - MARGIN, high[0] + MARGIN, high[1] + MARGIN
    return {
        "plan": {"step": step, "unit": _("% of the hours"), "cells": cells},
        "options": canvas(bounds=bounds, cells=cells, series=[premises(rings), *marks]),
    }


def curve_chart(*, curve: Sequence[Mapping[str, Any]], most: int) -> dict[str, Any]:
    """What every further sensor brings: two shares by the number of new sensors, the wished number marked."""
    lines = [
        {"name": name, "type": "line", "symbol": symbol, "symbolSize": 8, "color": colour, "data": [round(100 * one[key], 2) for one in curve]}
        for name, key, symbol, colour in (
            (_("seen"), "seen", "circle", "#0b7a75"), (_("told apart"), "apart", "triangle", "#24568f"),
        )
    ]  # fmt: skip
    lines[0]["markLine"] = {
        "symbol": "none", "silent": True, "lineStyle": {"color": "#b2571b", "type": "dashed"}, "data": [{"xAxis": str(most)}],
        "label": {"formatter": _("this plan"), "color": "#b2571b"},
    }  # fmt: skip
    return {"options": {
        "animation": False, "tooltip": {"trigger": "axis", "renderMode": "richText", "confine": True}, "legend": {"top": 0, "left": 0},
        "grid": {"left": 52, "right": 24, "top": 48, "bottom": 44},
        "xAxis": {"type": "category", "data": [str(one["new"]) for one in curve], "name": _("new sensors"), "nameLocation": "middle", "nameGap": 26},
        "yAxis": {"type": "value", "name": "%", "min": 0}, "series": lines,
    }}  # fmt: skip
