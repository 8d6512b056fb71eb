"""The demonstration park: the same from the same seed, complete, lawful on paper and physically consistent."""

import csv
import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from deploy.demo import layout
from deploy.demo.facts import LoggerPlan, Story
from deploy.demo.limits import AGREED
from deploy.demo.loggers import FENCE_SPECIES, WATER_FLOW
from deploy.demo.profiles import FLOW, NMHC, O2, PROFILES, VELOCITY
from deploy.demo.series import Generator, hours_of
from deploy.demo.story import SEED, tell
from parks.register.domain.identifiers import INDUSTRY_SHAPE, OUTLET_SHAPE, check_credit_code

ROOT = Path(__file__).resolve().parents[3]
WEEK = hours_of(datetime(2026, 3, 2, tzinfo=UTC)) + np.arange(168.0) + 0.5


@cache
def story() -> Story:
    return tell()


@cache
def generator() -> Generator:
    return Generator.of(story())


def stack_loggers() -> list[LoggerPlan]:
    return [plan for plan in story().loggers if plan.outlet is not None and plan.outlet.medium == "AIR"]


def row_of(plan: LoggerPlan, code: str) -> int:
    return [factor.code for factor in plan.factors].index(code)


def test_same_seed_tells_the_same_story_and_another_seed_another() -> None:
    again = tell(seed=SEED)

    assert again == story()
    assert tell(seed=SEED + 1).loggers != story().loggers


def test_same_moment_gives_the_same_records_however_it_is_asked_for() -> None:
    plan = stack_loggers()[0]

    whole = generator().records(plan, WEEK, length_h=1.0)
    again = Generator.of(tell()).records(plan, WEEK, length_h=1.0)
    part = generator().records(plan, WEEK[100:110], length_h=1.0)

    np.testing.assert_array_equal(whole.value, again.value)
    np.testing.assert_array_equal(whole.flag, again.flag)
    np.testing.assert_allclose(whole.value[:, 100:110], part.value, rtol=1e-12)


def test_park_is_as_large_as_it_was_asked_for() -> None:
    told = story()

    assert len(told.plants) == 40
    assert 150 <= len(told.outlets) <= 175
    # twelve VOC stations on the park's fence and two weather stations were asked for; eight between the plants and some ambient ones, four in the sewer and three on the river came along
    assert Counter((s.kind, s.code[0]) for s in told.stations if s.kind == "FENCE") == {
        ("FENCE", "F"): 12,
        ("FENCE", "R"): 8,
    }
    assert Counter(s.kind for s in told.stations if s.kind != "FENCE") == {
        "WEATHER": 2,
        "AMBIENT": 3,
        "SEWER": 4,
        "RIVER": 3,
    }
    assert {"CHLOR_ALKALI", "ETHYLENE", "RESIN"} <= {plant.kind for plant in told.plants}


def test_every_enterprise_has_a_valid_code_of_its_own() -> None:
    codes = [plant.uscc for plant in story().plants]

    assert [check_credit_code(code) for code in codes] == codes
    assert len(set(codes)) == 40
    assert [p.slug for p in story().plants if not re.match(INDUSTRY_SHAPE, p.industry_code)] == []


def test_keys_of_the_register_are_well_formed_and_unique() -> None:
    told = story()

    assert [o.code for o in told.outlets if not re.match(OUTLET_SHAPE, o.code)] == []
    for keys in (
        [o.key for o in told.outlets],
        [plan.mn for plan in told.loggers],
        [n.code for n in told.nodes],
        [p.code for p in told.pipes],
    ):
        assert len(set(keys)) == len(keys)


def test_every_edition_of_the_protocol_is_spoken() -> None:
    assert {plan.edition for plan in story().loggers} == {2005, 2017, 2025}


def test_every_limit_names_a_standard_of_the_catalogue_and_carries_its_number() -> None:
    file = ROOT / "parks" / "catalogue" / "reference" / "limits.csv"
    with file.open(encoding="utf-8", newline="") as text:
        rows = [r for r in csv.DictReader(text) if r["limit"]]
    known = {
        (f"{r['standard']} {r['outlet_class']}", r["pollutant_code"], r["averaging"], float(r["limit"]), r["unit"])
        for r in rows
    }
    limits = [limit for outlet in story().outlets for limit in outlet.limits]

    unknown = {
        (o.source, o.factor, o.period, o.maximum, o.unit) for o in limits if o.source != AGREED
    } - known  # the agreement with the treatment works is the one limit that no standard sets

    assert len(limits) > 200
    assert unknown == set()


def test_every_measured_stack_of_combustion_has_a_limit_at_reference_oxygen() -> None:
    fired = [o for o in story().outlets if PROFILES.get(o.profile) and PROFILES[o.profile].reference_o2 is not None]

    assert len(fired) >= 8
    for outlet in fired:
        assert {limit.reference_o2 for limit in outlet.limits} == {PROFILES[outlet.profile].reference_o2}, outlet.key


def test_things_stand_inside_the_fence() -> None:
    for outlet in story().outlets:
        assert 0.0 <= outlet.place.x <= layout.WIDTH_M, outlet.key
        assert -20.0 <= outlet.place.y <= layout.HEIGHT_M, outlet.key


def test_wastewater_runs_downhill_to_the_works_and_never_in_a_circle() -> None:
    told = story()
    leaving: dict[str, list[str]] = {}
    for pipe in told.pipes:
        leaving.setdefault(pipe.start, []).append(pipe.end)

    assert {node: ends for node, ends in leaving.items() if len(ends) > 1} == {}
    for node in told.nodes:
        way = [node.code]
        while way[-1] in leaving:
            way.append(leaving[way[-1]][0])
            assert len(way) <= len(told.nodes), f"{node.code} runs in a circle"
        assert way[-1] == "SEA", node.code
        if node.outlet and node.outlet[0] != "wwtp":
            assert "WWTP-IN" in way, node.code
    assert all(pipe.slope > 0 and pipe.length_m > 0 for pipe in told.pipes)


def test_every_discharge_has_its_inlet_into_the_network() -> None:
    told = story()

    inlets = {node.outlet for node in told.nodes if node.outlet}

    assert inlets == {(o.slug, o.code) for o in told.outlets if o.medium == "WATER"}


def test_units_feed_units_that_exist() -> None:
    told = story()
    known = {(unit.slug, unit.code) for unit in told.units}

    assert [u for u in told.units if u.upstream and (u.slug, u.upstream) not in known] == []
    assert [o.key for o in told.outlets for code in o.unit_codes if (o.slug, code) not in known] == []


def test_converted_values_follow_the_formula_of_the_standard() -> None:
    """GB 13223-2011, 5.2: C = C' x (21 - O2 reference) / (21 - O2 measured)."""
    looked_at = 0
    for plan in stack_loggers():
        if O2 not in [f.code for f in plan.factors]:
            continue
        clean = generator().clean(plan, WEEK, fine=False)
        oxygen = clean.value[row_of(plan, O2)]
        running = oxygen < 18.0
        for row, factor in enumerate(plan.factors):
            if factor.reference_o2 is None:
                continue
            expected = clean.value[row] * (21.0 - factor.reference_o2) / (21.0 - oxygen)
            np.testing.assert_allclose(clean.converted[row][running], expected[running], rtol=1e-9)
            looked_at += int(running.sum())

    assert looked_at > 1_000


def test_named_species_never_make_up_more_than_all_hydrocarbons() -> None:
    looked_at = 0
    for plan in story().loggers:
        codes = [f.code for f in plan.factors]
        species = [c for c in codes if c in FENCE_SPECIES or c.startswith(("a24", "a25"))]
        species = [c for c in species if c != NMHC]
        if NMHC not in codes or not species:
            continue
        value = generator().clean(plan, WEEK, fine=False).value
        total = sum(value[codes.index(c)] for c in species)
        assert (total <= value[codes.index(NMHC)] * (1 + 1e-9)).all(), plan.name
        looked_at += 1

    assert looked_at >= 20


def test_flow_is_velocity_times_area_at_standard_state() -> None:
    """Ideal gas: dry standard flow = v A x 273/(273+T) x (p+ps)/p x (1 - moisture)."""
    plan = next(p for p in stack_loggers() if O2 in [f.code for f in p.factors])
    value = generator().clean(plan, WEEK, fine=False).value
    v, t, static, moisture = (value[row_of(plan, code)] for code in (VELOCITY, "a01012", "a01013", "a01014"))
    assert plan.outlet is not None
    assert plan.outlet.diameter_m is not None
    area = np.pi * plan.outlet.diameter_m**2 / 4

    expected = v * area * 273.0 / (273.0 + t) * (101.325 + static) / 101.325 * (1 - moisture / 100.0)

    np.testing.assert_allclose(value[row_of(plan, FLOW)], expected, rtol=1e-9)


def test_mass_of_an_hour_is_concentration_times_flow() -> None:
    plan = next(
        p for p in stack_loggers() if NMHC in [f.code for f in p.factors] and O2 not in [f.code for f in p.factors]
    )
    records = generator().records(plan, WEEK, length_h=1.0)
    flow_m3 = records.total[row_of(plan, FLOW)]

    # mg/m3 x m3 = mg, a million of which are a kilogram
    np.testing.assert_allclose(
        records.total[row_of(plan, NMHC)], records.value[row_of(plan, NMHC)] * flow_m3 * 1e-6, rtol=1e-9
    )


def test_works_discharge_what_the_plants_send_less_the_sludge() -> None:
    plan = next(p for p in story().loggers if p.outlet is not None and p.outlet.key == "wwtp/DW001")
    month = hours_of(datetime(2026, 2, 1, tzinfo=UTC)) + np.arange(24.0 * 60) + 0.5

    out = generator().clean(plan, month, fine=False).value[row_of(plan, WATER_FLOW)].mean()
    sent = 0.0
    for other in story().outlets:
        if other.medium == "WATER" and other.slug != "wwtp":
            asked = replace(
                plan, outlet=other, slug=other.slug, factors=tuple(f for f in plan.factors if f.code == WATER_FLOW)
            )
            sent += generator().clean(asked, month, fine=False).value[0].mean()

    assert 0.90 < out / sent < 1.0


def test_history_knows_exceedances_gaps_and_broken_analysers() -> None:
    season = hours_of(datetime(2026, 1, 1, tzinfo=UTC)) + np.arange(24.0 * 60) + 0.5
    flags: Counter[str] = Counter()
    over = silent = 0
    for plan in stack_loggers()[:40]:
        records = generator().records(plan, season, length_h=1.0)
        flags.update(records.flag.ravel().tolist())
        silent += int(records.silence.silent.sum())
        assert plan.outlet is not None
        for limit in plan.outlet.limits:
            if limit.period == "HOUR" and limit.factor in [f.code for f in plan.factors]:
                row = row_of(plan, limit.factor)
                shown = records.converted[row] if limit.reference_o2 is not None else records.value[row]
                over += int((shown[records.flag[row] == "N"] > limit.maximum).sum())

    hours = 40 * len(season)
    assert {"N", "M", "C", "D"} <= set(flags)
    assert 0.9 < flags["N"] / flags.total() < 0.999
    assert 0 < silent < 0.05 * hours
    assert 0 < over < 0.02 * hours


@pytest.mark.parametrize("fine", [False, True])
def test_no_value_is_negative_or_missing_where_none_can_be(fine: bool) -> None:
    for plan in story().loggers:
        value = generator().clean(plan, WEEK[:24], fine=fine).value
        assert np.isfinite(value).all(), plan.name
        gases = [row for row, f in enumerate(plan.factors) if f.code[:3] in ("a21", "a24", "a25", "a34", "w21")]
        assert (value[gases] >= 0).all(), plan.name


def test_water_quality_keeps_its_order() -> None:
    """Ammonia is part of total nitrogen."""
    for plan in story().loggers:
        codes = [f.code for f in plan.factors]
        if {"w21003", "w21001"} <= set(codes) and plan.outlet is not None and plan.outlet.profile == "sewer":
            value = generator().clean(plan, WEEK, fine=False).value
            assert (value[codes.index("w21003")] <= value[codes.index("w21001")]).all(), plan.name


def test_neighbouring_hours_of_a_stack_are_alike() -> None:
    """A plant has inertia: most hours differ little from the one before."""
    plan = next(p for p in stack_loggers() if p.outlet is not None and p.outlet.profile == "coal")
    flow = generator().clean(plan, WEEK, fine=False).value[row_of(plan, FLOW)]

    steps = [abs(b - a) / a for a, b in pairwise(flow.tolist())]

    assert np.median(steps) < 0.05
