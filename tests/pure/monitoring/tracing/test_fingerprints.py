"""Fingerprints: factors of measured samples of two towns, and balances of samples made by hand."""

from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import minimize_scalar, nnls

from monitoring.tracing.domain.fingerprints.balance import balanced
from monitoring.tracing.domain.fingerprints.factors import (
    Factors,
    WrongSamples,
    descended,
    expected_q,
    factorised,
    q_of,
    uncertainty,
)  # fmt: skip
from monitoring.tracing.domain.fingerprints.matching import matched
from monitoring.tracing.domain.fingerprints.stability import bootstrapped, displaced

DATA = Path(__file__).resolve().parents[5] / "shared" / "data" / "tracing" / "voc_pmf"


def town(name: str) -> tuple[np.ndarray, np.ndarray]:
    if not DATA.is_dir():
        pytest.skip(f"the speciated samples are not here ({DATA})")
    con, unc = (
        np.genfromtxt(DATA / f"Dataset-{name}-{kind}.csv", delimiter=",", skip_header=1, encoding="utf-8-sig")[:, 1:]
        for kind in ("con", "unc")
    )
    return con, unc


def made(seed: int = 3, noise: float = 0.05) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Three sources with a tracer each, 120 samples of 10 species."""
    rng = np.random.default_rng(seed)
    profiles = rng.uniform(0.01, 0.1, (3, 10))
    profiles[np.arange(3), np.arange(3)] = 0.6
    profiles /= profiles.sum(axis=1, keepdims=True)
    clean = rng.lognormal(0, 1, (120, 3)) @ profiles
    errors = noise * clean + 0.005
    return np.maximum(clean + errors * rng.standard_normal(clean.shape), 0), errors, profiles


def test_factors_of_baton_rouge_reach_the_q_of_the_reference_and_say_their_spread() -> None:
    """Tracing notes 2.14: 63,971 to 68,222 over twenty starts, expected 10,499."""
    values, errors = town("BatonRouge")
    found = factorised(values=values, errors=errors, factors=6, starts=5)

    assert found.expected == 10_499
    assert 63_900 <= found.q.min() <= 65_500
    assert found.q.max() <= 72_000
    assert found.spread > 1.0


def test_factors_of_saint_louis_reach_the_q_of_the_reference() -> None:
    """Tracing notes 2.14: 6,531 to 8,260, expected 2,848."""
    values, errors = town("StLouis")
    found = factorised(values=values, errors=errors, factors=6, starts=4)

    assert found.expected == 2_848
    assert 6_500 <= found.q.min() <= 7_000


def test_known_sources_are_found_back_and_q_is_near_the_number_of_free_values() -> None:
    values, errors, profiles = made()
    found = factorised(values=values, errors=errors, factors=3, starts=5)
    matches = matched(factors=found.best.profiles, profiles={f"source {n}": row for n, row in enumerate(profiles)})

    assert {one.profile for one in matches} == {"source 0", "source 1", "source 2"}
    assert found.q.min() / found.expected == pytest.approx(1.0, abs=0.15)


def test_the_last_fit_of_contributions_is_that_of_non_negative_least_squares() -> None:
    values, errors, profiles = made()
    mine = descended(
        values=values, errors=errors, begin=(np.ones((120, 3)), profiles), keep=True, most=4000, enough=1e-10
    )
    theirs = np.array([nnls((profiles / e).T, v / e)[0] for v, e in zip(values, errors, strict=True)])

    np.testing.assert_allclose(mine.contributions, theirs, rtol=0.02, atol=0.01)


def test_bootstrap_maps_true_factors_and_doubts_one_too_many() -> None:
    values, errors, _ = made()
    right = factorised(values=values, errors=errors, factors=3, starts=3).best
    many = factorised(values=values, errors=errors, factors=5, starts=3).best

    sure = bootstrapped(values=values, errors=errors, base=right, runs=20)
    unsure = bootstrapped(values=values, errors=errors, base=many, runs=20)

    assert sure.stable.all()
    assert (sure.low <= sure.high).all()
    assert not unsure.stable.all() or unsure.unmapped > 0


def test_displacement_intervals_hold_the_factor_and_q_rises_by_what_was_asked() -> None:
    values, errors, _ = made()
    base = factorised(values=values, errors=errors, factors=3, starts=3).best
    moved = displaced(values=values, errors=errors, base=base)

    assert (moved.low <= base.profiles + 1e-9).all()
    assert (moved.high >= base.profiles - 1e-9).all()
    assert (np.diff(moved.high, axis=0) >= 0).all()

    def q_with(value: float) -> float:  # the contributions of factor 0 fitted by a search, sample by sample
        profiles = base.profiles.copy()
        profiles[0, 0] = value
        rest = values - base.contributions[:, 1:] @ profiles[1:]
        total = 0.0
        for row, error in zip(rest, errors, strict=True):
            best = minimize_scalar(
                lambda g, r=row, e=error: np.sum(((r - g * profiles[0]) / e) ** 2), bounds=(0, 100), method="bounded"
            )
            total += best.fun
        return total

    here = q_with(float(base.profiles[0, 0]))
    assert q_with(float(moved.high[0, 0, 0])) - here == pytest.approx(4.0, abs=0.2)


def test_uncertainties_and_the_expected_q_follow_the_rules_of_epa_pmf() -> None:
    """Above the limit sqrt((0.1 x 10)^2 + (0.5 x 2)^2) = 1.4142; below it 5/6 of the limit."""
    found = uncertainty(value=np.array([10.0, 1.0]), fraction=0.1, limit=np.array([2.0, 2.0]))

    assert found == pytest.approx([2**0.5, 5 / 3])
    assert expected_q(samples=307, species=41, factors=6) == 10_499


def test_a_sample_of_two_sources_balances_with_all_its_checks() -> None:
    profiles = np.array([[0.7, 0.2, 0.1, 0.0, 0.0], [0.0, 0.1, 0.1, 0.5, 0.3]])
    found = balanced(
        sample=np.array([3.0, 2.0]) @ profiles,
        errors=np.full(5, 0.05),
        profiles=profiles,
        profile_errors=0.05 * profiles,
    )

    assert found.contributions == pytest.approx([3.0, 2.0], rel=1e-3)
    assert (found.r2, found.mass, found.doubts) == (pytest.approx(1.0), pytest.approx(100.0), ())
    assert (found.t > 10).all()


def test_without_profile_errors_a_balance_is_plain_weighted_least_squares() -> None:
    profiles = np.array([[0.7, 0.2, 0.1, 0.0], [0.1, 0.1, 0.3, 0.5]])
    sample, errors = np.array([2.0, 1.1, 0.9, 1.0]), np.array([0.1, 0.05, 0.1, 0.2])
    found = balanced(sample=sample, errors=errors, profiles=profiles, profile_errors=np.zeros_like(profiles))
    theirs = np.linalg.lstsq((profiles / errors).T, sample / errors, rcond=None)[0]

    assert found.contributions == pytest.approx(theirs)


def test_profiles_too_alike_are_named_as_a_group_of_which_only_the_sum_is_known() -> None:
    one = np.array([0.5, 0.3, 0.2, 0.0])
    profiles = np.array([one, one + np.array([0.001, -0.001, 0, 0]), [0.0, 0.0, 0.2, 0.8]])
    found = balanced(
        sample=2 * one + profiles[2], errors=np.full(4, 0.05), profiles=profiles, profile_errors=0.05 * profiles
    )

    assert (0, 1) in found.collinear
    assert any("too alike" in doubt for doubt in found.doubts)


def test_a_factor_is_named_only_after_a_close_profile_without_a_rival() -> None:
    profiles = {
        "cracker": np.array([0.8, 0.1, 0.1]),
        "cracker 2": np.array([0.79, 0.11, 0.1]),
        "paint": np.array([0.0, 0.2, 0.8]),
    }
    found = matched(factors=np.array([[0.8, 0.1, 0.1], [0.02, 0.2, 0.78], [0.34, 0.33, 0.33]]), profiles=profiles)

    assert [one.profile for one in found] == [None, "paint", None]
    assert set(found[0].others) == {"cracker", "cracker 2"}
    assert all(one.reason for one in found if one.profile is None)


def test_errors_of_zero_and_other_shapes_are_refused() -> None:
    values, errors, _ = made()
    for bad in (np.zeros_like(errors), errors[:5]):
        with pytest.raises(WrongSamples):
            factorised(values=values, errors=bad, factors=3)
    with pytest.raises(WrongSamples):
        factorised(values=values, errors=errors, factors=11)


def test_q_is_the_sum_of_squared_weighted_residuals_and_profiles_sum_to_one() -> None:
    values, errors, _ = made()
    found: Factors = factorised(values=values, errors=errors, factors=3, starts=1).best

    again = q_of(values=values, errors=errors, left=found.contributions, right=found.profiles)
    assert found.q == pytest.approx(again)
    assert found.profiles.sum(axis=1) == pytest.approx(1.0)
