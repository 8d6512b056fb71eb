"""When a daily report is due: after the local day, once, caught up in order."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from accounting.reports.domain.definitions import DAILY, days_due
from parks.catalogue.domain.periods import park_zone

LONG_AGO = date(2025, 1, 1)
MIDNIGHT = datetime(2026, 3, 18, 16, tzinfo=UTC)  # the 19th begins in Shanghai


def due(
    now: datetime, *, last: date | None = None, first: date | None = LONG_AGO, zone: ZoneInfo | None = None
) -> list[date]:
    return days_due(definition=DAILY, last=last, first=first, now=now, zone=zone or park_zone())


def test_report_is_due_one_hour_after_the_local_day_and_not_before() -> None:
    last, day = date(2026, 3, 17), date(2026, 3, 18)

    assert due(MIDNIGHT + timedelta(minutes=59, seconds=59), last=last) == []
    assert due(MIDNIGHT + timedelta(hours=1), last=last) == [day]


def test_issued_report_is_not_due_again() -> None:
    assert due(MIDNIGHT + timedelta(hours=9), last=date(2026, 3, 18)) == []


def test_nothing_is_due_before_there_is_data() -> None:
    assert due(MIDNIGHT + timedelta(hours=9), first=None) == []


def test_first_report_of_a_park_is_that_of_yesterday() -> None:
    assert due(MIDNIGHT + timedelta(hours=9)) == [date(2026, 3, 18)]


def test_first_report_waits_for_the_first_whole_day_of_data() -> None:
    today = date(2026, 3, 19)

    assert due(MIDNIGHT + timedelta(hours=9), first=today) == []
    assert due(MIDNIGHT + timedelta(hours=25), first=today) == [today]


def test_days_of_a_stop_are_caught_up_in_order() -> None:
    assert due(MIDNIGHT + timedelta(hours=9), last=date(2026, 3, 14)) == [date(2026, 3, n) for n in (15, 16, 17, 18)]


def test_catching_up_after_a_very_long_stop_ends_at_31_days() -> None:
    days = due(MIDNIGHT + timedelta(hours=9), last=date(2025, 6, 1))

    assert (len(days), days[0], days[-1]) == (31, date(2026, 2, 16), date(2026, 3, 18))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        # clocks go forward at 01:00 UTC on 2026-03-29: the local day has 23 hours and ends at 22:00 UTC
        (datetime(2026, 3, 29, 22, 59, tzinfo=UTC), datetime(2026, 3, 29, 23, 0, tzinfo=UTC)),
        # and back on 2026-10-25: 25 hours, it ends at 23:00 UTC
        (datetime(2026, 10, 25, 23, 59, tzinfo=UTC), datetime(2026, 10, 26, 0, 0, tzinfo=UTC)),
    ],
)
def test_day_ends_by_the_clock_of_the_park(before: datetime, after: datetime) -> None:
    berlin = park_zone("Europe/Berlin")
    day = before.date()
    last = day - timedelta(days=1)

    assert due(before, last=last, zone=berlin) == []
    assert due(after, last=last, zone=berlin) == [day]
