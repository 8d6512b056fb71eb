"""Plan and chart of a drive: where it read how much, and how that went along time."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from monitoring.series.selectors.charts import milliseconds
from monitoring.tracing.domain.case.reading import Frame
from monitoring.tracing.domain.drives.levels import CLEAR, Level, Peak
from monitoring.tracing.selectors.drives import Readings
from monitoring.tracing.views.maps import BESIDE, canvas, outlines, premises
from parks.templatetags.portal import localized

Floats = NDArray[np.float64]
MOST_MARKS = 1500  # on the plan; of neighbouring readings the highest is drawn
CLASSES = (("#9db4c0", 3), ("#fec44f", 7), ("#ec7014", 11), ("#b3261e", 16))  # colour and size, rising
NICE = np.array([1.0, 1.5, 2.0, 3.0, 5.0, 7.0, 10.0])
MARGIN = 150.0  # [m]


def edges_of(*, value: Floats, level: Level) -> tuple[float, float, float]:
    """Concentrations between the four classes: what is clearly above the background, then two equal steps of the logarithm to the highest."""
    clear = float(np.median(level.level)) + CLEAR * level.noise
    top = max(float(value.max()), clear * 1.5)
    found = [_nice(clear * (top / clear) ** share) for share in (0.0, 1 / 3, 2 / 3)]
    return found[0], max(found[1], found[0]), max(found[2], found[1])


def _nice(value: float) -> float:
    power = 10.0 ** np.floor(np.log10(max(value, 1e-9)))
    return float(NICE[np.argmin(np.abs(np.log(NICE * power / value)))] * power)


def drive_plan(
    *, readings: Readings, level: Level, peaks: Sequence[Peak], outlets: Iterable[Any], stations: Iterable[Any], grounds: Iterable[Any]
) -> dict[str, Any]:  # fmt: skip
    """Plan of the track by classes in colour and size, over premises, outlets and stations; peaks numbered."""
    frame = Frame(float(readings.lat[0]), float(readings.lon[0]))
    at = [frame.metres(latitude=a, longitude=o) for a, o in zip(readings.lat, readings.lon, strict=True)]
    edges, drawn = edges_of(value=readings.value, level=level), _drawn(readings.value)
    names = [
        f"< {edges[0]:g} μg/m³",
        f"{edges[0]:g} – {edges[1]:g} μg/m³",
        f"{edges[1]:g} – {edges[2]:g} μg/m³",
        f"≥ {edges[2]:g} μg/m³",
    ]
    kind = np.searchsorted(edges, readings.value, side="right")
    marks: list[dict[str, Any]] = [
        {"name": _("registered outlets"), "type": "scatter", "symbol": "rect", "symbolSize": 5, "z": 3, "color": "#24568f", "data": _places(frame, ((f"{localized(one.enterprise)} {one.code}", one) for one in outlets))},
        {"name": _("stations"), "type": "scatter", "symbol": "triangle", "symbolSize": 9, "z": 4, "color": "#1c2733", "label": BESIDE, "data": _places(frame, ((one.code, one) for one in stations))},
    ]  # fmt: skip
    for number, (name, (colour, size)) in enumerate(zip(names, CLASSES, strict=True)):
        data = [
            {"name": f"{readings.value[k]:.3g} μg/m³", "value": [round(at[k][0]), round(at[k][1])]} for k in drawn if kind[k] == number
        ]  # fmt: skip
        marks.append(
            {
                "name": name,
                "type": "scatter",
                "symbol": "circle",
                "symbolSize": size,
                "z": 5 + number,
                "color": colour,
                "data": data,
            }
        )
    tops = [{"name": str(n), "value": [round(v) for v in at[one.top]]} for n, one in enumerate(peaks, start=1)]
    marks.append({"name": _("peaks"), "type": "scatter", "symbol": "pin", "symbolSize": 26, "z": 12, "color": "#6c4a9e", "data": tops,
                  "label": {"show": True, "formatter": "{b}", "color": "#fff", "fontSize": 10}})  # fmt: skip
    rings = outlines(frame, grounds)
    every = at + [one["value"] for mark in marks[:2] for one in mark["data"]]
    low, high = ([edge(one[k] for one in every) for k in (0, 1)] for edge in (min, max))
    bounds = low[0] - MARGIN, low[1] - MARGIN, high[0] + MARGIN, high[1] + MARGIN
    return {
        "plan": {"step": 1.0, "unit": "μg/m³", "cells": []},
        "options": canvas(bounds=bounds, cells=[], series=[premises(rings), *marks]),
    }


def _drawn(value: Floats) -> NDArray[np.intp]:
    """Readings that are drawn: all, or the highest of each few neighbours."""
    size = max(int(np.ceil(len(value) / MOST_MARKS)), 1)
    groups = [range(start, min(start + size, len(value))) for start in range(0, len(value), size)]
    return np.array([max(group, key=lambda k: value[k]) for group in groups], dtype=np.intp)


def _places(frame: Frame, named: Iterable[tuple[str, Any]]) -> list[dict[str, Any]]:
    found = []
    for name, one in named:
        east, north = frame.metres(latitude=one.lat, longitude=one.lon)
        found.append({"name": name, "value": [round(east), round(north)]})
    return found


def along_time(*, readings: Readings, level: Level) -> dict[str, Any]:
    """What was read, and the background it is held against."""
    at = [milliseconds(one) for one in readings.at]
    rows = ((_("read"), readings.value, False), (_("background"), level.level, True))
    return {
        "series": [
            {"name": name, "unit": "ug/m3", "decimals": 1, "dash": dash, "points": [[t, round(float(v), 3)] for t, v in zip(at, row, strict=True)]}
            for name, row, dash in rows
        ], "zoom": True,
    }  # fmt: skip
