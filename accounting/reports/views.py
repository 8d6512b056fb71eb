"""The report page: list, one with its numbers and their origin, downloads, issue again."""

from datetime import date, datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from accounting.reports import services as report_services
from accounting.reports.domain.definitions import DAILY, DEFINITIONS
from accounting.reports.selectors import report_of, visible_reports
from parks.catalogue.domain.errors import Invalid
from parks.catalogue.domain.periods import day_of, park_zone
from parks.people.access import viewer_of
from parks.people.domain import Capability
from parks.portal.pages import listed
from parks.portal.sheets import XLSX

WORDS = {"report.DAILY": gettext_lazy("Daily report of the park")}


@login_required
def reports(request: HttpRequest) -> HttpResponse:
    """Issued reports, newest first."""
    viewer = viewer_of(request=request)
    viewer.require(Capability.VIEW_REPORTS)
    page = listed(request=request, rows=visible_reports(scope=viewer.scope, park_id=viewer.park_id))
    context = {
        "page": page,
        "may_issue": viewer.may(Capability.ISSUE_REPORTS),
        "today": day_of(timezone.now(), park_zone()),
    }
    return render(request, "accounting/reports/reports.html", context)


@login_required
def report(request: HttpRequest, report_id: int) -> HttpResponse:
    """One report: what it says, and the way from each number to its origin."""
    viewer = viewer_of(request=request)
    viewer.require(Capability.VIEW_REPORTS)
    found = report_of(scope=viewer.scope, report_id=report_id)
    content = found.content
    for row in content["exceedances"]:
        row["moment"] = datetime.fromisoformat(row["time"])
    others = visible_reports(scope=viewer.scope, park_id=found.park_id).filter(kind=found.kind, day=found.day)
    context = {
        "report": found,
        "content": content,
        "others": others.exclude(pk=found.pk),
        "may_issue": viewer.may(Capability.ISSUE_REPORTS),
    }
    return render(request, "accounting/reports/report.html", context)


@login_required
def report_file(request: HttpRequest, report_id: int, kind: str) -> HttpResponse:
    """The document, byte for byte as it was issued."""
    viewer = viewer_of(request=request)
    viewer.require(Capability.VIEW_REPORTS)
    found = report_of(scope=viewer.scope, report_id=report_id)
    data, content_type = (found.pdf, "application/pdf") if kind == "pdf" else (found.xlsx, XLSX)
    answer = HttpResponse(bytes(data), content_type=content_type)
    name = f"{found.kind.lower()}-{found.day:%Y%m%d}-r{found.revision}.{kind}"
    answer["Content-Disposition"] = f'{"inline" if kind == "pdf" else "attachment"}; filename="{name}"'
    return answer


@require_POST
@login_required
def report_issue(request: HttpRequest) -> HttpResponse:
    """Issue the daily report of a past day, or again when its facts changed since."""
    viewer = viewer_of(request=request)
    viewer.require(Capability.ISSUE_REPORTS)
    try:
        day = date.fromisoformat(request.POST.get("day", ""))
    except ValueError as error:
        raise Invalid(_("Give a day like 2026-01-31.")) from error
    now = timezone.now()
    if day >= day_of(now, park_zone()):
        raise Invalid(_("The day is not over yet."))
    definition = DEFINITIONS[DAILY.code]
    made = report_services.issue(park_id=viewer.park_id, definition=definition, day=day, by_id=request.user.pk, now=now)
    if made.issued_at != now:
        messages.info(request, _("Nothing changed since this revision: the same facts give the same report."))
    return redirect("report", report_id=made.pk)
