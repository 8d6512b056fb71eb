"""Half-open periods, and the local hours, days and months of a park. The only place that knows time zones."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from parks.catalogue.domain.errors import Invalid

DEFAULT_ZONE = "Asia/Shanghai"


class EmptyPeriod(Invalid):
    """The period ends before it begins."""

    code = "period.empty"


class DayOutOfRange(Invalid):
    """The day lies before or after all days that can be computed with."""

    code = "period.out_of_range"


@dataclass(frozen=True, slots=True)
class Period:
    """From `start` up to, not including, `end`; both aware."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.end <= self.start:
            raise EmptyPeriod(f"{self.end.isoformat()} is not after {self.start.isoformat()}")

    def __contains__(self, moment: datetime) -> bool:
        return self.start <= moment < self.end

    def hours(self) -> Iterator[datetime]:
        """Starts of the hours, in UTC: 23 or 25 of them on days when clocks change."""
        moment = self.start.astimezone(UTC)
        while moment < self.end:
            yield moment
            moment += timedelta(hours=1)


@cache
def park_zone(name: str = DEFAULT_ZONE) -> ZoneInfo:
    """The zone of that name."""
    return ZoneInfo(name)


def day_of(moment: datetime, zone: ZoneInfo) -> date:
    """Local day of a moment."""
    return moment.astimezone(zone).date()


def day_bounds(day: date, zone: ZoneInfo) -> Period:
    """The local day in UTC. Raises DayOutOfRange at the ends of the calendar."""
    try:
        start = datetime.combine(day, time(), zone)
        end = datetime.combine(day + timedelta(days=1), time(), zone)
        return Period(start.astimezone(UTC), end.astimezone(UTC))
    except OverflowError as error:
        raise DayOutOfRange(day=day.isoformat()) from error


def month_bounds(day: date, zone: ZoneInfo) -> Period:
    """The local month that holds the day, in UTC. Raises DayOutOfRange at the ends of the calendar."""
    first = day.replace(day=1)
    try:
        after = (first + timedelta(days=32)).replace(day=1)
    except OverflowError as error:
        raise DayOutOfRange(day=day.isoformat()) from error
    return Period(day_bounds(first, zone).start, day_bounds(after, zone).start)


def year_bounds(year: int, zone: ZoneInfo) -> Period:
    """The local year in UTC."""
    return Period(day_bounds(date(year, 1, 1), zone).start, day_bounds(date(year + 1, 1, 1), zone).start)


def days_of_month(day: date) -> int:
    """Days of the month that holds the day."""
    first = day.replace(day=1)
    return ((first + timedelta(days=32)).replace(day=1) - first).days
