"""How well does the tracing do on releases whose truth is known?"""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from monitoring.tracing.domain.scoring import Score
from monitoring.tracing.selectors.blind import blind_rows, water_blind_rows
from monitoring.tracing.services.blind import trace_blind, trace_water_blind
from monitoring.tracing.tasks import begin, begin_water
from monitoring.tracing.views.words import refusal
from parks.catalogue.domain.errors import PlatformError
from parks.people.access import viewer_of
from parks.people.domain import Capability
from parks.portal.errors import told
from parks.portal.pages import whole
from parks.register.selectors.places import visible_outlets


@login_required
def blind_tests(request: HttpRequest) -> HttpResponse:
    """Each release with its truth, the newest answer, and how they stand to each other."""
    viewer = viewer_of(request=request)
    viewer.require(Capability.VIEW_INTAKE)
    rows = blind_rows(scope=viewer.scope, park_id=viewer.park_id)
    waters = water_blind_rows(scope=viewer.scope, park_id=viewer.park_id)
    every: list[Any] = [*rows, *waters]
    numbers = {place["outlet"] for row in rows for place in row.test.truth if place["outlet"]}
    outlets = visible_outlets(scope=viewer.scope).filter(pk__in=numbers).select_related("enterprise")
    places = [place for row in rows if row.scored for place in row.scored.places if place.held is not None]
    context = {
        "rows": rows, "waters": waters, "total": len(every), "outlets": {one.pk: one for one in outlets}, "may_trace": viewer.may(Capability.TRACE_SOURCES),
        "count": {score.value: sum(row.scored is not None and row.scored.score is score for row in every) for score in Score},
        "answered": sum(row.scored is not None for row in every), "held": sum(bool(place.held) for place in places), "rates": len(places),
        "refusals": {row.trace.pk: refusal(row=row.trace) for row in rows if row.trace is not None and row.trace.state == "FAILED"},
        "water_refusals": {row.trace.pk: refusal(row=row.trace) for row in waters if row.trace is not None and row.trace.state == "FAILED"},
        "waiting": any(row.trace is not None and row.trace.state in ("WAITING", "RUNNING") for row in every),
    }  # fmt: skip
    return render(request, "monitoring/tracing/blind.html", context)


@login_required
@require_POST
def blind_trace(request: HttpRequest) -> HttpResponse:
    """Trace one test, or all that have no answer."""
    viewer = viewer_of(request=request)
    viewer.require(Capability.TRACE_SOURCES)
    asked, in_sewer, now = whole(request.POST.get("test")), whole(request.POST.get("water")), timezone.now()
    every = asked is None and in_sewer is None
    rows = blind_rows(scope=viewer.scope, park_id=viewer.park_id)
    chosen = [row for row in rows if row.test.pk == asked or (every and row.trace is None)]
    for row in chosen:
        try:
            begin(trace_id=trace_blind(scope=viewer.scope, test_id=row.test.pk, now=now))
        except PlatformError as error:
            messages.error(request, f"{row.test.name}: {told(error)}")
    for one in water_blind_rows(scope=viewer.scope, park_id=viewer.park_id):
        if one.test.pk != in_sewer and not (every and one.trace is None):
            continue
        try:
            made = trace_water_blind(scope=viewer.scope, test_id=one.test.pk, now=now)
        except PlatformError as error:
            messages.error(request, f"{one.test.name}: {told(error)}")
        else:
            begin_water(trace_id=made.pk, pressure=one.test.network.kind == "PRESSURE")
    return redirect("blind_tests")
