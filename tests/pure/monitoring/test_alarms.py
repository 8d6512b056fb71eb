"""What counts as a problem."""

import pytest

from monitoring.alarms.domain import Severity, compare, is_stuck, severity_of, silent_after_s


def test_value_at_the_limit_keeps_it() -> None:
    assert not compare(value=35.0, maximum=35.0).exceeded


def test_multiples_of_exceedance_are_value_over_limit_less_one() -> None:
    found = compare(value=52.5, maximum=35.0)

    assert found.exceeded
    assert found.times == pytest.approx(0.5)


@pytest.mark.parametrize(("ph", "exceeded"), [(5.9, True), (6.0, False), (9.0, False), (9.1, True)])
def test_range_is_exceeded_on_both_sides(ph: float, exceeded: bool) -> None:
    assert compare(value=ph, maximum=9.0, minimum=6.0).exceeded is exceeded


def test_below_a_minimum_there_are_no_multiples() -> None:
    assert compare(value=5.0, maximum=9.0, minimum=6.0).times is None


def test_limit_of_zero_has_no_multiples() -> None:
    assert compare(value=0.1, maximum=0.0).times is None


@pytest.mark.parametrize(
    ("times", "severity"), [(None, Severity.WARNING), (0.99, Severity.WARNING), (1.0, Severity.CRITICAL)]
)
def test_twice_the_limit_is_critical(times: float | None, severity: Severity) -> None:
    assert severity_of(times=times) is severity


def test_logger_is_silent_after_three_intervals_and_five_minutes_at_least() -> None:
    assert silent_after_s(realtime_interval_s=30, minute_interval_min=1) == 300.0
    assert silent_after_s(realtime_interval_s=60, minute_interval_min=10) == 1800.0
    assert silent_after_s(realtime_interval_s=3600, minute_interval_min=1) == 10_800.0


def test_analyser_that_repeats_itself_is_stuck_but_not_at_zero() -> None:
    assert is_stuck(values=[12.31, 12.29, 12.3], needed=3, decimals=1)
    assert not is_stuck(values=[12.3, 12.3, 12.5], needed=3, decimals=1)
    assert not is_stuck(values=[12.3, 12.3], needed=3, decimals=1)
    assert not is_stuck(values=[0.0] * 3, needed=3, decimals=1)
