"""Roll-ups: hours of observations, local days of hours, local months of days, with verdicts, coverage and loads.

What is due stands in a table. A run takes due periods under lock, reads everything inside them anew, and writes what
differs; so it can run twice, late, or after a crash, and gives the same rows.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.db import connection, transaction
from numpy.typing import NDArray

from monitoring.series.domain.readings import Interval
from monitoring.series.selectors.channels import facts_of, rule_sets
from monitoring.series.services.hours import hour_rows, with_dependents, without_idle
from monitoring.series.services.longer import bounds, longer_rows
from monitoring.series.services.partitions import ensure_partitions
from monitoring.series.services.rollup_rows import pair_key, write_rollups
from monitoring.series.services.storing import microseconds, moment_of

MOST_PERIODS = 20_000
QUIET_S = 1.0
LOCK = 0x746B  # advisory lock: one run at a time, so that none writes what another has just read anew
LONGEST_WAIT_S = 10.0


@dataclass(frozen=True, slots=True)
class Rolled:
    """Periods that were rolled up: parallel arrays of channel and start (microseconds since 2000-01-01 UTC)."""

    interval: Interval
    channel_ids: NDArray[np.int64]
    times: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.channel_ids)


def take_due(
    *, interval: Interval, now: datetime, quiet_s: float = QUIET_S
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Take due periods: those that were quiet for a moment, and those that have waited long. Runs inside the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        cursor.execute(
            """DELETE FROM monitoring_due WHERE (channel_id, "interval", time) IN (
                   SELECT channel_id, "interval", time FROM monitoring_due
                   WHERE "interval" = %s AND (marked_at <= %s OR first_at <= %s)
                   ORDER BY channel_id, time LIMIT %s FOR UPDATE SKIP LOCKED)
               RETURNING channel_id, time""",
            [int(interval), now - timedelta(seconds=quiet_s), now - timedelta(seconds=LONGEST_WAIT_S), MOST_PERIODS],
        )
        rows = cursor.fetchall()
    channel = np.array([row[0] for row in rows], dtype=np.int64)
    time = np.array([microseconds(row[1]) for row in rows], dtype=np.int64)
    order = np.lexsort((time, channel))
    return channel[order], time[order]


def roll_hours(*, now: datetime, quiet_s: float = QUIET_S) -> Rolled:
    """Roll up due hours; marks the local days they lie in. Empty when nothing is due."""
    ensure_partitions(tables=["monitoring_rollup"], times=[now])
    with transaction.atomic():
        channel, time = take_due(interval=Interval.HOUR, now=now, quiet_s=quiet_s)
        if not len(channel):
            return Rolled(Interval.HOUR, channel, time)
        facts = facts_of(channel_ids=np.unique(channel).tolist())
        asked = pair_key(channel, time)
        channel, time = with_dependents(channel=channel, time=time, facts=facts)
        rows = hour_rows(channel=channel, time=time, facts=facts, rules=rule_sets())
        rows = without_idle(rows=rows, asked=asked)
        write_rollups(rows=rows, now=now)
        mark_longer(rows=rows, interval=Interval.DAY, now=now)
        return Rolled(Interval.HOUR, rows["channel_id"], rows["time"])


def mark_longer(*, rows: NDArray[Any], interval: Interval, now: datetime) -> None:
    """Mark the local days (or months) that hold the rows."""
    if not len(rows):
        return
    facts = facts_of(channel_ids=np.unique(rows["channel_id"]).tolist())
    start, _ = bounds(times=rows["time"], zone=facts.zone[facts.index(rows["channel_id"])], interval=interval)
    pairs = np.unique(np.stack([rows["channel_id"], start]), axis=1)
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO monitoring_due (channel_id, "interval", time, first_at, marked_at)
               SELECT c, %s, t, %s, %s FROM unnest(%s::bigint[], %s::timestamptz[]) AS k (c, t)
               ON CONFLICT (channel_id, "interval", time) DO UPDATE SET marked_at = EXCLUDED.marked_at""",
            [int(interval), now, now, pairs[0].tolist(), [moment_of(us) for us in pairs[1]]],
        )


def roll_days(*, now: datetime, quiet_s: float = QUIET_S) -> Rolled:
    """Roll up due local days; marks their months."""
    return roll_longer(interval=Interval.DAY, now=now, quiet_s=quiet_s)


def roll_months(*, now: datetime, quiet_s: float = QUIET_S) -> Rolled:
    """Roll up due local months."""
    return roll_longer(interval=Interval.MONTH, now=now, quiet_s=quiet_s)


@transaction.atomic
def roll_longer(*, interval: Interval, now: datetime, quiet_s: float) -> Rolled:
    channel, time = take_due(interval=interval, now=now, quiet_s=quiet_s)
    if len(channel) and interval is Interval.DAY:
        # Loads of days that the logger reported depend on the flow's day, as those of hours do.
        asked = pair_key(channel, time)
        facts = facts_of(channel_ids=np.unique(channel).tolist())
        channel, time = with_dependents(channel=channel, time=time, facts=facts)
        rows = longer_rows(interval=interval, channel=channel, time=time)
        rows = without_idle(rows=rows, asked=asked, interval=interval)
        write_rollups(rows=rows, now=now)
        mark_longer(rows=rows, interval=Interval.MONTH, now=now)
    elif len(channel):
        write_rollups(rows=longer_rows(interval=interval, channel=channel, time=time), now=now)
    return Rolled(interval, channel, time)
