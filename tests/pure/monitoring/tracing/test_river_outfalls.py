"""Registered outfalls of a river held against the draws of a place: by hand for known draws, by particles for a whole case."""

from typing import Any

import numpy as np
import pytest
from scipy.stats import norm

from monitoring.tracing.domain.inference.finding import Verdict
from monitoring.tracing.domain.river import Reach, instantaneous
from monitoring.tracing.domain.river_case import answered
from monitoring.tracing.domain.river_outfalls import Outfall, Register, judged, weighed
from monitoring.tracing.domain.river_scene import Band, Curve, Found, River, Searched
from tests.factories.rivers import KG, SPILL_M, river_case

RIVER = River(Band(0.45, 0.55), Band(5.0, 20.0), Band(20.0, 25.0))
WITHIN = Searched((0.0, 4000.0), (-7200.0, 7200.0))
CENTRE, SPREAD, SPEED = 2000.0, 150.0, 0.5


def drawn(count: int = 4000, seed: int = 1) -> Found:
    """A normal cloud of places on a ridge: 100 m upstream are 200 s earlier; 10 kg everywhere."""
    rng = np.random.default_rng(seed)
    place = CENTRE + SPREAD * rng.standard_normal(count)
    start = (place - CENTRE) / SPEED
    same = np.ones(count)
    return Found(
        place,
        start,
        SPEED * same,
        10.0 * same,
        1e-3 * same,
        60.0 * same,
        10.0 * same,
        (CENTRE, 0.0, SPEED, 10.0, 1e-3, 60.0, 0.2),
        1.0,
        1.0,
        1.0,
    )


def curves() -> list[Curve]:
    time = np.arange(0.0, 4 * 3600.0, 120.0)
    reach = Reach(SPEED, 10.0, 50.0)
    return [
        Curve(at, time, instantaneous(mass=10.0, x=at - CENTRE, time=time, reach=reach), 1e-6, 0.1)
        for at in (4200.0, 5200.0)
    ]


def register(*outfalls: Outfall) -> Register:
    return weighed(outfalls=outfalls, found=drawn(), sharp=drawn(), curves=curves(), river=RIVER, within=WITHIN)


def test_probabilities_are_bayes_by_hand_for_a_normal_cloud_of_places() -> None:
    """Two outfalls share a prior of 0.92, the bank has 0.08; each weighs by its density over the flat one of 1/4000."""
    found = register(Outfall("at", 2000.0, True), Outfall("beside", 2300.0, True))
    gain = [4000 * norm.pdf(x, CENTRE, SPREAD) for x in (2000.0, 2300.0)]
    total = 0.46 * gain[0] + 0.46 * gain[1] + 0.08

    assert [one.outfall.id for one in found.candidates] == ["at", "beside"]
    assert found.candidates[0].probability == pytest.approx(0.46 * gain[0] / total, abs=0.02)
    assert found.candidates[1].probability == pytest.approx(0.46 * gain[1] / total, abs=0.02)
    assert found.elsewhere == pytest.approx(0.08 / total, abs=0.005)
    assert sum(one.probability for one in found.candidates) + found.elsewhere == pytest.approx(1.0)


def test_start_at_an_outfall_is_moved_along_the_ridge() -> None:
    """300 m below the middle the water is there 600 s later, and so must the spill be."""
    found = register(Outfall("at", 2000.0, True), Outfall("beside", 2300.0, True))

    assert np.median(found.candidates[0].start) == pytest.approx(0.0, abs=1.0)
    assert np.median(found.candidates[1].start) == pytest.approx(600.0, abs=5.0)
    assert np.median(found.candidates[1].mass) == pytest.approx(10.0, rel=0.01)


def test_one_that_may_not_hold_the_substance_is_unregistered_and_a_cleared_one_is_none() -> None:
    strange = register(Outfall("far", 400.0, True), Outfall("other", 2000.0, False))
    cleared = register(Outfall("far", 400.0, True), Outfall("cleared", 2000.0, True, ruled_out=True))

    assert judged(register=strange) == (Verdict.UNREGISTERED, ("other",))
    assert strange.unregistered == pytest.approx(1.0, abs=0.001)
    assert [one.outfall.id for one in cleared.candidates] == ["far"]
    assert judged(register=cleared) == (Verdict.UNREGISTERED, ())


def test_two_outfalls_side_by_side_are_several_and_one_found_before_is_likelier() -> None:
    alike = register(Outfall("left", 1990.0, True), Outfall("right", 2010.0, True))
    known = register(Outfall("left", 1990.0, True, confirmed=2), Outfall("right", 2010.0, True))

    assert judged(register=alike) == (Verdict.SEVERAL, tuple(one.outfall.id for one in alike.candidates))
    shares = {one.outfall.id: one.probability for one in known.candidates}
    # weight 1 + 0.5 for each case
    assert shares["left"] / shares["right"] == pytest.approx(2.0, rel=0.1)


def test_stations_speak_for_the_true_place_and_less_well_for_one_whose_curve_would_be_too_narrow() -> None:
    """From 450 m nearer the cloud has 0.8 of the way to the first station, and its width squared 0.8 of the true one."""
    found = register(Outfall("true", 2000.0, True), Outfall("near", 2450.0, True))
    rows = {one.outfall.id: one.stations for one in found.candidates}

    assert not any(one.against for one in rows["true"])
    assert rows["true"][0].misfit < 0.05
    assert rows["near"][0].misfit > rows["true"][0].misfit
    # the middle of a cloud takes x / u + 2 D / u2 = 4400 + 80 s to the first station, its highest point comes a little before
    assert rows["true"][0].read_peak[0] == pytest.approx(4400.0, abs=130.0)


def with_register(**changes: Any) -> dict[str, Any]:
    case = river_case()
    case["river"] |= {"width_m": 30.0, "depth_m": 1.5, "slope": 0.0003}
    case["outfalls"] = [
        {"id": "DW-1", "position_m": 400.0, "enterprise": "far", "substances": ["w23002"]},
        {"id": "DW-2", "position_m": SPILL_M, "enterprise": "two", "substances": ["w23002", "w21016"]},
        {"id": "DW-3", "position_m": 2200.0, "enterprise": "other", "substances": ["w21016"]},
        {"id": "DW-4", "position_m": 3500.0, "enterprise": "below"},
    ]
    return case | changes


def test_a_whole_case_names_the_outfall_that_spilled_with_the_grounds_for_and_against() -> None:
    """Transverse mixing 0.6 h u* with u* = sqrt(9.81 x 1.5 x 0.0003) = 0.0664 m/s: 0.4 x 0.5 x 900 / 0.0598 = 3.0 km at the bank."""
    stages: list[str] = []
    answer = answered(document=with_register(), progress=stages.append)
    first = answer["candidates"][0]

    assert stages == ["rough", "first", "second", "outfalls"]
    assert (answer["verdict"], answer["named"], first["enterprise"]) == ("named", ["DW-2"], "two")
    assert first["mass_kg"]["p5"] <= KG <= first["mass_kg"]["p95"]
    assert [one["speaks"] for one in first["evidence"]] == ["for", "for"]
    assert {one["id"]: one["reason"] for one in answer["excluded"]}[
        "DW-4"
    ] == "It lies below the first station that read it."
    assert answer["mixing_length_m"] == pytest.approx(3012, rel=0.03)
    assert any("not mixed across" in one for one in answer["reasons"])
    assert [len(one["expected_mg_l"]) for one in answer["outfall_fits"][0]["stations"]] == [100, 100]


def test_one_station_tells_a_ridge_and_no_name() -> None:
    case = with_register()
    answer = answered(document=case | {"stations": case["stations"][:1]})

    assert (answer["verdict"], answer["named"]) == ("cannot tell", [])
    assert any("One station alone" in one for one in answer["reasons"])
    assert abs(answer["ridge"]["correlation"]) > 0.8
