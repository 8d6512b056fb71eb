"""Stand-alone cases: the worked ones, what is refused and where, units and frames."""

import json
from pathlib import Path

import numpy as np
import pytest

from monitoring.tracing.domain.case.building import event_of
from monitoring.tracing.domain.case.reading import BadCase, Frame, parsed
from monitoring.tracing.domain.case.writing import written
from monitoring.tracing.domain.inference.engine import trace
from parks.catalogue.domain.errors import PlatformError

FOLDER = Path(__file__).resolve().parents[4] / "monitoring/reference"
SCHEMA = json.loads((FOLDER / "trace_case.schema.json").read_text(encoding="utf-8"))
CASES = sorted((FOLDER / "trace_cases").glob("*.json"))


def small(**overrides) -> dict:
    wind = {"speed_m_s": [3.0] * 90, "from_deg": [270.0] * 90, "stability": "D", "start": "2026-05-01T00:00:00+08:00"}
    case = {
        "sensors": [{"id": "S1", "east_m": 300, "north_m": 0}, {"id": "S2", "east_m": 0, "north_m": 300}],
        "candidates": [{"id": "P1", "east_m": 0, "north_m": 0}], "wind": wind,
        "observations": [{"sensor": s, "substance": "benzene", "unit": "ppb", "values": [1.0] * 90} for s in ("S1", "S2")],
    }  # fmt: skip
    return case | overrides


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_worked_cases_keep_the_schema_and_are_answered(path: Path) -> None:
    case, problems = parsed(text=path.read_text(encoding="utf-8"), schema=SCHEMA)
    assert problems == ()
    case["options"] = {**case.get("options", {}), "rounds": 120, "burn": 50}

    event = event_of(case=case, number=0)
    answer = written(event=event, finding=trace(case=event.case, settings=event.settings))

    assert answer["verdict"] in {"named", "several", "unregistered", "outside", "cannot tell"}
    assert json.loads(json.dumps(answer, allow_nan=False)) == json.loads(json.dumps(answer))
    for one in answer["candidates"]:
        bands = [one["rate"][name] for name in ("p5", "p25", "p50", "p75", "p95")]
        assert bands == sorted(bands)
        assert 0 <= one["probability"] <= 1


def test_what_was_released_is_the_rate_over_the_time_in_which_it_was_on() -> None:
    """A plume from 02:00 to 04:00 in steady wind, in blocks of half an hour; sources may be on a block before and after, at most."""
    minutes = 360
    on = (np.arange(minutes) >= 120) & (np.arange(minutes) < 240)
    noise = np.random.default_rng(3).normal(0, 0.2, (2, minutes))
    values = [np.where(on, 60.0, 2.0) + noise[0], 2.0 + noise[1]]
    wind = {
        "speed_m_s": [3.0] * minutes,
        "from_deg": (270.0 + 3 * np.sin(np.arange(minutes))).tolist(),
        "stability": "D",
        "start": "2026-05-01T00:00:00+08:00",
    }
    observed = [
        {"sensor": s, "substance": "benzene", "unit": "ug/m3", "values": v.tolist()}
        for s, v in zip(("S1", "S2"), values, strict=True)
    ]
    case = small(wind=wind, observations=observed, options={"block_minutes": 30})
    case["candidates"][0]["enterprise"] = "Works"

    event = event_of(case=case, number=0)
    answer = written(event=event, finding=trace(case=event.case, settings=event.settings))

    assert answer["taken_active"] == {
        "from": "2026-05-01T01:30:00+08:00",
        "to": "2026-05-01T04:30:00+08:00",
        "hours": 3.0,
    }
    first = answer["candidates"][0]
    assert first["mass"]["unit"] == "kg"
    on = [one["probability"] for one in first["when"]["on"]]
    # Two stations and a model that may err by half leave the outer half hours in doubt, and those between in none.
    assert min(on[1:5]) > 0.95
    assert max(on[0], on[5]) < 0.9
    assert first["when"]["from"]["p95"] == "2026-05-01T02:00:00+08:00"
    assert first["when"]["to"]["p5"] == "2026-05-01T04:00:00+08:00"
    assert 1.9 * first["rate"]["p50"] < first["mass"]["p50"] < 3.01 * first["rate"]["p50"]
    assert [(one["enterprise"], one["points"]) for one in answer["enterprises"]] == [("Works", ["P1"])]


def test_schema_problems_name_their_path() -> None:
    case = small()
    case["observations"][1]["unit"] = "lb/ft3"
    case["wind"]["speed_m_s"][4] = -1

    _, problems = parsed(text=json.dumps(case), schema=SCHEMA)

    assert {problem.path for problem in problems} == {"/observations/1/unit", "/wind/speed_m_s/4"}
    with pytest.raises(BadCase):
        parsed(text='{"sensors": NaN}', schema=SCHEMA)


def test_what_does_not_fit_together_names_its_path() -> None:
    with pytest.raises(PlatformError, match="/observations/0/sensor"):
        event_of(case=small(observations=[{"sensor": "S9", "unit": "ug/m3", "values": [1.0] * 90}]), number=0)
    wind = {"speed_m_s": [3.0] * 90, "from_deg": [270.0] * 89}
    with pytest.raises(PlatformError, match="/wind/from_deg"):
        event_of(case=small(wind=wind), number=0)
    with pytest.raises(PlatformError, match="/candidates"):
        event_of(case=small(candidates=[{"id": "P1", "east_m": 0, "north_m": 0}] * 2), number=0)


def test_units_limits_and_coarser_readings_become_arrays() -> None:
    observations = [
        {
            "sensor": "S1",
            "substance": "benzene",
            "unit": "ppm",
            "values": [0.2, None, 1.0],
            "step_s": 1800,
            "detection_limit": 0.5,
        }
    ]
    event = event_of(
        case=small(observations=observations, site={"temperature_c": 25, "pressure_hpa": 1013.25}), number=0
    )

    assert event.case.repeat == 30
    assert event.case.values.shape == (90, 2)
    assert event.case.values[89, 0] == pytest.approx(3.193e-6, rel=1e-3)  # 1 ppm of benzene at 25 degrees
    assert np.isnan(event.case.values[30:60, 0]).all()
    assert event.case.hidden[:30, 0].all()
    assert event.case.values[0, 0] == pytest.approx(0.5 * 3.193e-6, rel=1e-3)


def test_a_point_that_does_not_handle_the_substance_cannot_be_it() -> None:
    candidates = [
        {"id": "P1", "east_m": 0, "north_m": 0, "substances": ["ammonia"]},
        {"id": "P2", "east_m": 0, "north_m": 50, "operating": False},
    ]
    event = event_of(case=small(candidates=candidates), number=0)

    assert event.case.prior[0] == 0.0
    assert event.case.prior[1] == pytest.approx(0.1 * 0.25 / 1.025)


def test_degrees_become_metres() -> None:
    east, north = Frame(31.0, 121.0).metres(latitude=31.01, longitude=121.01)

    assert north == pytest.approx(1111.95, abs=0.1)  # one hundredth of a degree of a sphere of 6,371 km
    assert east == pytest.approx(1111.95 * np.cos(np.radians(31)), abs=0.1)
    assert Frame(31.0, 121.0).degrees(east=east, north=north) == pytest.approx((31.01, 121.01))
