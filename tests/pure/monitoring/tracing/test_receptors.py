"""Receptor statistics. Check values of real hours from the openair project; the rest by hand."""

import csv
import gzip
from pathlib import Path

import numpy as np
import pytest

from monitoring.tracing.domain.receptors.winds import WrongShape, conditional, regressed, rose, sector_of, wilson

REAL = Path(__file__).resolve().parents[5] / "shared" / "data" / "tracing" / "openair_mydata" / "mydata.csv.gz"


def columns(*names: str) -> list[np.ndarray]:
    if not REAL.exists():
        pytest.skip("the hours of Marylebone Road are not here (openair_mydata/mydata.csv.gz)")
    with gzip.open(REAL, "rt", encoding="utf-8", newline="") as text:
        rows = list(csv.DictReader(text))
    return [np.array([number(row[name]) for row in rows]) for name in names]


def number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def test_sulphur_dioxide_of_marylebone_road_comes_from_the_east() -> None:
    """openair check values: above the 90th percentile of 9.2 best sector 90 deg with 0.252, best cell 90 deg, 4 to 6 m/s, 0.316."""
    direction, speed, so2 = columns("wd", "ws", "so2")
    found = conditional(direction=direction, speed=speed, value=so2)

    best = max(found.sectors, key=lambda one: one.share)
    assert found.threshold == pytest.approx(9.2, abs=0.06)
    assert (best.direction, best.share) == (90.0, pytest.approx(0.252, abs=0.001))
    cell = found.cells[0]
    assert (cell.direction, cell.slowest, cell.fastest, cell.hours) == (90.0, 4.0, 6.0, 1055)
    assert cell.share == pytest.approx(0.316, abs=0.001)


def test_nitrogen_oxides_of_marylebone_road_come_from_the_south_west() -> None:
    """openair check value: 240 deg, 0.203."""
    direction, speed, nox = columns("wd", "ws", "nox")
    best = max(conditional(direction=direction, speed=speed, value=nox).sectors, key=lambda one: one.share)

    assert (best.direction, best.share) == (240.0, pytest.approx(0.203, abs=0.001))


def test_a_sector_around_north_holds_both_sides_of_it() -> None:
    assert sector_of(np.array([350.0, 0.0, 10.0, 15.0, 345.0, 360.0]), 12).tolist() == [0, 0, 0, 1, 0, 0]


@pytest.mark.parametrize("turn", [0.0, 90.0, 187.5])
def test_turning_the_wind_turns_the_answer(turn: float) -> None:
    rng = np.random.default_rng(4)
    direction, speed = rng.uniform(0, 360, 4_000), rng.uniform(0, 8, 4_000)
    value = np.where(np.abs(np.mod(direction - 60 + 180, 360) - 180) < 10, 10.0, 1.0) + rng.uniform(0, 0.1, 4_000)

    def best(shift: float) -> float:
        moved = np.mod(direction + shift, 360.0)
        wheel = conditional(direction=moved, speed=speed, value=value, percentile=95, sectors=48).sectors
        return max(wheel, key=lambda one: one.share).direction

    assert np.mod(best(turn) - best(0.0), 360.0) == pytest.approx(turn)


def test_an_interval_of_few_hours_is_wide_and_of_none_says_nothing() -> None:
    """Wilson, 1 of 10: 0.0179 to 0.4042 (hand calculation); 15 of 148: 0.0624 to 0.1605 (Newcombe 1998, table I)."""
    assert wilson(many=15, of=148) == pytest.approx((0.0624, 0.1605), abs=5e-4)
    assert wilson(many=1, of=10) == (pytest.approx(0.0179, abs=1e-4), pytest.approx(0.4042, abs=1e-4))
    assert wilson(many=0, of=0) == (0.0, 1.0)


def test_cells_with_few_hours_are_not_ranked() -> None:
    direction, speed = np.full(40, 90.0), np.r_[np.full(35, 5.0), np.full(5, 9.0)]
    found = conditional(direction=direction, speed=speed, value=np.r_[np.ones(35), np.full(5, 9.0)])

    assert [(one.direction, one.slowest, one.hours) for one in found.cells] == [(90.0, 4.0, 35)]


def test_without_hours_nothing_is_said_and_arrays_must_fit() -> None:
    empty = conditional(direction=np.array([np.nan]), speed=np.array([1.0]), value=np.array([1.0]))

    assert (empty.hours, empty.sectors, empty.cells) == (0, (), ())
    with pytest.raises(WrongShape):
        conditional(direction=np.zeros(2), speed=np.zeros(3), value=np.zeros(2))


def test_the_regression_finds_the_level_of_a_sector_and_knows_no_speed_that_never_blew() -> None:
    rng = np.random.default_rng(1)
    direction = np.r_[np.full(300, 359.0), np.full(300, 180.0)]
    speed, value = rng.uniform(1, 4, 600), np.r_[np.full(300, 20.0), np.full(300, 2.0)]

    found = regressed(
        direction=direction,
        speed=speed,
        value=value,
        at_direction=np.array([2.0, 180.0, 0.0]),
        at_speed=np.array([2.0, 2.0, 30.0]),
    )

    assert found[:2] == pytest.approx([20.0, 2.0], rel=1e-6)
    assert np.isnan(found[2])


def test_a_rose_and_its_calms_are_the_whole() -> None:
    direction, speed = np.array([0.0, 90.0, 181.0, np.nan]), np.array([3.0, 9.0, 0.2, 2.0])
    found = rose(direction=direction, speed=speed)

    assert found.shares.sum() + found.calm == pytest.approx(1.0)
    assert (found.shares[0, 1], found.shares[4, 4], found.calm) == (0.25, 0.25, 0.5)
