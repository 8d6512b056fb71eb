"""Which channels fill which quantities of an enterprise, and the meters behind a line."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from accounting.activity.domain.declared import DECLARED
from accounting.activity.domain.derived import Measure
from accounting.activity.domain.quantities import FLOW
from accounting.activity.selectors import derivations_of, line_of, nodes_of_enterprise, streams_of_park
from accounting.activity.services import derivations
from accounting.activity.views.entry import entering
from accounting.activity.views.forms import pretty, word
from monitoring.series.selectors.points import Point, points
from parks.catalogue.domain.errors import PlatformError
from parks.catalogue.domain.periods import day_of, park_zone
from parks.people.access import Viewer, viewer_of
from parks.people.domain import Capability
from parks.portal.errors import told
from parks.portal.pages import explain, whole
from parks.register.selectors.places import enterprise_of

HUNDRED = Decimal(100)
MEASURES = {
    "measure.MEAN": gettext_lazy("hourly means added up (kW gives kWh)"),
    "measure.LOAD": gettext_lazy("load [kg]"),
    "measure.VOLUME": gettext_lazy("volume [m³]"),
    "error.derivation.channel": gettext_lazy("The channel belongs to another enterprise, or there is none."),
}


class DerivationForm(forms.Form):
    code = forms.SlugField(label=gettext_lazy("Code of the source"), max_length=60)
    target = forms.ChoiceField(label=gettext_lazy("Kind and field"))
    channel = forms.ChoiceField(label=gettext_lazy("Channel"))
    measure = forms.ChoiceField(label=gettext_lazy("What is summed"))
    scale = forms.DecimalField(
        label=gettext_lazy("Scale: sum x scale = value"), initial=1, max_digits=24, decimal_places=12
    )
    unit = forms.ChoiceField(label=gettext_lazy("Unit"))
    uncertainty = forms.DecimalField(
        label=gettext_lazy("Uncertainty of the meter [± %]"), min_value=0, max_value=100, required=False
    )
    fuel = forms.SlugField(label=gettext_lazy("Fuel"), max_length=60, required=False)
    region = forms.SlugField(label=gettext_lazy("Grid: province, regional grid or CN"), max_length=40, required=False)
    factor_year = forms.IntegerField(
        label=gettext_lazy("Year of the grid factor"), min_value=1990, max_value=2100, required=False
    )
    node = forms.ChoiceField(label=gettext_lazy("Place in the park's balance"), required=False)
    stream = forms.ChoiceField(label=gettext_lazy("Stream"), required=False)
    valid_from = forms.DateField(label=gettext_lazy("Valid from"), widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, mine: list[Point], nodes: Any, streams: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        kinds = sorted(DECLARED.kinds.values(), key=lambda kind: kind.name == FLOW)
        fields["target"].choices = [
            ("", "–"),
            *(
                (f"{kind.name}.{one.name}", f"{word('kind_of_line', kind.name)} · {word('quantity', one.name)}")
                for kind in kinds
                for one in kind.fields
            ),
        ]
        fields["channel"].choices = [(str(p.id), f"{p.code} {p.name} · {p.pollutant_name} [{p.unit}]") for p in mine]
        fields["measure"].choices = [(one.value, MEASURES[f"measure.{one.value}"]) for one in Measure]
        fields["unit"].choices = [(unit, pretty(unit)) for unit in DECLARED.units]
        fields["node"].choices = [("", "–"), *((str(n.pk), f"{n.code} {n.name}") for n in nodes)]
        fields["stream"].choices = [("", "–"), *((str(s.pk), f"{s.code} {s.name} [{s.unit}]") for s in streams)]

    def content(self) -> dict[str, Any]:
        d = self.cleaned_data
        kind, _, field = d["target"].partition(".")
        return {
            "code": d["code"], "kind": kind, "field": field, "channel_id": int(d["channel"]), "measure": Measure(d["measure"]),
            "scale": d["scale"], "unit": d["unit"], "valid_from": d["valid_from"],
            "uncertainty": None if d["uncertainty"] is None else d["uncertainty"] / HUNDRED,
            "choices": {name: str(d[name]) for name in ("fuel", "region", "factor_year") if d[name]},
            "node_id": int(d["node"]) if d["node"] else None, "stream_id": int(d["stream"]) if d["stream"] else None,
        }  # fmt: skip


@login_required
def activity_derivations(request: HttpRequest, enterprise_id: int) -> HttpResponse:
    """Derivations of an enterprise, and another one."""
    viewer = viewer_of(request=request)
    found = enterprise_of(scope=viewer.scope, enterprise_id=enterprise_id)
    mine = points(scope=viewer.scope, park_id=found.park_id, enterprise_id=found.pk)
    form = DerivationForm(
        request.POST or None, mine=mine, nodes=nodes_of_enterprise(park_id=found.park_id, enterprise_id=found.pk),
        streams=streams_of_park(park_id=found.park_id),
    )  # fmt: skip
    if request.method == "POST":
        viewer.scope_require(Capability.UPLOAD_DATA, park_id=found.park_id)
        if form.is_valid():
            try:
                derivations.set_derivation(enterprise_id=found.pk, by_id=request.user.pk, **form.content())
            except PlatformError as error:
                explain(form=form, error=error)
            else:
                return redirect("activity_derivations", enterprise_id=found.pk)
    named = {one.id: one for one in mine}
    rows = [{"row": row, "point": named.get(row.channel_id)} for row in derivations_of(enterprise_id=found.pk)]
    context = {"enterprise": found, "rows": rows, "form": form, "may_enter": viewer.may(Capability.UPLOAD_DATA)}
    return render(request, "accounting/activity/derivations.html", context)


@require_POST
@login_required
def derivation_end(request: HttpRequest, enterprise_id: int) -> HttpResponse:
    """Let a derivation end with the running month."""
    _viewer, found = entering(request, enterprise_id)
    derivations.end_derivation(
        derivation_id=whole(request.POST.get("derivation")) or 0, enterprise_id=found.pk,
        month=day_of(timezone.now(), park_zone()).replace(day=1), by_id=request.user.pk,
    )  # fmt: skip
    return redirect("activity_derivations", enterprise_id=found.pk)


@require_POST
@login_required
def activity_derive(request: HttpRequest, enterprise_id: int, month: date) -> HttpResponse:
    """Fill the lines of a month from the meters now."""
    _viewer, found = entering(request, enterprise_id)
    try:
        done = derivations.derive_month(enterprise_id=found.pk, month=month, now=timezone.now(), by_id=request.user.pk)
    except PlatformError as error:
        messages.error(request, told(error))
    else:
        messages.info(request, " · ".join(f"{code}: {word('outcome', what)}" for code, what in done.items()) or "–")
    return redirect("activity_month", enterprise_id=found.pk, month=month)


def meters_panel(viewer: Viewer, line_id: int, now: datetime) -> dict[str, Any]:
    """The channels behind a line that was derived from measurements."""
    line = line_of(scope=viewer.scope, line_id=line_id)
    if line.source != "DERIVED":
        return {"rows": []}
    rows = list(derivations_of(enterprise_id=line.enterprise_id, month=line.month).filter(code=line.code))
    named = {one.id: one for one in points(scope=viewer.scope, ids=[row.channel_id for row in rows])} if rows else {}
    return {"rows": [{"row": row, "point": named.get(row.channel_id)} for row in rows], "month": line.month}
