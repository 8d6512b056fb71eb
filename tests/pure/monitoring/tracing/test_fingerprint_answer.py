"""Factors of a frozen case: what a person reads off the page, against mixtures whose sources are known."""

import json

import numpy as np
import pytest

from monitoring.tracing.domain.fingerprints.answer import answered
from monitoring.tracing.domain.fingerprints.comparing import bearing_to, in_wind
from monitoring.tracing.domain.fingerprints.samples import (
    DROP,
    MEDIAN,
    BadFingerprints,
    NoLimit,
    TooFewSamples,
    TooFewSubstances,
    TooMuchWork,
    least_samples,
    seen,
    weighed,
)
from tests.factories.tracing import MIX, TRUE_PROFILES, fingerprint_case, mixture

NAN = float("nan")


def test_three_sources_come_back_with_their_profiles_winds_and_names() -> None:
    answer = answered(case=fingerprint_case(profiles=("east", "west", "everywhere")))
    three = next(one for one in answer["solutions"] if one["factors"] == 3)
    named = {one["named"]: part for one, part in zip(three["matches"], three["parts"], strict=True)}

    assert answer["suggested"] == 3
    assert set(named) == {1, 2, 3}
    for number, name in enumerate(TRUE_PROFILES, start=1):
        # A tenth, because factors may be turned: benzene of the ground goes to the source in the east at no cost in Q.
        assert named[number]["profile"] == pytest.approx(TRUE_PROFILES[name], abs=0.1)
    for number, direction in ((1, 90.0), (2, 270.0)):
        high = [s["direction"] for s in named[number]["winds"][0]["sectors"] if s["low"] > 0.25]
        assert high == [direction]


def test_two_factors_for_three_sources_leave_a_large_q_and_are_said_to_be_too_few() -> None:
    two = answered(case=fingerprint_case(most=3))["solutions"][0]

    assert two["ratio"] > 1.5
    assert "ratio_high" in [one["code"] for one in two["doubts"]]


def test_more_factors_than_sources_do_not_come_back_and_are_called_unstable() -> None:
    four = next(one for one in answered(case=fingerprint_case())["solutions"] if one["factors"] == 4)

    assert not all(part["stable"] for part in four["parts"])
    assert four["doubts"][0]["code"] == "unstable"


def test_contributions_stand_at_the_hours_they_belong_to_and_gaps_stay_gaps() -> None:
    case = fingerprint_case(least=3, most=3)
    case["stations"][0]["used"][7] = False
    values, _, _, _ = mixture()
    solution = answered(case=case)["solutions"][0]
    rows = np.array([[np.nan if v is None else v for v in row] for row in solution["series"][0]])

    assert np.isnan(rows[:, 7]).all()
    assert rows[:, 8:].sum(axis=0) == pytest.approx(values[8:].sum(axis=1), rel=0.25)


def test_a_balance_with_the_true_profiles_finds_the_true_means_and_all_its_checks_hold() -> None:
    _, brought, _, _ = mixture()
    balance = answered(case=fingerprint_case(profiles=("east", "west", "everywhere"), least=3, most=3))["balance"]

    assert balance["holds"]
    assert balance["mass"] == pytest.approx(100, abs=2)
    for one, truth in zip(balance["sources"], brought.mean(axis=0), strict=True):
        assert abs(one["contribution"] - truth) < 2 * one["error"]


def test_without_profiles_there_are_no_names_and_no_balance() -> None:
    answer = answered(case=fingerprint_case(least=3, most=3))

    assert answer["balance"] is None
    assert {one["named"] for one in answer["solutions"][0]["matches"]} == {None}


def test_as_many_profiles_as_substances_are_refused_for_the_balance() -> None:
    case = fingerprint_case(profiles=("east", "west", "everywhere", "east", "west"), least=3, most=3)

    assert answered(case=case)["balance"]["refused"] == "too_many"


def test_the_same_case_gives_the_same_answer_to_the_last_digit() -> None:
    case = fingerprint_case(least=3, most=3)

    assert json.dumps(answered(case=case)) == json.dumps(answered(case=json.loads(json.dumps(case))))


def test_uncertainties_of_a_case_follow_the_stated_limit_and_error() -> None:
    """Above: sqrt((0.2 x 5)^2 + (0.5 x 1)^2) = 1.1180; below: 5/6 of 1."""
    found = weighed(
        values=np.array([[5.0, 5.0], [0.4, -0.2]]), limits=np.ones(2), fractions=np.full(2, 0.2), missing=DROP
    )

    assert found.errors == pytest.approx(np.array([[1.25**0.5] * 2, [5 / 6] * 2]))
    assert found.values[1].tolist() == [0.4, 0.0]


def test_an_hour_without_a_substance_is_left_out_or_filled_with_four_medians_of_doubt() -> None:
    values = np.array([[2.0, 1.0, 8.0], [4.0, NAN, 8.0], [6.0, 3.0, 8.0], [NAN, NAN, 8.0]])
    given = {"values": values, "limits": np.full(3, 0.1), "fractions": np.full(3, 0.1)}
    left_out, filled = weighed(**given, missing=DROP), weighed(**given, missing=MEDIAN)  # type: ignore[arg-type]

    assert left_out.used.tolist() == [True, False, True, False]
    assert filled.used.tolist() == [True, True, True, False]  # the last one holds a third of the substances
    assert (filled.values[1, 1], filled.errors[1, 1]) == (2.0, 8.0)


def test_what_there_is_of_a_substance_is_counted_before_anything_is_decided() -> None:
    """Signal to noise of 5 at ten percent and a limit of 1: u = sqrt(0.25 + 0.25) = 0.7071, (5 - u) / u = 6.071; of 0.5: zero."""
    values = np.array([5.0, 0.5, NAN])

    assert (seen(values=values, limit=None, fraction=None).hours, seen(values=values, limit=None, fraction=0.1).below) == (2, None)  # fmt: skip
    found = seen(values=values, limit=1.0, fraction=0.1)
    assert (found.missing, found.below) == (1, 1)
    assert found.signal == pytest.approx(6.0711 / 2, abs=1e-3)


def test_few_samples_many_factors_and_unstated_limits_are_refused() -> None:
    short = fingerprint_case(hours=33)
    wide = fingerprint_case(most=5)
    silent, limitless = fingerprint_case(), fingerprint_case()
    silent["errors_source"] = ""
    limitless["species"][0]["limit_ug_m3"] = 0.0

    assert least_samples(substances=5) == 34
    assert least_samples(substances=9, factors=8) == 73  # 73 x 9 - 8 x (73 + 9) = 1 is left to be expected of Q
    for case, error in ((short, TooFewSamples), (wide, TooFewSubstances), (silent, NoLimit), (limitless, NoLimit), (fingerprint_case(least=4, most=3), BadFingerprints)):  # fmt: skip
        with pytest.raises(error):
            answered(case=case)


def test_an_outlet_lies_in_the_wind_of_a_factor_or_does_not_also_across_north() -> None:
    station = {"latitude": 33.0, "longitude": 120.0}
    east = bearing_to(station=station, place={"latitude": 33.0, "longitude": 120.01})
    north = bearing_to(station=station, place={"latitude": 33.01, "longitude": 119.9995})

    assert east == pytest.approx(90, abs=0.1)
    assert 355 < (north or 0) < 360
    assert bearing_to(station=station, place={"latitude": None, "longitude": None}) is None
    assert in_wind(bearing=350.0, directions=[0.0], width=30.0)
    assert in_wind(bearing=90.0, directions=[120.0], width=30.0)
    assert not in_wind(bearing=90.0, directions=[150.0, 270.0], width=30.0)


def test_what_would_keep_a_worker_too_long_is_refused_with_its_minutes() -> None:
    """360 x 5 x (2 + 3 + 4) x (50 x 100,000 + 20 x 400) / 2e8 = 405.6 s = 6.8 min."""
    with pytest.raises(TooMuchWork) as refused:
        answered(case=fingerprint_case(starts=50, most_steps=100_000))

    assert refused.value.details == {"minutes": "7", "most": 5}


def test_faint_substances_and_few_samples_are_said_in_the_doubts() -> None:
    case = fingerprint_case(hours=60, least=2, most=2)
    case["species"][3]["limit_ug_m3"] = 50.0
    doubts = {one["code"]: one["details"] for one in answered(case=case)["solutions"][0]["doubts"]}

    assert doubts["few"]["samples"] == 60
    assert doubts["faint"]["substances"] == MIX[3]
