"""Where do the next sensors go? Wishes, plans and their answers."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from monitoring.tracing.domain.case.reading import Frame
from monitoring.tracing.domain.sites.answer import HARDLY
from monitoring.tracing.domain.sites.places import LEAST_STEP
from monitoring.tracing.domain.stages import SitingStage
from monitoring.tracing.selectors.siting import plan_of, visible_plans
from monitoring.tracing.selectors.winds import DIRECTION, SPEED, wind_pairs
from monitoring.tracing.services import siting
from monitoring.tracing.services.runs import code_version
from monitoring.tracing.tasks import begin_plan
from monitoring.tracing.views.incidents import pollutants_at_stations
from monitoring.tracing.views.names import points_in_language
from monitoring.tracing.views.running import case_answer, state_answer, state_of
from monitoring.tracing.views.siting_charts import answer_plan, curve_chart, possible_plan
from parks.catalogue.domain.errors import PlatformError
from parks.catalogue.domain.periods import day_bounds, day_of, park_zone
from parks.people.access import Viewer, viewer_of
from parks.people.domain import Capability
from parks.portal.errors import told
from parks.portal.pages import explain, listed
from parks.register.selectors.places import visible_enterprises, visible_stations

USUAL_DAYS = 90
SHARES = ("often", "apart", "balance")


class SitingForm(forms.Form):
    title = forms.CharField(label=gettext_lazy("Name of the plan"), max_length=120)
    pollutant = forms.ChoiceField(label=gettext_lazy("Substance"))
    station = forms.ChoiceField(label=gettext_lazy("Wind of the station"))
    first = forms.DateField(
        label=gettext_lazy("Winds from"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    last = forms.DateField(
        label=gettext_lazy("Winds to"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    step = forms.FloatField(
        label=gettext_lazy("Distance of the sites along the fence [m]"), min_value=LEAST_STEP, max_value=2000, initial=250
    )  # fmt: skip
    inside = forms.BooleanField(label=gettext_lazy("Sites inside the fence, too"), required=False)
    most = forms.IntegerField(label=gettext_lazy("New sensors, at most"), min_value=1, max_value=30, initial=4)
    budget = forms.FloatField(
        label=gettext_lazy("Budget, in the unit of the costs below"), min_value=0, required=False, help_text=gettext_lazy("Empty: only the number counts.")
    )  # fmt: skip
    rate_kg_h = forms.FloatField(
        label=gettext_lazy("Smallest leak that must be noticed [kg/h]"), min_value=1e-6, max_value=1e6, initial=5
    )
    limit_ug_m3 = forms.FloatField(
        label=gettext_lazy("Rise that the instrument notices [μg/m³]"), min_value=1e-6, max_value=1e6, initial=20,
        help_text=gettext_lazy("Its detection limit above the usual background."),
    )  # fmt: skip
    often = forms.FloatField(
        label=gettext_lazy("Two outlets are told apart when they differ in this share of the hours [%]"), min_value=0.1, max_value=100, initial=5
    )  # fmt: skip
    apart = forms.FloatField(
        label=gettext_lazy("by at least this share of the larger signal [%]"), min_value=1, max_value=100, initial=50
    )
    balance = forms.FloatField(
        label=gettext_lazy("Weight of telling apart against seeing [%]"), min_value=0, max_value=100, initial=30
    )
    calm_below_m_s = forms.FloatField(
        label=gettext_lazy("Calm below [m/s]"),
        min_value=0.1,
        max_value=5,
        initial=0.5,
        help_text=gettext_lazy("Calm hours count as unseen."),
    )
    total_cloud_tenths = forms.FloatField(
        label=gettext_lazy("Sky covered [tenths]"), min_value=0, max_value=10, initial=5
    )
    low_cloud_tenths = forms.FloatField(
        label=gettext_lazy("of it by low cloud [tenths]"), min_value=0, max_value=10, initial=3
    )

    def __init__(
        self, *args: Any, pollutants: list[tuple[str, str]], stations: list[tuple[str, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["pollutant"].choices = pollutants  # type: ignore[attr-defined]
        self.fields["station"].choices = stations  # type: ignore[attr-defined]

    def assumed(self) -> siting.Assumed:
        """What is assumed, shares as shares."""
        names = ("rate_kg_h", "limit_ug_m3", "calm_below_m_s", "total_cloud_tenths", "low_cloud_tenths", *SHARES)
        return siting.Assumed(**{
            name: self.cleaned_data[name] / (100 if name in SHARES else 1) for name in names
        })  # fmt: skip


@login_required
def siting_list(request: HttpRequest) -> HttpResponse:
    """Plans of the park, newest first."""
    viewer = viewer_of(request=request)
    viewer.require(Capability.VIEW_INTAKE)
    rows = visible_plans(scope=viewer.scope).filter(park=viewer.park_id).defer("case")
    context = {"page": listed(request=request, rows=rows), "may_plan": viewer.may(Capability.PLAN_SENSORS)}
    return render(request, "monitoring/tracing/siting_list.html", context)


@login_required
def siting_new(request: HttpRequest) -> HttpResponse:
    """Choose what must be seen, in which winds, where sensors could stand; look at the sites first, then solve."""
    viewer = viewer_of(request=request)
    viewer.require(Capability.PLAN_SENSORS)
    pollutants = pollutants_at_stations(viewer.scope, viewer.park_id, least=1)
    masts = _masts(viewer)
    form = SitingForm(
        request.POST or None, pollutants=pollutants, stations=[(str(pk), name) for pk, name in masts], initial=_initial(pollutants, masts)
    )  # fmt: skip
    left_out, costs = _of_sites(request)
    if request.method == "POST" and request.POST.get("do") == "solve" and form.is_valid():
        if request.POST.get("step_shown") != request.POST.get("step"):
            form.add_error("step", _("With another distance the sites are others: look at them below, then solve."))
        else:
            try:
                return redirect("siting_plan", plan_id=_asked(viewer, form, left_out, costs).pk)
            except PlatformError as error:
                explain(form=form, error=error)
    context = {"form": form, "masts": masts, "pollutants": pollutants, "costs": costs, "left_out": left_out}
    return render(request, "monitoring/tracing/siting_new.html", context | _possible(viewer, form, left_out, costs))


def _masts(viewer: Viewer) -> list[tuple[int, str]]:
    """Stations that measure the wind, weather stations first."""
    whole = wind_pairs(scope=viewer.scope, park_id=viewer.park_id)
    rows = visible_stations(scope=viewer.scope).filter(pk__in=whole, lat__isnull=False)
    return [(one.pk, str(one)) for one in sorted(rows, key=lambda one: (one.kind != "WEATHER", one.code))]


def _initial(pollutants: list[tuple[str, str]], masts: list[tuple[int, str]]) -> dict[str, Any]:
    today = day_of(timezone.now(), park_zone())
    return {
        "first": today - timedelta(days=USUAL_DAYS), "last": today - timedelta(days=1), "pollutant": pollutants[0][0] if pollutants else "",
        "station": str(masts[0][0]) if masts else "", "title": _("Next sensors %(year)s") % {"year": today.year},
    }  # fmt: skip


def _of_sites(request: HttpRequest) -> tuple[set[str], dict[str, float]]:
    """Sites that were ticked off, and costs that differ from 1."""
    costs = {}
    for name, text in request.POST.items():
        if name.startswith("cost-"):
            try:
                costs[name[5:]] = min(max(float(str(text)), 0.0), 1e9)
            except ValueError:
                continue
    return set(request.POST.getlist("out")), costs


def _asked(viewer: Viewer, form: SitingForm, left_out: set[str], costs: dict[str, float]) -> Any:
    given, zone, now = form.cleaned_data, park_zone(), timezone.now()
    row = siting.ask_for_plan(
        scope=viewer.scope, park_id=viewer.park_id, title=given["title"], pollutant=given["pollutant"], station_id=int(given["station"]),
        start=day_bounds(given["first"], zone).start, end=min(day_bounds(given["last"], zone).end, now), step=given["step"],
        inside=given["inside"], left_out=left_out, costs=costs, most=given["most"], budget=given["budget"], assumed=form.assumed(), now=now,
    )  # fmt: skip
    begin_plan(plan_id=row.pk)
    return row


def _possible(viewer: Viewer, form: SitingForm, left_out: set[str], costs: dict[str, float]) -> dict[str, Any]:
    """Sites that the form as it stands allows, on a plan and as rows."""
    pollutant = form["pollutant"].value()
    try:
        step = min(max(float(form["step"].value()), LEAST_STEP), 2000.0)
        found = siting.ground_of(
            scope=viewer.scope,
            park_id=viewer.park_id,
            pollutant=pollutant,
            step=step,
            inside=bool(form["inside"].value()),
        )
    except (TypeError, ValueError):
        return {}
    except PlatformError as error:
        return {"refused": told(error)}
    rows = [one | {"out": one["id"] in left_out, "cost": costs.get(one["id"], 1.0)} for one in found.sites]
    if not rows:
        return {"rows": rows}
    frame = Frame(rows[0]["latitude"], rows[0]["longitude"])
    plan = possible_plan(
        frame=frame, standing=found.standing, sites=found.sites, left_out=left_out, grounds=_grounds(viewer)
    )
    return {"rows": rows, "plan": plan, "standing": found.standing}


def _grounds(viewer: Viewer) -> list[Any]:
    rows = visible_enterprises(scope=viewer.scope).filter(park=viewer.park_id, site__isnull=False)
    return list(rows.values_list("site", flat=True))


@login_required
def siting_plan(request: HttpRequest, plan_id: int) -> HttpResponse:
    """A plan: how far it is, then what it brings, where, how sure, and what stays unseen."""
    viewer = viewer_of(request=request)
    viewer.require(Capability.VIEW_INTAKE)
    row = plan_of(scope=viewer.scope, plan_id=plan_id)
    context: dict[str, Any] = {
        "plan": row,
        "case": row.case,
        "same_code": row.code_version == code_version(),
    } | state_of(row=row, stages=SitingStage, url_name="siting_state")
    if row.answer is not None:
        context |= _answered(viewer, row)
    return render(request, "monitoring/tracing/siting.html", context)


def _answered(viewer: Viewer, row: Any) -> dict[str, Any]:
    case, answer = row.case, row.answer
    points_in_language(case=case, scope=viewer.scope)
    known = {one["id"]: one for one in case["candidates"]}
    sites = [
        one | {"number": n, "sees": [(known[k], share) for k, share in one["sees"]]}
        for n, one in enumerate(answer["sites"], start=1)
    ]
    outlets = sorted(
        (one | {"point": known[one["id"]]} for one in answer["outlets"]),
        key=lambda one: (one["after"], one["possible"]),
    )
    curve = [one | {"seen_more": one["seen"] - before["seen"], "apart_more": one["apart"] - before["apart"]}
             for before, one in zip(answer["curve"], answer["curve"][1:], strict=False)]  # fmt: skip
    numbers = {one["id"]: one["number"] for one in sites}
    return {
        "answer": answer, "sites": sites, "unseen": [one for one in outlets if one["after"] < HARDLY], "outlets": outlets, "curve": curve,
        "map": answer_plan(case=case, answer=answer, numbers=numbers, grounds=_grounds(viewer)),
        "chart": curve_chart(curve=answer["curve"], most=row.most), "last_day": row.ended_at - timedelta(seconds=1),
        "speed": row.channels[0], "bearing": row.channels[1], "codes": (SPEED, DIRECTION),
    }  # fmt: skip


@login_required
def siting_state(request: HttpRequest, plan_id: int) -> HttpResponse:
    """How far a plan is, asked by an open page; the page loads anew when it is over."""
    viewer = viewer_of(request=request)
    viewer.require(Capability.VIEW_INTAKE)
    row = plan_of(scope=viewer.scope, plan_id=plan_id)
    return state_answer(request, row=row, stages=SitingStage, url_name="siting_state")


@login_required
def siting_case(request: HttpRequest, plan_id: int) -> HttpResponse:
    """The frozen wish with its winds, points and sites."""
    viewer = viewer_of(request=request)
    viewer.require(Capability.VIEW_INTAKE)
    viewer.require(Capability.EXPORT)
    row = plan_of(scope=viewer.scope, plan_id=plan_id)
    return case_answer(case=row.case, name=f"siting-{row.pk}")
