"""Notes in the journal: texts that say where values come from which no message brought, for example a taken-over history."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from monitoring.intake.domain import Arrival, JobKind, JobState, SubmissionKind
from monitoring.intake.services.journal import digest_of


@dataclass(frozen=True, slots=True)
class Note:
    """What a logger's values rest on."""

    text: str
    park_id: int
    logger_id: int | None = None
    mn: str = ""


@transaction.atomic
def write_notes(*, notes: Sequence[Note], now: datetime) -> list[int]:
    """Write notes with a job that is done. The months of `now` must exist. Returns the numbers of the submissions."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO monitoring_job (kind, state, created_at, done_at, attempts, size, new, same, changed, refused, error) "
            "VALUES (%s, %s, %s, %s, 0, %s, 0, 0, 0, 0, '') RETURNING id",
            [JobKind.UPLOAD.value, JobState.DONE.value, now, now, len(notes)],
        )
        job_id = cursor.fetchone()[0]
        numbers = []
        for note in notes:
            raw = note.text.encode()
            cursor.execute(
                "INSERT INTO monitoring_submission (received_at, job_id, kind, park_id, logger_id, mn, qn, peer, arrival, "
                "digest, raw) VALUES (%s, %s, %s, %s, %s, %s, '', '', %s, %s, %s) RETURNING id",
                [now, job_id, SubmissionKind.NOTE.value, note.park_id, note.logger_id, note.mn, Arrival.CONTROL.value,
                 digest_of(raw), raw],
            )  # fmt: skip
            numbers.append(int(cursor.fetchone()[0]))
    return numbers
