"""Charts of a water incident: the plan of the network, and readings beside what the likeliest releases would have given."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

LIKELY, POSSIBLE = 0.3, 0.05  # probabilities from which a node is drawn as likely, as possible
LABELLED = 4  # nodes whose names stand on the plan
CLASSES = (("pin", 26, "#b2571b"), ("triangle", 16, "#c98a12"), ("circle", 7, "#8a98a6"))


def network_plan(
    *, layout: dict[str, Any], answer: dict[str, Any] | None, read: list[str], shown: Mapping[str, str]
) -> dict[str, Any]:  # fmt: skip
    """Options of a plan: nodes by probability in colour, shape and words; nodes that were read as squares.

    Args:
        shown: what enterprises are called on the page, by the name that the network gives them.
    """
    chance = {one["id"]: one["probability"] for one in answer["candidates"]} if answer else {}
    likely = sorted((one for one in chance.items() if one[1] >= POSSIBLE), key=lambda one: -one[1])
    # More labels than a few lie on each other; the table names them all.
    named = {name for name, _share in likely} if len(likely) <= LABELLED else set()
    words = (_("likely (30 % or more)"), _("possible (5 % or more)"), _("unlikely, or not upstream"))
    groups: list[list[dict[str, Any]]] = [[], [], []]
    places = {one["id"]: [one["x"], one["y"]] for one in layout["nodes"]}
    for one in layout["nodes"]:
        share = chance.get(one["id"], 0.0)
        text = f"{one['id']} {shown.get(one['enterprise'], one['enterprise']) or ''}" + (
            f" · {share:.0%}" if chance else ""
        )
        item: dict[str, Any] = {"name": text, "value": places[one["id"]]}
        if share >= POSSIBLE:
            item["itemStyle"] = {"opacity": round(0.35 + 0.65 * min(share, 1.0), 2)}
        if one["id"] in named:
            item["label"] = {"show": True, "formatter": f"{one['id']} {share:.0%}", "position": "right"}
        groups[0 if share >= LIKELY else 1 if share >= POSSIBLE else 2].append(item)
    marks = [
        {"name": word, "type": "scatter", "data": group, "symbol": shape, "symbolSize": size, "color": colour}
        for word, group, (shape, size, colour) in zip(words, groups, CLASSES, strict=True)
    ]
    squares = [
        {"name": name, "value": places[name], "label": {"show": True, "formatter": name, "position": "bottom"}}
        for name in read
    ]
    hollow = {"color": "rgba(0,0,0,0)", "borderColor": "#0b7a75", "borderWidth": 2}
    marks.append(
        {
            "name": _("read here"),
            "type": "scatter",
            "data": squares,
            "symbol": "rect",
            "symbolSize": 18,
            "itemStyle": hollow,
        }
    )
    pipes = {
        "name": _("pipes, water flows with the arrow"), "type": "lines", "coordinateSystem": "cartesian2d", "symbol": ["none", "arrow"], "symbolSize": 6,
        "lineStyle": {"color": "#51606f", "width": 1.2, "opacity": 0.7}, "silent": True, "data": [{"coords": [places[a], places[b]]} for a, b in layout["links"]],
    }  # fmt: skip
    axis = {"type": "value", "scale": True, "show": False}
    return {"options": {
        "animation": False, "tooltip": {"trigger": "item", "renderMode": "richText", "confine": True, "formatter": "{b}"},
        "legend": {"top": 0, "type": "scroll"}, "grid": {"left": 20, "right": 60, "top": 50, "bottom": 44},
        "dataZoom": [{"type": "inside", "xAxisIndex": 0}, {"type": "inside", "yAxisIndex": 0}],
        "xAxis": axis, "yAxis": axis, "series": [pipes, *marks],
    }}  # fmt: skip


def read_and_given(*, case: dict[str, Any], answer: dict[str, Any]) -> list[dict[str, Any]]:
    """By node that was read: its readings, and what the best release of the two likeliest places would have given."""
    given = case["readings"]
    start, step = datetime.fromisoformat(given["start"]), timedelta(seconds=given["interval_s"])
    found = []
    for number, one in enumerate(given["manholes"]):
        at = [round((start + step * k).timestamp() * 1000) for k in range(len(one["values_mg_l"]))]
        level = one.get("background_mg_l", 0.0)
        lines = [(_("read"), [None if v is None else v - level for v in one["values_mg_l"]])]
        lines += [
            (_("from %(node)s") % {"node": fit["id"]}, fit["sensors"][number]["expected_mg_l"])
            for fit in answer["fits"][:2]
        ]
        series = [
            {"name": name, "unit": "mg/L", "decimals": 3, "points": [[t, v] for t, v in zip(at, row, strict=True)]}
            for name, row in lines
        ]
        found.append({"node": one["manhole"], "chart": {"series": series}})
    return found
