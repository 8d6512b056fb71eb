"""Last contact and counters of the loggers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction


@dataclass(frozen=True, slots=True)
class Contact:
    """What a logger (0: unknown senders) did since the last visit."""

    logger_id: int
    frames: int
    bytes: int
    crc_errors: int
    refused: int
    answered: int
    qn: str
    peer: str
    dialect: int
    heard_at: datetime
    park_id: int


@transaction.atomic
def record(*, contacts: Sequence[Contact], now: datetime) -> None:
    """Add counters to the state of each logger and to the minute of each park."""
    with connection.cursor() as cursor:
        cursor.executemany(
            """INSERT INTO monitoring_loggerstate
                   (logger_id, peer, dialect, last_frame_at, last_qn, frames, bytes, crc_errors, refused)
               SELECT id, %s, %s, %s, %s, %s, %s, %s, %s FROM parks_logger WHERE id = %s
               ON CONFLICT (logger_id) DO UPDATE SET peer = EXCLUDED.peer, dialect = EXCLUDED.dialect,
                   last_frame_at = GREATEST(EXCLUDED.last_frame_at, monitoring_loggerstate.last_frame_at),
                   last_qn = EXCLUDED.last_qn, frames = monitoring_loggerstate.frames + EXCLUDED.frames,
                   bytes = monitoring_loggerstate.bytes + EXCLUDED.bytes,
                   crc_errors = monitoring_loggerstate.crc_errors + EXCLUDED.crc_errors,
                   refused = monitoring_loggerstate.refused + EXCLUDED.refused""",
            [
                (
                    c.peer,
                    c.dialect or None,
                    c.heard_at,
                    c.qn[:24],
                    c.frames,
                    c.bytes,
                    c.crc_errors,
                    c.refused,
                    c.logger_id,
                )
                for c in sorted(contacts, key=lambda c: c.logger_id)
                if c.logger_id
            ],
        )
        minutes: dict[tuple[int, datetime], list[int]] = {}
        for c in contacts:
            row = minutes.setdefault((c.park_id, c.heard_at.replace(second=0, microsecond=0)), [0, 0, 0, 0, 0])
            for i, n in enumerate((c.frames, c.answered, c.crc_errors, c.refused, c.bytes)):
                row[i] += n
        cursor.executemany(
            """INSERT INTO monitoring_intakeminute (park_id, minute, received, answered, crc_errors, refused, bytes)
               VALUES (%s, %s, %s, %s, %s, %s, %s)
               ON CONFLICT (park_id, minute) DO UPDATE SET received = monitoring_intakeminute.received + EXCLUDED.received,
                   answered = monitoring_intakeminute.answered + EXCLUDED.answered,
                   crc_errors = monitoring_intakeminute.crc_errors + EXCLUDED.crc_errors,
                   refused = monitoring_intakeminute.refused + EXCLUDED.refused,
                   bytes = monitoring_intakeminute.bytes + EXCLUDED.bytes""",
            [(park, minute, *row) for (park, minute), row in sorted(minutes.items())],
        )
