"""Quiet readings, scores of water answers, priors and inspections in a sewer."""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from monitoring.tracing.domain.scoring import Score
from monitoring.tracing.domain.sewers.case import answered
from monitoring.tracing.domain.stages import WaterStage, standing
from monitoring.tracing.domain.water.quiet import quiet_of
from monitoring.tracing.domain.water.readings import Reading, gridded
from monitoring.tracing.domain.water.scoring import water_scored

BAND = {"p5": 20.0, "p50": 30.0, "p95": 45.0}
STARTS = {name: f"2026-03-04T1{hour}:00:00+08:00" for name, hour in (("p5", 2), ("p50", 3), ("p95", 4))}
TRUTH = {"node": "B", "mass_kg": 40.0, "start": "2026-03-04T05:30:00+00:00"}  # 13:30 in the park


def answer(verdict: str, named: list[str]) -> dict[str, Any]:
    candidates = [
        {"id": one, "probability": p, "mass_kg": BAND, "start": STARTS} for one, p in (("A", 0.5), ("B", 0.4))
    ]
    return {"verdict": verdict, "named": named, "candidates": candidates}


@pytest.mark.parametrize(
    ("kind", "verdict", "named", "score"),
    [
        ("STEADY", "named", ["B"], Score.RIGHT),
        ("STEADY", "named", ["A"], Score.WRONG),
        ("STEADY", "several", ["A", "B"], Score.PARTLY),
        ("STEADY", "cannot tell", [], Score.NOT_TOLD),
        ("STEADY", "unregistered", ["A"], Score.WRONG),
        ("UNREGISTERED", "unregistered", ["B"], Score.RIGHT),
        ("UNREGISTERED", "unregistered", ["A"], Score.PARTLY),
        ("UNREGISTERED", "named", ["A"], Score.WRONG),
    ],
)
def test_an_answer_is_right_only_when_it_names_the_true_node_alone(
    kind: str, verdict: str, named: list[str], score: Score
) -> None:
    found = water_scored(kind=kind, truth=TRUTH, answer=answer(verdict, named))

    assert found.score is score
    assert (found.rank, found.probability, found.mass_held, found.start_held) == (2, 0.4, True, True)


def test_a_true_node_that_is_not_listed_has_no_rank() -> None:
    found = water_scored(kind="STEADY", truth=TRUTH | {"node": "Z"}, answer=answer("named", ["A"]))

    assert (found.rank, found.mass_held, found.innocent) == (None, None, ("A",))


def test_quiet_level_and_noise_are_those_of_the_time_without_the_event() -> None:
    # sixty readings around 0.2 with a deviation of 0.01, then twenty of an event a hundred times as high
    calm = 0.2 + 0.01 * np.random.default_rng(5).standard_normal(60)
    found = quiet_of(values=[*calm.tolist(), *([20.0] * 20)])

    assert found.level == pytest.approx(0.2, abs=0.006)
    assert found.noise == pytest.approx(0.01, rel=0.5)


def test_an_analyser_that_repeats_one_number_still_has_noise() -> None:
    assert quiet_of(values=[0.5] * 12).noise == 1e-3


def test_levels_stand_beside_the_readings_of_a_case() -> None:
    begin = datetime(2026, 3, 4, tzinfo=UTC)
    readings = [Reading(begin + timedelta(minutes=10 * k), "A", 1.0 + k) for k in range(5)]
    case = gridded(readings=readings, interval=600.0, floor=0.1, level={"A": 0.25, "B": 9.0})

    assert case["manholes"] == [{"manhole": "A", "values_mg_l": [1.0, 2.0, 3.0, 4.0, 5.0], "background_mg_l": 0.25}]


def sewer(**more: Any) -> dict[str, Any]:
    """Two plants alike at two manholes of one branch, read below both; a triangle of readings."""
    values = [0.0] * 12 + [4.0, 9.0, 12.0, 12.0, 9.0, 4.0, 1.0] + [0.0] * 11
    manholes = [
        {"id": "P1", "inflow_m3_h": 30.0, "enterprise": "甲"}, {"id": "P2", "inflow_m3_h": 30.0, "enterprise": "乙"}, {"id": "J"}, {"id": "W"},
    ]  # fmt: skip
    pipes = [
        {"id": f"{a}-{b}", "from": a, "to": b, "length_m": 300.0, "diameter_mm": 400, "slope": 0.003} for a, b in (("P1", "J"), ("P2", "J"), ("J", "W"))
    ]  # fmt: skip
    return {
        "format": "tongjian-trace-water/1", "manholes": manholes, "pipes": pipes, "options": more,
        "readings": {"start": "2026-03-04T00:00:00+08:00", "interval_s": 600.0, "noise_floor_mg_l": 0.05, "manholes": [{"manhole": "W", "values_mg_l": values}]},
    }  # fmt: skip


def chance(found: dict[str, Any]) -> dict[str, float]:
    return {one["id"]: one["probability"] for one in found["candidates"]}


def test_a_plant_confirmed_before_is_likelier_than_its_twin_by_the_odds_of_the_prior() -> None:
    """Two confirmed cases double the weight: 1 + 0.5 x 2."""
    case = sewer()
    even = chance(answered(document=case))
    case["manholes"][0]["confirmed_cases"] = 2
    uneven = chance(answered(document=case))

    # Each pipe draws its own paces, so the twins are alike but not equal.
    assert even["P1"] == pytest.approx(even["P2"], rel=0.2)
    assert uneven["P1"] / uneven["P2"] == pytest.approx(2.0 * even["P1"] / even["P2"], rel=0.02)


def test_a_node_that_an_inspection_ruled_out_is_excluded_with_that_reason() -> None:
    found = answered(document=sewer(ruled_out=["P1"]))

    assert "P1" not in chance(found)
    assert {"id": "P1", "reason": "An inspection has ruled it out."} in found["excluded"]
    assert found["candidates"][0]["id"] == "P2"


def test_a_trace_says_its_stages_in_order() -> None:
    heard: list[str] = []
    answered(document=sewer(), progress=heard.append)

    assert heard == ["upstream", "responses", "search", "answer"]
    assert standing(stage="search", stages=WaterStage)[2] == ("search", "now")


def test_a_registered_plant_is_weighed_among_many_manholes_that_fit_as_well() -> None:
    """A long sewer with more manholes than the list holds; only the lowest inlet is registered for the substance."""
    case = sewer()
    names = [f"M{k:02d}" for k in range(40)]
    case["manholes"] = [
        {"id": name, "inflow_m3_h": 4.0, "enterprise": name, "substances": ["phenol"] if name == "M39" else []} for name in names
    ] + [{"id": "W"}]  # fmt: skip
    case["pipes"] = [
        {"id": f"{a}-{b}", "from": a, "to": b, "length_m": 40.0, "diameter_mm": 400, "slope": 0.003}
        for a, b in zip(names, [*names[1:], "W"], strict=True)
    ]  # fmt: skip
    case["substance"] = "phenol"

    found = chance(answered(document=case))

    assert found["M39"] == max(found.values())
