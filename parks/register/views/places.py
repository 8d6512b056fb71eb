"""Outlets, stations and data loggers: pages, new, change."""

from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from parks.catalogue.domain.errors import PlatformError
from parks.catalogue.selectors import pollutants
from parks.people.access import viewer_of
from parks.people.domain import Capability
from parks.portal.pages import explain, listed, whole
from parks.portal.registry import lobby
from parks.register.selectors.loggers import logger_of
from parks.register.selectors.places import (
    enterprise_of,
    outlet_of,
    station_of,
    visible_outlets,
    visible_stations,
)
from parks.register.services import register
from parks.register.views.forms import WORDS, LoggerForm, OutletForm, StationForm
from parks.templatetags.portal import localized


@login_required
def outlets(request: HttpRequest) -> HttpResponse:
    """Outlets and stations of the park."""
    viewer = viewer_of(request=request)
    word, medium = request.GET.get("word", "").strip(), request.GET.get("medium", "")
    rows = visible_outlets(scope=viewer.scope).filter(enterprise__park=viewer.park_id).select_related("enterprise")
    if word:
        rows = rows.filter(Q(code__icontains=word) | Q(name__icontains=word) | Q(enterprise__name__icontains=word))
    if medium in ("AIR", "WATER", "RAIN"):
        rows = rows.filter(medium=medium)
    context = {
        "page": listed(request=request, rows=rows.order_by("enterprise__name", "code")),
        "stations": visible_stations(scope=viewer.scope).filter(park=viewer.park_id).order_by("kind", "code"),
        "word": word,
        "medium": medium,
        "may_change": viewer.may(Capability.MANAGE_REGISTER),
    }
    return render(request, "register/outlets.html", context)


@login_required
def outlet(request: HttpRequest, outlet_id: int) -> HttpResponse:
    viewer = viewer_of(request=request)
    found = outlet_of(scope=viewer.scope, outlet_id=outlet_id)
    context = {
        "outlet": found,
        "handled": found.handled.order_by("code"),
        "units": found.units.order_by("kind", "code"),
        "loggers": found.loggers.prefetch_related("instruments__pollutants"),
        "may_change": viewer.may(Capability.MANAGE_REGISTER),
        "panels": lobby.panels_of("outlet", viewer=viewer, subject=found.pk, now=timezone.now()),
    }
    return render(request, "register/outlet.html", context)


@login_required
def station(request: HttpRequest, station_id: int) -> HttpResponse:
    viewer = viewer_of(request=request)
    found = station_of(scope=viewer.scope, station_id=station_id)
    context = {
        "station": found,
        "loggers": found.loggers.prefetch_related("instruments__pollutants"),
        "may_change": viewer.may(Capability.MANAGE_REGISTER),
        "panels": lobby.panels_of("station", viewer=viewer, subject=found.pk, now=timezone.now()),
    }
    return render(request, "register/station.html", context)


def answer(request: HttpRequest, form: forms.Form, save: Any, *, heading: str, back: str) -> HttpResponse:
    """The common course of a form: show, check, save, go back; a broken rule stands at its field."""
    if request.method == "POST" and form.is_valid():
        try:
            save(form.cleaned_data)
        except PlatformError as error:
            explain(form=form, error=error)
        else:
            return redirect(back)
    return render(request, "portal/form.html", {"form": form, "heading": heading, "back_url": back})


MASSES = ("kg", "g", "mg")


def substances() -> list[tuple[Any, list[tuple[str, str]]]]:
    """What an outlet can emit, by the kind of outlet; quantities such as flow and temperature are none."""
    rows = [one for medium in ("AIR", "WATER") for one in pollutants(medium=medium) if one.mass_unit in MASSES]
    return [
        (WORDS[f"medium.{medium}"], [(one.pk, f"{one.pk} {localized(one)}") for one in rows if one.medium == medium])
        for medium in ("AIR", "WATER")
    ]


def of_row(form: type[forms.Form], row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in form.base_fields}


@login_required
def outlet_new(request: HttpRequest, enterprise_id: int) -> HttpResponse:
    viewer = viewer_of(request=request)
    owner = enterprise_of(scope=viewer.scope, enterprise_id=enterprise_id)
    viewer.scope_require(Capability.MANAGE_REGISTER, park_id=owner.park_id)
    by_id = request.user.pk
    return answer(
        request, OutletForm(request.POST or None, substances=substances()),
        lambda data: register.create_outlet(by_id=by_id, enterprise_id=owner.pk, handled_codes=data.pop("handled"), **data),
        heading=_("New outlet"), back=reverse("enterprise", args=[owner.pk]),
    )  # fmt: skip


@login_required
def outlet_edit(request: HttpRequest, outlet_id: int) -> HttpResponse:
    viewer = viewer_of(request=request)
    found = outlet_of(scope=viewer.scope, outlet_id=outlet_id)
    viewer.scope_require(Capability.MANAGE_REGISTER, park_id=found.enterprise.park_id)
    by_id, handled = request.user.pk, list(found.handled.values_list("pk", flat=True))
    return answer(
        request, OutletForm(request.POST or None, substances=substances(), initial=of_row(OutletForm, found) | {"handled": handled}),
        lambda data: register.update_outlet(outlet_id=found.pk, by_id=by_id, handled_codes=data.pop("handled"), **data),
        heading=str(found), back=reverse("outlet", args=[found.pk]),
    )  # fmt: skip


@login_required
def station_new(request: HttpRequest) -> HttpResponse:
    viewer = viewer_of(request=request)
    viewer.require(Capability.MANAGE_REGISTER)
    by_id = request.user.pk
    return answer(
        request, StationForm(request.POST or None),
        lambda data: register.create_station(by_id=by_id, park_id=viewer.park_id, **data),
        heading=_("New station"), back=reverse("outlets"),
    )  # fmt: skip


@login_required
def station_edit(request: HttpRequest, station_id: int) -> HttpResponse:
    viewer = viewer_of(request=request)
    found = station_of(scope=viewer.scope, station_id=station_id)
    viewer.scope_require(Capability.MANAGE_REGISTER, park_id=found.park_id)
    by_id = request.user.pk
    return answer(
        request, StationForm(request.POST or None, initial=of_row(StationForm, found)),
        lambda data: register.update_station(station_id=found.pk, by_id=by_id, **data),
        heading=str(found), back=reverse("station", args=[found.pk]),
    )  # fmt: skip


@login_required
def logger_new(request: HttpRequest) -> HttpResponse:
    """A new data logger at the outlet or station that the address names; `mn` may be given, as the quarantine does."""
    viewer = viewer_of(request=request)
    viewer.require(Capability.MANAGE_REGISTER)
    place, back = place_of(request, viewer)
    by_id = request.user.pk
    form = LoggerForm(request.POST or None, initial={"mn": request.GET.get("mn", ""), "password": "123456"})
    return answer(
        request, form, lambda data: register.create_logger(by_id=by_id, park_id=viewer.park_id, **place, **data),
        heading=_("New data logger"), back=back,
    )  # fmt: skip


def place_of(request: HttpRequest, viewer: Any) -> tuple[dict[str, int | None], str]:
    """Where a new logger stands."""
    outlet_id, station_id = whole(request.GET.get("outlet")), whole(request.GET.get("station"))
    if outlet_id:
        at = outlet_of(scope=viewer.scope, outlet_id=outlet_id)
        return {"outlet_id": at.pk, "enterprise_id": at.enterprise_id}, reverse("outlet", args=[at.pk])
    if station_id:
        stand = station_of(scope=viewer.scope, station_id=station_id)
        return {"station_id": stand.pk, "enterprise_id": stand.enterprise_id}, reverse("station", args=[stand.pk])
    return {}, reverse("outlets")


@login_required
def logger_edit(request: HttpRequest, logger_id: int) -> HttpResponse:
    """MN, password, key and dialect of a logger."""
    viewer = viewer_of(request=request)
    found = logger_of(scope=viewer.scope, logger_id=logger_id)
    viewer.scope_require(Capability.MANAGE_REGISTER, park_id=found.park_id)
    by_id = request.user.pk
    back = reverse("logger", args=[found.pk])
    return answer(
        request, LoggerForm(request.POST or None, initial=of_row(LoggerForm, found)),
        lambda data: register.update_logger(logger_id=found.pk, by_id=by_id, **data),
        heading=str(found), back=back,
    )  # fmt: skip
