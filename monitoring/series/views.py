"""Points and series: newest values, curves, where a value comes from, exports, live updates."""

import json
from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from typing import Any

from asgiref.sync import sync_to_async
from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from monitoring.series.domain.readings import Interval
from monitoring.series.rendering import as_csv, as_xlsx
from monitoring.series.selectors.charts import line_of, marks_of, milliseconds
from monitoring.series.selectors.history import derivation_of, values_of
from monitoring.series.selectors.points import Point, interval_named, point, points, visible_ids
from monitoring.series.services.channels import create_channel
from parks.catalogue.domain.errors import Invalid, NotFound, PlatformError
from parks.catalogue.domain.periods import DEFAULT_ZONE, day_bounds, day_of, park_zone
from parks.people.access import Viewer, scope_of, viewer_of
from parks.people.domain import Capability
from parks.permits.selectors import limits_in_force
from parks.portal.live import events
from parks.portal.pages import explain, whole
from parks.portal.sheets import CSV, XLSX
from parks.register.selectors.loggers import logger_of

WORDS = {
    "interval.0": gettext_lazy("real-time"),
    "interval.1": gettext_lazy("minute"),
    "interval.2": gettext_lazy("hour"),
    "interval.3": gettext_lazy("day"),
    "interval.4": gettext_lazy("month"),
    "verdict.0": gettext_lazy("valid"),
    "verdict.1": gettext_lazy("invalid"),
    "verdict.2": gettext_lazy("suspect"),
    "verdict.3": gettext_lazy("missing"),
    "reason.0": "",
    "reason.1": gettext_lazy("no value sent"),
    "reason.10": gettext_lazy("instrument stopped (F)"),
    "reason.11": gettext_lazy("maintenance (M)"),
    "reason.12": gettext_lazy("manual set value (S)"),
    "reason.13": gettext_lazy("instrument fault (D)"),
    "reason.14": gettext_lazy("calibration (C)"),
    "reason.15": gettext_lazy("above range (T)"),
    "reason.16": gettext_lazy("link to the instrument lost (B)"),
    "reason.17": gettext_lazy("power failure (P)"),
    "reason.18": gettext_lazy("unknown flag"),
    "reason.19": gettext_lazy("source stopped (F, 2005)"),
    "reason.20": gettext_lazy("outside the measuring range"),
    "reason.21": gettext_lazy("plant not running (oxygen near that of air)"),
    "reason.22": gettext_lazy("zero flow"),
    "reason.30": gettext_lazy("too few valid minutes"),
    "reason.31": gettext_lazy("too few valid hours"),
    "reason.32": gettext_lazy("too few valid days"),
    "reason.33": gettext_lazy("no data"),
    "reason.40": gettext_lazy("as reported by the logger"),
    "error.unit.dimension": gettext_lazy(
        "This unit is unknown, or does not measure the same thing as the unit of the catalogue."
    ),
}
MOST_SERIES = 8
LONGEST = {Interval.REALTIME: 3, Interval.MINUTE: 8, Interval.HOUR: 400, Interval.DAY: 3_700, Interval.MONTH: 3_700}
INTERVALS = [(i.name.lower(), int(i)) for i in Interval]


def name_of(one: Point) -> str:
    """A short name in the language of the page."""
    english = (get_language() or "").startswith("en")
    return f"{one.code} {(one.pollutant_name_en if english and one.pollutant_name_en else one.pollutant_name)}"


@login_required
def point_page(request: HttpRequest, channel_id: int) -> HttpResponse:
    """One point: last value, limits, curve of 24 hours, newest values with the frame behind each."""
    viewer = viewer_of(request=request)
    found = point(scope=viewer.scope, channel_id=channel_id)
    now = timezone.now()
    since = now - timedelta(hours=24)
    curve = Interval.MINUTE
    values = values_of(channel_id=found.id, interval=curve, start=since, end=now + timedelta(minutes=5))
    if len(values) < 30:
        curve = Interval.HOUR
        values = values_of(channel_id=found.id, interval=curve, start=since, end=now)
    recent = {
        interval: values_of(channel_id=found.id, interval=interval, start=now - back, end=now + timedelta(minutes=11), limit=12, newest_first=True)
        for interval, back in ((Interval.REALTIME, timedelta(days=1)), (Interval.MINUTE, timedelta(days=1)), (Interval.HOUR, timedelta(days=3)), (Interval.DAY, timedelta(days=30)))
    }  # fmt: skip
    limits = limits_of(found, now=now)
    chart = {
        "series": [line_of(point=found, values=values, name=name_of(found))],
        "limits": [{"value": one.maximum, "label": f"{one.maximum:g}"} for one in limits if one.period == "HOUR" or found.medium == "WATER"],
        "marks": marks_of(values=values, interval=curve, now=now), "from": milliseconds(since), "to": milliseconds(now),
    }  # fmt: skip
    zone = park_zone()
    running = {
        Interval.HOUR: now.replace(minute=0, second=0, microsecond=0),
        Interval.DAY: day_bounds(day_of(now, zone), zone).start,
    }
    context = {
        "point": found,
        "limits": limits,
        "recent": recent,
        "chart": chart,
        "curve": int(curve),
        "running": running,
    }
    return render(request, "monitoring/series/point.html", context)


def limits_of(found: Point, *, now: datetime) -> list[Any]:
    if found.outlet_id is None:
        return []
    rows = limits_in_force(outlet_ids=[found.outlet_id], at=now, day=day_of(now, park_zone()))
    return [row for row in rows if row.pollutant == found.pollutant]


@login_required
def derivation(request: HttpRequest, channel_id: int, interval: str, at: int) -> HttpResponse:
    """What one value was made of. The address holds the time in milliseconds since 1970."""
    viewer = viewer_of(request=request)
    found = point(scope=viewer.scope, channel_id=channel_id)
    try:
        moment = datetime.fromtimestamp(at // 1000, tz=park_zone()) + timedelta(milliseconds=at % 1000)
    except (OverflowError, ValueError, OSError) as error:
        raise NotFound from error
    made = derivation_of(channel_id=found.id, interval=interval_named(interval), time=moment, zone_name=DEFAULT_ZONE)
    return render(request, "monitoring/series/derivation.html", {"point": found, "made": made, "moment": moment})


def chosen(request: HttpRequest, viewer: Viewer) -> tuple[list[Point], Interval, date, date]:
    """What the address of the explorer asks for: channels, interval, first and last local day."""
    numbers = [n for n in (whole(text) for text in request.GET.getlist("c")) if n is not None][:MOST_SERIES]
    found = {one.id: one for one in points(scope=viewer.scope, ids=numbers)} if numbers else {}
    if len(found) < len(set(numbers)):
        raise NotFound
    interval = interval_named(request.GET.get("interval", "hour"))
    today = day_of(timezone.now(), park_zone())
    try:
        last = date.fromisoformat(request.GET.get("to") or today.isoformat())
        first = date.fromisoformat(
            request.GET.get("from") or (last - timedelta(days=min(6, LONGEST[interval]))).isoformat()
        )
    except ValueError as error:
        raise Invalid(_("Give days like 2026-01-31.")) from error
    if first > last or (last - first).days > LONGEST[interval]:
        raise Invalid(
            _("The period must begin before it ends, and may hold %(days)s days at most.") % {"days": LONGEST[interval]}
        )
    return [found[n] for n in dict.fromkeys(numbers)], interval, first, last


def fetched(found: list[Point], interval: Interval, first: date, last: date) -> list[tuple[Point, Any]]:
    zone = park_zone()
    start, end = day_bounds(first, zone).start, day_bounds(last, zone).end
    return [(one, values_of(channel_id=one.id, interval=interval, start=start, end=end)) for one in found]


@login_required
def explorer(request: HttpRequest) -> HttpResponse:
    """Compare series; the address is a permalink."""
    viewer = viewer_of(request=request)
    found, interval, first, last = chosen(request, viewer)
    series = fetched(found, interval, first, last)
    zone = park_zone()
    word = request.GET.get("word", "").strip()
    chart = {
        "series": [line_of(point=one, values=values, name=name_of(one)) for one, values in series], "zoom": True,
        "marks": marks_of(values=series[0][1], interval=interval, now=timezone.now()) if len(series) == 1 else [],
        "from": milliseconds(day_bounds(first, zone).start), "to": milliseconds(day_bounds(last, zone).end),
    }  # fmt: skip
    table = [
        {
            "point": one,
            "values": list(reversed(values[-100:])),
            "count": len(values),
            "summary": summary_of(one, values),
        }
        for one, values in series
    ]
    context = {
        "found": found, "interval": interval, "first": first, "last": last, "chart": chart, "table": table, "intervals": INTERVALS,
        "word": word, "offers": points(scope=viewer.scope, park_id=viewer.park_id, word=word, limit=40) if word or not found else [],
        "query": request.GET.urlencode(), "may_export": viewer.may(Capability.EXPORT),
    }  # fmt: skip
    return render(request, "monitoring/series/explorer.html", context)


def summary_of(one: Point, values: Any) -> dict[str, Any]:
    """Mean, extremes and share of valid values of a series."""
    shown = [
        v.converted if one.reference_o2 is not None and v.converted is not None else v.value
        for v in values
        if v.verdict in (0, 2)
    ]
    numbers = [n for n in shown if n is not None]
    if not numbers:
        return {"mean": None, "low": None, "high": None, "share": 0.0 if values else None}
    return {
        "mean": sum(numbers) / len(numbers),
        "low": min(numbers),
        "high": max(numbers),
        "share": len(numbers) / len(values),
    }


@login_required
def series_export(request: HttpRequest, kind: str) -> HttpResponse:
    """The series of the explorer as CSV or XLSX."""
    viewer = viewer_of(request=request)
    viewer.require(Capability.EXPORT)
    found, interval, first, last = chosen(request, viewer)
    series = fetched(found, interval, first, last)
    if kind == "csv":
        data, content_type = as_csv(series=series, interval=interval, zone_name=DEFAULT_ZONE), CSV
    else:
        data, content_type = as_xlsx(series=series, interval=interval, zone_name=DEFAULT_ZONE, now=timezone.now()), XLSX
    answer = HttpResponse(data, content_type=content_type)
    answer["Content-Disposition"] = f'attachment; filename="series-{first:%Y%m%d}-{last:%Y%m%d}.{kind}"'
    return answer


async def stream(request: HttpRequest, park_id: int) -> HttpResponse | StreamingHttpResponse:
    """Server-sent events of a park: new values of the channels the viewer may see, and that problems changed."""
    user = await request.auser()
    scope = await sync_to_async(scope_of)(viewer=user)
    if park_id not in scope.all_park_ids:
        return HttpResponse(status=404 if user.is_authenticated else 401)
    mine = None if park_id in scope.park_ids else await sync_to_async(visible_ids)(scope=scope, park_id=park_id)
    answer = StreamingHttpResponse(messages(park_id, mine), content_type="text/event-stream")
    answer["Cache-Control"] = "no-cache"
    answer["X-Accel-Buffering"] = "no"
    return answer


async def messages(park_id: int, mine: frozenset[int] | None) -> AsyncIterator[str]:
    """Events as text; `mine` limits the values to the channels of one's own enterprises."""
    yield "retry: 3000\n\n: hello\n\n"
    async for event, data in events(park_id=park_id):
        if event == "values":
            data = data if mine is None else [item for item in data if item["channel"] in mine]
            if not data:
                continue
        yield f"event: {event}\ndata: {json.dumps(data, separators=(',', ':'))}\n\n" if event else ": alive\n\n"


class ChannelForm(forms.Form):
    factor = forms.CharField(label=gettext_lazy("Factor code"), max_length=16)
    reported_unit = forms.CharField(
        label=gettext_lazy("Unit in which the logger sends"), max_length=24, required=False,
        help_text=gettext_lazy("Empty: the unit of the catalogue."),
    )  # fmt: skip
    low = forms.FloatField(label=gettext_lazy("Measuring range from"), required=False)
    high = forms.FloatField(label=gettext_lazy("Measuring range to"), required=False)
    reference_o2 = forms.FloatField(label=gettext_lazy("Reference O₂ [%]"), required=False, min_value=0, max_value=20)


@login_required
def channel_new(request: HttpRequest, logger_id: int) -> HttpResponse:
    """A channel for one factor of a logger; from then on its values are stored."""
    viewer = viewer_of(request=request)
    logger = logger_of(scope=viewer.scope, logger_id=logger_id)
    viewer.scope_require(Capability.MANAGE_REGISTER, park_id=logger.park_id)
    form = ChannelForm(request.POST or None, initial={"factor": request.GET.get("factor", "")})
    back = reverse("logger", args=[logger.pk])
    if request.method == "POST" and form.is_valid():
        try:
            create_channel(logger=logger, by_id=request.user.pk, now=timezone.now(), **form.cleaned_data)
        except PlatformError as error:
            explain(form=form, error=error)
        else:
            return redirect(back)
    return render(request, "portal/form.html", {"form": form, "heading": _("New channel"), "back_url": back})


def channels_panel(viewer: Viewer, now: datetime, **where: Any) -> dict[str, Any]:
    found = points(scope=viewer.scope, **where)
    return {"points": found, "stale": now - timedelta(hours=2), "live": True}


def outlet_panel(viewer: Viewer, outlet_id: int, now: datetime) -> dict[str, Any]:
    """Newest values of an outlet, for its page."""
    return channels_panel(viewer, now, outlet_ids=[outlet_id])


def station_panel(viewer: Viewer, station_id: int, now: datetime) -> dict[str, Any]:
    """Newest values of a station, for its page."""
    return channels_panel(viewer, now, station_ids=[station_id])


def enterprise_panel(viewer: Viewer, enterprise_id: int, now: datetime) -> dict[str, Any]:
    """Newest values of an enterprise, for its page."""
    return channels_panel(viewer, now, enterprise_id=enterprise_id)
