"""Two stations, storage and mixing in a river. Moments by theory, the storage against a solution by finite differences."""

import numpy as np
import pytest
from scipy.special import erfc

from monitoring.tracing.domain.river import Reach, instantaneous, step
from monitoring.tracing.domain.river_stations import NoPassage, Storage, between, mixing_length, moments, stored

REACH = Reach(speed=0.5, dispersion=10.0, area=20.0)
TIME = np.arange(0.0, 40_000.0, 60.0)


def test_two_stations_fix_speed_and_dispersion_and_lead_back_to_the_spill() -> None:
    rng, start = np.random.default_rng(3), 1200.0
    curves = [instantaneous(mass=100.0, x=x, time=TIME - start, reach=REACH) for x in (2000.0, 5000.0)]
    noise = 1e-3 * curves[0].max()
    first, second = (curve + noise * rng.standard_normal(len(TIME)) for curve in curves)
    found = between(time=TIME, first=first, second=second, apart=3000.0, noise=noise)

    assert found.speed.value == pytest.approx(0.5, rel=0.02)
    assert found.speed.low < 0.5 < found.speed.high or abs(found.speed.value - 0.5) < 0.005
    assert found.dispersion.value == pytest.approx(10.0, rel=0.25)
    assert found.distance.low - 500 <= 2000.0 <= found.distance.high + 500
    assert found.start.low - 600 <= start <= found.start.high + 600


def test_without_noise_the_moments_give_everything_back() -> None:
    curves = [instantaneous(mass=1.0, x=x, time=TIME - 600.0, reach=REACH) for x in (3000.0, 6000.0)]
    found = between(time=TIME, first=curves[0], second=curves[1], apart=3000.0, noise=0.0)

    assert (found.speed.value, found.dispersion.value) == (pytest.approx(0.5, rel=1e-3), pytest.approx(10.0, rel=1e-2))
    assert (found.distance.value, found.start.value) == (pytest.approx(3000, rel=0.02), pytest.approx(600, abs=120))
    assert found.doubt == ""


def test_a_second_station_that_sees_it_earlier_is_refused() -> None:
    early, late = (instantaneous(mass=1.0, x=x, time=TIME, reach=REACH) for x in (2000.0, 5000.0))
    with pytest.raises(NoPassage):
        between(time=TIME, first=late, second=early, apart=3000.0, noise=0.0)
    with pytest.raises(NoPassage):
        moments(time=TIME, values=np.zeros(len(TIME)))


def test_hardly_any_exchange_is_the_plain_river() -> None:
    plain = instantaneous(mass=100.0, x=3000.0, time=TIME, reach=REACH)
    found = stored(mass=100.0, x=3000.0, time=TIME, reach=REACH, storage=Storage(area=4.0, exchange=1e-12))

    assert np.abs(found - plain).max() < 1e-4 * plain.max()


def test_storage_keeps_the_mass_delays_it_and_makes_a_tail() -> None:
    """Mean residence grows by 1 + As/A for the water of the stream: 6,000 s x 1.2, plus dispersion's share."""
    time = np.arange(30.0, 120_000.0, 30.0)
    found = stored(mass=100.0, x=3000.0, time=time, reach=REACH, storage=Storage(area=4.0, exchange=5e-4))
    plain = instantaneous(mass=100.0, x=3000.0, time=time, reach=REACH)

    one = moments(time=time, values=found)
    assert one.mass * 0.5 * 20 == pytest.approx(100.0, rel=1e-3)
    assert one.mean == pytest.approx((3000 / 0.5 + 2 * 10 / 0.25) * 1.2, rel=2e-3)
    assert found[time > 12_000].sum() > 10 * plain[time > 12_000].sum()


def test_storage_agrees_with_a_solution_by_finite_differences() -> None:
    dx, dt, length = 10.0, 2.0, 6000.0
    area, lent, exchange = 20.0, 4.0, 5e-4
    stream, still = np.zeros(int(length / dx)), np.zeros(int(length / dx))
    place, at = 100, 100 + 100  # released at 1,000 m, read 1,000 m below
    stream[place] = 100.0 / (area * dx)
    curve = []
    for _ in range(int(8000 / dt)):
        curve.append(stream[at])
        centre = np.zeros_like(stream)
        centre[1:-1] = (
            -0.5 * (stream[2:] - stream[:-2]) / (2 * dx)
            + (10.0 + 0.5**2 * dt / 2) * (stream[2:] - 2 * stream[1:-1] + stream[:-2]) / dx**2
        )  # Lax-Wendroff: the time step's own dispersion is taken back
        swap = exchange * (still - stream)
        stream, still = stream + dt * (centre + swap), still - dt * swap * area / lent
    time = np.arange(len(curve)) * dt
    found = stored(mass=100.0, x=1000.0, time=time, reach=REACH, storage=Storage(lent, exchange))

    assert np.abs(found - curve).max() < 0.02 * found.max()


def test_a_held_level_and_the_sum_of_many_small_spills_lie_evenly_on_both_sides_of_the_moving_front() -> None:
    """Infinite river: C0/2 (erfc - second term), held level: C0/2 (erfc + second term); their mean is the first term alone."""
    time = np.arange(20.0, 14_000.0, 20.0)
    level = 2.0
    pulses = instantaneous(mass=level * 0.5 * 20.0, x=3000.0, time=time, reach=REACH)
    summed = np.concatenate([[0.0], np.cumsum((pulses[1:] + pulses[:-1]) / 2 * 20.0)])
    held = step(level=level, x=3000.0, time=time, reach=REACH)

    assert (summed + held) / 2 == pytest.approx(
        level / 2 * erfc((3000 - 0.5 * time) / (2 * np.sqrt(10 * time))), abs=1e-3
    )


def test_mixing_needs_four_times_the_length_from_the_bank_by_hand() -> None:
    """u 0.5, W 20, H 1, S 1e-4: u* = 0.03132, eps = 0.6 x 0.03132 = 0.01879; 0.1 x 0.5 x 400 / 0.01879 = 1,064 m."""
    middle = mixing_length(speed=0.5, width=20.0, depth=1.0, slope=1e-4, bank=False)

    assert middle == pytest.approx(1064, abs=1)
    assert mixing_length(speed=0.5, width=20.0, depth=1.0, slope=1e-4, bank=True) == pytest.approx(4 * middle)
