"""Enterprises: list, file, new, change; their units."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from parks.catalogue.domain.errors import PlatformError
from parks.people.access import Viewer, viewer_of
from parks.people.domain import Capability
from parks.portal.pages import explain, listed
from parks.portal.registry import lobby
from parks.register.selectors.places import enterprise_of, visible_enterprises
from parks.register.services import register
from parks.register.views.forms import EnterpriseForm, UnitForm


@login_required
def enterprises(request: HttpRequest) -> HttpResponse:
    """Enterprises of the park, by name."""
    viewer = viewer_of(request=request)
    word = request.GET.get("word", "").strip()
    rows = visible_enterprises(scope=viewer.scope).filter(park=viewer.park_id)
    if word:
        rows = rows.filter(Q(name__icontains=word) | Q(name_en__icontains=word) | Q(uscc__icontains=word))
    rows = rows.annotate(outlet_count=Count("outlets", distinct=True), logger_count=Count("loggers", distinct=True))
    found = listed(request=request, rows=rows.order_by("name"))
    context = {"page": found, "word": word, "may_change": viewer.may(Capability.MANAGE_REGISTER)}
    return render(request, "register/enterprises.html", context)


@login_required
def enterprise(request: HttpRequest, enterprise_id: int) -> HttpResponse:
    """The file of one enterprise; other wings add their parts."""
    viewer = viewer_of(request=request)
    found = enterprise_of(scope=viewer.scope, enterprise_id=enterprise_id)
    context = {
        "enterprise": found,
        "outlets": found.outlets.order_by("code"),
        "units": found.units.prefetch_related("outlets", "upstream").order_by("code"),
        "loggers": found.loggers.select_related("outlet").order_by("mn"),
        "may_change": viewer.may(Capability.MANAGE_REGISTER),
        "panels": lobby.panels_of("enterprise", viewer=viewer, subject=found.pk, now=timezone.now()),
    }
    return render(request, "register/enterprise.html", context)


@login_required
def enterprise_new(request: HttpRequest) -> HttpResponse:
    viewer = viewer_of(request=request)
    viewer.require(Capability.MANAGE_REGISTER)
    form = EnterpriseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = register.create_enterprise(by_id=request.user.pk, park_id=viewer.park_id, **form.cleaned_data)
        except PlatformError as error:
            explain(form=form, error=error)
        else:
            return redirect("enterprise", enterprise_id=made.pk)
    return render(request, "portal/form.html", {"form": form, "heading": _("New enterprise"), "back": "enterprises"})


@login_required
def enterprise_edit(request: HttpRequest, enterprise_id: int) -> HttpResponse:
    _viewer, found = managed(request, enterprise_id)
    initial = {name: getattr(found, name) for name in EnterpriseForm.base_fields}
    form = EnterpriseForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            register.update_enterprise(enterprise_id=found.pk, by_id=request.user.pk, **form.cleaned_data)
        except PlatformError as error:
            explain(form=form, error=error)
        else:
            return redirect("enterprise", enterprise_id=found.pk)
    context = {"form": form, "heading": found.name, "back_url": reverse("enterprise", args=[found.pk])}
    return render(request, "portal/form.html", context)


@login_required
def unit_new(request: HttpRequest, enterprise_id: int) -> HttpResponse:
    """A new process, treatment or storage unit."""
    _viewer, found = managed(request, enterprise_id)
    form = UnitForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            register.create_unit(by_id=request.user.pk, enterprise_id=found.pk, **form.cleaned_data)
        except PlatformError as error:
            explain(form=form, error=error)
        else:
            return redirect("enterprise", enterprise_id=found.pk)
    context = {"form": form, "heading": _("New unit"), "back_url": reverse("enterprise", args=[found.pk])}
    return render(request, "portal/form.html", context)


def managed(request: HttpRequest, enterprise_id: int) -> tuple[Viewer, Any]:
    """The enterprise, for a viewer who may change it."""
    viewer = viewer_of(request=request)
    found = enterprise_of(scope=viewer.scope, enterprise_id=enterprise_id)
    viewer.scope_require(Capability.MANAGE_REGISTER, park_id=found.park_id)
    return viewer, found
