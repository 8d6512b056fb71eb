"""Charts of a reach and of a spill in it: what stands where, what place and time trade off, readings beside curves."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from parks.catalogue.domain.periods import park_zone

TIP = {"trigger": "item", "renderMode": "richText", "confine": True, "formatter": "{b}"}
RIDGE, GUESS, READ = "#0b7a75", "#b2571b", "#24568f"


def reach_line(*, length_m: float, places: Iterable[Any]) -> dict[str, Any]:
    """A reach as a line, its stations above and its outfalls below it."""
    rows = list(places)

    def marks(kind: str, side: float, symbol: str, colour: str, name: str) -> dict[str, Any]:
        data = [
            {"name": f"{one.code} · {one.chainage_m:g} m" + (f" · {one.enterprise}" if one.enterprise else ""), "value": [one.chainage_m, side],
             "label": {"show": True, "formatter": one.code, "position": "top" if side > 0 else "bottom"}}
            for one in rows if one.kind == kind
        ]  # fmt: skip
        return {"name": name, "type": "scatter", "symbol": symbol, "symbolSize": 14, "color": colour, "data": data, "labelLayout": {"hideOverlap": True}}  # fmt: skip

    bank = {
        "name": _("the river flows to the right"), "type": "lines", "coordinateSystem": "cartesian2d", "symbol": ["none", "arrow"], "symbolSize": 16,
        "data": [{"coords": [[0, 0], [length_m, 0]]}], "silent": True, "lineStyle": {"width": 5, "color": "#8fb7c9", "opacity": 1}, "color": "#8fb7c9",
    }  # fmt: skip
    return {"options": {
        "animation": False, "tooltip": TIP, "legend": {"top": 0, "type": "scroll"}, "grid": {"left": 30, "right": 40, "top": 40, "bottom": 46},
        "xAxis": {"type": "value", "min": 0, "max": length_m, "name": _("chainage [m]"), "nameLocation": "middle", "nameGap": 28},
        "yAxis": {"type": "value", "min": -1, "max": 1, "show": False},
        "series": [bank, marks("STATION", 0.25, "rect", READ, _("stations")), marks("OUTFALL", -0.25, "triangle", GUESS, _("outfalls"))],
    }}  # fmt: skip


def ridge_chart(*, case: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
    """Places along the river against the starts that go with them, and the likely outfalls on that ridge."""
    rows = answer["ridge"]["places"]
    middle = [(one["position_m"][0] + one["position_m"][1]) / 2 for one in rows]
    ends = [[[x, _local(one["start_band"][k])] for x, one in zip(middle, rows, strict=True)] for k in (0, 1)]
    line: dict[str, Any] = {"type": "line", "symbol": "none", "silent": True}
    dashed = {"type": "dashed", "width": 1, "color": RIDGE}
    outfalls = [
        {
            "name": f"{one['id']} · {one['probability']:.0%}", "value": [one["position_m"], _local(one["start"]["p50"])],
            "symbolSize": 10 + 16 * one["probability"], "label": {"show": True, "formatter": f"{one['id']} {one['probability']:.0%}", "position": "top"},
        }
        for one in answer["candidates"]
    ]  # fmt: skip
    edges = [{"xAxis": one["position_m"], "name": one["id"]} for one in case["outfalls"]]
    series = [
        line | {"name": _("likely start"), "data": [[x, _local(one["start"])] for x, one in zip(middle, rows, strict=True)], "color": RIDGE,
         "lineStyle": {"width": 3, "color": RIDGE}},
        line | {"name": _("90-percent band"), "data": ends[0], "lineStyle": dashed, "color": RIDGE},
        line | {"name": _("90-percent band"), "data": ends[1], "lineStyle": dashed, "color": RIDGE},
        {"name": _("likely outfalls"), "type": "scatter", "symbol": "triangle", "color": GUESS, "data": outfalls, "labelLayout": {"hideOverlap": True, "moveOverlap": "shiftY"},
         "markLine": {"silent": True, "symbol": "none", "data": edges, "lineStyle": {"color": "#9aa7b2", "type": "dotted"}, "label": {"formatter": "{b}", "position": "insideStartTop", "color": "#51606f"}}},
    ]  # fmt: skip
    far = max([*middle, *(one["position_m"] for one in answer["candidates"])])
    near = min([*middle, *(one["position_m"] for one in answer["candidates"])])
    margin = max(0.15 * (far - near), 100.0)
    return {"options": {
        "animation": False, "useUTC": True, "tooltip": TIP, "legend": {"top": 0, "type": "scroll"}, "grid": {"left": 64, "right": 30, "top": 44, "bottom": 50},
        "xAxis": {"type": "value", "min": round(max(near - margin, 0.0), -1), "max": round(far + margin, -1), "name": _("chainage [m]"), "nameLocation": "middle", "nameGap": 28},
        "yAxis": {"type": "time", "axisLabel": {"formatter": "{HH}:{mm}", "hideOverlap": True}}, "series": series,
    }}  # fmt: skip


def _local(text: str) -> int:
    """Milliseconds of the clock on the wall of the park: the axis knows no zone but the browser's."""
    moment = datetime.fromisoformat(text).astimezone(park_zone())
    return round((moment.timestamp() + (moment.utcoffset() or timedelta()).total_seconds()) * 1000)


def read_and_expected(*, case: dict[str, Any], answer: dict[str, Any]) -> list[dict[str, Any]]:
    """By station: its readings above what is always there, the best release anywhere, and the best from the likeliest outfalls."""
    found = []
    for number, one in enumerate(case["stations"]):
        start, step = datetime.fromisoformat(one["start"]), one["interval_s"]
        level = one.get("background_mg_l", 0.0)
        times = [round((start.timestamp() + step * k) * 1000) for k in range(len(one["values_mg_l"]))]
        known = [k for k, value in enumerate(one["values_mg_l"]) if value is not None]
        lines: list[tuple[str, list[Any], list[int], bool]] = [
            (_("read"), [None if v is None else v - level for v in one["values_mg_l"]], list(range(len(times))), False)
        ]
        if answer["fits"]:
            lines.append((_("best anywhere"), answer["fits"][number]["expected_mg_l"], known, True))
        lines += [
            (_("from %(node)s") % {"node": fit["id"]}, fit["stations"][number]["expected_mg_l"], known, False)
            for fit in answer["outfall_fits"]
        ]
        series = [
            {"name": name, "unit": "mg/L", "decimals": 3, "dash": dash, "points": [[times[k], v] for k, v in zip(at, row, strict=True)]}
            for name, row, at, dash in lines
        ]  # fmt: skip
        found.append({"node": one["id"], "position_m": one["position_m"], "chart": {"series": series}})
    return found
