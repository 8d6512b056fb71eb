"""Storing observations: COPY to staging, one INSERT, and a slow path for what was there already.

The key is channel, interval and time. The same content again changes nothing. Other content becomes a new version;
which of two is in force is decided by when the sender asserted it, so the order of arrival does not matter.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from django.db import connection, transaction
from numpy.typing import NDArray

from monitoring.series.domain.readings import Interval
from monitoring.series.services.partitions import BY_TIME, ensure_partitions

POSTGRES_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
HOUR_US = 3_600_000_000
NUMBERS = ("value", "minimum", "maximum", "total", "converted", "converted_min", "converted_max")

# One row of binary COPY: column count, then length and value of each column, all big-endian and of fixed width.
# Absent numbers travel as NaN, because a NULL would change the width of the row.
_COLUMNS: tuple[tuple[str, str], ...] = (
    ("channel_id", ">i8"),
    ("interval", ">i2"),
    ("time", ">i8"),
    *((name, ">f8") for name in NUMBERS),
    ("flag", "S1"),
    ("verdict", ">i2"),
    ("reason", ">i2"),
    ("rule", ">i2"),
    ("submission_id", ">i8"),
    ("asserted_at", ">i8"),
)
ROW = np.dtype([("_n", ">i2")] + [f for name, kind in _COLUMNS for f in ((f"_{name}", ">i4"), (name, kind))])
COPY_HEAD = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
COPY_TAIL = b"\xff\xff"

CREATE_STAGING = """
CREATE TEMP TABLE IF NOT EXISTS staging (
    channel_id bigint, "interval" smallint, time timestamptz,
    value float8, minimum float8, maximum float8, total float8,
    converted float8, converted_min float8, converted_max float8,
    flag text, verdict smallint, reason smallint, rule smallint, submission_id bigint, asserted_at timestamptz
) ON COMMIT DELETE ROWS"""
NAMES = ", ".join(f'"{name}"' for name, _ in _COLUMNS)
CONTENT = (*NUMBERS, "flag")
CLEAN = ", ".join(
    f"NULLIF(s.{name}, 'NaN')" if name in NUMBERS else "rtrim(s.flag)" if name == "flag" else f's."{name}"'
    for name, _ in _COLUMNS
)
INSERT = f"""
INSERT INTO monitoring_observation ({NAMES}, version)
SELECT {CLEAN}, 1 FROM staging s ORDER BY channel_id, "interval", time
ON CONFLICT (channel_id, "interval", time) DO NOTHING"""


@dataclass(frozen=True, slots=True)
class Stored:
    """What one store did, and what it covers."""

    new: int
    same: int
    changed: int
    channel_ids: frozenset[int]


@dataclass(frozen=True, slots=True)
class Rows:
    """Judged observations as columns of equal length: times in microseconds since 2000-01-01 UTC, NaN where absent."""

    channel_id: NDArray[np.int64]
    interval: NDArray[np.int16]
    time: NDArray[np.int64]
    numbers: NDArray[np.float64]  # shape (7, n), in the order of NUMBERS
    flag: NDArray[np.bytes_]
    verdict: NDArray[np.int16]
    reason: NDArray[np.int16]
    rule: NDArray[np.int16]
    submission_id: NDArray[np.int64]
    asserted_at: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.channel_id)

    def take(self, index: NDArray[np.intp]) -> "Rows":
        return Rows(
            self.channel_id[index], self.interval[index], self.time[index], self.numbers[:, index], self.flag[index],
            self.verdict[index], self.reason[index], self.rule[index], self.submission_id[index], self.asserted_at[index],
        )  # fmt: skip


def microseconds(moment: datetime) -> int:
    """Microseconds since 2000-01-01 UTC, PostgreSQL's own count."""
    return (moment - POSTGRES_EPOCH) // MICROSECOND


def moment_of(us: int) -> datetime:
    return POSTGRES_EPOCH + timedelta(microseconds=int(us))


def ensure_months(*, rows: Rows) -> None:
    """Make the partitions that the rows need. Call before the transaction that stores them."""
    if len(rows):
        days = [moment_of(int(d) * 24 * HOUR_US) for d in np.unique(rows.time // (24 * HOUR_US))]
        ensure_partitions(tables=BY_TIME, times=days)
        # The local day or month that holds a time may begin in the UTC month before it.
        ensure_partitions(tables=["monitoring_rollup"], times=[day.replace(day=1) - timedelta(days=1) for day in days])


@transaction.atomic
def store(*, rows: Rows, now: datetime) -> Stored:
    """Store observations, keep latest values, and mark the hours that must be rolled up. Twice is the same as once."""
    if not len(rows):
        return Stored(0, 0, 0, frozenset())
    new = changed = 0
    for wave in waves(rows=rows):
        inserted = stage_and_insert(rows=wave)
        new += inserted
        if inserted < len(wave):
            changed += settle_conflicts(now=now)
        clear_staging()
    keep_latest(rows=rows, now=now)
    mark_due(rows=rows, now=now)
    return Stored(new, len(rows) - new - changed, changed, frozenset(np.unique(rows.channel_id).tolist()))


def waves(*, rows: Rows) -> Sequence[Rows]:
    """Split rows so that no key stands twice in one statement; nearly always one wave, sorted by key.

    Sorting by key lets workers meet the same rows in the same order, so that they wait and never deadlock.
    """
    order = np.lexsort((rows.submission_id, rows.time, rows.interval, rows.channel_id))
    rows = rows.take(order)
    same = np.zeros(len(rows), dtype=np.int64)
    repeated = (
        (rows.channel_id[1:] == rows.channel_id[:-1])
        & (rows.interval[1:] == rows.interval[:-1])
        & (rows.time[1:] == rows.time[:-1])
    )
    if not repeated.any():
        return [rows]
    for i in np.flatnonzero(repeated) + 1:
        same[i] = same[i - 1] + 1
    return [rows.take(np.flatnonzero(same == wave)) for wave in range(int(same.max()) + 1)]


def encode(*, rows: Rows) -> bytes:
    """The rows in PostgreSQL's binary COPY format."""
    table = np.zeros(len(rows), dtype=ROW)
    table["_n"] = len(_COLUMNS)
    for name, kind in _COLUMNS:
        table[f"_{name}"] = np.dtype(kind).itemsize
    for name in ("channel_id", "interval", "time", "verdict", "reason", "rule", "submission_id", "asserted_at"):
        table[name] = getattr(rows, name)
    for i, name in enumerate(NUMBERS):
        table[name] = rows.numbers[i]
    # A zero byte is no text to PostgreSQL: an absent flag travels as a blank.
    table["flag"] = np.where(rows.flag == b"", b" ", rows.flag)
    return COPY_HEAD + table.tobytes() + COPY_TAIL


def stage_and_insert(*, rows: Rows) -> int:
    with connection.wrap_database_errors, connection.cursor() as cursor:
        cursor.execute(CREATE_STAGING)
        with cursor.copy(f"COPY staging ({NAMES}) FROM STDIN (FORMAT BINARY)") as copy:
            copy.write(encode(rows=rows))
        cursor.execute(INSERT)
        return int(cursor.rowcount)


def clear_staging() -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE staging")


def standing(alias: str) -> str:
    """What decides which of two contents is in force: when it was asserted, then the content itself."""
    numbers = ", ".join(f"COALESCE({alias}.{name}, '-Infinity')" for name in NUMBERS)
    return f"{alias}.asserted_at, {numbers}, {alias}.flag"


def settle_conflicts(*, now: datetime) -> int:
    """Deal with staged rows whose key existed: same content is left alone, other content becomes a version.

    Of two contents asserted at the same moment the larger one stays in force: any fixed rule will do, as long as the
    order of arrival does not decide. The version in force has the highest number.

    Returns:
        How many rows brought content that was not known before.
    """
    different = f"({', '.join('o.' + c for c in CONTENT)}) IS DISTINCT FROM ({', '.join('c.' + c for c in CONTENT)})"
    columns = ", ".join(f'"{name}"' for name, _ in _COLUMNS)
    older = ", ".join(f'c."{name}"' for name, _ in _COLUMNS)
    newer = f"({standing('c')}) > ({standing('o')})"
    current = ", ".join(f'o."{name}"' for name, _ in _COLUMNS)
    assign = ", ".join(f'"{name}" = c."{name}"' for name, _ in _COLUMNS[3:])
    with connection.cursor() as cursor:
        cursor.execute(
            """CREATE TEMP TABLE IF NOT EXISTS clashing (LIKE staging, newer boolean, differs boolean)
                ON COMMIT DELETE ROWS"""
        )
        cursor.execute("TRUNCATE clashing")
        cursor.execute(
            f"""INSERT INTO clashing
                SELECT c.*, {newer}, {different}
                FROM (SELECT {CLEAN.replace("rtrim(s.flag)", "rtrim(s.flag) AS flag")} FROM staging s)
                     AS c ({columns})
                JOIN monitoring_observation o USING (channel_id, "interval", time)
                WHERE o.submission_id <> c.submission_id AND ({different} OR c.asserted_at > o.asserted_at)
                FOR UPDATE OF o"""
        )
        # Known already as a superseded version: a replay of old frames must not write history again.
        cursor.execute(
            f"""DELETE FROM clashing c USING monitoring_observationversion o
                WHERE c.differs AND NOT c.newer AND o.channel_id = c.channel_id AND o."interval" = c."interval"
                  AND o.time = c.time AND NOT {different}"""
        )
        cursor.execute(
            f"""INSERT INTO monitoring_observationversion ({columns}, version, replaced_by, replaced_at, why)
                SELECT {older}, o.version, o.submission_id, %s, 'asserted_earlier'
                FROM clashing c JOIN monitoring_observation o USING (channel_id, "interval", time)
                WHERE c.differs AND NOT c.newer""",
            [now],
        )
        found = cursor.rowcount
        cursor.execute(
            """UPDATE monitoring_observation o SET version = o.version + 1 FROM clashing c WHERE c.differs AND NOT c.newer
                  AND o.channel_id = c.channel_id AND o."interval" = c."interval" AND o.time = c.time"""
        )
        cursor.execute(
            f"""INSERT INTO monitoring_observationversion ({columns}, version, replaced_by, replaced_at, why)
                SELECT {current}, o.version, c.submission_id, %s, 'asserted_later'
                FROM clashing c JOIN monitoring_observation o USING (channel_id, "interval", time)
                WHERE c.differs AND c.newer""",
            [now],
        )
        cursor.execute(
            f"""UPDATE monitoring_observation o SET {assign}, version = o.version + 1
                FROM clashing c WHERE c.differs AND c.newer
                  AND o.channel_id = c.channel_id AND o."interval" = c."interval" AND o.time = c.time"""
        )
        found += cursor.rowcount
        # The same content said again later: its standing against other content is renewed, the content is not touched.
        cursor.execute(
            """UPDATE monitoring_observation o SET asserted_at = c.asserted_at FROM clashing c
               WHERE NOT c.differs AND c.newer
                 AND o.channel_id = c.channel_id AND o."interval" = c."interval" AND o.time = c.time"""
        )
        return int(found)


def keep_latest(*, rows: Rows, now: datetime) -> None:
    """Move the latest value of each channel and interval forward, never back."""
    order = np.lexsort((rows.submission_id, rows.time, rows.interval, rows.channel_id))
    channel, interval = rows.channel_id[order], rows.interval[order]
    last = np.ones(len(order), dtype=bool)
    last[:-1] = (channel[1:] != channel[:-1]) | (interval[1:] != interval[:-1])
    keys = order[last]
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO monitoring_latest
                   (channel_id, "interval", time, value, converted, flag, verdict, reason, submission_id, stored_at)
               SELECT o.channel_id, o."interval", o.time, o.value, o.converted, o.flag, o.verdict, o.reason,
                      o.submission_id, %s
               FROM unnest(%s::bigint[], %s::smallint[], %s::timestamptz[]) AS k (channel_id, "interval", time)
               JOIN monitoring_observation o USING (channel_id, "interval", time)
               ORDER BY 1, 2
               ON CONFLICT (channel_id, "interval") DO UPDATE SET
                   time = EXCLUDED.time, value = EXCLUDED.value, converted = EXCLUDED.converted, flag = EXCLUDED.flag,
                   verdict = EXCLUDED.verdict, reason = EXCLUDED.reason, submission_id = EXCLUDED.submission_id,
                   stored_at = EXCLUDED.stored_at
               WHERE EXCLUDED.time >= monitoring_latest.time
                 AND (EXCLUDED.time, EXCLUDED.value, EXCLUDED.converted, EXCLUDED.flag)
                     IS DISTINCT FROM (monitoring_latest.time, monitoring_latest.value, monitoring_latest.converted,
                                       monitoring_latest.flag)""",
            [
                now,
                rows.channel_id[keys].tolist(),
                rows.interval[keys].tolist(),
                [moment_of(us) for us in rows.time[keys]],
            ],
        )


def mark_due(*, rows: Rows, now: datetime) -> None:
    """Mark the hours (and reported days) that the rows cover. The row lock makes a running roll-up wait for us."""
    hour = np.where(rows.interval == Interval.DAY, -1, 0)
    start = rows.time // HOUR_US * HOUR_US
    kind = np.where(hour == -1, int(Interval.DAY), int(Interval.HOUR)).astype(np.int64)
    keys = np.unique(np.stack([rows.channel_id, kind, np.where(hour == -1, rows.time, start)]), axis=1)
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO monitoring_due (channel_id, "interval", time, first_at, marked_at)
               SELECT *, %s, %s FROM unnest(%s::bigint[], %s::smallint[], %s::timestamptz[])
               ON CONFLICT (channel_id, "interval", time) DO UPDATE SET marked_at = EXCLUDED.marked_at""",
            [now, now, keys[0].tolist(), keys[1].tolist(), [moment_of(us) for us in keys[2]]],
        )
