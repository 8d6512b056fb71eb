"""What people send about water: a network, a table of readings, the readings of stations, another trace."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from monitoring.series.selectors.points import points
from monitoring.tracing.domain.water.networks import LARGEST, BadNetwork
from monitoring.tracing.selectors import water as found_in
from monitoring.tracing.services import water
from monitoring.tracing.services.incidents import window_of_problem
from monitoring.tracing.services.water_cases import Asked
from monitoring.tracing.tasks import begin_water
from monitoring.tracing.views.incidents import KINDS, LOCAL
from parks.catalogue.domain.errors import PlatformError
from parks.people.access import Viewer, viewer_of
from parks.people.domain import Capability
from parks.portal.errors import told
from parks.portal.pages import explain, whole
from parks.register.selectors.places import visible_outlets, visible_stations
from parks.templatetags.portal import either

MASSES = ("mg/L", "ug/L", "ng/L")
LONGEST_H = 72.0


class NetworkForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name of the network"), max_length=120)
    file = forms.FileField(label=gettext_lazy("Sewer (tongjian-trace-water/1) or EPANET file"))


class IncidentFields(forms.Form):
    """What every water incident says."""

    title = forms.CharField(label=gettext_lazy("What happened"), max_length=120)
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=KINDS)
    network = forms.ChoiceField(label=gettext_lazy("Network"))
    told = forms.CharField(
        label=gettext_lazy("Who noticed what, and where"), widget=forms.Textarea(attrs={"rows": 2}), required=False
    )

    def __init__(self, *args: Any, networks: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["network"].choices = networks  # type: ignore[attr-defined]


class TableForm(IncidentFields):
    substance = forms.CharField(label=gettext_lazy("Substance"), max_length=60)
    floor = forms.FloatField(label=gettext_lazy("Noise of a reading [mg/L]"), min_value=1e-9, initial=0.05)
    demands_known = forms.BooleanField(
        label=gettext_lazy("The demands in the file are those of that day"), required=False
    )
    file = forms.FileField(label=gettext_lazy("Readings as CSV: time, node, value, unit"))


class ChannelsForm(IncidentFields):
    pollutant = forms.ChoiceField(label=gettext_lazy("Substance"))
    start = forms.DateTimeField(
        label=gettext_lazy("From"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"})
    )
    end = forms.DateTimeField(label=gettext_lazy("To"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}))
    demands_known = forms.BooleanField(
        label=gettext_lazy("The demands in the file are those of that day"), required=False
    )

    def __init__(self, *args: Any, pollutants: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["pollutant"].choices = pollutants  # type: ignore[attr-defined]


class AgainForm(forms.Form):
    """Choices of another trace; empty ones stay as usual."""

    floor = forms.FloatField(min_value=1e-9, required=False)
    seed = forms.IntegerField(min_value=0, max_value=2**31 - 1, required=False)
    before_h = forms.FloatField(min_value=0.0, max_value=LONGEST_H, required=False)
    longest_h = forms.FloatField(min_value=0.1, max_value=LONGEST_H, required=False)
    decay_per_h = forms.FloatField(min_value=0.0, max_value=10.0, required=False)
    demands_known = forms.BooleanField(required=False)
    file = forms.FileField(required=False)

    def asked(self, *, ruled_out: list[str]) -> Asked:
        given = self.cleaned_data
        usual = Asked()
        return Asked(
            given["floor"], given["demands_known"], usual.before_h if given["before_h"] is None else given["before_h"],
            given["longest_h"] or usual.longest_h, given["decay_per_h"] or 0.0, tuple(sorted(set(ruled_out))),
            usual.seed if given["seed"] is None else given["seed"],
        )  # fmt: skip


def networks_of(viewer: Viewer) -> dict[str, Any]:
    rows = found_in.visible_networks(scope=viewer.scope).filter(park=viewer.park_id)
    return {str(one.pk): one for one in rows}


@login_required
def water_network_new(request: HttpRequest) -> HttpResponse:
    """Send a network."""
    viewer = viewer_of(request=request)
    viewer.require(Capability.TRACE_SOURCES)
    form = NetworkForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            made = water.keep_network(
                park_id=viewer.park_id, by_id=request.user.pk, name=given["name"], file_name=given["file"].name,
                text=_text(given["file"]), now=timezone.now(),
            )  # fmt: skip
        except PlatformError as error:
            explain(form=form, error=error)
        else:
            return redirect("water_network", network_id=made.pk)
    intro = _(
        "A file is kept as a revision with its digest; another file is another revision and changes no older trace."
    )
    return render(
        request, "portal/form.html", {"form": form, "heading": _("New network"), "back": "water", "intro": intro}
    )


def _text(file: Any) -> str:
    if file.size > LARGEST:
        raise BadNetwork(f"The file has more than {LARGEST} bytes.")
    try:
        return str(file.read().decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise BadNetwork("The file is no text in UTF-8.") from error


@login_required
@require_POST
def water_bind(request: HttpRequest, network_id: int) -> HttpResponse:
    """Say at which node a station or an outlet of the register measures."""
    viewer = viewer_of(request=request)
    network = found_in.network_of(scope=viewer.scope, network_id=network_id)
    viewer.scope_require(Capability.TRACE_SOURCES, park_id=network.park_id)
    place, number = request.POST.get("place", "")[:1], whole(request.POST.get("place", "")[1:]) or 0
    mine = {
        "s": visible_stations(scope=viewer.scope).filter(park=network.park_id),
        "o": visible_outlets(scope=viewer.scope).filter(enterprise__park=network.park_id),
    }.get(place)
    if mine is None or not mine.filter(pk=number).exists():
        messages.error(request, _("Choose a station or an outlet of this park."))
        return redirect("water_network", network_id=network_id)
    try:
        water.bind(
            network=network, node=request.POST.get("node", ""), station_id=number if place == "s" else None,
            outlet_id=number if place == "o" else None, by_id=request.user.pk, now=timezone.now(),
        )  # fmt: skip
    except PlatformError:
        messages.error(request, _("The network has no such node."))
    return redirect("water_network", network_id=network_id)


@login_required
def water_new(request: HttpRequest) -> HttpResponse:
    """Open an incident from a table of readings, and trace it at once."""
    viewer = viewer_of(request=request)
    viewer.require(Capability.TRACE_SOURCES)
    networks = networks_of(viewer)
    named = [(pk, one.name) for pk, one in networks.items()]
    form = TableForm(request.POST or None, request.FILES or None, networks=named, initial={"kind": "MANUAL"})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            row = water.open_from_table(
                network=networks[given["network"]], by_id=request.user.pk, kind=given["kind"], title=given["title"], told=given["told"],
                substance=given["substance"], table=given["file"].read(LARGEST),
                asked=Asked(floor=given["floor"], demands_known=given["demands_known"]), now=timezone.now(),
            )  # fmt: skip
        except PlatformError as error:
            explain(form=form, error=error)
        else:
            return _begun(row.pk, row.incident_id, networks[given["network"]])
    intro = _(
        "Units: mg/L, ug/L, g/L, g/m3, mg/m3, kg/m3. Zeros count: a node that read nothing tells as much as one that did."
    )
    context = {"form": form, "heading": _("New water incident from a table"), "back": "water", "intro": intro}
    return render(request, "portal/form.html", context)


@login_required
def water_stations(request: HttpRequest) -> HttpResponse:
    """Open an incident from what the stations of a network read, by choice or around an alarm, and trace it at once."""
    viewer = viewer_of(request=request)
    viewer.require(Capability.TRACE_SOURCES)
    networks, problem_id = networks_of(viewer), whole(request.GET.get("problem"))
    bound = {pk: found_in.gauges_of(network_id=one.pk) for pk, one in networks.items()}
    named = [(pk, one.name) for pk, one in networks.items() if bound[pk]]
    choices = _substances(viewer, [gauge for rows in bound.values() for gauge in rows])
    form = ChannelsForm(
        request.POST or None, networks=named, pollutants=choices, initial=_initial(viewer, problem_id, choices)
    )
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            row = water.open_from_channels(
                scope=viewer.scope, network=networks[given["network"]], kind=given["kind"], title=given["title"], told=given["told"],
                pollutant=given["pollutant"], start=given["start"], end=given["end"],
                asked=Asked(demands_known=given["demands_known"]), now=timezone.now(), problem_id=problem_id,
            )  # fmt: skip
        except PlatformError as error:
            explain(form=form, error=error)
        else:
            return _begun(row.pk, row.incident_id, networks[given["network"]])
    intro = _(
        "The time should begin hours before the rise, so that the quiet readings show what is always there. Only stations that are bound to a node of the network count; readings that are not valid are left out and named."
    )
    if not named:
        messages.info(request, _("No station is bound to a node yet. Open a network and say where its stations stand."))
    context = {
        "form": form, "heading": _("New water incident from stations"), "back": "water", "intro": intro,
    }  # fmt: skip
    return render(request, "portal/form.html", context)


def _substances(viewer: Viewer, gauges: list[Any]) -> list[tuple[str, str]]:
    """What the gauges measure in mass per volume."""
    stations = {one.station_id for one in gauges if one.station_id}
    outlets = {one.outlet_id for one in gauges if one.outlet_id}
    rows = [*points(scope=viewer.scope, station_ids=stations), *points(scope=viewer.scope, outlet_ids=outlets)]
    found = {
        one.pollutant: f"{either(one.pollutant_name, one.pollutant_name_en)} {one.pollutant}"
        for one in rows
        if one.unit in MASSES
    }
    return sorted(found.items())


def _initial(viewer: Viewer, problem_id: int | None, choices: list[tuple[str, str]]) -> dict[str, Any]:
    end: datetime = timezone.localtime().replace(second=0, microsecond=0)
    start, kind, title, pollutant = end - timedelta(hours=12), "MANUAL", "", ""
    if problem_id is not None:
        pollutant, start, end = window_of_problem(scope=viewer.scope, problem_id=problem_id)
        kind, title, end = "ALARM", _("After an alarm"), min(end, timezone.now())
    local = [timezone.localtime(one).strftime(LOCAL) for one in (start, end)]
    return {
        "start": local[0], "end": local[1], "kind": kind, "title": title, "pollutant": pollutant if pollutant in dict(choices) else None,
    }  # fmt: skip


def _begun(trace_id: int, incident_id: int, network: Any) -> HttpResponse:
    begin_water(trace_id=trace_id, pressure=network.kind == "PRESSURE")
    return redirect("water_incident", water_id=incident_id)


@login_required
@require_POST
def water_trace_again(request: HttpRequest, water_id: int) -> HttpResponse:
    """Trace again with other choices, and with what is known now."""
    viewer = viewer_of(request=request)
    found = found_in.water_incident_of(scope=viewer.scope, incident_id=water_id)
    viewer.scope_require(Capability.TRACE_SOURCES, park_id=found.park_id)
    form = AgainForm(request.POST, request.FILES)
    if not form.is_valid():
        named = [str(one) for errors in form.errors.values() for one in errors]
        messages.error(request, _("A choice cannot be taken:") + " " + " ".join(named))
        return redirect("water_incident", water_id=water_id)
    file = form.cleaned_data["file"]
    try:
        row = water.ask_again(
            scope=viewer.scope, incident_id=found.pk, asked=form.asked(ruled_out=request.POST.getlist("ruled_out")), now=timezone.now(),
            table=file.read(LARGEST) if file else None,
        )  # fmt: skip
    except PlatformError as error:
        messages.error(request, told(error))
        return redirect("water_incident", water_id=water_id)
    return _begun(row.pk, found.pk, found.network)


def url_for_water_problem(problem: Any) -> str:
    """Where an alarm of wastewater is traced; nowhere for any other."""
    if not problem.channel_id or problem.channel.pollutant.medium != "WATER":
        return ""
    return f"{reverse('water_stations')}?problem={problem.pk}"
