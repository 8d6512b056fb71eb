"""Charts of a trace: the event replayed on a plan of the park, and what each station read against what it should have read."""

from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from monitoring.tracing.domain.case.building import Event, event_of
from monitoring.tracing.domain.physics.dispersion import Scheme, sigmas

REACH = np.array([30.0, 100.0, 250.0, 500.0, 900.0, 1400.0, 2000.0])  # [m]
COLOURS = {"plume": "#c98a12", "point": "#24568f", "station": "#0b7a75", "place": "#a83264"}
MOST_STATIONS = 8


def replay(
    *, case: dict[str, Any], answer: dict[str, Any], zone: Any, told: dict[str, Any] | None
) -> dict[str, Any]:  # fmt: skip
    """Options of a chart with a time slider: stations by what they read, points by probability, wind and plume of the first point.

    Args:
        told: the first point tried alone by the substance that is shown.

    The plume shown is two widths of the dispersion curves to either side of the mean wind of the block; it is drawn, not fitted.
    """
    event = event_of(case=case, number=0)
    chance = {one["id"]: one["probability"] for one in answer["candidates"]}
    names = {one["id"]: f"{one.get('enterprise', '')} {one.get('name', one['id'])}" for one in case["candidates"]}
    sources = event.case.sources
    points: list[dict[str, Any]] = [
        {"name": names[one["id"]], "value": [round(float(sources.east[k])), round(float(sources.north[k])), round(chance.get(one["id"], 0.0), 3)]}
        for k, one in enumerate(event.candidates)
    ]  # fmt: skip
    minutes = told["minutes"] if told else 30.0
    blocks = (
        len(told["observed"]) if told else max(int(len(event.case.values) * event.case.weather.step / 60 / minutes), 1)
    )
    first = event.candidates.index(next(c for c in event.candidates if c["id"] == told["id"])) if told else None
    frames, labels = [], []
    for block in range(blocks):
        start = event.start + timedelta(minutes=minutes * block)
        labels.append(f"{start.astimezone(zone):%H:%M}")
        frames.append(_frame(event, told, first, block, minutes, start, zone))
    place = answer["location"] if answer["unregistered_probability"] >= 0.2 else None
    cells = [[round(c[0]), round(c[1]), round(c[3], 3)] for c in place["cells"]] if place else []
    base = {
        "animation": False, "tooltip": {"trigger": "item", "renderMode": "richText", "confine": True}, "legend": {"top": 0, "type": "scroll"},
        "grid": {"left": 70, "right": 20, "top": 64, "bottom": 100},
        "xAxis": {"type": "value", "name": _("east [m]"), "nameLocation": "middle", "nameGap": 24, "scale": True, "axisLine": {"onZero": False}, **_span(event, "east")},
        "yAxis": {"type": "value", "name": _("north [m]"), "nameLocation": "middle", "nameGap": 44, "scale": True, "axisLine": {"onZero": False}, **_span(event, "north")},
        "timeline": {"axisType": "category", "data": labels, "bottom": 0, "autoPlay": False, "playInterval": 700, "currentIndex": _fullest(told)},
        "series": [
            {"name": _("plume of the first point"), "type": "line", "symbol": "none", "areaStyle": {"opacity": 0.15}, "lineStyle": {"width": 1}, "color": COLOURS["plume"]},
            {"name": _("registered points, by probability"), "type": "scatter", "data": points, "color": COLOURS["point"], "symbol": "rect"},
            {"name": _("stations, by what they read above the background"), "type": "scatter", "color": COLOURS["station"], "symbol": "circle"},
            {"name": _("unregistered place"), "type": "scatter", "data": cells, "color": COLOURS["place"], "symbol": "diamond", "symbolSize": 6},
            {"name": _("wind"), "type": "scatter", "symbol": "arrow", "symbolSize": 0, "color": "#51606f", "data": []},
        ],
    }  # fmt: skip
    for item in points:
        item["symbolSize"] = 5 + 20 * float(item["value"][2])
    return {"options": {"baseOption": base, "options": frames}}


def _span(event: Event, axis: str) -> dict[str, int]:
    """Both axes as long as each other, so that directions are true."""
    both = [np.concatenate([getattr(event.case.sources, a), getattr(event.case.sensors, a)]) for a in ("east", "north")]
    half = max(float(np.ptp(v)) for v in both) / 2 + 150
    own = both[0 if axis == "east" else 1]
    middle = float(own.min() + own.max()) / 2
    return {"min": round(middle - half, -1).__int__(), "max": round(middle + half, -1).__int__()}


def _fullest(told: dict[str, Any] | None) -> int:
    if told is None:
        return 0
    above = np.array(
        [[np.nan if v is None else v for v in row] for row in told["observed"]]
    ) - np.array([[np.nan if v is None else v for v in row] for row in told["level"]])  # fmt: skip
    return int(np.argmax(np.nansum(above, axis=1)))


def _frame(
    event: Event, told: dict[str, Any] | None, first: int | None, block: int, minutes: float, start: datetime, zone: Any
) -> dict[str, Any]:  # fmt: skip
    weather, sensors = event.case.weather, event.case.sensors
    steps = max(round(minutes * 60 / weather.step), 1)
    own = slice(block * steps, (block + 1) * steps)
    blown = weather.valid[own]
    toward = np.radians(weather.from_deg[own][blown] + 180.0)
    speed = float(weather.speed[own][blown].mean()) if blown.any() else 0.0
    east, north = (float(f(toward).mean()) if blown.any() else 0.0 for f in (np.sin, np.cos))
    read = []
    for number, name in enumerate(event.sensors[: len(sensors.east)]):
        value, level = (told[key][block][number] if told else None for key in ("observed", "level"))
        above = max(value - level, 0.0) if value is not None and level is not None else None
        where = [round(float(sensors.east[number])), round(float(sensors.north[number]))]
        text = _("no readings") if above is None else f"+{above:.3g} μg/m³"
        size = 6 if above is None else 8 + min(24.0, 4 * np.sqrt(above))
        item = {"name": f"{name} {text}", "value": where, "symbolSize": round(float(size), 1)}
        read.append(
            item
            | (
                {"itemStyle": {"color": "#ffffff", "borderColor": "#7b8792", "borderWidth": 1.5}}
                if above is None
                else {}
            )
        )
    plume = _outline(event, first, own, east, north) if first is not None and speed > 0.5 else []
    box = _span(event, "east"), _span(event, "north")
    corner = [box[0]["min"] + 400, box[1]["max"] - 400]
    tip = [round(corner[0] + 90 * speed * east), round(corner[1] + 90 * speed * north)]
    blowing = {
        "silent": True, "symbol": ["none", "arrow"], "lineStyle": {"width": 3, "color": "#51606f"}, "label": {"show": False},
        "data": [[{"coord": corner}, {"coord": tip}]] if speed > 0 else [],
    }  # fmt: skip
    title = f"{start.astimezone(zone):%m-%d %H:%M} · {_('wind')} {speed:.1f} m/s" + (
        f" · {np.degrees(np.arctan2(-east, -north)) % 360:.0f}°" if speed > 0 else ""
    )
    return {
        "title": {"text": title, "left": 58, "top": 32, "textStyle": {"fontSize": 12, "fontWeight": "normal"}},
        "series": [{"data": plume}, {}, {"data": read}, {}, {"markLine": blowing}],
    }


def _outline(event: Event, first: int, own: slice, east: float, north: float) -> list[list[int]]:
    size = float(np.hypot(east, north))
    if size < 0.2:
        return []
    ex, ny = east / size, north / size
    classes = event.case.weather.stability[own]
    scheme = event.case.physics.scheme if isinstance(event.case.physics.scheme, Scheme) else Scheme.GBT
    width = 2 * np.asarray(sigmas(x=REACH, stability=float(np.median(classes)), scheme=scheme)[0])
    x0, y0 = float(event.case.sources.east[first]), float(event.case.sources.north[first])
    left = [[round(x0 + x * ex - w * ny), round(y0 + x * ny + w * ex)] for x, w in zip(REACH, width, strict=True)]
    right = [[round(x0 + x * ex + w * ny), round(y0 + x * ny - w * ex)] for x, w in zip(REACH, width, strict=True)]
    return [[round(x0), round(y0)], *left, *right[::-1], [round(x0), round(y0)]]


def read_and_expected(*, told: dict[str, Any], sensors: list[str], start: datetime) -> list[dict[str, Any]]:
    """By station: block means, background, and what the point alone would have given; the stations with most signal first."""
    found = []
    for number, name in enumerate(sensors):
        rows = [[row[number] for row in told[key]] for key in ("observed", "expected", "level")]
        above = [o - b for o, b in zip(rows[0], rows[2], strict=True) if o is not None and b is not None]
        found.append((max(above, default=0.0), name, rows))
    found.sort(key=lambda one: -one[0])
    at = [
        round((start + timedelta(minutes=told["minutes"] * n)).timestamp() * 1000) for n in range(len(told["observed"]))
    ]
    words = (_("read"), _("this point alone"), _("background"))
    return [
        {
            "sensor": name,
            "misfit": told["misfit"].get(name),
            "chart": {
                "series": [
                    {"name": word, "unit": told["unit"], "decimals": 1, "points": [[t, v] for t, v in zip(at, row, strict=True)]}
                    for word, row in zip(words, rows, strict=True)
                ]
            },
        }
        for _above, name, rows in found[:MOST_STATIONS]
    ]  # fmt: skip
