"""Hours, days and months by the rules of HJ 75-2017, HJ 212-2017 annex D and HJ 356-2019; numbers by hand."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.series.domain.rollups import (
    ARITHMETIC,
    DIRECTION,
    HYDROGEN_ION,
    Means,
    hours_from_minutes,
    longer_periods,
)
from monitoring.series.domain.verdicts import Reason, Verdict

NAN = float("nan")
GOOD, BAD = (Verdict.VALID, Reason.OK), (Verdict.INVALID, Reason.FLAG_FAULT)


def hour(
    values: Sequence[float], marks: Sequence[Any] | None = None, *, kind: int = ARITHMETIC, minutes: float = 1.0
) -> Means:
    n = len(values)
    marks = marks or [GOOD] * n
    value = np.array(values, dtype=float)
    nothing = np.full(n, NAN)
    return hours_from_minutes(
        value=value, minimum=nothing, maximum=nothing, converted=nothing,
        verdict=np.array([int(m[0]) for m in marks], dtype=np.int16), reason=np.array([int(m[1]) for m in marks], dtype=np.int16),
        minutes=np.full(n, minutes), starts=np.array([0]), kind=np.array([kind], dtype=np.int8), min_minutes=np.array([45], dtype=np.int16),
    )  # fmt: skip


def day(
    values: Sequence[float], marks: Sequence[Any] | None = None, *, weights: Sequence[float] | None = None, kind: int = ARITHMETIC,
    needed: float = 20.0, due: float = 24.0,
) -> Means:  # fmt: skip
    n = len(values)
    marks = marks or [GOOD] * n
    nothing = np.full(n, NAN)
    return longer_periods(
        value=np.array(values, dtype=float), minimum=nothing, maximum=nothing, converted=nothing,
        verdict=np.array([int(m[0]) for m in marks], dtype=np.int16), reason=np.array([int(m[1]) for m in marks], dtype=np.int16),
        starts=np.array([0]), kind=np.array([kind], dtype=np.int8), weights=np.array(weights if weights is not None else [1.0] * n),
        needed=np.array([needed]), due=np.array([due]), too_few=Reason.TOO_FEW_HOURS,
    )  # fmt: skip


def judged(means: Means) -> tuple[Verdict, Reason]:
    return Verdict(means.verdict[0]), Reason(means.reason[0])


def test_45_valid_minutes_make_an_hour() -> None:
    found = hour([10.0] * 45)

    assert judged(found) == GOOD
    assert (found.value[0], found.coverage[0]) == (10.0, 0.75)


def test_44_valid_minutes_do_not() -> None:
    found = hour([10.0] * 44)

    assert judged(found) == (Verdict.INVALID, Reason.TOO_FEW_MINUTES)
    assert found.coverage[0] == pytest.approx(44 / 60)


def test_flagged_minutes_count_neither_in_the_mean_nor_in_the_coverage() -> None:
    found = hour([10.0] * 50 + [500.0] * 10, [GOOD] * 50 + [BAD] * 10)

    assert judged(found) == GOOD
    assert (found.value[0], found.maximum[0]) == (10.0, 10.0)
    assert found.coverage[0] == pytest.approx(50 / 60)


def test_hour_lost_to_flags_names_the_commonest_cause() -> None:
    calibration = (Verdict.INVALID, Reason.FLAG_CALIBRATION)

    found = hour([1.0] * 60, [GOOD] * 40 + [BAD] * 8 + [calibration] * 12)

    assert judged(found) == (Verdict.INVALID, Reason.FLAG_CALIBRATION)


def test_ten_minute_records_stand_for_ten_minutes_each() -> None:
    assert judged(hour([1.0, 2.0, 3.0, 4.0, 5.0], minutes=10.0)) == GOOD  # 50 minutes
    assert judged(hour([1.0, 2.0, 3.0, 4.0], minutes=10.0)) == (Verdict.INVALID, Reason.TOO_FEW_MINUTES)  # 40 minutes


def test_repeated_records_do_not_cover_more_than_the_hour() -> None:
    assert hour([1.0] * 90).coverage[0] == 1.0


def test_hour_without_any_valid_minute_has_no_mean() -> None:
    found = hour([1.0] * 60, [BAD] * 60)

    assert np.isnan(found.value[0])
    assert np.isnan(found.minimum[0])
    assert judged(found) == BAD


def test_wind_from_350_and_10_degrees_comes_from_north() -> None:
    found = hour([350.0, 10.0] * 30, kind=DIRECTION)

    assert min(found.value[0], 360.0 - found.value[0]) == pytest.approx(0.0, abs=1e-9)


def test_wind_from_80_and_100_degrees_comes_from_east() -> None:
    assert hour([80.0, 100.0] * 30, kind=DIRECTION).value[0] == pytest.approx(90.0)


def test_ph_is_averaged_over_hydrogen_ions() -> None:
    # mean of 1e-6 and 1e-8 is 5.05e-7, and -log10 of it 6.2967
    assert hour([6.0, 8.0] * 30, kind=HYDROGEN_ION).value[0] == pytest.approx(6.29671, abs=1e-5)


def test_20_valid_hours_make_a_day_and_19_do_not() -> None:
    lost = (Verdict.INVALID, Reason.TOO_FEW_MINUTES)

    assert judged(day([5.0] * 24, [GOOD] * 20 + [lost] * 4)) == GOOD
    assert judged(day([5.0] * 24, [GOOD] * 19 + [lost] * 5)) == (Verdict.INVALID, Reason.TOO_FEW_HOURS)


def test_hours_that_never_came_count_as_lost() -> None:
    found = day([5.0] * 19)

    assert judged(found) == (Verdict.INVALID, Reason.TOO_FEW_HOURS)
    assert found.coverage[0] == pytest.approx(19 / 24)


def test_water_day_is_weighted_by_flow() -> None:
    # (100 x 300 + 20 x 100) / 400 = 80; the plain mean would be 60
    found = day([100.0, 20.0] * 12, weights=[300.0, 100.0] * 12, needed=18.0)

    assert found.value[0] == pytest.approx(80.0)


def test_water_day_without_any_flow_record_falls_back_to_the_plain_mean() -> None:
    assert day([100.0, 20.0] * 12, weights=[NAN] * 24, needed=18.0).value[0] == pytest.approx(60.0)


def test_hours_of_zero_flow_are_not_due() -> None:
    still = (Verdict.INVALID, Reason.ZERO_FLOW)

    # 12 hours are due, 75 % of them are 9
    assert judged(day([5.0] * 24, [GOOD] * 9 + [still] * 12 + [BAD] * 3, needed=18.0)) == GOOD
    found = day([5.0] * 24, [GOOD] * 8 + [still] * 12 + [BAD] * 4, needed=18.0)
    assert found.verdict[0] == Verdict.INVALID
    assert found.coverage[0] == pytest.approx(8 / 12)


def test_day_without_any_flow_is_missing_for_that_reason() -> None:
    found = day([0.0] * 24, [(Verdict.INVALID, Reason.ZERO_FLOW)] * 24, needed=18.0)

    assert judged(found) == (Verdict.MISSING, Reason.ZERO_FLOW)


def test_hours_in_which_the_plant_did_not_run_are_not_due() -> None:
    idle = (Verdict.INVALID, Reason.NOT_RUNNING)

    found = day([5.0] * 24, [GOOD] * 12 + [idle] * 12)

    assert judged(found) == GOOD
    assert found.coverage[0] == 1.0


@given(st.lists(st.floats(0, 1e6), min_size=45, max_size=60))
def test_mean_lies_between_its_extremes(values: list[float]) -> None:
    found = hour(values)

    assert found.minimum[0] <= found.value[0] * (1 + 1e-12) + 1e-12
    assert found.value[0] <= found.maximum[0] * (1 + 1e-12) + 1e-12


@given(st.lists(st.floats(-10, 1e4), min_size=1, max_size=60))
def test_mean_is_the_mean_of_an_independent_library(values: list[float]) -> None:
    from statistics import fmean

    assert hour(values).value[0] == pytest.approx(fmean(values), rel=1e-9, abs=1e-9)


def test_groups_do_not_mix() -> None:
    value = np.array([1.0, 3.0, 10.0])
    ones = np.ones(3)

    found = hours_from_minutes(
        value=value, minimum=value, maximum=value, converted=value, verdict=np.zeros(3, dtype=np.int16),
        reason=np.zeros(3, dtype=np.int16), minutes=ones, starts=np.array([0, 2]), kind=np.zeros(2, dtype=np.int8),
        min_minutes=np.zeros(2, dtype=np.int16),
    )  # fmt: skip

    assert found.value.tolist() == [2.0, 10.0]
