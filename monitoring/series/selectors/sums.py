"""What the judged hours of channels add up to over a period."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from django.db import connection

from monitoring.series.domain.readings import Interval
from monitoring.series.domain.verdicts import Verdict


class HourSums(NamedTuple):
    """Sums over the hours that count, and how many of them have each quantity."""

    mean_hours: int
    mean: Decimal  # hourly means added up, in the unit of the channel x h
    load_hours: int
    load_kg: Decimal
    volume_hours: int
    volume_m3: Decimal


SUMS = """
SELECT channel_id, count(value), COALESCE(sum(value::numeric), 0), count(load_kg), COALESCE(sum(load_kg), 0), count(volume_m3),
       COALESCE(sum(volume_m3), 0)
FROM monitoring_rollup WHERE channel_id = ANY(%s) AND "interval" = %s AND time >= %s AND time < %s AND verdict = ANY(%s) GROUP BY 1"""
NOTHING = HourSums(0, Decimal(0), 0, Decimal(0), 0, Decimal(0))


def hour_sums(*, channel_ids: Iterable[int], start: datetime, end: datetime) -> dict[int, HourSums]:
    """Sums of each channel over the hours from start to end that are valid, or suspect and counted. One query."""
    wanted = sorted(set(channel_ids))
    with connection.cursor() as cursor:
        cursor.execute(SUMS, [wanted, int(Interval.HOUR), start, end, [int(Verdict.VALID), int(Verdict.SUSPECT)]])
        found = {row[0]: HourSums(*row[1:]) for row in cursor.fetchall()}
    return {number: found.get(number, NOTHING) for number in wanted}
