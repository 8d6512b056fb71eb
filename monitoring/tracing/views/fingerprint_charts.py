"""Charts of factors: profiles, contributions over time, and with which wind each factor is high."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from monitoring.tracing.views.receptor import COMPASS

# As the page's script colours its series; every second line is dashed, so that neighbours differ without colour.
COLOURS = ("#0b7a75", "#24568f", "#b2571b", "#6c4a9e", "#4d7c0f", "#a83264", "#0e7490", "#7c6a0a")
PALE = "#c9d7e3"
HOUR_MS = 3_600_000


def factor_name(number: int) -> str:
    """Factors are numbered from 1; a name comes only from a match."""
    return _("factor %(number)s") % {"number": number}


def profile_chart(*, solution: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """Share of each substance in each factor, one small panel a factor, with the bootstrap interval as a line."""
    parts = solution["parts"]
    height = 100 / len(parts)
    panels = [
        {"left": 64, "right": 12, "top": f"{n * height + 5}%", "height": f"{height - 9 if n < len(parts) - 1 else height - 14}%"}
        for n in range(len(parts))
    ]  # fmt: skip
    last = len(parts) - 1
    return {
        "options": {
            "animation": False, "tooltip": {"trigger": "item", "renderMode": "richText", "confine": True}, "grid": panels,
            "title": [
                {"text": factor_name(n + 1), "left": 64, "top": f"{n * height}%", "textStyle": {"fontSize": 12, "fontWeight": "normal"}}
                for n in range(len(parts))
            ],
            "xAxis": [
                {"type": "category", "gridIndex": n, "data": list(names), "axisLabel": {"show": n == last, "interval": 0, "rotate": 28, "fontSize": 11}, "axisTick": {"show": False}}
                for n in range(len(parts))
            ],
            "yAxis": [
                {"type": "value", "gridIndex": n, "min": 0, "max": 100, "splitNumber": 2, "axisLabel": {"formatter": "{value}%", "fontSize": 11}, "splitLine": {"lineStyle": {"color": "#edf1f4"}}}
                for n in range(len(parts))
            ],
            "series": [one for n, part in enumerate(parts) for one in _panel(n, part)],
        }
    }  # fmt: skip


def _panel(number: int, part: Mapping[str, Any]) -> list[dict[str, Any]]:
    where = {"xAxisIndex": number, "yAxisIndex": number}
    ends = [
        {"coord": [j, round(100 * value, 2)], "symbol": "rect", "symbolSize": [9, 2]}
        for j, pair in enumerate(zip(part["boot_low"], part["boot_high"], strict=True))
        for value in pair
        if value is not None
    ]
    lines = [
        [{"coord": [j, round(100 * low, 2)]}, {"coord": [j, round(100 * high, 2)]}]
        for j, (low, high) in enumerate(zip(part["boot_low"], part["boot_high"], strict=True))
        if low is not None
    ]
    mark = {"color": "#1c2733"}
    return [{
        "type": "bar", "name": factor_name(number + 1), "barWidth": "55%", "color": COLOURS[number % len(COLOURS)], **where,
        "data": [round(100 * (v or 0.0), 2) for v in part["profile"]],
        "markLine": {"silent": True, "symbol": "none", "label": {"show": False}, "lineStyle": {"type": "solid", "width": 1} | mark, "data": lines},
        "markPoint": {"silent": True, "label": {"show": False}, "itemStyle": mark, "data": ends},
    }]  # fmt: skip


def time_chart(*, series: Sequence[Sequence[float | None]], start: datetime) -> dict[str, Any]:
    """Contribution of each factor by hour at one station; a gap where the hour is no sample."""
    begin = round(start.timestamp() * 1000)
    return {
        "zoom": True, "zero": True,
        "series": [
            {"name": factor_name(n), "unit": "ug/m3", "points": [[begin + h * HOUR_MS, v] for h, v in enumerate(row)], "dash": n % 2 == 0}
            for n, row in enumerate(series, start=1)
        ],
    }  # fmt: skip


def wheel(*, wind: Mapping[str, Any], number: int) -> dict[str, Any]:
    """How often a factor is high by where the wind comes from; north is up, pale bars rest on few hours."""
    sectors = wind["sectors"]
    return {
        "options": {
            "animation": False, "polar": {"radius": "66%"}, "tooltip": {"trigger": "item", "renderMode": "richText", "confine": True},
            "angleAxis": {"type": "category", "data": [str(COMPASS[round(one["direction"])]) for one in sectors], "startAngle": 105, "axisLabel": {"fontSize": 11}},
            "radiusAxis": {"min": 0, "splitNumber": 2, "axisLabel": {"formatter": "{value}%", "fontSize": 10}},
            "series": [{
                "type": "bar", "coordinateSystem": "polar", "name": _("share of high hours"), "barCategoryGap": "12%",
                "data": [
                    {"value": round(100 * one["share"], 1), "itemStyle": {"color": COLOURS[number % len(COLOURS)] if one["enough"] else PALE}}
                    for one in sectors
                ],
            }],
        }
    }  # fmt: skip
