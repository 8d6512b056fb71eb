"""Uploads by people: the form, the template, receipts with progress and refused rows."""

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy

from monitoring.intake import tasks
from monitoring.intake.rendering import refused_csv, template_csv, template_xlsx
from monitoring.intake.selectors import receipt_of, refused_rows, visible_receipts
from monitoring.intake.services import spreadsheets, uploads
from monitoring.series.selectors.points import points
from parks.catalogue.domain.errors import PlatformError
from parks.people.access import Viewer, viewer_of
from parks.people.domain import Capability
from parks.portal.files import FileForm
from parks.portal.pages import explain, listed, whole
from parks.portal.registry import lobby
from parks.portal.sheets import CSV, XLSX
from parks.register.selectors.places import visible_enterprises

WORDS = {
    "receipt.WAITING": gettext_lazy("waiting"),
    "receipt.RUNNING": gettext_lazy("running"),
    "receipt.DONE": gettext_lazy("done"),
    "receipt.FAILED": gettext_lazy("failed"),
    "refused.required": gettext_lazy("The field is missing."),
    "refused.channel.unknown": gettext_lazy("The register has no such channel for your enterprise."),
    "refused.choice": gettext_lazy("One of realtime, minute, hour, day."),
    "refused.time.format": gettext_lazy("Write a time such as 2026-01-31 08:00."),
    "refused.time.impossible": gettext_lazy("The time lies in the future or more than three years back."),
    "refused.time.off_grid": gettext_lazy("The time must be the start of the minute, hour or local day."),
    "refused.flag.unknown": gettext_lazy("Not a flag of HJ 212."),
    "refused.number": gettext_lazy("Not a finite number."),
    "refused.row.duplicate": gettext_lazy("An earlier row has the same point and time."),
}


def file_form(request: HttpRequest, viewer: Viewer) -> FileForm:
    rows = visible_enterprises(scope=viewer.scope).filter(park=viewer.park_id).order_by("name")
    return FileForm(
        request.POST or None, request.FILES or None, enterprises=rows, accepts=gettext_lazy("XLSX or CSV file")
    )


@login_required
def upload_list(request: HttpRequest) -> HttpResponse:
    """Send a file, and the receipts so far."""
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
    page = listed(request=request, rows=visible_receipts(scope=viewer.scope, park_id=viewer.park_id))
    context = {"page": page, "form": form, "may_upload": viewer.may(Capability.UPLOAD_DATA)}
    return render(request, "monitoring/intake/uploads.html", context)


def take(request: HttpRequest, form: FileForm, viewer: Viewer) -> int:
    """Accept the file; the work starts when it is safe."""
    file = form.cleaned_data["file"]
    if file.size > spreadsheets.LARGEST_FILE:
        raise spreadsheets.UnsafeFile(
            f"The file has {file.size // 1024**2} MiB; at most {spreadsheets.LARGEST_FILE // 1024**2} MiB are accepted."
        )
    data = file.read()
    sender = uploads.Sender(
        park_id=viewer.park_id, enterprise_id=whole(form.cleaned_data["enterprise"]) or 0, user_id=request.user.pk
    )
    receipt, _new = uploads.accept(
        sender=sender, kind=spreadsheets.kind_of(name=file.name, data=data), data=data, name=file.name, key="",
        peer=request.META.get("REMOTE_ADDR", ""), now=timezone.now(),
    )  # fmt: skip
    transaction.on_commit(lambda: tasks.wake_uploads(job_id=receipt.job_id or 0))
    return receipt.pk


@login_required
def receipt(request: HttpRequest, receipt_id: int) -> HttpResponse:
    """One receipt: progress, counts, refused rows. Asked by the open page until it is done."""
    viewer = viewer_of(request=request)
    found = receipt_of(scope=viewer.scope, receipt_id=receipt_id)
    page = listed(request=request, rows=refused_rows(receipt_id=found.pk), per_page=200)
    context = {
        "receipt": found, "page": page, "running": found.state in ("WAITING", "RUNNING"),
        "panels": lobby.panels_of("receipt", viewer=viewer, subject=found.pk, now=timezone.now()),
    }  # fmt: skip
    part = bool(request.headers.get("HX-Request"))
    name = "monitoring/intake/receipt_part.html" if part else "monitoring/intake/receipt.html"
    return render(request, name, context)


@login_required
def receipt_errors(request: HttpRequest, receipt_id: int) -> HttpResponse:
    """The refused rows as CSV."""
    viewer = viewer_of(request=request)
    found = receipt_of(scope=viewer.scope, receipt_id=receipt_id)
    answer = HttpResponse(refused_csv(rows=refused_rows(receipt_id=found.pk)), content_type=CSV)
    answer["Content-Disposition"] = f'attachment; filename="receipt-{found.pk}-refused.csv"'
    return answer


@login_required
def upload_template(request: HttpRequest, kind: str) -> HttpResponse:
    """An empty table with the columns, and the channels that may be filled."""
    viewer = viewer_of(request=request)
    mine = [one for one in points(scope=viewer.scope, park_id=viewer.park_id) if one.outlet_id]
    now = timezone.now()
    data, content_type = (template_csv(), CSV) if kind == "csv" else (template_xlsx(points=mine, now=now), XLSX)
    answer = HttpResponse(data, content_type=content_type)
    answer["Content-Disposition"] = f'attachment; filename="tongjian-upload.{kind}"'
    return answer
