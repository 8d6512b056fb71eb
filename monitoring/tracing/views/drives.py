"""Drives of a measuring vehicle: the list, a new one, one with its peaks and its trace."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from monitoring.tracing.domain.drives.levels import level_of, peaks_of
from monitoring.tracing.domain.drives.tables import LARGEST
from monitoring.tracing.domain.stages import DriveStage
from monitoring.tracing.selectors import drives as found_in
from monitoring.tracing.services import drives
from monitoring.tracing.services.runs import code_version
from monitoring.tracing.tasks import begin_drive_trace
from monitoring.tracing.views.drive_charts import along_time, drive_plan
from monitoring.tracing.views.names import points_in_language
from monitoring.tracing.views.running import case_answer, state_answer, state_of
from monitoring.tracing.views.traces import worth
from monitoring.tracing.views.words import said
from parks.catalogue.domain.errors import PlatformError
from parks.catalogue.selectors import pollutants
from parks.people.access import Viewer, viewer_of
from parks.people.domain import Capability
from parks.portal.errors import told
from parks.portal.pages import explain, listed
from parks.portal.sheets import CSV, csv_bytes
from parks.register.selectors.places import visible_enterprises, visible_outlets, visible_stations
from parks.templatetags.portal import localized

LONGEST_DELAY = 300.0  # [s], as the table holds it
SHOWN = 12
EXAMPLE = (
    ("时间", "经度", "纬度", "浓度", "单位", "采样高度(m)"),
    ("2026-05-11 14:00:00", 120.8312, 33.2501, 12.4, "ug/m3", 2.0),
    ("2026-05-11 14:00:05", 120.8314, 33.2503, 15.1, "ug/m3", 2.0),
)


class DriveForm(forms.Form):
    title = forms.CharField(label=gettext_lazy("Name of the drive"), max_length=120)
    pollutant = forms.ChoiceField(label=gettext_lazy("Substance"))
    vehicle = forms.CharField(label=gettext_lazy("Vehicle"), max_length=40, required=False)
    inlet_delay_s = forms.FloatField(
        label=gettext_lazy("From the inlet to the answer of the analyser [s]"), min_value=0, max_value=LONGEST_DELAY, initial=0,
        help_text=gettext_lazy("Readings are moved back along the track by it."),
    )  # fmt: skip
    receiver_lag_s = forms.FloatField(
        label=gettext_lazy("Age of a reported position [s]"), min_value=0, max_value=LONGEST_DELAY, initial=0
    )
    file = forms.FileField(label=gettext_lazy("Track as CSV or XLSX"))

    def __init__(self, *args: Any, substances: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["pollutant"].choices = substances  # type: ignore[attr-defined]


@login_required
def drive_list(request: HttpRequest) -> HttpResponse:
    """Drives of the park, newest first."""
    viewer = viewer_of(request=request)
    viewer.require(Capability.VIEW_INTAKE)
    rows = found_in.visible_drives(scope=viewer.scope).filter(park=viewer.park_id)
    context = {"page": listed(request=request, rows=rows), "may_send": viewer.may(Capability.TRACE_SOURCES)}
    return render(request, "monitoring/tracing/drives.html", context)


@login_required
def drive_new(request: HttpRequest) -> HttpResponse:
    """Send the track of a drive."""
    viewer = viewer_of(request=request)
    viewer.require(Capability.TRACE_SOURCES)
    known = {
        one.code: one for one in pollutants(medium="AIR") if one.unit.endswith("g/m3")
    }  # no flows, no temperatures
    form = DriveForm(
        request.POST or None, request.FILES or None, substances=[(code, f"{localized(one)} {code}") for code, one in known.items()]
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        try:
            row, new = _kept(viewer, form, known)
        except PlatformError as error:
            explain(form=form, error=error)
        else:
            if not new:
                messages.info(request, _("This file was sent before; this is the drive that was made of it."))
            return redirect("drive", drive_id=row.pk)
    return render(request, "monitoring/tracing/drive_new.html", {"form": form})


def _kept(viewer: Viewer, form: DriveForm, known: dict[str, Any]) -> tuple[Any, bool]:
    given = form.cleaned_data
    return drives.keep_drive(
        scope=viewer.scope, park_id=viewer.park_id, pollutant=known[given["pollutant"]], name=given["file"].name, data=given["file"].read(LARGEST + 1),
        said=drives.Told(given["title"], given["vehicle"], given["inlet_delay_s"], given["receiver_lag_s"]), now=timezone.now(),
    )  # fmt: skip


@login_required
def drive_template(request: HttpRequest) -> HttpResponse:
    """A small file that shows the columns."""
    viewer = viewer_of(request=request)
    viewer.require(Capability.VIEW_INTAKE)
    answer = HttpResponse(csv_bytes(header=EXAMPLE[0], rows=EXAMPLE[1:]), content_type=CSV)
    answer["Content-Disposition"] = 'attachment; filename="drive.csv"'
    return answer


@login_required
def drive(request: HttpRequest, drive_id: int) -> HttpResponse:
    """One drive: where it read how much, its peaks, who may have been behind them."""
    viewer = viewer_of(request=request)
    viewer.require(Capability.VIEW_INTAKE)
    row = found_in.drive_of(scope=viewer.scope, drive_id=drive_id)
    readings = found_in.readings_of(drive_id=row.pk)
    level = level_of(time=readings.seconds, value=readings.value)
    peaks = peaks_of(time=readings.seconds, value=readings.value, level=level)
    trace = found_in.newest_drive_trace(drive_id=row.pk)
    outlets = visible_outlets(scope=viewer.scope).filter(
        enterprise__park=row.park_id, medium="AIR", is_active=True, lon__isnull=False
    )
    stations = visible_stations(scope=viewer.scope).filter(park=row.park_id, lon__isnull=False)
    grounds = visible_enterprises(scope=viewer.scope).filter(park=row.park_id, site__isnull=False)
    context: dict[str, Any] = {
        "drive": row, "trace": trace, "may_trace": viewer.may(Capability.TRACE_SOURCES), "noise": level.noise, "background": float(level.level.mean()),
        "peaks": [_peak(number, one, readings) for number, one in enumerate(peaks, start=1)], "chart": along_time(readings=readings, level=level),
        "plan": drive_plan(
            readings=readings, level=level, peaks=peaks, outlets=outlets.select_related("enterprise"), stations=stations,
            grounds=grounds.values_list("site", flat=True),
        ),
    }  # fmt: skip
    if trace is not None:
        points_in_language(case=trace.case, scope=viewer.scope)
        context |= state_of(row=trace, stages=DriveStage, url_name="drive_state") | {
            "same_code": trace.code_version == code_version()
        }
        context |= _answered(trace) if trace.answer is not None else {}
    return render(request, "monitoring/tracing/drive.html", context)


def _peak(number: int, one: Any, readings: found_in.Readings) -> dict[str, Any]:
    return {
        "number": number, "at": readings.at[one.top], "seconds": (readings.at[one.end - 1] - readings.at[one.start]).total_seconds(),
        "value": readings.value[one.top], "above": one.height, "lon": readings.lon[one.top], "lat": readings.lat[one.top], "row": readings.row[one.top],
    }  # fmt: skip


def _answered(trace: Any) -> dict[str, Any]:
    """What the page shows of an answer: points worth a line, those that the vehicle could not have noticed apart."""
    known = {one["id"]: one for one in trace.case["candidates"]}
    rows = [one | {"point": known[one["id"]]} for one in trace.answer["candidates"]]
    reached = [one for one in rows if one["smallest_rate_seen"] is not None]
    return {
        "answer": trace.answer, "reasons": said([one for one in trace.answer["reasons"] if one != trace.answer["caution"]]), "rows": list(filter(worth, reached[:SHOWN])),
        "unreached": len(rows) - len(reached), "diagnostics": trace.answer["diagnostics"],
    }  # fmt: skip


@login_required
@require_POST
def drive_trace(request: HttpRequest, drive_id: int) -> HttpResponse:
    """Trace a drive with what is known now."""
    viewer = viewer_of(request=request)
    row = found_in.drive_of(scope=viewer.scope, drive_id=drive_id)
    viewer.scope_require(Capability.TRACE_SOURCES, park_id=row.park_id)
    try:
        asked = drives.ask_for_drive_trace(scope=viewer.scope, drive_id=row.pk, now=timezone.now())
    except PlatformError as error:
        messages.error(request, told(error))
    else:
        begin_drive_trace(trace_id=asked.pk)
    return redirect("drive", drive_id=row.pk)


@login_required
def drive_state(request: HttpRequest, drive_trace_id: int) -> HttpResponse:
    """How far a trace is, asked by an open page; the page loads anew when it is over."""
    viewer = viewer_of(request=request)
    viewer.require(Capability.VIEW_INTAKE)
    row = found_in.drive_trace_of(scope=viewer.scope, trace_id=drive_trace_id)
    return state_answer(request, row=row, stages=DriveStage, url_name="drive_state")


@login_required
def drive_case(request: HttpRequest, drive_trace_id: int) -> HttpResponse:
    """The frozen case of a trace."""
    viewer = viewer_of(request=request)
    viewer.require(Capability.VIEW_INTAKE)
    viewer.require(Capability.EXPORT)
    row = found_in.drive_trace_of(scope=viewer.scope, trace_id=drive_trace_id)
    return case_answer(case=row.case, name=f"drive-{row.drive_id}-{row.pk}")


@login_required
def drive_file(request: HttpRequest, drive_id: int) -> HttpResponse:
    """The file as it was sent."""
    viewer = viewer_of(request=request)
    viewer.require(Capability.VIEW_INTAKE)
    viewer.require(Capability.EXPORT)
    row = found_in.drive_of(scope=viewer.scope, drive_id=drive_id)
    answer = HttpResponse(found_in.file_of(drive_id=row.pk), content_type="application/octet-stream")
    answer.headers["Content-Disposition"] = content_disposition_header(True, row.file_name) or "attachment"
    return answer
