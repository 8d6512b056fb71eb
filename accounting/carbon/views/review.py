"""Closing and reviewing a month: comments to findings, the sample, verdicts, the signature; and what a line comes to."""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounting.activity.domain.months import MonthState, Step
from accounting.activity.selectors import (
    kept_findings,
    line_of,
    lines_in_force,
    months_of,
    reviews_of,
    sample_of,
    signatures_of,
)
from accounting.activity.services import months as month_services
from accounting.activity.services import review
from accounting.carbon.services.results import recomputed, result_of_line
from accounting.carbon.views.formulas import named_inputs
from parks.catalogue.domain.errors import NotFound, PlatformError
from parks.people.access import Viewer, viewer_of
from parks.people.domain import Capability
from parks.portal.errors import told
from parks.portal.pages import whole
from parks.register.selectors.places import enterprise_of

COMMENT = "comment:"


@require_POST
@login_required
def month_move(request: HttpRequest, enterprise_id: int, month: date) -> HttpResponse:
    """Close, verify or reopen a month."""
    viewer = viewer_of(request=request)
    found = enterprise_of(scope=viewer.scope, enterprise_id=enterprise_id)
    step = Step.__members__.get(request.POST.get("step", ""))
    if step is None:
        raise NotFound
    may_close = viewer.may(Capability.APPROVE_DATA) or viewer.may(Capability.MANAGE_FACTORS)
    if step is Step.VERIFY or not may_close:
        viewer.require(Capability.VERIFY_CARBON if step is Step.VERIFY else Capability.APPROVE_DATA)
    comments = {
        name.removeprefix(COMMENT): str(text) for name, text in request.POST.items() if name.startswith(COMMENT)
    }
    try:
        month_services.move_month(
            enterprise_id=found.pk, month=month, step=step, by_id=request.user.pk or 0, now=timezone.now(),
            reason=request.POST.get("reason", ""), comments=comments,
        )  # fmt: skip
    except PlatformError as error:
        messages.error(request, told(error))
    return redirect("activity_month", enterprise_id=found.pk, month=month)


@login_required
def month_review(request: HttpRequest, enterprise_id: int, month: date) -> HttpResponse:
    """A closed month line by line: sample, findings, stored against computed again, verdicts."""
    viewer = viewer_of(request=request)
    found = enterprise_of(scope=viewer.scope, enterprise_id=enterprise_id)
    row = months_of(enterprise_id=found.pk).get(month)
    if row is None or not row.closings:
        return redirect("activity_month", enterprise_id=found.pk, month=month)
    sample, verdicts = sample_of(month=row), reviews_of(month=row)
    drawn = set(sample.line_ids) if sample else set()
    lines = list(lines_in_force(enterprise_id=found.pk, first=month, last=month))
    again = recomputed(enterprise_id=found.pk, month=month, lines=lines)
    findings: dict[str, list[Any]] = {}
    for one in kept_findings(month=row):
        findings.setdefault(one.code, []).append(one)
    rows: list[dict[str, Any]] = [
        {"line": line, "drawn": line.pk in drawn, "again": again[line.pk], "review": verdicts.get(line.pk),
         "findings": findings.pop(line.code, [])}
        for line in lines
    ]  # fmt: skip
    rows.sort(key=lambda one: (not one["drawn"], one["line"].code))
    judging = viewer.may(Capability.VERIFY_CARBON) and row.state == MonthState.CLOSED.value
    context = {
        "enterprise": found, "month": month, "row": row, "rows": rows, "sample": sample, "others": [f for rest in findings.values() for f in rest],
        "seen": len(drawn & verdicts.keys()), "objected": sum(v.verdict == "OBJECTED" for v in verdicts.values()), "signatures": signatures_of(month=row),
        "judging": judging and row.closed_by_id != request.user.pk, "own": judging and row.closed_by_id == request.user.pk,
    }  # fmt: skip
    return render(request, "accounting/activity/review.html", context)


@require_POST
@login_required
def sample_enlarge(request: HttpRequest, enterprise_id: int, month: date) -> HttpResponse:
    """Let the verifier see a larger share of the lines."""
    viewer = viewer_of(request=request)
    found = enterprise_of(scope=viewer.scope, enterprise_id=enterprise_id)
    viewer.scope_require(Capability.VERIFY_CARBON, park_id=found.park_id)
    share = Decimal(whole(request.POST.get("percent")) or 0) / 100
    try:
        review.enlarge(enterprise_id=found.pk, month=month, share=share, by_id=request.user.pk or 0, now=timezone.now())
    except PlatformError as error:
        messages.error(request, told(error))
    return redirect("month_review", enterprise_id=found.pk, month=month)


@require_POST
@login_required
def line_judge(request: HttpRequest, enterprise_id: int, month: date) -> HttpResponse:
    """Accept a line or object to it."""
    viewer = viewer_of(request=request)
    found = enterprise_of(scope=viewer.scope, enterprise_id=enterprise_id)
    viewer.scope_require(Capability.VERIFY_CARBON, park_id=found.park_id)
    try:
        review.judge(
            enterprise_id=found.pk, month=month, line_id=whole(request.POST.get("line")) or 0, by_id=request.user.pk or 0,
            accepted=request.POST.get("verdict") == "ACCEPTED", remark=request.POST.get("remark", ""), now=timezone.now(),
        )  # fmt: skip
    except NotFound:
        raise
    except PlatformError as error:
        messages.error(request, told(error))
    return redirect("month_review", enterprise_id=found.pk, month=month)


def line_panel(viewer: Viewer, line_id: int, now: datetime) -> dict[str, Any]:
    """What a line comes to, for its page."""
    result = result_of_line(line=line_of(scope=viewer.scope, line_id=line_id))
    if result is None:
        return {"result": None}
    parts = tuple({**part, "inputs": named_inputs(part["inputs"])} for part in result.parts)
    return {"result": replace(result, parts=parts), "error": told(result.error) if result.error else ""}
