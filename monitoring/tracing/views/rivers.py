"""Reaches of rivers: a new revision, its page, and what the page of an incident says of a spill in one."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from monitoring.tracing.domain.river_reach import FORM, BadReach, Told, bands_of, estimated_dispersion
from monitoring.tracing.domain.water.networks import LARGEST
from monitoring.tracing.selectors import rivers as found_in
from monitoring.tracing.selectors.water import network_of
from monitoring.tracing.services.rivers import keep_river
from monitoring.tracing.views.river_charts import reach_line, read_and_expected, ridge_chart
from parks.catalogue.domain.errors import PlatformError
from parks.people.access import viewer_of
from parks.people.domain import Capability
from parks.portal.pages import explain, whole
from parks.portal.registry import lobby

RIDGE = 0.8  # correlation of place and start from which the page says that they trade off
DATE = {"type": "date"}


def _number(label: Any, *, required: bool = False, most: float = 1e6) -> forms.FloatField:
    return forms.FloatField(label=label, required=required, max_value=most, widget=forms.NumberInput(attrs={"step": "any", "min": 0}))  # fmt: skip


class RiverForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name of the reach"), max_length=120)
    source = forms.CharField(label=gettext_lazy("Source of the numbers (survey, gauging, estimate)"), max_length=200)
    valid_from = forms.DateField(
        label=gettext_lazy("Holds from"), widget=forms.DateInput(attrs=DATE, format="%Y-%m-%d")
    )
    valid_to = forms.DateField(label=gettext_lazy("Holds until (that day no longer)"), widget=forms.DateInput(attrs=DATE, format="%Y-%m-%d"), required=False)  # fmt: skip
    length_m = _number(gettext_lazy("Length [m]"), required=True)
    slope = _number(gettext_lazy("Slope [m/m]"), required=True, most=1.0)
    width_m = _number(gettext_lazy("Width [m]"), required=True)
    depth_m = _number(gettext_lazy("Mean depth [m]"), required=True, most=1e3)
    speed_low = _number(gettext_lazy("Mean speed, low [m/s]"), most=20.0)
    speed_high = _number(gettext_lazy("Mean speed, high [m/s]"), most=20.0)
    flow_low = _number(gettext_lazy("Flow, low [m³/s]"))
    flow_high = _number(gettext_lazy("Flow, high [m³/s]"))
    dispersion_low = _number(gettext_lazy("Dispersion, low [m²/s]"))
    dispersion_high = _number(gettext_lazy("Dispersion, high [m²/s]"))
    file = forms.FileField(label=gettext_lazy("Stations, outfalls and decay as CSV"), required=False)

    def told(self) -> Told:
        given = self.cleaned_data
        return Told(**{name: given[name] for name in Told.__slots__})


@login_required
def water_river_new(request: HttpRequest) -> HttpResponse:
    """Enter a reach, or another revision of one with what stands along it taken over."""
    viewer = viewer_of(request=request)
    viewer.require(Capability.TRACE_SOURCES)
    like = whole(request.GET.get("like"))
    before = found_in.reach_of(network_id=network_of(scope=viewer.scope, network_id=like).pk) if like else None
    initial = {} if before is None else {name: getattr(found_in.told_of(reach=before), name) for name in Told.__slots__}
    form = RiverForm(request.POST or None, request.FILES or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            made = keep_river(
                scope=viewer.scope, park_id=viewer.park_id, told=form.told(), table=file.read(LARGEST) if file else None, like=like,
                now=timezone.now(),
            )  # fmt: skip
        except BadReach as error:
            _refuse(form, error)
        except PlatformError as error:
            explain(form=form, error=error)
        else:
            return redirect("water_network", network_id=made.pk)
    intro = _(
        "A reach is kept as a revision; a correction is another revision and changes no older trace. Low and high ends hold the truth nine times in ten. Tell speed or flow; dispersion is estimated by Fischer where it is left empty. First row of the table: kind, id, chainage_m, enterprise, substances, decay_per_day. Kind is station, outfall or decay; chainage counts downstream from the upper end; substances are codes of the catalogue with spaces between them; a station with the code of a station of the register is that station."
    )
    if before is not None:
        intro += " " + _("Where no table is sent, stations, outfalls and decay are those of the revision before.")
    context = {"form": form, "heading": _("New reach of a river"), "back": "water", "intro": intro}
    return render(request, "portal/form.html", context)


def _refuse(form: RiverForm, error: BadReach) -> None:
    """Say every reason at its field; those of the table with row, field and rule."""
    for one in error.refused:
        rule = str(lobby.words.get(f"refused.{one.rule}", one.rule))
        if one.row == FORM:
            form.add_error(one.field, rule)
        else:
            form.add_error("file", _("Row %(row)s, %(field)s: %(rule)s") % {"row": one.row, "field": one.field, "rule": rule})  # fmt: skip


def reach_context(*, network_id: int) -> dict[str, Any]:
    """What the page of a revision says of its reach."""
    reach, places = found_in.reach_of(network_id=network_id), found_in.river_places(network_id=network_id)
    told = found_in.told_of(reach=reach)
    return {
        "reach": reach, "outfalls": [one for one in places if one.kind == "OUTFALL"], "bands": bands_of(told=told),
        "fischer": None if told.dispersion_low else estimated_dispersion(told=told), "chainage": {one.code: one.chainage_m for one in places},
        "decays": found_in.river_decays(network_id=network_id), "plan": reach_line(length_m=reach.length_m, places=places),
    }  # fmt: skip


def answer_context(*, trace: Any) -> dict[str, Any]:
    """What the page of an incident says of an answered trace in a reach."""
    case, answer = trace.case, trace.answer
    ridge = answer["ridge"]
    context: dict[str, Any] = {
        "charts": read_and_expected(case=case, answer=answer), "evidence": [_evidence(one, answer) for one in answer["candidates"]],
        "points": {one["node"]: one["channel"] for one in trace.sources.get("channels", [])},
    }  # fmt: skip
    if ridge is None:
        return context
    release = answer["release"]
    return context | {
        "ridge": ridge_chart(case=case, answer=answer), "trades": abs(ridge["correlation"]) > RIDGE, "minutes": abs(ridge["minutes_per_100_m"]),
        "release": release | {"start": {name: datetime.fromisoformat(text) for name, text in release["start"].items()}},
    }  # fmt: skip


def _evidence(one: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
    """For and against one outfall, with peaks as moments."""
    length = answer["mixing_length_m"]
    rows = [
        each | {side: each[side] | {"at": datetime.fromisoformat(each[side]["at"])} for side in ("read_peak", "expected_peak")}
        for each in one["evidence"]
    ]  # fmt: skip
    return one | {"rows": rows, "unmixed": length is not None and one["above_first_station_m"] < length}
