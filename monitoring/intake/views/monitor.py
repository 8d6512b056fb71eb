"""The intake monitor: loggers, rates, lag, raw frames, quarantine and replay."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from monitoring.alarms import tasks as alarms
from monitoring.hj212.description import described_bytes
from monitoring.hj212.profiles import Dialect
from monitoring.intake.domain import QuarantineState
from monitoring.intake.selectors import (
    case_of,
    cases_in_view,
    flow_of,
    frames_of_logger,
    is_frame,
    logger_rows,
    minutes_of,
    submission_of,
)
from monitoring.intake.services import gathering, replaying
from parks.catalogue.domain.errors import PlatformError
from parks.people.access import viewer_of
from parks.people.domain import Capability
from parks.portal.errors import told
from parks.portal.pages import listed
from parks.register.selectors.loggers import logger_of, logger_of_number

WORDS = {
    "arrival.0": gettext_lazy("accepted"),
    "arrival.1": gettext_lazy("noise"),
    "arrival.2": gettext_lazy("check sum wrong"),
    "arrival.3": gettext_lazy("length wrong"),
    "arrival.4": gettext_lazy("unreadable"),
    "arrival.5": gettext_lazy("unknown MN"),
    "arrival.6": gettext_lazy("password wrong"),
    "arrival.7": gettext_lazy("logger switched off"),
    "arrival.8": gettext_lazy("heartbeat, notice or answer"),
    "kind.1": gettext_lazy("frame"),
    "kind.2": gettext_lazy("noise"),
    "kind.3": gettext_lazy("JSON batch"),
    "kind.4": gettext_lazy("CSV file"),
    "kind.5": gettext_lazy("XLSX workbook"),
    "kind.6": gettext_lazy("history of the demonstration park"),
    "case.noise": gettext_lazy("noise between frames"),
    "case.crc": gettext_lazy("check sum wrong"),
    "case.length": gettext_lazy("frame cut off"),
    "case.unreadable": gettext_lazy("unreadable, no MN"),
    "case.mn.unknown": gettext_lazy("unknown MN"),
    "case.password": gettext_lazy("password wrong"),
    "case.logger.inactive": gettext_lazy("logger switched off"),
    "case.time.impossible": gettext_lazy("impossible time"),
    "case.factor.unmapped": gettext_lazy("factor without a channel"),
    "case.datatime.missing": gettext_lazy("DataTime missing"),
    "case.datatime.unreadable": gettext_lazy("DataTime unreadable"),
    "case.value.unreadable": gettext_lazy("value unreadable"),
    "case.name.unknown": gettext_lazy("unknown name"),
    "case.statistic.unknown": gettext_lazy("unknown statistic"),
    "case.flag.unknown": gettext_lazy("unknown flag"),
    "case.cn.unknown": gettext_lazy("unknown command"),
    "repair.mn.unknown": gettext_lazy("Register a data logger with this MN, then replay."),
    "repair.password": gettext_lazy("Correct the password of the logger here or at the device, then replay."),
    "repair.crc": gettext_lazy("The line damages frames, or the logger computes another check sum: choose its variant, then replay."),
    "repair.logger.inactive": gettext_lazy("Switch the logger on, then replay."),
    "repair.factor.unmapped": gettext_lazy("Add a channel for this factor, then replay."),
    "repair.time.impossible": gettext_lazy("Set the clock of the device. Frames whose time has become possible are taken by a replay."),
    "repair.length": gettext_lazy("The connection broke inside a frame. The logger sends it again; dismiss the case."),
    "repair.noise": gettext_lazy("Something that is not HJ 212 was sent to this port. Find the sender by its address."),
    "quarantine.0": gettext_lazy("open"),
    "quarantine.1": gettext_lazy("replayed"),
    "quarantine.2": gettext_lazy("dismissed"),
    "why.asserted_later": gettext_lazy("a later statement of the sender"),
    "why.asserted_earlier": gettext_lazy("came in later, but was stated earlier"),
    "error.quarantine.still_refused": gettext_lazy("The frames are still refused for the same reason; repair the register first."),
    "dialect.2005": "HJ/T 212-2005",
    "dialect.2017": "HJ 212-2017",
    "dialect.2025": "HJ 212-2025",
}  # fmt: skip
CHART_MINUTES = 180


@login_required
def intake(request: HttpRequest) -> HttpResponse:
    """Loggers, rates, lag and what waits."""
    viewer = viewer_of(request=request)
    viewer.require(Capability.VIEW_INTAKE)
    now = timezone.now()
    since = now - timedelta(minutes=CHART_MINUTES)
    context = {
        "flow": flow_of(scope=viewer.scope, park_id=viewer.park_id, since=now - timedelta(hours=24), now=now),
        "loggers": logger_rows(scope=viewer.scope, park_id=viewer.park_id),
        "chart": minutes_chart(park_id=viewer.park_id, since=since, now=now),
        "cases": list(cases_in_view(scope=viewer.scope, park_id=viewer.park_id).filter(state=0)[:8]),
        "now": now,
        "quiet": now - timedelta(minutes=10),
    }
    return render(request, "monitoring/intake/intake.html", context)


def minutes_chart(*, park_id: int, since: Any, now: Any) -> dict[str, Any]:
    """Frames a minute, received and refused."""
    received: dict[int, int] = {}
    refused: dict[int, int] = {}
    for row in minutes_of(park_id=park_id, since=since):
        at = int(row.minute.timestamp() * 1000)
        received[at] = received.get(at, 0) + row.received
        refused[at] = refused.get(at, 0) + row.refused
    return {
        "series": [
            {"name": _("received"), "unit": "", "points": sorted(map(list, received.items()))},
            {"name": _("refused"), "unit": "", "points": sorted(map(list, refused.items()))},
        ],
        "from": int(since.timestamp() * 1000), "to": int(now.timestamp() * 1000), "zero": True,
    }  # fmt: skip


@login_required
def logger(request: HttpRequest, logger_id: int) -> HttpResponse:
    """One logger: its dialect, its traffic, its newest frames."""
    viewer = viewer_of(request=request)
    found = logger_of(scope=viewer.scope, logger_id=logger_id)
    now = timezone.now()
    traffic = [row for row in logger_rows(scope=viewer.scope, park_id=found.park_id) if row.id == found.pk]
    context = {
        "logger": found,
        "traffic": traffic[0] if traffic else None,
        "frames": frames_of_logger(logger_id=found.pk, mn=found.mn, now=now),
        "may_change": viewer.may(Capability.MANAGE_REGISTER),
    }
    return render(request, "monitoring/intake/logger.html", context)


@login_required
def frame(request: HttpRequest, submission_id: int) -> HttpResponse:
    """One submission exactly as it came in, and what we read in it."""
    viewer = viewer_of(request=request)
    found = submission_of(scope=viewer.scope, submission_id=submission_id)
    raw = bytes(found.raw)
    dialect = dialect_of(found)
    described = described_bytes(raw, dialect) if is_frame(found.kind) else []
    context = {
        "submission": found,
        "text": shown(raw),
        "described": described,
        "size": len(raw),
        "digest": bytes(found.digest).hex(),
    }
    return render(request, "monitoring/intake/frame.html", context)


def dialect_of(found: Any) -> Dialect:
    known = logger_of_number(logger_id=found.logger_id) if found.logger_id else None
    return gathering.dialect_of(known) if known else Dialect()


def shown(raw: bytes, *, most: int = 4_000) -> str:
    """Bytes as text: printable ASCII and UTF-8 as they are, other bytes as \\xNN."""
    part = raw[:most]
    try:
        text = part.decode("utf-8")
    except UnicodeDecodeError:
        text = part.decode("ascii", "backslashreplace")
    return text + ("…" if len(raw) > most else "")


@login_required
def frame_download(request: HttpRequest, submission_id: int) -> HttpResponse:
    """The raw bytes."""
    viewer = viewer_of(request=request)
    found = submission_of(scope=viewer.scope, submission_id=submission_id)
    answer = HttpResponse(bytes(found.raw), content_type="application/octet-stream")
    answer["Content-Disposition"] = f'attachment; filename="submission-{found.id}.bin"'
    return answer


@login_required
def quarantine(request: HttpRequest) -> HttpResponse:
    """What could not be used, sender by sender and reason by reason."""
    viewer = viewer_of(request=request)
    viewer.require(Capability.VIEW_INTAKE)
    settled = request.GET.get("state") == "settled"
    rows = cases_in_view(scope=viewer.scope, park_id=viewer.park_id)
    rows = rows.exclude(state=QuarantineState.OPEN.value) if settled else rows.filter(state=QuarantineState.OPEN.value)
    page = listed(request=request, rows=rows.order_by("-last_at"))
    return render(request, "monitoring/intake/quarantine.html", {"page": page, "settled": settled})


@login_required
def case(request: HttpRequest, case_id: int) -> HttpResponse:
    """One case: what to repair, its newest frame, replay and dismiss."""
    viewer = viewer_of(request=request)
    viewer.require(Capability.VIEW_INTAKE)
    found = case_of(scope=viewer.scope, park_id=viewer.park_id, case_id=case_id)
    last = submission_of(scope=viewer.scope, submission_id=found.last_submission_id)
    context = {
        "case": found,
        "open": found.state == QuarantineState.OPEN,
        "last": last,
        "text": shown(bytes(last.raw), most=1_200),
        "may_repair": viewer.may(Capability.REPAIR_QUARANTINE),
        "may_register": viewer.may(Capability.MANAGE_REGISTER),
    }
    return render(request, "monitoring/intake/case.html", context)


@require_POST
@login_required
def case_replay(request: HttpRequest, case_id: int) -> HttpResponse:
    """Work through the frames of a case again."""
    viewer = viewer_of(request=request)
    viewer.require(Capability.REPAIR_QUARANTINE)
    found = case_of(scope=viewer.scope, park_id=viewer.park_id, case_id=case_id)
    try:
        done = replaying.replay(case_id=found.pk, by_id=request.user.pk or 0, now=timezone.now())
    except PlatformError as error:
        messages.error(request, told(error))
    else:
        alarms.follow_up.apply_async(retry=False, ignore_result=True, expires=10)
        counts = {"new": done.new, "same": done.same, "changed": done.changed}
        messages.success(request, _("Replayed: %(new)s new values, %(same)s the same, %(changed)s changed.") % counts)
    return redirect("case", case_id=case_id)


@require_POST
@login_required
def case_dismiss(request: HttpRequest, case_id: int) -> HttpResponse:
    """Close a case without using its frames."""
    viewer = viewer_of(request=request)
    viewer.require(Capability.REPAIR_QUARANTINE)
    found = case_of(scope=viewer.scope, park_id=viewer.park_id, case_id=case_id)
    note = request.POST.get("note", "").strip()
    if not note:
        messages.error(request, _("Say in a few words why the frames are not needed."))
        return redirect("case", case_id=case_id)
    replaying.dismiss(case_id=found.pk, by_id=request.user.pk or 0, note=note, now=timezone.now())
    return redirect("quarantine")
