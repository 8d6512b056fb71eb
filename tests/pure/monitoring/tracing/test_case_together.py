"""Stand-alone cases of several substances: what becomes of profiles, what is refused, and the worked one."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from monitoring.tracing.domain.case.building import event_of, profile_of, shares_of
from monitoring.tracing.domain.case.reading import BadCase, parsed
from monitoring.tracing.domain.case.writing import written
from monitoring.tracing.domain.inference.engine import trace

FOLDER = Path(__file__).resolve().parents[4] / "monitoring/reference"
SCHEMA = json.loads((FOLDER / "trace_case.schema.json").read_text(encoding="utf-8"))
WORKED = FOLDER / "trace_cases" / "together.json"
AROMATICS = ("benzene", "toluene", "xylene")


def point(**known: Any) -> dict[str, Any]:
    return {"id": "P1", "east_m": 0, "north_m": 0} | known


def profile(certainty: float | None = None, **shares: float) -> dict[str, Any]:
    found: dict[str, Any] = {"shares": shares, "source": "measured at the stack"}
    return found if certainty is None else found | {"certainty": certainty}


def small(**event: Any) -> dict[str, Any]:
    wind = {"speed_m_s": [3.0] * 90, "from_deg": [270.0] * 90, "stability": "D", "start": "2026-05-01T00:00:00+08:00"}
    observed = [
        {"sensor": s, "substance": name, "unit": "ug/m3", "values": [1.0] * 90} for s in ("S1", "S2") for name in ("benzene", "toluene")
    ]  # fmt: skip
    return {
        "sensors": [{"id": "S1", "east_m": 300, "north_m": 0}, {"id": "S2", "east_m": 0, "north_m": 300}],
        "candidates": [point()], "wind": wind, "observations": observed, "events": [event],
    }  # fmt: skip


@pytest.fixture(scope="module")
def answers() -> list[dict[str, Any]]:
    case, problems = parsed(text=WORKED.read_text(encoding="utf-8"), schema=SCHEMA)
    assert problems == ()
    events = [event_of(case=case, number=number) for number in (0, 1)]
    return [written(event=one, finding=trace(case=one.case, settings=one.settings)) for one in events]


def test_a_profile_is_of_the_substances_that_are_traced() -> None:
    given = point(profile=profile(certainty=80, benzene=0.3, toluene=0.1, styrene=0.6))

    assert profile_of(candidate=given, substances=("Benzene", "toluene")) == pytest.approx([0.75, 0.25])
    assert shares_of(candidate=given, substances=("benzene", "toluene")) == pytest.approx([60, 20])


def test_a_profile_that_lacks_a_substance_tells_nothing() -> None:
    given = point(profile=profile(benzene=0.3, toluene=0.1))

    assert profile_of(candidate=given, substances=AROMATICS) is None
    assert shares_of(candidate=given, substances=AROMATICS) == pytest.approx([1, 1, 1])


def test_what_a_point_does_not_handle_has_no_share() -> None:
    unknown = point(substances=["toluene", "xylene"])
    known = unknown | {"profile": profile(certainty=100, benzene=0.5, toluene=0.4, xylene=0.1)}

    assert shares_of(candidate=unknown, substances=AROMATICS) == pytest.approx([0, 1, 1])
    assert shares_of(candidate=known, substances=AROMATICS) == pytest.approx([0, 80, 20])


def test_a_point_that_handles_one_of_them_may_be_the_source_and_one_that_handles_none_may_not() -> None:
    case = small(together=["benzene", "toluene"])
    case["candidates"] = [point(substances=["toluene"]), point(id="P2", substances=["ammonia"])]

    event = event_of(case=case, number=0)

    assert event.case.prior is not None
    assert event.case.prior[0] > 0 == event.case.prior[1]
    assert event.together == ("benzene", "toluene")
    assert event.case.companions is not None
    assert event.case.companions.values.shape == (90, 2, 1)


@pytest.mark.parametrize(
    "event", [{"together": ["benzene", "Benzene"]}, {"together": ["benzene", "toluene"], "substance": "benzene"}, {"together": ["benzene", "styrene"]}]
)  # fmt: skip
def test_what_cannot_be_traced_as_one_is_refused_with_its_path(event: dict[str, Any]) -> None:
    with pytest.raises(BadCase) as refused:
        event_of(case=small(**event), number=0)

    assert "/events/0" in str(refused.value)


def test_the_worked_case_names_the_true_neighbour_that_one_substance_does_not(answers: list[dict[str, Any]]) -> None:
    """The truth stands in monitoring/reference/trace_cases/README.md."""
    together, alone = answers

    assert together["named"] == ["P8"]
    assert "P8" not in alone["named"]
    assert "by_substance" not in alone["candidates"][0]


def test_the_worked_case_tells_rates_and_shares_beside_those_registered(answers: list[dict[str, Any]]) -> None:
    first = answers[0]["candidates"][0]

    found = first["by_substance"]

    assert [one["substance"] for one in found] == list(AROMATICS)
    assert [one["registered_share"] for one in found] == pytest.approx([0.6, 0.3, 0.1], abs=1e-3)
    assert {one["source"] for one in found} == {"Invented for this case"}
    assert sum(one["share"]["p50"] for one in found) == pytest.approx(1.0, abs=0.02)
    assert np.sum([one["rate"]["mean"] for one in found]) == pytest.approx(first["rate"]["mean"], rel=0.1)
    assert abs(found[0]["share"]["p50"] - 0.662) < abs(
        found[0]["registered_share"] - 0.662
    )  # nearer to what was released
    assert {one["substance"] for one in first["evidence_for"]} <= set(AROMATICS)


def test_what_was_read_under_their_plumes_speaks_for_the_true_one_and_against_its_neighbour(
    answers: list[dict[str, Any]],
) -> None:
    by_id = {one["id"]: one["by_substance"] for one in answers[0]["candidates"]}

    assert [one["share_read_under_its_plume"] for one in by_id["P8"]] == pytest.approx([0.662, 0.262, 0.076], abs=0.05)
    assert all(one["speaks"] > 0 for one in by_id["P8"])
    assert by_id["P7"][0]["speaks"] < -10
    assert by_id["P7"][2]["speaks"] < -10


def test_a_point_without_a_profile_says_so(answers: list[dict[str, Any]]) -> None:
    plain = next(one for one in answers[0]["candidates"] if one["by_substance"][0]["registered_share"] is None)

    assert {one["certainty"] for one in plain["by_substance"]} == {None}
