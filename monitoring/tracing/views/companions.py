"""Substances that may be traced together with the main one, offered as boxes to tick beside a time."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from monitoring.tracing.services.companions import offered
from monitoring.tracing.services.incidents import LONGEST
from parks.people.access import Viewer, viewer_of
from parks.people.domain import Capability, Scope

NAME = "together"  # of the boxes


class TimeForm(forms.Form):
    """What the choice depends on."""

    pollutant = forms.CharField(max_length=12)
    start = forms.DateTimeField()
    end = forms.DateTimeField()


@login_required
def incident_companions(request: HttpRequest) -> HttpResponse:
    """The boxes for another time or pollutant, fetched by the form of a new incident."""
    viewer = viewer_of(request=request)
    viewer.require(Capability.TRACE_SOURCES)
    boxes = boxes_of_form(viewer=viewer, sent=request.GET, ticked=request.GET.getlist(NAME))
    return render(request, "monitoring/tracing/companions.html", {"boxes": boxes})


def boxes_of_form(*, viewer: Viewer, sent: Any, ticked: Collection[str]) -> list[dict[str, Any]] | None:
    """The boxes for what a form holds; None where that is no time yet."""
    form = TimeForm(sent)
    if not form.is_valid():
        return None
    given = form.cleaned_data
    if not given["start"] < given["end"] <= given["start"] + LONGEST:
        return None
    return boxes(scope=viewer.scope, park_id=viewer.park_id, ticked=ticked, **given)


def boxes(
    *, scope: Scope, park_id: int, pollutant: str, start: datetime, end: datetime, ticked: Collection[str]
) -> list[dict[str, Any]]:
    """Substances measured in a time, with the number of stations, and whether each is ticked."""
    found = offered(scope=scope, park_id=park_id, pollutant=pollutant, start=start, end=end)
    return [{"substance": one, "on": one.pollutant in ticked} for one in found]
