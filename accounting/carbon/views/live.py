"""The year so far and the last hours of an enterprise, and its certificates."""

from datetime import date
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy

from accounting.activity.selectors import certificates_of
from accounting.activity.services import certificates
from accounting.carbon.services.live import Hourly, hourly, year_so_far
from accounting.carbon.views.inventories import this_year
from parks.catalogue.domain.errors import PlatformError
from parks.people.access import viewer_of
from parks.people.domain import Capability
from parks.portal.pages import explain
from parks.register.selectors.places import enterprise_of

WORDS = {
    "so_far.ESTIMATED": gettext_lazy("estimated"),
    "so_far.PROVISIONAL": gettext_lazy("provisional"),
    "so_far.CLOSED": gettext_lazy("closed"),
    "so_far.VERIFIED": gettext_lazy("verified"),
}
COLOURS = ("#0b7a75", "#1f4e79", "#b5651d", "#6b4c9a", "#5b6b2f", "#8a3b3b")


class CertificateForm(forms.Form):
    number = forms.CharField(label=gettext_lazy("Number of the certificate"), max_length=80)
    mwh = forms.DecimalField(label=gettext_lazy("MWh"), min_value=0, max_digits=18, decimal_places=6)
    acquisition = forms.CharField(label=gettext_lazy("How it was acquired"), max_length=80)
    attribute = forms.CharField(label=gettext_lazy("Energy source"), max_length=80)
    proof = forms.CharField(label=gettext_lazy("Proof"), max_length=200)
    month = forms.RegexField(r"^20\d\d-(0[1-9]|1[0-2])$", label=gettext_lazy("Month, as 2026-01"))
    line_code = forms.SlugField(label=gettext_lazy("Code of the line of bought power"), max_length=60)


@login_required
def enterprise_live(request: HttpRequest, enterprise_id: int) -> HttpResponse:
    """Months with how firm each number is, and the hours of the measured sources."""
    viewer = viewer_of(request=request)
    found = enterprise_of(scope=viewer.scope, enterprise_id=enterprise_id)
    now, year = timezone.now(), this_year(request)
    months, series = year_so_far(enterprise_id=found.pk, year=year, now=now), hourly(enterprise_id=found.pk, now=now)
    total = sum((one.co2e for one in months if one.co2e is not None), 0)
    context = {
        "enterprise": found, "year": year, "months": months, "total": total, "series": series,
        "chart": stacked(series) if series else None, "missing": sum(one.co2e is None for one in months),
    }  # fmt: skip
    return render(request, "accounting/carbon/live.html", context)


def stacked(series: list[Hourly]) -> dict[str, Any]:
    """Options of a chart of stacked hours."""
    return {
        "options": {
            "animation": False, "grid": {"left": 60, "right": 20, "top": 40, "bottom": 30}, "legend": {"top": 0}, "tooltip": {"trigger": "axis"},
            "xAxis": {"type": "time"}, "yAxis": {"type": "value", "name": "tCO₂e/h"},
            "series": [
                {"name": one.code, "type": "bar", "stack": "t", "itemStyle": {"color": COLOURS[n % len(COLOURS)]},
                 "data": [[round(hour.timestamp() * 1000), None if value is None else round(value, 4)]
                          for hour, value in zip(one.hours, one.co2e, strict=True)]}
                for n, one in enumerate(series)
            ],
        }
    }  # fmt: skip


@login_required
def enterprise_certificates(request: HttpRequest, enterprise_id: int) -> HttpResponse:
    """Certificates of a year, and another one."""
    viewer = viewer_of(request=request)
    found = enterprise_of(scope=viewer.scope, enterprise_id=enterprise_id)
    year, form = this_year(request), CertificateForm(request.POST or None)
    if request.method == "POST":
        viewer.scope_require(Capability.UPLOAD_DATA, park_id=found.park_id)
        if form.is_valid():
            given = {**form.cleaned_data, "month": date.fromisoformat(form.cleaned_data["month"] + "-01")}
            try:
                certificates.retire(enterprise_id=found.pk, by_id=request.user.pk, now=timezone.now(), **given)
            except PlatformError as error:
                explain(form=form, error=error)
            else:
                return redirect("enterprise_certificates", enterprise_id=found.pk)
    rows = certificates_of(enterprise_id=found.pk, first=date(year, 1, 1), last=date(year, 12, 1))
    context = {
        "enterprise": found, "year": year, "rows": rows.select_related("entered_by"), "form": form,
        "may_enter": viewer.may(Capability.UPLOAD_DATA),
    }  # fmt: skip
    return render(request, "accounting/carbon/certificates.html", context)
