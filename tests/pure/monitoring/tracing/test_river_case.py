"""A river's case as a file: held to its schema, traced to the known truth, refused with the path of what is wrong."""

import copy
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from monitoring.tracing.domain.case.reading import BadCase
from monitoring.tracing.domain.river_case import answered
from tests.factories.rivers import KG, SPEED, SPILL_M, river_case

FOLDER = Path(__file__).resolve().parents[4] / "monitoring" / "reference"
SCHEMA = json.loads((FOLDER / "trace_river_case.schema.json").read_text(encoding="utf-8"))
CASE = json.loads((FOLDER / "trace_cases" / "river" / "two_stations.json").read_text(encoding="utf-8"))
TRUE_START = datetime.fromisoformat("2026-06-01T08:25:00+08:00")


def changed(**parts: object) -> dict[str, Any]:
    return copy.deepcopy(CASE) | parts


def test_the_worked_case_holds_to_its_schema_and_is_what_its_generator_makes() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    checker = Draft202012Validator(SCHEMA)

    assert list(checker.iter_errors(CASE)) == []
    assert list(checker.iter_errors(changed(colour="red")))
    assert list(checker.iter_errors(changed(stations=[])))
    assert river_case() == CASE


def test_bands_of_place_start_mass_and_speed_hold_the_truth_and_the_ridge_is_said_in_words() -> None:
    """The truth stands in monitoring/reference/trace_cases/README.md; along the ridge 100 m take 100 / 0.5 s = 3.3 min."""
    answer = answered(document=CASE)
    release = answer["release"]
    start = [datetime.fromisoformat(release["start"][name]) for name in ("p5", "p95")]

    assert (answer["verdict"], answer["named"][0]) == ("several", "DW-2")
    assert release["position_m"]["p5"] <= SPILL_M <= release["position_m"]["p95"]
    assert start[0] <= TRUE_START <= start[1]
    assert release["mass_kg"]["p5"] <= KG <= release["mass_kg"]["p95"]
    assert release["speed_m_s"]["p50"] == pytest.approx(SPEED, rel=0.03)
    assert answer["ridge"]["minutes_per_100_m"] == pytest.approx(100 / SPEED / 60, rel=0.1)
    assert any("lie on a ridge" in one for one in answer["reasons"])
    assert answer["outfalls"][0]["id"] == "DW-2"
    json.dumps(answer, allow_nan=False)


def test_neighbours_a_kilometre_away_make_several_and_those_further_off_leave_one_name() -> None:
    """The first station is 1,800 m below the spill; a width that errs by a third cannot tell 400 m, 1,200 m and 2,200 m apart."""
    places = {"DW-1": 50.0, "DW-2": SPILL_M, "DW-3": 2700.0}
    apart = answered(document=changed(outfalls=[{"id": name, "position_m": at} for name, at in places.items()]))

    assert answered(document=CASE)["verdict"] == "several"
    assert (apart["verdict"], apart["named"]) == ("named", ["DW-2"])


def test_a_repeat_gives_the_same_answer_and_twice_the_mass_twice_the_mass() -> None:
    once, double = answered(document=CASE), answered(document=river_case(kg=2 * KG))

    assert answered(document=CASE) == once
    assert double["release"]["mass_kg"]["p50"] == pytest.approx(2 * once["release"]["mass_kg"]["p50"], rel=0.05)


def test_a_reach_moved_along_its_river_moves_the_answer_and_changes_nothing_else() -> None:
    moved = changed(
        stations=[one | {"position_m": one["position_m"] + 10_000} for one in CASE["stations"]],
        search=CASE["search"] | {"from_m": CASE["search"]["from_m"] + 10_000},
    )
    here, there = answered(document=CASE)["release"], answered(document=moved)["release"]

    assert there["position_m"]["p50"] - 10_000 == pytest.approx(here["position_m"]["p50"], abs=30)
    assert there["mass_kg"]["p50"] == pytest.approx(here["mass_kg"]["p50"], rel=0.02)


def test_a_station_that_saw_nothing_is_evidence_and_one_that_alone_saw_something_locates_nothing() -> None:
    silent = copy.deepcopy(CASE)
    silent["stations"][1]["values_mg_l"] = [0.2] * len(silent["stations"][1]["values_mg_l"])
    answer = answered(document=silent)

    assert answer["verdict"] == "cannot tell"
    assert any("One station alone" in one for one in answer["reasons"])


def test_no_rise_at_all_and_a_search_that_is_too_short_end_in_cannot_tell() -> None:
    clean = copy.deepcopy(CASE)
    for one in clean["stations"]:
        one["values_mg_l"] = [0.2] * len(one["values_mg_l"])
    short = changed(search=CASE["search"] | {"from_m": 1700.0})

    assert answered(document=clean)["release"] is None
    assert answered(document=short)["verdict"] == "cannot tell"
    assert any("widen it" in one for one in answered(document=short)["reasons"])


def test_two_spills_are_not_taken_for_one() -> None:
    twice, later = copy.deepcopy(CASE), river_case(seed=9)
    for one, other in zip(twice["stations"], later["stations"], strict=True):
        first, second = one["values_mg_l"], [0.2] * 25 + other["values_mg_l"][:-25]
        one["values_mg_l"] = [a + b - 0.2 for a, b in zip(first, second, strict=True)]
    answer = answered(document=twice)

    assert answer["verdict"] == "cannot tell"
    assert any("explains too little" in one for one in answer["reasons"])


def test_what_does_not_fit_is_refused_with_its_path() -> None:
    stations = CASE["stations"]
    wrong = {
        "/stations/1": changed(stations=[stations[0], stations[1] | {"position_m": stations[0]["position_m"]}]),
        "/stations/0/values_mg_l": changed(stations=[stations[0] | {"values_mg_l": [1.0, 2.0, 3.0, None]}, stations[1]]),
        "/stations/0/start": changed(stations=[stations[0] | {"start": "yesterday"}, stations[1]]),
        "/river/speed_m_s": changed(river=CASE["river"] | {"speed_m_s": {"low": 0.6, "high": 0.4}}),
        "/search/from_m": changed(search=CASE["search"] | {"from_m": 3000.0}),
        "/search/latest": changed(search=CASE["search"] | {"latest": CASE["search"]["earliest"]}),
    }  # fmt: skip
    for path, case in wrong.items():
        with pytest.raises(BadCase) as refused:
            answered(document=case)
        assert refused.value.details["path"] == path


def test_the_command_takes_a_river_by_its_format_and_names_the_path_of_what_breaks_the_schema() -> None:
    from monitoring.management.commands.trace import answer_of

    good = answer_of(text=json.dumps(CASE))
    bad = answer_of(text=json.dumps(changed(river={"speed_m_s": {"low": 0.4, "high": 0.6}})))

    assert good["errors"] == []
    assert good["events"][0]["verdict"] == "several"
    assert {one["path"] for one in bad["errors"]} == {"/river"}
