"""Which reports there are, and when each is due."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from parks.catalogue.domain.periods import day_bounds, day_of


@dataclass(frozen=True, slots=True)
class Definition:
    """One kind of report. A new edition of its contents gets a new version, so that old ones stay explainable."""

    code: str
    version: str
    title: str
    due_after: timedelta  # the end of its day; loggers send the last hour late
    longest_catch_up: int  # days


DAILY = Definition("DAILY", "1", "园区环境监测日报", timedelta(hours=1), 31)
DEFINITIONS = {definition.code: definition for definition in (DAILY,)}


def days_due(
    *, definition: Definition, last: date | None, first: date | None, now: datetime, zone: ZoneInfo
) -> list[date]:
    """Local days whose report is due and was not issued, oldest first.

    Args:
        last: day of the newest report, None where there is none yet.
        first: first local day with data, None where there is none.

    Special cases: without any data nothing is due; after a long stop at most `longest_catch_up` days are caught up; the first
    report of a park is that of yesterday, not of its whole past.
    """
    if first is None:
        return []
    yesterday = day_of(now, zone) - timedelta(days=1)
    if now < day_bounds(yesterday, zone).end + definition.due_after:
        yesterday -= timedelta(days=1)
    start = yesterday if last is None else last + timedelta(days=1)
    start = max(start, first, yesterday - timedelta(days=definition.longest_catch_up - 1))
    return [start + timedelta(days=n) for n in range(max((yesterday - start).days + 1, 0))]
