"""Activity data of a month: lines, new and changed ones, versions, evidence."""

from datetime import date
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from accounting.activity.domain.months import MonthState
from accounting.activity.selectors import line_of, lines_in_force, months_of, versions_of_line
from accounting.activity.services import lines as activity
from accounting.factors.selectors.library import fuels_in_library
from parks.catalogue.domain.errors import NotFound, PlatformError
from parks.people.access import Viewer, viewer_of
from parks.people.domain import Capability
from parks.portal.pages import explain
from parks.register.selectors.places import enterprise_of

WORDS = {
    "kind_of_line.combustion": gettext_lazy("fuel burnt"),
    "kind_of_line.electricity": gettext_lazy("electricity"),
    "kind_of_line.heat": gettext_lazy("heat"),
    "kind_of_line.carbonate": gettext_lazy("carbonate"),
    "kind_of_line.nitric_acid": gettext_lazy("nitric acid"),
    "activity_source.TYPED": gettext_lazy("typed in"),
    "activity_source.UPLOADED": gettext_lazy("uploaded"),
    "activity_source.DERIVED": gettext_lazy("derived from measurements"),
    "quantity.amount": gettext_lazy("Amount"),
    "quantity.bought": gettext_lazy("bought"),
    "quantity.sold": gettext_lazy("sold"),
}
UNITS = {"t": "t", "1e4 Nm3": "10⁴ Nm³", "MWh": "MWh", "GJ": "GJ"}
SIDES = [("bought", gettext_lazy("bought")), ("sold", gettext_lazy("sold"))]


class FuelForm(forms.Form):
    code = forms.SlugField(label=gettext_lazy("Code of the source"), max_length=60)
    fuel = forms.ChoiceField(label=gettext_lazy("Fuel"))
    amount = forms.DecimalField(label=gettext_lazy("Amount"), min_value=0)
    unit = forms.ChoiceField(label=gettext_lazy("Unit"), choices=[("t", "t"), ("1e4 Nm3", "10⁴ Nm³")])
    uncertainty = forms.DecimalField(
        label=gettext_lazy("Uncertainty [± %]"), min_value=0, max_value=100, required=False
    )
    meter = forms.CharField(label=gettext_lazy("Meter"), max_length=60, required=False)
    quality = forms.TypedChoiceField(
        label=gettext_lazy("Quality (1 best)"), coerce=int, choices=[(n, n) for n in range(1, 6)], initial=3
    )
    evidence = forms.FileField(label=gettext_lazy("Evidence (invoice, meter photo, laboratory report)"), required=False)
    note = forms.CharField(label=gettext_lazy("Note"), max_length=300, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["fuel"].choices = [(fuel, fuel) for fuel in fuels_in_library()]  # type: ignore[attr-defined]

    def content(self) -> dict[str, Any]:
        d = self.cleaned_data
        return {"kind": "combustion", "choices": {"fuel": d["fuel"]}, "values": {"amount": amount_of(d)}}


class EnergyForm(forms.Form):
    code = forms.SlugField(label=gettext_lazy("Code of the source"), max_length=60)
    side = forms.ChoiceField(label=gettext_lazy("Direction"), choices=SIDES)
    amount = forms.DecimalField(label=gettext_lazy("Amount"), min_value=0)
    region = forms.SlugField(
        label=gettext_lazy("Grid: province, regional grid or CN"), max_length=40, required=False, initial="CN"
    )
    factor_year = forms.IntegerField(
        label=gettext_lazy("Year of the grid factor"), min_value=2010, max_value=2100, required=False
    )
    uncertainty = forms.DecimalField(
        label=gettext_lazy("Uncertainty [± %]"), min_value=0, max_value=100, required=False
    )
    meter = forms.CharField(label=gettext_lazy("Meter"), max_length=60, required=False)
    quality = forms.TypedChoiceField(
        label=gettext_lazy("Quality (1 best)"), coerce=int, choices=[(n, n) for n in range(1, 6)], initial=3
    )
    evidence = forms.FileField(label=gettext_lazy("Evidence (invoice, meter photo, laboratory report)"), required=False)
    note = forms.CharField(label=gettext_lazy("Note"), max_length=300, required=False)
    kind, unit = "electricity", "MWh"

    def content(self) -> dict[str, Any]:
        d = {**self.cleaned_data, "unit": self.unit}
        choices = {"region": d["region"] or "CN"} if self.kind == "electricity" else {}
        if self.kind == "electricity" and d["factor_year"]:
            choices["factor_year"] = str(d["factor_year"])
        return {"kind": self.kind, "choices": choices, "values": {d["side"]: amount_of(d)}}


class HeatForm(EnergyForm):
    region = None  # type: ignore[assignment]
    factor_year = None  # type: ignore[assignment]
    kind, unit = "heat", "GJ"


FORMS: dict[str, type[forms.Form]] = {"fuel": FuelForm, "electricity": EnergyForm, "heat": HeatForm}
HEADINGS = {
    "fuel": gettext_lazy("Fuel burnt"),
    "electricity": gettext_lazy("Electricity"),
    "heat": gettext_lazy("Heat"),
}


def amount_of(data: dict[str, Any]) -> dict[str, Any]:
    found = {"value": str(data["amount"]), "unit": data["unit"], "meter": data["meter"]}
    if data["uncertainty"] is not None:
        found["uncertainty"] = str(data["uncertainty"] / 100)
    return found


def entering(request: HttpRequest, enterprise_id: int) -> tuple[Viewer, Any]:
    """The enterprise, for a viewer who may enter its data."""
    viewer = viewer_of(request=request)
    found = enterprise_of(scope=viewer.scope, enterprise_id=enterprise_id)
    viewer.scope_require(Capability.UPLOAD_DATA, park_id=found.park_id)
    return viewer, found


@login_required
def activity_month(request: HttpRequest, enterprise_id: int, month: date) -> HttpResponse:
    """The lines of a month, and what may be done with it."""
    viewer = viewer_of(request=request)
    found = enterprise_of(scope=viewer.scope, enterprise_id=enterprise_id)
    row = months_of(enterprise_id=found.pk).get(month)
    context = {
        "enterprise": found, "month": month, "row": row, "state": row.state if row else MonthState.OPEN.value,
        "steps": row.steps.select_related("by").order_by("at") if row else [],
        "lines": list(lines_in_force(enterprise_id=found.pk, first=month, last=month)), "forms": HEADINGS.items(),
        "may_enter": viewer.may(Capability.UPLOAD_DATA), "may_verify": viewer.may(Capability.VERIFY_CARBON),
        "may_close": viewer.may(Capability.APPROVE_DATA) or viewer.may(Capability.MANAGE_FACTORS),
    }  # fmt: skip
    return render(request, "accounting/activity/month.html", context)


@login_required
def activity_new(request: HttpRequest, enterprise_id: int, month: date, form: str) -> HttpResponse:
    """Another line, or another version of one with the same code."""
    _viewer, found = entering(request, enterprise_id)
    if form not in FORMS:
        raise NotFound
    filled = FORMS[form](request.POST or None, request.FILES or None)
    if request.method == "POST" and filled.is_valid():
        d = filled.cleaned_data
        file = d["evidence"]
        try:
            activity.enter_line(
                enterprise_id=found.pk, month=month, code=d["code"], by_id=request.user.pk, now=timezone.now(), quality=d["quality"],
                note=d["note"], evidence=(file.name, file.read()) if file else None, **filled.content(),  # type: ignore[attr-defined]
            )  # fmt: skip
        except PlatformError as error:
            explain(form=filled, error=error)
        else:
            return redirect("activity_month", enterprise_id=found.pk, month=month)
    back = reverse("activity_month", args=[found.pk, month])
    context = {"form": filled, "heading": f"{HEADINGS[form]} · {month:%Y-%m}", "back_url": back}
    return render(request, "portal/form.html", context)


@login_required
def activity_line(request: HttpRequest, line_id: int) -> HttpResponse:
    """One version of a line with its evidence, and the others."""
    viewer = viewer_of(request=request)
    found = line_of(scope=viewer.scope, line_id=line_id)
    versions = versions_of_line(enterprise_id=found.enterprise_id, month=found.month, code=found.code)
    return render(request, "accounting/activity/line.html", {"line": found, "versions": versions})


@login_required
def activity_evidence(request: HttpRequest, line_id: int) -> HttpResponse:
    """The evidence file as it was handed in."""
    viewer = viewer_of(request=request)
    found = line_of(scope=viewer.scope, line_id=line_id)
    if found.evidence is None:
        raise NotFound
    answer = HttpResponse(bytes(found.evidence), content_type="application/octet-stream")
    answer.headers["Content-Disposition"] = f'attachment; filename="evidence-{found.pk}"'
    return answer


@require_POST
@login_required
def activity_remove(request: HttpRequest, line_id: int) -> HttpResponse:
    """Say that a line is gone; its versions stay."""
    viewer = viewer_of(request=request)
    found = line_of(scope=viewer.scope, line_id=line_id)
    viewer.scope_require(Capability.UPLOAD_DATA, park_id=found.park_id)
    activity.remove_line(
        enterprise_id=found.enterprise_id,
        month=found.month,
        code=found.code,
        by_id=request.user.pk or 0,
        now=timezone.now(),
    )
    return redirect("activity_month", enterprise_id=found.enterprise_id, month=found.month)
