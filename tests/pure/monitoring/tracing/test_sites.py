"""Sites along a fence and what a frozen wish for sensors is answered with, against plumes written out by hand."""

import numpy as np
import pytest

from monitoring.tracing.domain.sites import places
from monitoring.tracing.domain.sites.answer import answered
from monitoring.tracing.domain.sites.case import NobodyEmits, NoSites, TooFewWinds
from tests.factories.tracing import at, siting_case

SQUARE = [(0.0, 0.0), (1000.0, 0.0), (1000.0, 500.0), (0.0, 500.0)]


def test_sites_stand_at_equal_distances_along_the_whole_fence() -> None:
    """3,000 m of fence at 250 m: twelve sites, the first in the first corner, the fifth in the second."""
    found = places.along(ring=[*SQUARE, SQUARE[0]], step=250.0)

    assert found.shape == (12, 2)
    assert found[0].tolist() == [0.0, 0.0]
    assert found[4].tolist() == [1000.0, 0.0]
    assert found[6].tolist() == [1000.0, 500.0]


def test_sites_inside_keep_off_the_fence_and_stay_within() -> None:
    """A grid of 200 m about the middle (500, 250): five columns from 100 to 900 and three rows, of which those at 50 and 450 are too near."""
    found = places.inside(ring=SQUARE, step=200.0)

    assert sorted({east for east, _ in found.tolist()}) == [100.0, 300.0, 500.0, 700.0, 900.0]
    assert {north for _, north in found.tolist()} == {250.0}
    bent = [(0.0, 0.0), (1000.0, 0.0), (1000.0, 100.0), (100.0, 100.0), (100.0, 1000.0), (0.0, 1000.0)]
    assert places.within(points=np.array([[50.0, 500.0], [500.0, 500.0]]), ring=np.array(bent)).tolist() == [
        True,
        False,
    ]


def test_too_many_sites_and_lines_without_ground_are_refused() -> None:
    with pytest.raises(places.TooManySites):
        places.along(ring=[(0.0, 0.0), (9000.0, 0.0), (9000.0, 9000.0)], step=50.0)
    with pytest.raises(places.WrongFence):
        places.along(ring=[(0.0, 0.0), (10.0, 0.0)], step=50.0)


def test_the_next_sensor_goes_where_the_other_wind_blows_to() -> None:
    """Seen before: the 60 hours of west wind of 100; after: the 30 of south wind, too. Calm hours stay unseen."""
    found = answered(case=siting_case())

    assert [one["id"] for one in found["sites"]] == ["N"]
    assert (found["before"]["seen"], found["after"]["seen"]) == (pytest.approx(0.6), pytest.approx(0.9))
    assert (found["calm"], found["hours"]) == (pytest.approx(0.1), 100)
    assert (found["proven"], found["gap"]) == (True, 0.0)
    assert found["sites"][0]["seen_lost"] == pytest.approx(0.3)
    assert [one["seen"] for one in found["curve"]] == [pytest.approx(0.6), pytest.approx(0.9)]


def test_an_outlet_that_stays_unseen_is_told_with_its_reason() -> None:
    """West of everything no wind of the period carries anything to a site; a tall faint one is below what is noticed."""
    only_west = [(3.0, 270.0)] * 100
    case = siting_case(
        wind={
            "start": "2026-03-01T00:00:00+08:00",
            "speed_m_s": [v for v, _ in only_west],
            "from_deg": [d for _, d in only_west],
        }
    )
    case["candidates"] = [{"id": "east", "height_m": 3.0, **at(900, 0)}, {"id": "seen", "height_m": 3.0, **at(0, 0)}]
    told = {one["id"]: one for one in answered(case=case)["outlets"]}
    faint = siting_case(assumed=siting_case()["assumed"] | {"limit_ug_m3": 1e5})

    assert told["east"]["why"] == "NO_WIND"
    assert (told["seen"]["why"], told["seen"]["after"]) == ("", pytest.approx(1.0))
    assert [one["why"] for one in answered(case=faint)["outlets"]] == ["TOO_WEAK"]


def test_the_smallest_rate_noticed_is_that_of_the_plume_on_its_axis() -> None:
    """At 400 m in class D, 3 m up and 3 m high, rural curves of GB/T 3840: the plume gives what its formula says."""
    west = [(3.0, 270.0)] * 100
    case = siting_case(
        wind={"start": "2026-03-01T12:00:00+08:00", "speed_m_s": [6.5] * 100, "from_deg": [d for _, d in west]}
    )
    told = answered(case=case)["outlets"][0]
    sy, sz = 0.110726 * 400**0.929418, 0.104634 * 400**0.826212
    speed = 6.5 * (3.0 / 10.0) ** 0.15
    per_rate = (1 + np.exp(-(6.0**2) / 2 / sz**2)) / (2 * np.pi * speed * sy * sz)

    assert told["needed_kg_h"] == pytest.approx(10e-9 / per_rate * 3600, rel=0.01)


def test_a_budget_buys_the_cheap_site_that_sees_less() -> None:
    case = siting_case()
    case["sites"][0]["cost"], case["sites"][1]["cost"] = 5.0, 2.0
    case["wind"]["from_deg"] = [270.0] * 60 + [180.0] * 20 + [0.0] * 10 + [0.0] * 10
    rich, poor = (answered(case=case | {"budget": {"most": 1, "cost": money}}) for money in (5.0, 2.0))

    assert ([one["id"] for one in rich["sites"]], rich["cost"]) == (["N"], 5.0)
    assert ([one["id"] for one in poor["sites"]], poor["cost"]) == (["S"], 2.0)


def test_what_cannot_be_planned_is_refused() -> None:
    few = siting_case()["wind"] | {"speed_m_s": [3.0] * 50 + [None] * 50}
    for change, error in (({"wind": few}, TooFewWinds), ({"candidates": []}, NobodyEmits), ({"sites": []}, NoSites)):
        with pytest.raises(error):
            answered(case=siting_case(**change))
