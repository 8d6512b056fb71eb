"""Newest values."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from monitoring.series.domain.readings import Interval


@dataclass(frozen=True, slots=True)
class Fresh:
    """The newest value of a channel, as an open page needs it."""

    park_id: int
    channel_id: int
    interval: int
    time: datetime
    value: float | None
    verdict: int

    def as_message(self) -> dict[str, Any]:
        return {
            "channel": self.channel_id, "interval": self.interval, "time": int(self.time.timestamp() * 1000),
            "value": self.value, "verdict": self.verdict,
        }  # fmt: skip


def fresh_values(*, channel_ids: Iterable[int]) -> list[Fresh]:
    """Newest value of each channel, sorted by park. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT DISTINCT ON (c.park_id, l.channel_id) c.park_id, l.channel_id, l."interval", l.time,
                      COALESCE(l.value, l.converted), l.verdict
               FROM monitoring_latest l JOIN monitoring_channel c ON c.id = l.channel_id
               WHERE l.channel_id = ANY(%s) ORDER BY 1, 2, l.time DESC""",
            [sorted(channel_ids)],
        )
        return [Fresh(*row) for row in cursor.fetchall()]


def newest_times(*, logger_ids: Iterable[int], interval: Interval) -> dict[int, datetime]:
    """Newest stored period of each logger."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT c.logger_id, max(l.time) FROM monitoring_latest l JOIN monitoring_channel c ON c.id = l.channel_id
               WHERE c.logger_id = ANY(%s) AND l."interval" = %s GROUP BY 1""",
            [sorted(logger_ids), int(interval)],
        )
        return dict(cursor.fetchall())
