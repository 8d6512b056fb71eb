"""The raw journal: what came in is written down before anybody is told that it arrived."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from monitoring.intake.domain import Arrival, JobKind, SubmissionKind
from monitoring.series.services.partitions import BY_ARRIVAL, ensure_partitions

DIGEST_SIZE = 16


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that came in."""

    raw: bytes
    received_at: datetime
    kind: SubmissionKind
    arrival: Arrival
    peer: str
    mn: str = ""
    qn: str = ""
    park_id: int | None = None
    logger_id: int | None = None


def digest_of(raw: bytes) -> bytes:
    """Fingerprint of raw bytes, so that a change of the archive is found."""
    return hashlib.blake2b(raw, digest_size=DIGEST_SIZE).digest()


def ensure_months(*, moment: datetime) -> None:
    """Make the partition for arrivals of now, outside any transaction."""
    ensure_partitions(tables=BY_ARRIVAL, times=[moment])


def write(*, entries: Sequence[Entry], kind: JobKind, now: datetime) -> int:
    """Write entries and the job that works on them, in one commit. When this returns they are safe.

    Returns:
        The number of the job.
    """
    if not connection.in_atomic_block:
        ensure_months(moment=entries[-1].received_at)
    with transaction.atomic(), connection.wrap_database_errors, connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO monitoring_job (kind, state, created_at, attempts, size, new, same, changed, refused, error) "
            "VALUES (%s, 0, %s, 0, %s, 0, 0, 0, 0, '') RETURNING id",
            [kind.value, entries[0].received_at, len(entries)],
        )
        job_id = int(cursor.fetchone()[0])
        with cursor.copy(
            "COPY monitoring_submission (received_at, job_id, kind, park_id, logger_id, mn, qn, peer, arrival, digest, raw) "
            "FROM STDIN (FORMAT BINARY)"
        ) as copy:
            copy.set_types(
                ["timestamptz", "int8", "int2", "int8", "int8", "text", "text", "text", "int2", "bytea", "bytea"]
            )
            for e in entries:
                copy.write_row(
                    (e.received_at, job_id, e.kind, e.park_id, e.logger_id, e.mn, e.qn, e.peer, e.arrival,
                     digest_of(e.raw), e.raw)
                )  # fmt: skip
    return job_id
