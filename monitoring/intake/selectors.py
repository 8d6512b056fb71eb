"""Reading the intake: loggers and their traffic, the journal, quarantine, receipts."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Q, QuerySet

from monitoring.intake.domain import JobKind, JobState, QuarantineState, SubmissionKind
from monitoring.intake.models import IntakeMinute, Quarantine, Receipt, RefusedRow, Submission
from parks.catalogue.domain.errors import NotFound
from parks.people.domain import Capability, Scope
from parks.register.selectors.loggers import visible_loggers

UPLOAD_PREFIX = "upload:"


@dataclass(frozen=True, slots=True)
class LoggerRow:
    """One logger with its traffic."""

    id: int
    mn: str
    name: str
    enterprise: str
    enterprise_en: str
    place: str
    is_active: bool
    peer: str
    dialect: int | None
    last_frame_at: datetime | None
    frames: int
    bytes: int
    crc_errors: int
    refused: int
    realtime_interval_s: int
    open_cases: int

    @property
    def error_share(self) -> float | None:
        return self.crc_errors / self.frames if self.frames else None


LOGGERS = """
SELECT l.id, l.mn, l.name, COALESCE(e.name, ''), COALESCE(e.name_en, ''), COALESCE(o.code, s.code, ''), l.is_active,
       COALESCE(t.peer, ''), t.dialect, t.last_frame_at, COALESCE(t.frames, 0), COALESCE(t.bytes, 0), COALESCE(t.crc_errors, 0),
       COALESCE(t.refused, 0), l.realtime_interval_s, COALESCE(q.cases, 0)
FROM parks_logger l
LEFT JOIN parks_enterprise e ON e.id = l.enterprise_id
LEFT JOIN parks_outlet o ON o.id = l.outlet_id
LEFT JOIN parks_station s ON s.id = l.station_id
LEFT JOIN monitoring_loggerstate t ON t.logger_id = l.id
LEFT JOIN (SELECT logger_id, count(*) AS cases FROM monitoring_quarantine WHERE state = 0 GROUP BY 1) q ON q.logger_id = l.id
WHERE l.park_id = %s AND (l.park_id = ANY(%s) OR l.enterprise_id = ANY(%s))
ORDER BY t.last_frame_at ASC NULLS FIRST, l.mn"""


def logger_rows(*, scope: Scope, park_id: int) -> list[LoggerRow]:
    """Loggers of a park, the longest silent first. One query."""
    with connection.cursor() as cursor:
        cursor.execute(LOGGERS, [park_id, sorted(scope.park_ids), sorted(scope.enterprise_ids)])
        return [LoggerRow(*row) for row in cursor.fetchall()]


@dataclass(frozen=True, slots=True)
class Flow:
    """What came in since a moment, and what waits: received = accepted + refused."""

    received: int
    answered: int
    crc_errors: int
    refused: int
    bytes: int
    waiting_frames: int
    oldest_waiting_at: datetime | None
    failed_jobs: int
    open_cases: int
    lag_s: float | None


def flow_of(*, scope: Scope, park_id: int, since: datetime, now: datetime) -> Flow:
    """Counters of a park and of unknown senders, and the state of the work behind the door."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT COALESCE(sum(received), 0), COALESCE(sum(answered), 0), COALESCE(sum(crc_errors), 0),
                      COALESCE(sum(refused), 0), COALESCE(sum(bytes), 0)
               FROM monitoring_intakeminute WHERE park_id IN (%s, 0) AND minute >= %s""",
            [park_id, since],
        )
        counts = cursor.fetchone()
        cursor.execute(
            """SELECT COALESCE(sum(size), 0), min(created_at), count(*) FILTER (WHERE state = %s)
               FROM monitoring_job WHERE state <> %s""",
            [JobState.FAILED.value, JobState.DONE.value],
        )
        waiting, oldest, failed = cursor.fetchone()
        cursor.execute(
            """SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM done_at - created_at))
               FROM (SELECT done_at, created_at FROM monitoring_job WHERE state = %s ORDER BY id DESC LIMIT 100) x""",
            [JobState.DONE.value],
        )
        lag = cursor.fetchone()[0]
    cases = open_cases(scope=scope, park_id=park_id).count()
    received, answered, crc_errors, refused, size = (int(n) for n in counts)
    return Flow(
        received=received, answered=answered, crc_errors=crc_errors, refused=refused, bytes=size, waiting_frames=int(waiting),
        oldest_waiting_at=oldest, failed_jobs=failed, open_cases=cases, lag_s=None if lag is None else float(lag),
    )  # fmt: skip


def minutes_of(*, park_id: int, since: datetime) -> QuerySet[IntakeMinute]:
    """Counters by minute of a park and of unknown senders."""
    return IntakeMinute.objects.filter(park_id__in=[park_id, 0], minute__gte=since).order_by("minute")


def cases_in_view(*, scope: Scope, park_id: int) -> QuerySet[Quarantine]:
    """Quarantine cases of a park, and those of unknown senders, which belong to no park yet."""
    if not scope.may(Capability.VIEW_INTAKE, park_id=park_id):
        return Quarantine.objects.none()
    return Quarantine.objects.filter(Q(park_id=park_id) | Q(park_id=None)).order_by("state", "-last_at")


def open_cases(*, scope: Scope, park_id: int) -> QuerySet[Quarantine]:
    return cases_in_view(scope=scope, park_id=park_id).filter(state=QuarantineState.OPEN.value)


def case_of(*, scope: Scope, park_id: int, case_id: int) -> Quarantine:
    """One case. Raises NotFound outside the viewer's park."""
    found = cases_in_view(scope=scope, park_id=park_id).filter(pk=case_id).first()
    if found is None:
        raise NotFound
    return found


def submission_of(*, scope: Scope, submission_id: int) -> Submission:
    """One journalled submission. Raises NotFound unless it belongs to the viewer's park, logger or enterprise.

    Frames of unknown senders belong to nobody; those who watch the intake of a park may see them.
    """
    found = Submission.objects.filter(id=submission_id).first()
    if found is None or not may_see(scope=scope, submission=found):
        raise NotFound
    return found


def may_see(*, scope: Scope, submission: Submission) -> bool:
    if submission.park_id is None:
        return scope.may(Capability.VIEW_INTAKE)
    if submission.park_id in scope.park_ids:
        return True
    if submission.logger_id is not None:
        return visible_loggers(scope=scope).filter(pk=submission.logger_id).exists()
    owner = submission.mn.removeprefix(UPLOAD_PREFIX)
    return submission.mn.startswith(UPLOAD_PREFIX) and owner.isdigit() and int(owner) in scope.enterprise_ids


def frames_of_logger(*, logger_id: int, mn: str, now: datetime, limit: int = 60) -> list[Submission]:
    """Newest journalled frames of a logger, of the last week."""
    rows = Submission.objects.filter(
        mn=mn, logger_id=logger_id, received_at__gte=now - timedelta(days=7), received_at__lte=now
    )
    return list(rows.order_by("-received_at")[:limit])


def visible_receipts(*, scope: Scope, park_id: int, job_kind: JobKind = JobKind.UPLOAD) -> QuerySet[Receipt]:
    """Receipts of the viewer's park or enterprises for one kind of work, newest first."""
    return (
        Receipt.objects.filter(park_id=park_id)
        .filter(Q(park_id__in=scope.park_ids) | Q(enterprise__in=scope.enterprise_ids))
        .filter(Q(job__kind=job_kind.value) | Q(job=None))
        .select_related("enterprise", "by", "token")
        .order_by("-pk")
    )


def receipt_of(*, scope: Scope, receipt_id: int) -> Receipt:
    """One receipt. Raises NotFound outside the viewer's enterprises."""
    rows = Receipt.objects.filter(Q(park_id__in=scope.park_ids) | Q(enterprise__in=scope.enterprise_ids))
    found = rows.select_related("enterprise", "by", "token").filter(pk=receipt_id).first()
    if found is None:
        raise NotFound
    return found


def refused_rows(*, receipt_id: int) -> QuerySet[RefusedRow]:
    return RefusedRow.objects.filter(receipt=receipt_id).order_by("row", "pk")


def is_frame(kind: int) -> bool:
    return kind in (SubmissionKind.FRAME, SubmissionKind.NOISE)
