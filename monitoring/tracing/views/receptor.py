"""Which wind brings a pollutant to a station: receptor statistics over weeks, as support and never as proof."""

from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from monitoring.series.selectors.points import points
from monitoring.tracing.domain.fingerprints.samples import LEAST_SUBSTANCES
from monitoring.tracing.domain.receptors.winds import Conditional, Rose, Share, conditional, rose
from monitoring.tracing.selectors.fingerprints import MASSES
from monitoring.tracing.selectors.winds import DIRECTION, SPEED, Hours, hours_with_wind
from parks.people.access import Viewer, viewer_of
from parks.people.domain import Capability
from parks.portal.pages import whole

DAYS = (7, 30, 90)
PERCENTILES = (75, 90, 95)
COMPASS = {
    0: gettext_lazy("N"), 30: gettext_lazy("NNE"), 60: gettext_lazy("ENE"), 90: gettext_lazy("E"), 120: gettext_lazy("ESE"),
    150: gettext_lazy("SSE"), 180: gettext_lazy("S"), 210: gettext_lazy("SSW"), 240: gettext_lazy("WSW"), 270: gettext_lazy("W"),
    300: gettext_lazy("WNW"), 330: gettext_lazy("NNW"),
}  # fmt: skip
MOST_CELLS = 8


@login_required
def receptor(request: HttpRequest, channel_id: int) -> HttpResponse:
    """With which wind a channel is high: by sector, by sector and speed, with intervals and the wind itself."""
    viewer = viewer_of(request=request)
    viewer.require(Capability.VIEW_PARK)
    days = chosen(request, "days", DAYS, 30)
    percentile = chosen(request, "percentile", PERCENTILES, 90)
    found = hours_with_wind(scope=viewer.scope, channel_id=channel_id, days=days, now=timezone.now())
    answer = conditional(
        direction=found.direction, speed=found.speed, value=found.value, percentile=float(percentile), calm_below=0.5
    )
    wind = rose(direction=found.direction, speed=found.speed, sectors=12)
    context = {
        "point": found.point, "wind": found.wind, "days": days, "percentile": percentile, "all_days": DAYS, "percentiles": PERCENTILES,
        "answer": answer, "rows": rows_of(answer, wind), "cells": [named(one) for one in answer.cells[:MOST_CELLS]],
        "calm": wind.calm, "chart": wheel(answer) if answer.sectors else None, "distinct": distinct(answer), "hours": found.value.size,
    }  # fmt: skip
    return render(request, "monitoring/tracing/receptor.html", context)


def chosen(request: HttpRequest, name: str, options: tuple[int, ...], usual: int) -> int:
    asked = whole(request.GET.get(name))
    return asked if asked in options else usual


def named(one: Share) -> dict[str, Any]:
    return {
        "share": one,
        "compass": COMPASS[round(one.direction)],
        "fastest": None if one.fastest == float("inf") else one.fastest,
    }


def rows_of(answer: Conditional, wind: Rose) -> list[dict[str, Any]]:
    return [{**named(one), "blown": float(wind.shares[n].sum())} for n, one in enumerate(answer.sectors)]


def distinct(answer: Conditional) -> list[str]:
    """Sectors whose interval lies above the overall share."""
    return [str(COMPASS[round(one.direction)]) for one in answer.sectors if one.enough and one.low > answer.overall]


def wheel(answer: Conditional) -> dict[str, Any]:
    """Options of a polar chart: share of high hours by the direction the wind comes from; north is up."""
    return {
        "options": {
            "animation": False, "polar": {"radius": "72%"}, "tooltip": {"trigger": "item", "renderMode": "richText", "confine": True},
            "angleAxis": {"type": "category", "data": [str(COMPASS[round(one.direction)]) for one in answer.sectors], "startAngle": 105},
            "radiusAxis": {"min": 0, "axisLabel": {"formatter": "{value}%"}},
            "series": [{
                "type": "bar", "coordinateSystem": "polar", "name": _("share of high hours"), "barCategoryGap": "12%",
                "data": [
                    {"value": round(100 * one.share, 1), "itemStyle": {"color": "#0b7a75" if one.enough else "#c9d7e3"}} for one in answer.sectors
                ],
            }],
        }
    }  # fmt: skip


def station_panel(viewer: Viewer, subject: int, now: datetime) -> dict[str, Any]:
    """For the page of a station: its pollutants, each with a way to the winds that bring it."""
    rows = points(scope=viewer.scope, station_ids=[subject])
    shown = [one for one in rows if one.pollutant not in (SPEED, DIRECTION) and not one.pollutant.startswith("a010")]
    masses = [one for one in shown if one.medium == "AIR" and one.unit in MASSES]
    several = len(masses) >= LEAST_SUBSTANCES and viewer.may(Capability.TRACE_SOURCES)
    return {"points": shown, "station": subject, "several": several}


__all__ = ["Hours", "receptor", "station_panel"]
