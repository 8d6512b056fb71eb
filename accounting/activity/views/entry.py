"""Activity data of a month: lines, new and changed ones, versions, evidence."""

from datetime import date
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounting.activity.domain.declared import DECLARED
from accounting.activity.domain.months import MonthState
from accounting.activity.selectors import (
    findings_of,
    known_names,
    line_of,
    lines_in_force,
    months_of,
    nodes_of_enterprise,
    signatures_of,
    streams_of_park,
    versions_of_line,
)
from accounting.activity.services import lines as activity
from accounting.activity.views.forms import LineForm, heading_of, kinds_by_family
from parks.catalogue.domain.errors import NotFound, PlatformError
from parks.people.access import Viewer, viewer_of
from parks.people.domain import Capability
from parks.portal.pages import whole
from parks.portal.registry import lobby
from parks.register.selectors.places import enterprise_of


def entering(request: HttpRequest, enterprise_id: int) -> tuple[Viewer, Any]:
    """The enterprise, for a viewer who may enter its data."""
    viewer = viewer_of(request=request)
    found = enterprise_of(scope=viewer.scope, enterprise_id=enterprise_id)
    viewer.scope_require(Capability.UPLOAD_DATA, park_id=found.park_id)
    return viewer, found


@login_required
def activity_month(request: HttpRequest, enterprise_id: int, month: date) -> HttpResponse:
    """The lines of a month, what looks odd in it, and what may be done with it."""
    viewer = viewer_of(request=request)
    found = enterprise_of(scope=viewer.scope, enterprise_id=enterprise_id)
    row = months_of(enterprise_id=found.pk).get(month)
    state = row.state if row else MonthState.OPEN.value
    context = {
        "enterprise": found, "month": month, "row": row, "state": state, "sees_park": found.park_id in viewer.scope.park_ids,
        "steps": row.steps.select_related("by").order_by("at") if row else [],
        "lines": list(lines_in_force(enterprise_id=found.pk, first=month, last=month)), "families": kinds_by_family(),
        "findings": findings_of(enterprise_id=found.pk, month=month) if state == MonthState.OPEN.value else [],
        "signatures": signatures_of(month=row) if row else [],
        "may_enter": viewer.may(Capability.UPLOAD_DATA), "may_verify": viewer.may(Capability.VERIFY_CARBON),
        "may_close": viewer.may(Capability.APPROVE_DATA) or viewer.may(Capability.MANAGE_FACTORS),
    }  # fmt: skip
    return render(request, "accounting/activity/month.html", context)


@login_required
def activity_new(request: HttpRequest, enterprise_id: int, month: date, form: str) -> HttpResponse:
    """Another line, or another version of one with the same code. `?line=` fills the form with that line."""
    viewer, found = entering(request, enterprise_id)
    if form not in DECLARED.kinds:
        raise NotFound
    kind = DECLARED.kinds[form]
    number = whole(request.GET.get("line"))
    line = line_of(scope=viewer.scope, line_id=number) if number else None
    panels: list[dict[str, Any]] = []
    filled = LineForm(
        request.POST or None, request.FILES or None, kind=kind, known=known_names(), line=line,
        nodes=list(nodes_of_enterprise(park_id=found.park_id, enterprise_id=found.pk)),
        streams=list(streams_of_park(park_id=found.park_id)),
    )  # fmt: skip
    if request.method == "POST" and filled.is_valid():
        if "preview" in request.POST:
            panels = previewed(request, filled, viewer, enterprise_id=found.pk, month=month)
        else:
            made = entered(request, filled, enterprise_id=found.pk, month=month)
            if made is not None:
                return redirect("activity_line", line_id=made)
    back = reverse("activity_month", args=[found.pk, month])
    context = {
        "form": filled, "heading": heading_of(kind), "month": month, "enterprise": found, "back_url": back, "panels": panels,
    }  # fmt: skip
    return render(request, "accounting/activity/form.html", context)


def entered(request: HttpRequest, filled: LineForm, *, enterprise_id: int, month: date) -> int | None:
    """Number of the line that was entered; None where it was refused, which the form then says."""
    file = filled.cleaned_data["evidence"]
    try:
        line, _what = activity.enter_line(
            enterprise_id=enterprise_id, month=month, by_id=request.user.pk, now=timezone.now(),
            evidence=(file.name, file.read()) if file else None, **filled.content(),
        )  # fmt: skip
    except PlatformError as error:
        filled.place(error)
        return None
    return line.pk


@transaction.atomic
def previewed(
    request: HttpRequest, filled: LineForm, viewer: Viewer, *, enterprise_id: int, month: date
) -> list[dict[str, Any]]:  # fmt: skip
    """What the line would come to: entered, computed, and taken back."""
    made = entered(request, filled, enterprise_id=enterprise_id, month=month)
    panels = [] if made is None else lobby.panels_of("activity_line", viewer=viewer, subject=made, now=timezone.now())
    transaction.set_rollback(True)
    return panels


@login_required
def activity_line(request: HttpRequest, line_id: int) -> HttpResponse:
    """One version of a line with its result and its evidence, and the others."""
    viewer = viewer_of(request=request)
    found = line_of(scope=viewer.scope, line_id=line_id)
    row = months_of(enterprise_id=found.enterprise_id).get(found.month)
    context = {
        "line": found, "versions": versions_of_line(enterprise_id=found.enterprise_id, month=found.month, code=found.code),
        "panels": lobby.panels_of("activity_line", viewer=viewer, subject=found.pk, now=timezone.now()),
        "may_correct": found.replaced_at is None and not found.removed and viewer.may(Capability.UPLOAD_DATA)
        and (row is None or row.state == MonthState.OPEN.value),
    }  # fmt: skip
    return render(request, "accounting/activity/line.html", context)


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
