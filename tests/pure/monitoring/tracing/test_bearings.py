"""Crossing of bearings; places by hand, ellipses by drawing the angles many times."""

import numpy as np
import pytest

from monitoring.tracing.domain.receptors.bearings import Bearing, TooFewBearings, crossed


def test_two_bearings_at_right_angles_cross_where_the_lines_do() -> None:
    """From (0, 0) north-east and from (1000, 0) north-west: (500, 500)."""
    found = crossed(bearings=[Bearing(0, 0, 45, 5), Bearing(1000, 0, 315, 5)])

    assert (found.east, found.north) == (pytest.approx(500), pytest.approx(500))
    assert found.half_axes[0] == pytest.approx(2.146 * np.radians(5) * np.hypot(500, 500), rel=0.01)


@pytest.mark.parametrize("turn", [0.0, 90.0, 44.0, 359.5, 187.0])
def test_turning_the_map_turns_the_crossing_also_over_north(turn: float) -> None:
    def moved(east: float, north: float) -> tuple[float, float]:
        a = np.radians(turn)
        return east * np.cos(a) + north * np.sin(a), -east * np.sin(a) + north * np.cos(a)

    plain = [Bearing(0, 0, 359, 4), Bearing(400, 100, 310, 6), Bearing(-300, 200, 20, 5)]
    turned = [Bearing(*moved(b.east, b.north), (b.from_deg + turn) % 360, b.error_deg) for b in plain]
    one, other = crossed(bearings=plain), crossed(bearings=turned)

    assert (other.east, other.north) == pytest.approx(moved(one.east, one.north), abs=1e-3)
    assert other.area_m2 == pytest.approx(one.area_m2, rel=1e-6)


def test_bearings_on_both_sides_of_north_meet_straight_ahead() -> None:
    found = crossed(bearings=[Bearing(-200, 0, 10, 3), Bearing(200, 0, 350, 3)])

    assert found.east == pytest.approx(0.0, abs=1e-6)
    assert found.north == pytest.approx(200 / np.tan(np.radians(10)))


def test_the_ellipse_holds_the_place_in_nine_of_ten_draws() -> None:
    rng, source = np.random.default_rng(1), np.array([300.0, 400.0])
    stations, inside = [(0.0, 0.0), (900.0, 100.0), (400.0, -500.0)], 0
    for _ in range(600):
        seen = [np.degrees(np.arctan2(source[0] - e, source[1] - n)) + 4 * rng.standard_normal() for e, n in stations]
        found = crossed(bearings=[Bearing(e, n, a % 360, 4) for (e, n), a in zip(stations, seen, strict=True)])
        if found.east is None:
            continue
        axis = np.radians(found.axis_deg)
        away = source - [found.east, found.north]
        along, across = away @ [np.sin(axis), np.cos(axis)], away @ [np.cos(axis), -np.sin(axis)]
        inside += (along / found.half_axes[0]) ** 2 + (across / found.half_axes[1]) ** 2 <= 1

    assert inside / 600 == pytest.approx(0.9, abs=0.04)


def test_two_equal_bearings_count_like_one_of_double_weight() -> None:
    rest = [Bearing(1000, 0, 320, 5), Bearing(300, 900, 200, 5)]
    twice = crossed(bearings=[Bearing(0, 0, 45, 5)] * 2 + rest)
    heavy = crossed(bearings=[Bearing(0, 0, 45, 5, weight=2.0), *rest])

    assert (twice.east, twice.north) == pytest.approx((heavy.east, heavy.north))
    assert twice.area_m2 == pytest.approx(heavy.area_m2)


@pytest.mark.parametrize(
    ("bearings", "word"),
    [
        ([Bearing(0, 0, 90, 3), Bearing(0, 100, 92, 3)], "parallel"),
        ([Bearing(0, 0, 358, 3), Bearing(100, 0, 181, 3)], "parallel"),
        ([Bearing(0, 0, 300, 3), Bearing(100, 0, 60, 3)], "part"),
        ([Bearing(0, 0, 45, 1), Bearing(1000, 0, 315, 1), Bearing(500, -800, 60, 1)], "miss"),
    ],
)  # fmt: skip
def test_bearings_that_do_not_meet_give_no_far_point(bearings: list[Bearing], word: str) -> None:
    found = crossed(bearings=bearings)

    assert found.east is None
    assert word in found.reason


def test_one_bearing_is_no_crossing() -> None:
    with pytest.raises(TooFewBearings):
        crossed(bearings=[Bearing(0, 0, 10, 3)])
