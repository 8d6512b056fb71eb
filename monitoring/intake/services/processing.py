"""Step 1: take jobs, store what their frames say, finish them. Twice is the same as once."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction

from monitoring.intake.domain import JobKind, JobState
from monitoring.intake.services.gathering import Line, Trouble, gather, judged
from monitoring.series.services import storing
from monitoring.series.services.storing import Stored

# A batch of frames takes less than a second; twice is the same as once, so a lease that ends too early does no harm.
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
LEASE = {
    JobKind.FRAMES: timedelta(seconds=8),
    JobKind.UPLOAD: timedelta(seconds=120),
    JobKind.ACTIVITY: timedelta(seconds=120),
}
MOST_ATTEMPTS = 5
MOST_FRAMES = 2_000


@dataclass(frozen=True, slots=True)
class Processed:
    """What one run did."""

    jobs: tuple[int, ...] = ()
    frames: int = 0
    stored: Stored | None = None
    park_ids: frozenset[int] = frozenset()


def claim(*, kind: JobKind, now: datetime, most: int = MOST_FRAMES) -> list[int]:
    """Take waiting jobs, oldest first, up to a number of frames; a lease that ran out counts as waiting."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            """SELECT id, size FROM monitoring_job
               WHERE kind = %s AND state <> %s AND state <> %s AND (state = %s OR lease_until < %s)
               ORDER BY id LIMIT 400 FOR UPDATE SKIP LOCKED""",
            [kind.value, JobState.DONE.value, JobState.FAILED.value, JobState.WAITING.value, now],
        )
        taken, frames = [], 0
        for job_id, size in cursor.fetchall():
            taken.append(job_id)
            frames += size
            if frames >= most:
                break
        cursor.execute(
            "UPDATE monitoring_job SET state = %s, lease_until = %s, attempts = attempts + 1 WHERE id = ANY(%s)",
            [JobState.RUNNING.value, now + LEASE[kind], taken],
        )
    return taken


def process(*, job_ids: Sequence[int], now: datetime) -> Processed:
    """Store what the frames of claimed jobs say; finish the jobs in the same transaction."""
    lines = load(job_ids=job_ids)
    gathered = gather(lines=lines)
    rows = judged(gathered)
    storing.ensure_months(rows=rows)
    with transaction.atomic():
        stored = storing.store(rows=rows, now=now)
        quarantine(troubles=gathered.troubles, now=now)
        finish(job_ids=job_ids, lines=lines, stored=stored, troubles=gathered.troubles, now=now)
    return Processed(tuple(job_ids), len(lines), stored, frozenset(line.park_id for line in lines if line.park_id))


def load(*, job_ids: Sequence[int]) -> list[Line]:
    """Frames of jobs, as they came in."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT min(created_at), max(created_at) FROM monitoring_job WHERE id = ANY(%s)", [list(job_ids)]
        )
        first, last = cursor.fetchone()
        if first is None:
            return []
        cursor.execute(
            """SELECT id, received_at, logger_id, park_id, mn, peer, arrival, raw FROM monitoring_submission
               WHERE job_id = ANY(%s) AND received_at BETWEEN %s AND %s ORDER BY id""",
            [list(job_ids), first - timedelta(minutes=5), last + timedelta(minutes=5)],
        )
        return [Line(*row) for row in cursor.fetchall()]


def quarantine(*, troubles: Sequence[Trouble], now: datetime) -> None:
    """Add troubles to their open cases, or open new ones."""
    cases: dict[tuple[str, str, str], list[Trouble]] = {}
    for trouble in troubles:
        sender = trouble.line.mn or trouble.line.peer.rpartition(":")[0]
        # What a broken frame calls a factor may hold any byte, zero bytes included, which no text column takes.
        subject = CONTROL.sub("?", trouble.subject)[:64]
        cases.setdefault((sender, trouble.code, subject), []).append(trouble)
    with connection.cursor() as cursor:
        for (sender, code, subject), found in sorted(cases.items()):
            last = found[-1]
            arrived = [trouble.line.received_at for trouble in found]
            cursor.execute(
                """INSERT INTO monitoring_quarantine (park_id, logger_id, mn, peer, code, subject, detail, count, first_at,
                       last_at, last_submission_id, state, note)
                   VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 0, '')
                   ON CONFLICT (mn, code, subject) WHERE state = 0 DO UPDATE SET
                       count = monitoring_quarantine.count + EXCLUDED.count, detail = EXCLUDED.detail, peer = EXCLUDED.peer,
                       first_at = LEAST(monitoring_quarantine.first_at, EXCLUDED.first_at),
                       last_at = GREATEST(monitoring_quarantine.last_at, EXCLUDED.last_at),
                       last_submission_id = EXCLUDED.last_submission_id""",
                [last.line.park_id, last.line.logger_id, sender[:64], last.line.peer, code[:48], subject,
                 CONTROL.sub("?", last.detail)[:300], len({t.line.id for t in found}), min(arrived), max(arrived), last.line.id],
            )  # fmt: skip


def finish(
    *, job_ids: Sequence[int], lines: Sequence[Line], stored: Stored, troubles: Sequence[Trouble], now: datetime
) -> None:
    """Close jobs with their counts. Counts of a run over several jobs stand at the first."""
    refused = Counter(t.line.id for t in troubles)
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE monitoring_job SET state = %s, done_at = %s, lease_until = NULL, error = '',
                   new = CASE WHEN id = %s THEN %s ELSE 0 END, same = CASE WHEN id = %s THEN %s ELSE 0 END,
                   changed = CASE WHEN id = %s THEN %s ELSE 0 END, refused = CASE WHEN id = %s THEN %s ELSE 0 END
               WHERE id = ANY(%s)""",
            [JobState.DONE.value, now, job_ids[0], stored.new, job_ids[0], stored.same, job_ids[0], stored.changed,
             job_ids[0], len(refused), list(job_ids)],
        )  # fmt: skip


@transaction.atomic
def give_back(*, job_ids: Sequence[int], error: str, now: datetime) -> None:
    """A run failed: let the jobs be taken again after a pause, one by one, or give up after several attempts."""
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE monitoring_job SET error = %s, size = GREATEST(size, %s),
                   state = CASE WHEN attempts >= %s THEN %s ELSE %s END,
                   lease_until = %s + attempts * INTERVAL '2 seconds'
               WHERE id = ANY(%s) AND state = %s""",
            [error[:2000], MOST_FRAMES, MOST_ATTEMPTS, JobState.FAILED.value, JobState.RUNNING.value, now, list(job_ids),
             JobState.RUNNING.value],
        )  # fmt: skip


def waiting_jobs(*, kind: JobKind, now: datetime) -> int:
    """How many jobs could be taken now."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM monitoring_job WHERE kind = %s AND (state = 0 OR state = 1 AND lease_until < %s)",
            [kind.value, now],
        )
        return int(cursor.fetchone()[0])
