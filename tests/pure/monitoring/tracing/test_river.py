"""A spill in a river: conservation, moments, the limit of the step, and the ridge."""

import numpy as np
import pytest

from monitoring.tracing.domain.river import Reach, fischer, instantaneous, passage, spilled, step

REACH = Reach(speed=0.5, dispersion=10.0, area=20.0)


def test_all_mass_passes_and_its_moments_are_those_of_theory() -> None:
    time = np.arange(1.0, 40_000.0, 5.0)
    values = instantaneous(mass=100.0, x=3000.0, time=time, reach=REACH)
    mean, variance = passage(x=3000.0, reach=REACH)

    total = np.trapezoid(values, time)
    found = np.trapezoid(values * time, time) / total
    assert total * REACH.speed * REACH.area == pytest.approx(100.0, rel=1e-3)
    assert mean == pytest.approx(3000 / 0.5 + 2 * 10 / 0.25)
    assert found == pytest.approx(mean, rel=1e-3)
    assert np.trapezoid(values * (time - found) ** 2, time) / total == pytest.approx(variance, rel=5e-3)


def test_a_held_level_arrives_and_stays() -> None:
    found = step(level=2.0, x=3000.0, time=np.array([-5.0, 100.0, 6000.0, 40_000.0]), reach=REACH)

    assert found[:2] == pytest.approx([0.0, 0.0], abs=1e-12)
    assert 1.0 < found[2] < 1.3  # the middle of the front, with Ogata and Banks' second term
    assert found[3] == pytest.approx(2.0, rel=1e-6)
    assert np.isfinite(step(level=1.0, x=200_000.0, time=np.array([1e5, 4e5]), reach=REACH)).all()


def test_dispersion_by_fischer_by_hand() -> None:
    assert fischer(speed=0.5, width=20.0, depth=1.0, slope=1e-4) == pytest.approx(
        0.011 * 0.25 * 400 / np.sqrt(9.81e-4), rel=1e-6
    )


def test_one_station_states_the_ridge() -> None:
    time = np.arange(0.0, 12_000.0, 300.0)
    rng = np.random.default_rng(1)
    values = instantaneous(mass=50.0, x=2000.0, time=time - 600.0, reach=REACH)
    noise = 0.1 * values.max()
    distances, starts = np.arange(200.0, 5000.0, 100.0), np.arange(-6000.0, 4500.0, 150.0)

    found = spilled(
        time=time,
        values=values + rng.normal(0, noise, len(time)),
        noise=noise,
        reach=REACH,
        distances=distances,
        starts=starts,
    )

    assert found.ridge < -0.9
    assert found.doubt
    order = np.sort(found.weight.ravel())[::-1]
    limit = order[np.searchsorted(np.cumsum(order), 0.95)]
    assert found.weight[np.argmin(abs(distances - 2000)), np.argmin(abs(starts - 600))] >= limit
