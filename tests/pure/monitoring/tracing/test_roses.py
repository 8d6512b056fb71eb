"""Pollution roses: by hand, and against drawing the truth again and again."""

import numpy as np
import pytest

from monitoring.tracing.domain.receptors.roses import pollution_rose
from monitoring.tracing.domain.receptors.winds import WrongShape


def test_shares_by_sector_and_class_are_counted_over_north_and_without_calms() -> None:
    direction = np.array([355.0, 5.0, 90.0, 90.0, np.nan, 180.0])
    value = np.array([1.0, 30.0, 10.0, 12.0, 50.0, np.nan])
    rose = pollution_rose(direction=direction, value=value, edges=(10.0, 20.0), sectors=4)

    assert [one.hours for one in rose] == [2, 2, 0, 0]
    assert rose[0].shares == (0.25, 0.0, 0.25)
    assert rose[1].shares == (0.0, 0.5, 0.0)
    assert (rose[0].mean, rose[1].mean) == (15.5, 11.0)
    assert np.isnan(rose[2].mean)
    assert sum(sum(one.shares) for one in rose) == pytest.approx(1.0)
    assert rose[1].low[1] < 0.5 < rose[1].high[1]


def test_the_interval_of_a_mean_holds_the_truth_though_hours_in_a_row_are_alike() -> None:
    """Days have a level of their own, deviation 1, and hours another 1; truth 10. Plain hours would be far too sure."""
    rng, inside = np.random.default_rng(0), 0
    for seed in range(100):
        days = np.repeat(10 + rng.standard_normal(60), 24)
        value = days + rng.standard_normal(len(days))
        petal = pollution_rose(direction=np.full(len(days), 45.0), value=value, edges=(10.0,), sectors=8, seed=seed)[1]
        inside += petal.mean_low <= 10.0 <= petal.mean_high

    assert inside >= 87


def test_turning_the_wind_by_a_sector_turns_the_rose() -> None:
    rng = np.random.default_rng(5)
    direction, value = rng.uniform(0, 360, 2000), rng.lognormal(2, 1, 2000)
    one = pollution_rose(direction=direction, value=value, edges=(5.0, 20.0))
    turned = pollution_rose(direction=(direction + 30) % 360, value=value, edges=(5.0, 20.0))

    assert [petal.shares for petal in turned[1:]] == [petal.shares for petal in one[:-1]]
    assert turned[0].shares == one[-1].shares


def test_calm_hours_do_not_count_and_arrays_must_fit() -> None:
    rose = pollution_rose(
        direction=np.array([90.0, 90.0]),
        value=np.array([1.0, 3.0]),
        edges=(2.0,),
        sectors=4,
        speed=np.array([0.1, 3.0]),
    )

    assert (rose[1].hours, rose[1].mean) == (1, 3.0)
    with pytest.raises(WrongShape):
        pollution_rose(direction=np.zeros(2), value=np.zeros(3), edges=(1.0,))
