"""Values of the past, and where each of them comes from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.db import connection

from monitoring.series.domain.readings import Interval
from monitoring.series.models import Observation, ObservationVersion, Rollup, ValidityRule
from parks.catalogue.domain.errors import NotFound
from parks.catalogue.domain.periods import day_bounds, month_bounds, park_zone


class Value(NamedTuple):
    """One value of a series. For roll-ups `note` is the coverage, for observations it is empty."""

    time: datetime
    value: float | None
    minimum: float | None
    maximum: float | None
    converted: float | None
    verdict: int
    reason: int
    flag: str
    coverage: float | None
    load_kg: Decimal | None


OBSERVED = """
SELECT time, value, minimum, maximum, converted, verdict, reason, flag, NULL, NULL FROM monitoring_observation
WHERE channel_id = %s AND "interval" = %s AND time >= %s AND time < %s ORDER BY time {order} LIMIT %s"""
ROLLED = """
SELECT time, value, minimum, maximum, converted, verdict, reason, '', coverage, load_kg FROM monitoring_rollup
WHERE channel_id = %s AND "interval" = %s AND time >= %s AND time < %s ORDER BY time {order} LIMIT %s"""


def is_rolled(interval: Interval) -> bool:
    """Whether values of this interval are made by the platform rather than sent."""
    return interval >= Interval.HOUR


def values_of(
    *,
    channel_id: int,
    interval: Interval,
    start: datetime,
    end: datetime,
    limit: int = 50_000,
    newest_first: bool = False,
) -> list[Value]:
    """Values of one channel in a period: judged hours, days and months, or the minutes and instants as they were sent."""
    sql = (ROLLED if is_rolled(interval) else OBSERVED).format(order="DESC" if newest_first else "ASC")
    with connection.cursor() as cursor:
        cursor.execute(sql, [channel_id, int(interval), start, end, limit])
        return [Value(*row) for row in cursor.fetchall()]


@dataclass(frozen=True, slots=True)
class Derivation:
    """Everything behind one value."""

    interval: Interval
    start: datetime
    end: datetime
    rollup: Rollup | None
    observation: Observation | None
    versions: Sequence[ObservationVersion]
    parts: Sequence[Value]
    parts_interval: Interval | None
    rule: ValidityRule | None


def derivation_of(*, channel_id: int, interval: Interval, time: datetime, zone_name: str) -> Derivation:
    """What a value was made of: its rule, its parts, the observation that was sent, and the versions it replaced.

    Raises:
        NotFound: there is no value of this interval and time.
    """
    start, end = bounds_of(interval=interval, time=time, zone_name=zone_name)
    key = {"channel": channel_id, "interval": int(interval), "time": time}
    rollup = Rollup.objects.filter(**key).first() if is_rolled(interval) else None
    observation = Observation.objects.filter(**key).first()
    if rollup is None and observation is None:
        raise NotFound
    versions = ObservationVersion.objects.filter(**key).order_by("-version")
    number = rollup.rule if rollup else observation.rule if observation else 0
    parts_interval, parts = parts_of(channel_id=channel_id, rollup=rollup, start=start, end=end)
    return Derivation(
        interval=interval, start=start, end=end, rollup=rollup, observation=observation, versions=list(versions),
        parts=parts, parts_interval=parts_interval, rule=ValidityRule.objects.filter(number=number).first(),
    )  # fmt: skip


def bounds_of(*, interval: Interval, time: datetime, zone_name: str) -> tuple[datetime, datetime]:
    zone = park_zone(zone_name)
    if interval is Interval.DAY:
        period = day_bounds(time.astimezone(zone).date(), zone)
        return period.start, period.end
    if interval is Interval.MONTH:
        period = month_bounds(time.astimezone(zone).date(), zone)
        return period.start, period.end
    length = {Interval.HOUR: timedelta(hours=1), Interval.MINUTE: timedelta(minutes=1)}
    return time, time + length.get(interval, timedelta(seconds=1))


def parts_of(
    *, channel_id: int, rollup: Rollup | None, start: datetime, end: datetime
) -> tuple[Interval | None, list[Value]]:
    if rollup is None:
        return None, []
    basis = Interval(rollup.basis)
    if basis == rollup.interval:
        return None, []
    return basis, values_of(channel_id=channel_id, interval=basis, start=start, end=end)
