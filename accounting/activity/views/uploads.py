"""Tables of activity data sent by people: the form, the template, and what became of each row."""

from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy

from accounting.activity import tasks
from accounting.activity.rendering import template_csv, template_xlsx
from accounting.activity.selectors import known_names, nodes_of_park, streams_of_park, taken_rows
from accounting.activity.services import uploads
from monitoring.intake.domain import JobKind
from monitoring.intake.selectors import visible_receipts
from monitoring.intake.services import spreadsheets
from monitoring.intake.services.uploads import Sender
from parks.catalogue.domain.errors import PlatformError
from parks.people.access import Viewer, viewer_of
from parks.people.domain import Capability
from parks.portal.files import FileForm
from parks.portal.pages import explain, listed, whole
from parks.portal.sheets import CSV, XLSX
from parks.register.selectors.places import visible_enterprises

MOST_SHOWN = 200


def file_form(request: HttpRequest, viewer: Viewer) -> FileForm:
    rows = visible_enterprises(scope=viewer.scope).filter(park=viewer.park_id).order_by("name")
    return FileForm(
        request.POST or None, request.FILES or None, enterprises=rows, accepts=gettext_lazy("XLSX, CSV or JSON file")
    )


@login_required
def activity_uploads(request: HttpRequest) -> HttpResponse:
    """Send a table, and the receipts so far."""
    viewer = viewer_of(request=request)
    form = file_form(request, viewer)
    if request.method == "POST":
        viewer.require(Capability.UPLOAD_DATA)
        if form.is_valid():
            try:
                receipt_id = take(request, form, viewer)
            except PlatformError as error:
                explain(form=form, error=error)
            else:
                return redirect("receipt", receipt_id=receipt_id)
    rows = visible_receipts(scope=viewer.scope, park_id=viewer.park_id, job_kind=JobKind.ACTIVITY)
    context = {
        "page": listed(request=request, rows=rows),
        "form": form,
        "may_upload": viewer.may(Capability.UPLOAD_DATA),
    }
    return render(request, "accounting/activity/uploads.html", context)


def take(request: HttpRequest, form: FileForm, viewer: Viewer) -> int:
    """Accept the file; the work starts when it is safe."""
    file = form.cleaned_data["file"]
    if file.size > spreadsheets.LARGEST_FILE:
        raise spreadsheets.UnsafeFile("The file is too large.", bytes=file.size)
    data = file.read()
    sender = Sender(viewer.park_id, whole(form.cleaned_data["enterprise"]) or 0, request.user.pk)
    receipt, _new = uploads.accept(
        sender=sender, kind=uploads.kind_of(name=file.name, data=data), data=data, name=file.name, key="",
        peer=request.META.get("REMOTE_ADDR", ""), now=timezone.now(),
    )  # fmt: skip
    transaction.on_commit(lambda: tasks.wake(job_id=receipt.job_id or 0))
    return int(receipt.pk)


@login_required
def activity_template(request: HttpRequest, kind: str) -> HttpResponse:
    """An empty table, and what may stand in it."""
    viewer = viewer_of(request=request)
    viewer.require(Capability.VIEW_PARK)
    if kind == "csv":
        data, content_type = template_csv(), CSV
    else:
        data, content_type = template_xlsx(
            known=known_names(), nodes=nodes_of_park(park_id=viewer.park_id), streams=streams_of_park(park_id=viewer.park_id),
            now=timezone.now(),
        ), XLSX  # fmt: skip
    answer = HttpResponse(data, content_type=content_type)
    answer["Content-Disposition"] = f'attachment; filename="tongjian-activity.{kind}"'
    return answer


def taken_panel(viewer: Viewer, receipt_id: int, now: datetime) -> dict[str, Any]:
    """What became of each row of an upload of activity data, for the page of its receipt."""
    rows = taken_rows(receipt_id=receipt_id)
    return {"rows": list(rows[:MOST_SHOWN]), "total": rows.count()}
