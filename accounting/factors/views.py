"""The factor library: list, one factor with its versions, proposals and their approval."""

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

from accounting.factors import services as factor_services
from accounting.factors.selectors.library import counts_by_status, factor_versions, factors_in_library
from parks.catalogue.domain.errors import NotFound, PlatformError
from parks.people.access import viewer_of
from parks.people.domain import Capability
from parks.portal.pages import explain, listed
from parks.portal.registry import lobby

WORDS = {
    "family.FUEL": gettext_lazy("fuels"),
    "family.GRID": gettext_lazy("electricity"),
    "family.GWP": gettext_lazy("global warming potentials"),
    "family.PROCESS": gettext_lazy("process defaults"),
    "family.SUBSTANCE": gettext_lazy("substances"),
    "attribute.fuel": gettext_lazy("fuel"),
    "attribute.edition": gettext_lazy("edition of the tables"),
    "attribute.parameter": gettext_lazy("parameter"),
    "attribute.basis": gettext_lazy("per"),
    "attribute.level": gettext_lazy("level"),
    "attribute.region": gettext_lazy("region"),
    "attribute.kind": gettext_lazy("which number"),
    "attribute.gas": gettext_lazy("gas"),
    "attribute.set": gettext_lazy("assessment report"),
    "attribute.process": gettext_lazy("process"),
    "attribute.variant": gettext_lazy("variant"),
    "attribute.substance": gettext_lazy("substance"),
    "attribute.formula": gettext_lazy("formula"),
    "table.factor": gettext_lazy("emission factor"),
}
FAMILIES = ("FUEL", "GRID", "GWP", "PROCESS", "SUBSTANCE")
STATUSES = ("OFFICIAL", "SECONDARY", "UNVERIFIED")


class ProposalForm(forms.Form):
    value = forms.DecimalField(label=gettext_lazy("Value"), max_digits=24, decimal_places=12)
    valid_from = forms.DateField(label=gettext_lazy("Valid from"), widget=forms.DateInput(attrs={"type": "date"}))
    source = forms.CharField(label=gettext_lazy("Source"), max_length=300)
    clause = forms.CharField(label=gettext_lazy("Clause"), max_length=120, required=False)
    uncertainty = forms.DecimalField(
        label=gettext_lazy("Uncertainty [± %]"), min_value=0, max_digits=7, decimal_places=3, required=False
    )
    note = forms.CharField(label=gettext_lazy("Note"), max_length=300, required=False)


@login_required
def factors(request: HttpRequest) -> HttpResponse:
    """Factors by family, with source and status."""
    viewer = viewer_of(request=request)
    viewer.require(Capability.VIEW_PARK)
    word, family, status = (request.GET.get(name, "").strip() for name in ("word", "family", "status"))
    page = listed(request=request, rows=factors_in_library(word=word, family=family, status=status), per_page=100)
    context = {
        "page": page, "word": word, "family": family, "status": status, "families": FAMILIES, "statuses": STATUSES,
        "counts": counts_by_status(),
    }  # fmt: skip
    return render(request, "accounting/factors/factors.html", context)


@login_required
def factor(request: HttpRequest, key: str) -> HttpResponse:
    """All versions of one factor."""
    viewer = viewer_of(request=request)
    viewer.require(Capability.VIEW_PARK)
    versions = list(factor_versions(key=key))
    if not versions:
        raise NotFound
    context = {
        "key": key, "versions": versions, "newest": versions[0], "may_propose": viewer.may(Capability.MANAGE_FACTORS),
        "may_approve": viewer.may(Capability.APPROVE_FACTORS), "me": request.user.pk,
        "panels": lobby.panels_of("factor", viewer=viewer, subject=versions[0].pk, now=timezone.now()),
    }  # fmt: skip
    return render(request, "accounting/factors/factor.html", context)


@login_required
def factor_propose(request: HttpRequest, key: str) -> HttpResponse:
    """Another number from a day on."""
    viewer = viewer_of(request=request)
    viewer.require(Capability.MANAGE_FACTORS)
    if not factor_versions(key=key).exists():
        raise NotFound
    form = ProposalForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            chosen: dict[str, Any] = form.cleaned_data
            factor_services.propose(key=key, by_id=request.user.pk or 0, now=timezone.now(), **chosen)
        except PlatformError as error:
            explain(form=form, error=error)
        else:
            return redirect("factor", key=key)
    context = {"form": form, "heading": _("Propose another value"), "back_url": reverse("factor", args=[key])}
    return render(request, "portal/form.html", context)


@require_POST
@login_required
def factor_approve(request: HttpRequest, key: str, factor_id: int) -> HttpResponse:
    """Put a proposal in force."""
    viewer = viewer_of(request=request)
    viewer.require(Capability.APPROVE_FACTORS)
    status = request.POST.get("status", "SECONDARY")
    try:
        factor_services.approve(
            factor_id=factor_id,
            by_id=request.user.pk or 0,
            status=status if status in STATUSES else "SECONDARY",
            now=timezone.now(),
        )
    except NotFound:
        raise
    except PlatformError as error:
        messages.error(request, _(str(error)))
    return redirect("factor", key=key)
