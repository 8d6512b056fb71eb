"""Still water in the search: its curve against the exact one, and what it does to names."""

from datetime import datetime
from typing import Any

import numpy as np
import pytest

from monitoring.tracing.domain.river import Reach, cloud
from monitoring.tracing.domain.river_case import answered
from monitoring.tracing.domain.river_course import carried
from monitoring.tracing.domain.river_stations import Storage, moments, stored
from monitoring.tracing.domain.river_still import Still, held

RUNNING, AREA, SPREAD = 0.5, 20.0, 10.0
TIME = np.arange(60.0, 30_000.0, 30.0)
STATIONS, PLACES = (4000.0, 6000.0, 8500.0), {"A": 500.0, "B": 1500.0, "C": 2500.0}


def exact(x: float, share: float, stay: float, time: np.ndarray = TIME) -> np.ndarray:
    """A kilogram [kg/m3], in Laplace space."""
    reach = Reach(RUNNING, SPREAD, AREA)
    return stored(mass=1.0, x=x, time=time, reach=reach, storage=Storage(share * AREA, share / stay))


def ours(x: float, share: float, stay: float) -> np.ndarray:
    """The cloud goes slower by the share, through as much more of a cross-section."""
    wide, slow = AREA * (1 + share), RUNNING / (1 + share)
    return held(x=x, time=TIME, speed=slow, dispersion=SPREAD, decay=0.0, still=Still(share, stay)) / wide


@pytest.mark.parametrize("x", [2000.0, 6000.0])
@pytest.mark.parametrize(("share", "stay"), [(0.1, 300.0), (0.3, 600.0)])
def test_mass_mean_and_variance_are_those_of_the_exact_solution_and_the_curve_is_near(x: float, share: float, stay: float) -> None:  # fmt: skip
    truth, found = exact(x, share, stay), ours(x, share, stay)
    one, other = moments(time=TIME, values=truth), moments(time=TIME, values=found)

    assert other.mass == pytest.approx(one.mass, rel=0.002)
    assert other.mean == pytest.approx(one.mean, rel=0.002)
    assert other.variance == pytest.approx(one.variance, rel=0.02)
    assert float(np.abs(found - truth).max()) < 0.06 * float(truth.max())


def test_hardly_any_still_water_is_the_plain_river_and_nothing_comes_before_or_above_the_release() -> None:
    plain = cloud(x=3000.0, time=TIME, speed=RUNNING, dispersion=SPREAD, decay=1e-5)
    still = Still(1e-6, 60.0)
    found = held(x=3000.0, time=TIME, speed=RUNNING, dispersion=SPREAD, decay=1e-5, still=still)

    assert float(np.abs(found - plain).max()) < 0.01 * float(plain.max())
    assert not held(x=-50.0, time=TIME, speed=RUNNING, dispersion=SPREAD, decay=0.0, still=still).any()
    assert not held(x=50.0, time=-TIME, speed=RUNNING, dispersion=SPREAD, decay=0.0, still=still).any()


def test_decay_goes_on_in_still_water() -> None:
    """What passes at a moment has decayed since the release, wherever it was meanwhile."""
    still = Still(0.3, 600.0)
    whole, left = (
        carried(course=None, place=0.0, at=3000.0, time=TIME, speed=0.4, dispersion=SPREAD, decay=k, still=still) for k in (0.0, 1e-4)
    )  # fmt: skip

    assert left == pytest.approx(whole * np.exp(-1e-4 * TIME))


def case(*, outfall: str, seed: int, share: float, stay: float) -> dict[str, Any]:
    """Thirty kilograms at 03:00, with the tail of still water, read every five minutes within five per cent."""
    rng, rows = np.random.default_rng(seed), []
    time = np.arange(0.0, 12 * 3600.0, 300.0)
    for at in STATIONS:
        level = 30e3 * exact(at - PLACES[outfall], share, stay, time - 3 * 3600.0)
        read = level * (1 + 0.05 * rng.standard_normal(len(time))) + 0.01 * rng.standard_normal(len(time))
        rows.append({
            "id": f"S{at:.0f}", "position_m": at, "start": "2026-06-01T00:00:00+08:00", "interval_s": 300.0, "noise_floor_mg_l": 0.01,
            "values_mg_l": [round(max(float(v), 0.0), 4) for v in read],
        })  # fmt: skip
    bands = {"speed_m_s": (0.3, 0.6), "dispersion_m2_s": (4.0, 25.0), "flow_m3_s": (8.0, 12.0)}
    return {
        "format": "tongjian-trace-river/1", "river": {name: {"low": low, "high": high} for name, (low, high) in bands.items()}, "stations": rows,
        "search": {"from_m": -2000.0, "earliest": "2026-06-01T00:00:00+08:00", "latest": "2026-06-01T06:00:00+08:00"},
        "outfalls": [{"id": name, "position_m": at} for name, at in PLACES.items()],
    }  # fmt: skip


@pytest.mark.parametrize(("outfall", "seed"), [("A", 1), ("B", 2), ("C", 3)])
def test_a_long_tail_names_no_neighbour_alone_and_place_and_start_lie_in_their_bands(outfall: str, seed: int) -> None:
    answer = answered(document=case(outfall=outfall, seed=seed, share=0.2, stay=900.0))
    release, shares = answer["release"], {one["id"]: one["probability"] for one in answer["candidates"]}
    start = [datetime.fromisoformat(release["start"][name]) for name in ("p5", "p95")]

    assert len(answer["named"]) != 1 or answer["named"] == [outfall]
    assert shares[outfall] > 0.2
    assert release["position_m"]["p5"] <= PLACES[outfall] <= release["position_m"]["p95"]
    assert start[0] <= datetime.fromisoformat("2026-06-01T03:00:00+08:00") <= start[1]


def test_over_spills_with_tails_stated_probabilities_come_true() -> None:
    """Of three outfalls a kilometre apart: the log score beats even odds, and no name is wrong."""
    told = []
    for seed, outfall in enumerate("ABCABC", start=10):
        rng = np.random.default_rng([seed, 5])
        share, stay = float(rng.uniform(0.05, 0.3)), float(rng.uniform(300.0, 1200.0))
        answer = answered(document=case(outfall=outfall, seed=seed, share=share, stay=stay))
        shares = {one["id"]: one["probability"] for one in answer["candidates"]}
        told.append((shares.get(outfall, 0.0), len(answer["named"]) == 1 and answer["named"] != [outfall]))

    assert not any(wrong for _, wrong in told)
    assert float(np.mean(np.log([share for share, _ in told]))) > np.log(1 / 3)
