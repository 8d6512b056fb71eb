"""Permits: list, one with limits and quotas, new; special periods; limits on the page of an outlet."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from parks.catalogue.domain.errors import PlatformError
from parks.catalogue.domain.periods import day_of, park_zone
from parks.catalogue.selectors import pollutants
from parks.people.access import Viewer, viewer_of
from parks.people.domain import Capability
from parks.permits import services as permit_services
from parks.permits.selectors import limits_in_force, permit_of, special_periods_of, visible_permits
from parks.portal.pages import explain, listed
from parks.register.selectors.places import visible_enterprises, visible_outlets

PERIODS = [
    ("HOUR", gettext_lazy("hour mean")),
    ("DAY", gettext_lazy("day mean")),
    ("MONTH", gettext_lazy("month mean")),
]


class PermitForm(forms.Form):
    enterprise: Any = forms.ModelChoiceField(label=gettext_lazy("Enterprise"), queryset=None)
    number = forms.CharField(label=gettext_lazy("Permit number"), max_length=40)
    authority = forms.CharField(label=gettext_lazy("Authority"), max_length=80, required=False)
    valid_from = forms.DateField(label=gettext_lazy("Valid from"), widget=forms.DateInput(attrs={"type": "date"}))
    valid_to = forms.DateField(
        label=gettext_lazy("Valid until (that day no longer)"), widget=forms.DateInput(attrs={"type": "date"})
    )

    def __init__(self, *args: Any, viewer: Viewer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = visible_enterprises(scope=viewer.scope).filter(park=viewer.park_id).order_by("name")
        self.fields["enterprise"].queryset = rows  # type: ignore[attr-defined]


class LimitForm(forms.Form):
    outlet: Any = forms.ModelChoiceField(label=gettext_lazy("Outlet"), queryset=None)
    pollutant = forms.CharField(label=gettext_lazy("Factor code"), max_length=16)
    period = forms.ChoiceField(label=gettext_lazy("Period"), choices=PERIODS)
    maximum = forms.FloatField(label=gettext_lazy("Limit"))
    minimum = forms.FloatField(label=gettext_lazy("Lower limit"), required=False)
    unit = forms.CharField(label=gettext_lazy("Unit"), max_length=24)
    reference_o2 = forms.FloatField(label=gettext_lazy("Reference O₂ [%]"), required=False)
    source = forms.CharField(label=gettext_lazy("Standard and clause"), max_length=120, required=False)

    def __init__(self, *args: Any, permit: Any, viewer: Viewer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = visible_outlets(scope=viewer.scope).filter(enterprise=permit.enterprise_id).order_by("code")
        self.fields["outlet"].queryset = rows  # type: ignore[attr-defined]

    def clean_pollutant(self) -> str:
        return known_pollutant(self.cleaned_data["pollutant"])


class QuotaForm(forms.Form):
    pollutant = forms.CharField(label=gettext_lazy("Factor code"), max_length=16)
    year = forms.IntegerField(label=gettext_lazy("Year"), min_value=2000, max_value=2100)
    tonnes = forms.DecimalField(label=gettext_lazy("Quota [t]"), min_value=0, max_digits=14, decimal_places=4)

    def clean_pollutant(self) -> str:
        return known_pollutant(self.cleaned_data["pollutant"])


class SpecialForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    order_number = forms.CharField(label=gettext_lazy("Number of the order"), max_length=80, required=False)
    starts_at = forms.DateTimeField(
        label=gettext_lazy("From"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"})
    )
    ends_at = forms.DateTimeField(
        label=gettext_lazy("To"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"})
    )
    pollutant = forms.CharField(label=gettext_lazy("Factor code (empty: all)"), max_length=16, required=False)
    share = forms.FloatField(label=gettext_lazy("Share of the limit that remains"), min_value=0.01, max_value=1)

    def clean_pollutant(self) -> str | None:
        text = self.cleaned_data["pollutant"]
        return known_pollutant(text) if text else None


def known_pollutant(code: str) -> str:
    if not pollutants().filter(pk=code).exists():
        raise forms.ValidationError(_("The catalogue has no factor %(code)s.") % {"code": code})
    return code


@login_required
def permits(request: HttpRequest) -> HttpResponse:
    """Permits of the park and its special periods."""
    viewer = viewer_of(request=request)
    rows = visible_permits(scope=viewer.scope).filter(park=viewer.park_id).select_related("enterprise")
    now = timezone.now()
    context = {
        "page": listed(request=request, rows=rows.order_by("enterprise__name", "-valid_from")),
        "special": special_periods_of(park_id=viewer.park_id)[:20],
        "today": day_of(now, park_zone()),
        "now": now,
        "may_change": viewer.may(Capability.MANAGE_PERMITS),
    }
    return render(request, "permits/permits.html", context)


@login_required
def permit(request: HttpRequest, permit_id: int) -> HttpResponse:
    viewer = viewer_of(request=request)
    found = permit_of(scope=viewer.scope, permit_id=permit_id)
    context = {
        "permit": found,
        "limits": found.limits.select_related("outlet", "pollutant").order_by("outlet__code", "pollutant", "period"),
        "quotas": found.quotas.select_related("pollutant").order_by("-year", "pollutant"),
        "today": day_of(timezone.now(), park_zone()),
        "may_change": viewer.may(Capability.MANAGE_PERMITS),
    }
    return render(request, "permits/permit.html", context)


def saved(request: HttpRequest, form: forms.Form, save: Any, *, heading: str, back: str) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        try:
            save(form.cleaned_data)
        except PlatformError as error:
            explain(form=form, error=error)
        else:
            return redirect(back)
    return render(request, "portal/form.html", {"form": form, "heading": heading, "back_url": back})


@login_required
def permit_new(request: HttpRequest) -> HttpResponse:
    viewer = viewer_of(request=request)
    viewer.require(Capability.MANAGE_PERMITS)
    return saved(
        request, PermitForm(request.POST or None, viewer=viewer),
        lambda data: permit_services.create_permit(by_id=request.user.pk, park_id=viewer.park_id, **data),
        heading=_("New permit"), back=reverse("permits"),
    )  # fmt: skip


@login_required
def limit_new(request: HttpRequest, permit_id: int) -> HttpResponse:
    """One more limit of a permit."""
    viewer = viewer_of(request=request)
    found = permit_of(scope=viewer.scope, permit_id=permit_id)
    viewer.scope_require(Capability.MANAGE_PERMITS, park_id=found.park_id)
    return saved(
        request, LimitForm(request.POST or None, permit=found, viewer=viewer),
        lambda data: permit_services.add_limit(by_id=request.user.pk, permit=found, **data),
        heading=_("New limit"), back=reverse("permit", args=[found.pk]),
    )  # fmt: skip


@login_required
def quota_new(request: HttpRequest, permit_id: int) -> HttpResponse:
    """One more yearly quota of a permit."""
    viewer = viewer_of(request=request)
    found = permit_of(scope=viewer.scope, permit_id=permit_id)
    viewer.scope_require(Capability.MANAGE_PERMITS, park_id=found.park_id)
    return saved(
        request, QuotaForm(request.POST or None),
        lambda data: permit_services.add_quota(by_id=request.user.pk, permit=found, **data),
        heading=_("New quota"), back=reverse("permit", args=[found.pk]),
    )  # fmt: skip


@login_required
def special_new(request: HttpRequest) -> HttpResponse:
    """A time of stricter limits."""
    viewer = viewer_of(request=request)
    viewer.require(Capability.MANAGE_PERMITS)

    def save(data: dict[str, Any]) -> None:
        pollutant = data.pop("pollutant")
        permit_services.create_special_period(
            by_id=request.user.pk, park_id=viewer.park_id, pollutant_id=pollutant, **data
        )

    form = SpecialForm(request.POST or None, initial={"share": 0.7})
    return saved(request, form, save, heading=_("New special period"), back=reverse("permits"))


def limits_panel(viewer: Viewer, outlet_id: int, now: datetime) -> dict[str, Any]:
    """Limits in force at an outlet, for its page."""
    return {"limits": limits_in_force(outlet_ids=[outlet_id], at=now, day=day_of(now, park_zone()))}


def permits_panel(viewer: Viewer, enterprise_id: int, now: datetime) -> dict[str, Any]:
    """Permits of an enterprise, for its page."""
    rows = visible_permits(scope=viewer.scope).filter(enterprise=enterprise_id).order_by("-valid_from")
    return {"permits": list(rows), "today": day_of(now, park_zone())}
