"""Reaches in series, against sums by hand and against finite volumes that are integrated here."""

import copy
import json
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from jsonschema import Draft202012Validator

from monitoring.tracing.domain.case.reading import BadCase
from monitoring.tracing.domain.river import cloud
from monitoring.tracing.domain.river_case import answered
from monitoring.tracing.domain.river_course import Course, carried

SCHEMA = json.loads(
    (Path(__file__).resolve().parents[4] / "monitoring" / "reference" / "trace_river_case.schema.json").read_text(
        "utf-8"
    )
)
# Upper end [m], speed [m/s], dispersion [m2/s], flow [m3/s]: slow and wide, swift, slow again below a tributary.
REACHES = ((0.0, 0.4, 8.0, 12.0), (3000.0, 0.8, 16.0, 12.0), (6000.0, 0.5, 10.0, 18.0))
KG, SPILL_M, STATIONS = 40.0, 1000.0, (2500.0, 5500.0, 9000.0)
CELL_M, STEP_S, SECONDS, LENGTH_M = 10.0, 2.5, 33_000.0, 10_500.0


def course() -> Course:
    upper, *parts = np.array(REACHES).T
    return Course(upper, *(part / part[0] for part in parts))


@cache
def finite_volumes() -> tuple[np.ndarray, dict[float, np.ndarray]]:
    """Seconds since the spill, and concentration at the stations [kg/m3].

    A cell hands on what flows through its lower face; what the upstream differences smear is taken off the dispersion. Tributaries bring clean water.
    """
    faces = np.arange(0.0, LENGTH_M + CELL_M, CELL_M)
    number = np.searchsorted([one[0] for one in REACHES], faces[:-1] + CELL_M / 2, side="right") - 1
    speed, spread, flow = (np.array([one[k] for one in REACHES])[number] for k in (1, 2, 3))
    area, less = flow / speed, np.maximum(spread - speed * CELL_M / 2 * (1 - speed * STEP_S / CELL_M), 0.0)
    between = np.minimum(area[:-1] * less[:-1], area[1:] * less[1:])
    level = np.zeros(len(area))
    level[int(SPILL_M / CELL_M)] = KG / (area[int(SPILL_M / CELL_M)] * CELL_M)
    kept: dict[float, list[float]] = {at: [] for at in STATIONS}
    times = np.arange(0.0, SECONDS, STEP_S)
    for _ in times:
        for at in STATIONS:
            kept[at].append(float(level[int(at / CELL_M)]))
        through = flow * level
        through[:-1] -= between * np.diff(level) / CELL_M
        change = -through
        change[1:] += through[:-1]
        level = level + STEP_S * change / (area * CELL_M)
    return times, {at: np.array(row) for at, row in kept.items()}


def brought(at: float, times: np.ndarray) -> np.ndarray:
    """By the formula, from the first reach's speed, dispersion and flow."""
    _, speed, dispersion, flow = REACHES[0]
    unit = carried(course=course(), place=SPILL_M, at=at, time=times, speed=speed, dispersion=dispersion, decay=0.0)
    return KG * speed / flow * unit


def test_times_and_variances_of_passing_add_up_along_the_course() -> None:
    """From 1000 m to 9000 m: 2000 m / 0.4 + 3000 m / 0.8 + 3000 m / 0.5 = 14,750 s; variances 2 D L / u3 likewise."""
    own = course()
    way = float(own.way(9000.0) - own.way(1000.0))
    wide = float(own.widening(9000.0) - own.widening(1000.0))

    assert way / 0.4 == pytest.approx(14_750.0)
    by_hand = 2 * (8.0 * 2000 / 0.4**3 + 16.0 * 3000 / 0.8**3 + 10.0 * 3000 / 0.5**3)
    assert 2 * 8.0 * wide / 0.4**3 == pytest.approx(by_hand)
    assert own.way(-500.0) == pytest.approx(-500.0)
    assert [float(own.flow_at(place)) for place in (-1.0, 2999.0, 6000.0, 20_000.0)] == [1.0, 1.0, 1.5, 1.5]


def test_reaches_that_are_alike_are_one_even_reach() -> None:
    alike = Course(np.array([0.0, 700.0, 2000.0]), np.ones(3), np.ones(3), np.ones(3))
    time, place = np.arange(0.0, 20_000.0, 60.0), np.array([[-300.0], [650.0], [1999.0], [2600.0]])

    several = carried(course=alike, place=place, at=2500.0, time=time, speed=0.5, dispersion=9.0, decay=1e-5)

    assert several == pytest.approx(cloud(x=2500.0 - place, time=time, speed=0.5, dispersion=9.0, decay=1e-5), rel=1e-9)


@pytest.mark.parametrize("at", STATIONS)
def test_a_spill_through_several_reaches_passes_as_finite_volumes_say(at: float) -> None:
    times, levels = finite_volumes()
    truth, ours = levels[at], brought(at, times)
    flow = next(one[3] for one in reversed(REACHES) if one[0] <= at)

    def moments(values: np.ndarray) -> tuple[float, float]:
        mean = float((values * times).sum() / values.sum())
        return mean, float((values * (times - mean) ** 2).sum() / values.sum())

    assert truth.sum() * STEP_S * flow == pytest.approx(KG, rel=1e-3)
    assert ours.sum() * STEP_S * flow == pytest.approx(KG, rel=1e-3)
    assert moments(ours)[0] == pytest.approx(moments(truth)[0], rel=0.01)
    assert moments(ours)[1] == pytest.approx(moments(truth)[1], rel=0.06)
    assert float(ours.max()) == pytest.approx(float(truth.max()), rel=0.03)
    assert float(np.abs(ours - truth).max()) < 0.04 * float(truth.max())


def river_case() -> dict[str, Any]:
    """Readings every five minutes of the spill at 1000 m, which began at 08:00; the first station stands two reaches below it."""
    _, levels = finite_volumes()
    rng = np.random.default_rng(4)
    rows = []
    for at in STATIONS[1:]:
        clean = 1e3 * levels[at][:: round(300 / STEP_S)]
        read = clean * (1 + 0.03 * rng.standard_normal(len(clean))) + 0.01 * rng.standard_normal(len(clean))
        rows.append({
            "id": f"S{at:.0f}", "position_m": at, "start": "2026-06-01T08:00:00+08:00", "interval_s": 300.0, "noise_floor_mg_l": 0.01,
            "values_mg_l": [round(max(float(v), 0.0), 4) for v in read],
        })  # fmt: skip
    names = ("from_m", "speed_m_s", "dispersion_m2_s", "flow_m3_s")
    return {
        "format": "tongjian-trace-river/1",
        "river": {
            "speed_m_s": {"low": 0.36, "high": 0.44}, "dispersion_m2_s": {"low": 4.0, "high": 16.0}, "flow_m3_s": {"low": 11.0, "high": 13.0},
            "reaches": [dict(zip(names, one, strict=True)) for one in REACHES],
        },
        "stations": rows, "search": {"from_m": -2000.0, "earliest": "2026-06-01T05:00:00+08:00", "latest": "2026-06-01T10:00:00+08:00"},
        "outfalls": [{"id": "P1", "position_m": -500.0}, {"id": "P2", "position_m": 1000.0}, {"id": "P3", "position_m": 2900.0}],
    }  # fmt: skip


def test_a_spill_above_reaches_that_differ_is_traced_to_its_outfall_and_one_even_reach_misses_its_place_or_start() -> (
    None
):
    case = river_case()
    assert list(Draft202012Validator(SCHEMA).iter_errors(case)) == []
    begun = datetime.fromisoformat("2026-06-01T08:00:00+08:00")

    answer = answered(document=case)
    release = answer["release"]

    start = [datetime.fromisoformat(release["start"][name]) for name in ("p5", "p50", "p95")]
    assert answer["candidates"][0]["id"] == "P2"
    assert release["position_m"]["p5"] <= SPILL_M <= release["position_m"]["p95"]
    assert start[0] <= begun <= start[2]
    assert release["mass_kg"]["p50"] == pytest.approx(KG, rel=0.15)

    even = copy.deepcopy(case)
    even["river"] |= {"speed_m_s": {"low": 0.4, "high": 0.8}, "dispersion_m2_s": {"low": 4.0, "high": 30.0}, "flow_m3_s": {"low": 11.0, "high": 19.0}}  # fmt: skip
    del even["river"]["reaches"]
    told = answered(document=even)
    assert abs(told["release"]["position_m"]["p50"] - SPILL_M) > abs(release["position_m"]["p50"] - SPILL_M)


@pytest.mark.parametrize(
    ("number", "name", "value", "path"),
    [
        (1, "from_m", 0.0, "/river/reaches/1/from_m"), (0, "speed_m_s", 0.9, "/river/reaches/0/speed_m_s"),
        (0, "flow_m3_s", 40.0, "/river/reaches/0/flow_m3_s"),
    ],
)  # fmt: skip
def test_reaches_out_of_order_or_outside_their_bands_are_refused_with_their_path(
    number: int, name: str, value: float, path: str
) -> None:
    case = river_case()
    case["river"]["reaches"][number][name] = value

    with pytest.raises(BadCase) as refused:
        answered(document=case)

    assert refused.value.details["path"] == path
