"""Half-open periods and the local days and months of a park."""

from datetime import UTC, date, datetime, timedelta

import pytest

from parks.catalogue.domain.periods import (
    DayOutOfRange,
    EmptyPeriod,
    Period,
    day_bounds,
    day_of,
    days_of_month,
    month_bounds,
    park_zone,
    year_bounds,
)

SHANGHAI = park_zone()


def test_day_of_shanghai_begins_at_16_utc_of_the_day_before() -> None:
    period = day_bounds(date(2026, 3, 18), SHANGHAI)

    assert (period.start, period.end) == (datetime(2026, 3, 17, 16, tzinfo=UTC), datetime(2026, 3, 18, 16, tzinfo=UTC))


def test_end_does_not_belong_to_a_period() -> None:
    period = day_bounds(date(2026, 3, 18), SHANGHAI)

    assert period.start in period
    assert period.end not in period


def test_moments_around_midnight_belong_to_their_local_days() -> None:
    midnight = datetime(2026, 3, 17, 16, tzinfo=UTC)

    assert day_of(midnight, SHANGHAI) == date(2026, 3, 18)
    assert day_of(midnight - timedelta(microseconds=1), SHANGHAI) == date(2026, 3, 17)


@pytest.mark.parametrize(
    ("day", "days"), [(date(2026, 2, 5), 28), (date(2024, 2, 29), 29), (date(2026, 12, 31), 31), (date(2026, 4, 1), 30)]
)
def test_months_have_their_days(day: date, days: int) -> None:
    assert days_of_month(day) == days
    period = month_bounds(day, SHANGHAI)
    assert (period.end - period.start) == timedelta(days=days)


def test_year_of_shanghai() -> None:
    assert year_bounds(2026, SHANGHAI).start == datetime(2025, 12, 31, 16, tzinfo=UTC)


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 6, 1), 24)])
def test_days_on_which_clocks_change_have_other_hours(day: date, hours: int) -> None:
    assert len(list(day_bounds(day, park_zone("Europe/Berlin")).hours())) == hours


def test_period_that_ends_before_it_begins_is_refused() -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)

    with pytest.raises(EmptyPeriod):
        Period(start, start)


def test_ends_of_the_calendar_are_refused_as_input_and_do_not_break_anything() -> None:
    with pytest.raises(DayOutOfRange):
        day_bounds(date.min, SHANGHAI)  # its midnight in UTC would lie in the year 0
    for bounds in (day_bounds, month_bounds):
        with pytest.raises(DayOutOfRange):
            bounds(date.max, SHANGHAI)
