"""Factors of several substances: the list, and a new wish whose samples are counted before anything is frozen."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from monitoring.tracing.domain.fingerprints.samples import (
    DROP,
    LEAST_SUBSTANCES,
    MEDIAN,
    MOST_FACTORS,
    MOST_SAMPLES,
    NoLimit,
    least_samples,
    seen,
)
from monitoring.tracing.domain.substances import OPEN_SUMS
from monitoring.tracing.selectors.fingerprints import (
    profiles_in_force,
    speciated,
    table_of,
    usual_errors,
    visible_runs,
)
from monitoring.tracing.selectors.incidents import incident_of
from monitoring.tracing.services import fingerprints
from monitoring.tracing.tasks import begin_fingerprints
from parks.catalogue.domain.errors import PlatformError
from parks.catalogue.domain.periods import day_bounds, day_of, park_zone
from parks.people.access import Viewer, viewer_of
from parks.people.domain import Capability
from parks.portal.pages import explain, listed, whole
from parks.register.selectors.places import visible_stations
from parks.templatetags.portal import localized

USUAL_DAYS = 30
PERCENT = 100.0


class FingerprintForm(forms.Form):
    title = forms.CharField(label=gettext_lazy("Name of the analysis"), max_length=120)
    first = forms.DateField(
        label=gettext_lazy("Hours from"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    last = forms.DateField(
        label=gettext_lazy("Hours to"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=gettext_lazy("92 days at most."),
    )  # fmt: skip
    missing = forms.ChoiceField(
        label=gettext_lazy("An hour that lacks a substance"),
        choices=[(DROP, gettext_lazy("is left out")), (MEDIAN, gettext_lazy("gets the median, uncertain by four medians"))],
    )  # fmt: skip
    least_factors = forms.IntegerField(
        label=gettext_lazy("Factors, from"), min_value=2, max_value=MOST_FACTORS, initial=2
    )
    most_factors = forms.IntegerField(label=gettext_lazy("Factors, to"), min_value=2, max_value=MOST_FACTORS, initial=6)
    starts = forms.IntegerField(
        label=gettext_lazy("Random starts of each number"), min_value=5, max_value=50, initial=20
    )
    bootstrap_runs = forms.IntegerField(label=gettext_lazy("Bootstrap runs"), min_value=20, max_value=200, initial=50)
    block_h = forms.IntegerField(
        label=gettext_lazy("Samples in a row drawn together"), min_value=1, max_value=168, initial=24,
        help_text=gettext_lazy("Neighbouring hours are alike; 24 draws whole days."),
    )  # fmt: skip
    high_percentile = forms.FloatField(
        label=gettext_lazy("A contribution is high from the percentile"), min_value=50, max_value=99, initial=75
    )
    seed = forms.IntegerField(label=gettext_lazy("Seed of the random numbers"), min_value=0, max_value=2**31, initial=1)
    stations = forms.MultipleChoiceField(label=gettext_lazy("Stations"))
    errors_source = forms.CharField(
        label=gettext_lazy("Source of the limits and errors"), max_length=300,
        help_text=gettext_lazy("Report of verification, method or manual, with number and date."),
    )  # fmt: skip

    def __init__(self, *args: Any, stations: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["stations"].choices = stations  # type: ignore[attr-defined]

    def options(self) -> fingerprints.Options:
        names = (
            "least_factors",
            "most_factors",
            "starts",
            "seed",
            "block_h",
            "bootstrap_runs",
            "high_percentile",
            "missing",
        )
        return fingerprints.Options(**{name: self.cleaned_data[name] for name in names})


@login_required
def fingerprint_list(request: HttpRequest) -> HttpResponse:
    """Analyses of the park, newest first."""
    viewer = viewer_of(request=request)
    viewer.require(Capability.VIEW_INTAKE)
    rows = visible_runs(scope=viewer.scope).filter(park=viewer.park_id)
    names = dict(
        visible_stations(scope=viewer.scope).filter(park=viewer.park_id).order_by("code").values_list("pk", "code")
    )
    page = listed(request=request, rows=rows)
    shown = [{"run": one, "stations": [(pk, names.get(pk, pk)) for pk in one.stations]} for one in page.rows]
    context = {"page": page, "shown": shown, "may_ask": viewer.may(Capability.TRACE_SOURCES)}
    return render(request, "monitoring/tracing/fingerprints.html", context)


@login_required
def fingerprint_new(request: HttpRequest) -> HttpResponse:
    """Choose stations, period and substances; see how many samples there are; state limits and errors; freeze."""
    viewer = viewer_of(request=request)
    viewer.require(Capability.TRACE_SOURCES)
    known = speciated(scope=viewer.scope, park_id=viewer.park_id)
    choices = _stations(viewer, known)
    form = FingerprintForm(request.POST or None, stations=choices, initial=_initial(request, viewer, known, choices))
    looked = _looked(viewer, form, known, request.POST)
    if request.method == "POST" and request.POST.get("do") == "solve" and form.is_valid():
        if request.POST.get("shown") != looked.get("shown"):
            form.add_error("stations", _("With other stations or days the samples are others: look at them below, then freeze."))  # fmt: skip
        else:
            try:
                return redirect("fingerprint_run", analysis_id=_asked(viewer, form, looked, request.POST).pk)
            except PlatformError as error:
                explain(form=form, error=error)
    context = {"form": form, "choices": choices, "most_samples": MOST_SAMPLES} | looked
    return render(request, "monitoring/tracing/fingerprint_new.html", context)


def _stations(viewer: Viewer, known: Mapping[int, Any]) -> list[tuple[str, str]]:
    """Stations that measure three substances or more."""
    rows = visible_stations(scope=viewer.scope).filter(park=viewer.park_id, pk__in=known).order_by("code")
    return [
        (str(one.pk), f"{one.code} {localized(one)} · {len(known[one.pk])}")
        for one in rows
        if len(known[one.pk]) >= LEAST_SUBSTANCES
    ]


def _initial(
    request: HttpRequest, viewer: Viewer, known: Mapping[int, Any], choices: list[tuple[str, str]]
) -> dict[str, Any]:
    today = day_of(timezone.now(), park_zone())
    about = whole(request.GET.get("incident"))
    if about is not None:
        return _of_incident(viewer, about, known, choices)
    asked = whole(request.GET.get("station"))
    first = str(asked) if str(asked) in dict(choices) else max(choices, key=lambda one: len(known[int(one[0])]), default=("", ""))[0]  # fmt: skip
    return {
        "first": today - timedelta(days=USUAL_DAYS), "last": today - timedelta(days=1), "stations": [first] if first else [],
        "title": _("Factors %(year)s-%(month)s") % {"year": today.year, "month": f"{today.month:02d}"},
        "errors_source": usual_errors(scope=viewer.scope, park_id=viewer.park_id)[1],
    }  # fmt: skip


def _of_incident(
    viewer: Viewer, incident_id: int, known: Mapping[int, Any], choices: list[tuple[str, str]]
) -> dict[str, Any]:
    """The days of an incident, and the stations that measure its substance beside others."""
    found, zone = incident_of(scope=viewer.scope, incident_id=incident_id), park_zone()
    stations = [pk for pk, _name in choices if found.pollutant_id in known[int(pk)]]
    return {
        "first": day_of(found.began_at, zone), "last": day_of(found.ended_at, zone), "stations": stations, "title": found.title,
        "errors_source": usual_errors(scope=viewer.scope, park_id=viewer.park_id)[1],
    }  # fmt: skip


def _looked(viewer: Viewer, form: FingerprintForm, known: Mapping[int, Any], sent: Mapping[str, Any]) -> dict[str, Any]:
    """What there is at the chosen stations in the chosen days: by substance, and how many hours hold all that are ticked."""
    try:
        stations = [int(pk) for pk in form["stations"].value() or () if int(pk) in known]
        days = [
            one if isinstance(one, date) else date.fromisoformat(str(one))
            for one in (form["first"].value(), form["last"].value())
        ]
    except (TypeError, ValueError):
        return {}
    if not stations or not timedelta(0) <= days[1] - days[0] < fingerprints.LONGEST:
        return {}
    zone, now = park_zone(), timezone.now().replace(minute=0, second=0, microsecond=0)
    start, end = day_bounds(days[0], zone).start, min(day_bounds(days[1], zone).end, now)
    if end <= start:
        return {}
    named = {code: point for pk in stations for code, point in known[pk].items()}
    codes = sorted(named, key=lambda code: (code in OPEN_SUMS, code))
    tables = [table_of(channels=known[pk], substances=codes, start=start, end=end).values for pk in stations]
    rows = _rows(viewer, codes, named, np.concatenate(tables), sent)
    ticked = [n for n, one in enumerate(rows) if one["use"]]
    whole_hours = sum(int(np.isfinite(one[:, ticked]).all(axis=1).sum()) for one in tables) if ticked else 0
    half = sum(int((np.isfinite(one[:, ticked]).mean(axis=1) >= 0.5).sum()) for one in tables) if ticked else 0
    taken = half if form["missing"].value() == MEDIAN else whole_hours
    zone_days = (days[0], days[1])
    return {
        "rows": rows, "shown": f"{','.join(map(str, sorted(stations)))} {days[0]} {days[1]}", "complete": whole_hours, "taken": taken,
        "all_hours": sum(len(one) for one in tables), "least": least_samples(substances=len(ticked), factors=whole(str(form["most_factors"].value())) or 1), "ticked": len(ticked),
        "profiles": [
            (one, not sent or str(one.pk) in _list(sent, "profile"))
            for one in profiles_in_force(scope=viewer.scope, park_id=viewer.park_id, first=zone_days[0], last=zone_days[1])
        ],
        "start": start, "end": end,
    }  # fmt: skip


def _rows(
    viewer: Viewer, codes: Sequence[str], named: Mapping[str, Any], values: Any, sent: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """By substance: what there is, what was stated of it last, whether it is taken. Sums of others are not, unless ticked."""
    stated, _source = usual_errors(scope=viewer.scope, park_id=viewer.park_id)
    use = set(_list(sent, "use")) if sent else {code for code in codes if code not in OPEN_SUMS}
    found = []
    for n, code in enumerate(codes):
        before = stated.get(code, {})
        limit = number(sent.get(f"limit-{code}")) if sent else before.get("limit_ug_m3")
        fraction = number(sent.get(f"fraction-{code}")) if sent else before.get("fraction", 0) * PERCENT or None
        share = fraction / PERCENT if fraction is not None else None
        there = seen(values=values[:, n], limit=limit if limit and limit > 0 else None, fraction=share)
        found.append({
            "point": named[code], "code": code, "use": code in use, "limit": limit, "fraction": fraction, "seen": there, "sum": code in OPEN_SUMS,
            "weak": there.signal is not None and there.signal < 1, "share_below": there.below / there.hours if there.below is not None else None,
        })  # fmt: skip
    return found


def _list(sent: Mapping[str, Any], name: str) -> list[str]:
    return list(sent.getlist(name))  # type: ignore[attr-defined]


def number(text: Any) -> float | None:
    """A finite number of a form, or None."""
    try:
        found = float(str(text))
    except ValueError:
        return None
    return found if np.isfinite(found) else None


def _asked(viewer: Viewer, form: FingerprintForm, looked: Mapping[str, Any], sent: Mapping[str, Any]) -> Any:
    given = form.cleaned_data
    stated = {}
    for one in looked.get("rows", ()):
        if one["use"]:
            if one["limit"] is None or one["fraction"] is None:
                raise NoLimit(substance=one["point"].pollutant_name)
            stated[one["code"]] = fingerprints.Stated(one["limit"], one["fraction"] / PERCENT)
    if "start" not in looked:
        raise fingerprints.BadFingerprintPeriod
    row = fingerprints.ask_for_fingerprints(
        scope=viewer.scope, park_id=viewer.park_id, title=given["title"], station_ids=[int(pk) for pk in given["stations"]],
        start=looked["start"], end=looked["end"], stated=stated, errors_source=given["errors_source"],
        profile_ids=[int(pk) for pk in _list(sent, "profile") if pk.isdigit()], options=form.options(), zone=park_zone(), now=timezone.now(),
    )  # fmt: skip
    begin_fingerprints(run_id=row.pk)
    return row
