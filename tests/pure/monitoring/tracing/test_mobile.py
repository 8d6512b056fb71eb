"""A vehicle along the fence. The truth is a plume written out here with other widths and a wind that swings."""

import numpy as np
import pytest

from monitoring.tracing.domain.forward.scene import Physics, Sources, Weather, point_sources, speed_factor
from monitoring.tracing.domain.inference.sampler import sample
from monitoring.tracing.domain.inference.scan import greedy, weights_of
from monitoring.tracing.domain.mobile import Track, WrongTrack, evidence_of, matrix, placed
from monitoring.tracing.domain.physics.dispersion import Scheme, sigmas
from monitoring.tracing.domain.physics.plume import concentration, vertical, widened

PLACES = np.array([[x, y, 3.0] for x in (0.0, 150.0, 300.0, 450.0) for y in (0.0, 120.0, 240.0)])
RURAL = Physics(scheme=Scheme.RURAL)
RATE, TRUE = 0.02, 4  # kg/s from (150, 120)


def weather(minutes: int = 40, from_deg: float = 270.0, stability: float = 3.0) -> Weather:
    swing = 6 * np.sin(np.arange(minutes) / 2.0)
    return Weather(
        np.full(minutes, 3.0), from_deg + swing, np.full(minutes, stability), np.ones(minutes, dtype=bool), lid=None
    )  # fmt: skip


def drive(seconds: int = 2400, speed: float = 4.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """To and fro along x = 700 m."""
    time = np.arange(seconds, dtype=float)
    north = 120 + 400 * (2 / np.pi) * np.arcsin(np.sin(2 * np.pi * time * speed / 1600))
    return time, np.full(seconds, 700.0), north


def truth(air: Weather, time: np.ndarray, east: np.ndarray, north: np.ndarray, seed: int = 2) -> np.ndarray:
    """Rural D by Briggs (0.08 x (1+.0001x)^-1/2, 0.06 x (1+.0015x)^-1/2), 15 % wider, a vane 3 deg off."""
    de, dn = east - PLACES[TRUE, 0], north - PLACES[TRUE, 1]
    left = np.clip((time - np.hypot(de, dn) / 3.0) / 60, 0, 39).astype(int)  # the minute its air set out
    toward = np.radians(air.from_deg[left] + 183.0)
    x, y = np.sin(toward) * de + np.cos(toward) * dn, np.cos(toward) * de - np.sin(toward) * dn
    sy, sz = 1.15 * 0.08 * x / np.sqrt(1 + 1e-4 * x), 1.15 * 0.06 * x / np.sqrt(1 + 1.5e-3 * x)
    up = np.exp(-((2.0 - 3.0) ** 2) / 2 / sz**2) + np.exp(-((2.0 + 3.0) ** 2) / 2 / sz**2)
    clean = RATE / (2 * np.pi * 3.0 * sy * sz) * np.exp(-(y**2) / 2 / sy**2) * up
    return clean + 2e-8 * np.random.default_rng(seed).standard_normal(len(time))


def test_a_row_is_the_plume_at_the_place_of_the_reading() -> None:
    still = Weather(np.full(2, 3.0), np.full(2, 270.0), np.full(2, 3.0), np.ones(2, dtype=bool))
    track = Track(np.array([0.0, 1.0, 2.0]), np.full(3, 300.0), np.array([0.0, 10.0, 25.0]), np.zeros(3))
    found = matrix(
        placed=placed(track=track), sources=point_sources(places=PLACES[:1]), weather=still, physics=Physics(lag=False)
    )
    wanted = concentration(
        x=300.0, y=np.array([0.0, 10.0, 25.0]), receptor=2.0, height=3.0, speed=3.0, stability=3.0, scheme=Scheme.GBT
    )

    assert found[:, 0] == pytest.approx(wanted * 3.0 / found_speed(still), rel=1e-3)


def found_speed(air: Weather) -> float:
    """Wind at 3 m by the power law of the mast's 10 m; rural D has 0.15 (tracing notes 2.4)."""
    return 3.0 * (3.0 / 10.0) ** 0.15


@pytest.mark.parametrize(("scheme", "lid", "wide"), [(Scheme.GBT, None, 1.0), (Scheme.URBAN, 400.0, 1.6)])
def test_rows_agree_with_the_dense_form(scheme: Scheme, lid: float | None, wide: float) -> None:
    """Every pair by the plume's own formula, without masks or tables, in a wind that veers and changes its class."""
    rng, count, k = np.random.default_rng(5), 240, 60
    air = Weather(
        rng.uniform(0.8, 6.0, 30), rng.uniform(0, 360, 30), rng.choice([1.0, 2.5, 3.0, 5.0], 30), np.ones(30, dtype=bool), lid=lid
    )  # fmt: skip
    track = Track(
        7.0 * np.arange(count) + 20, rng.uniform(0, 3000, count), rng.uniform(0, 3000, count), np.zeros(count)
    )
    sources = Sources(
        rng.uniform(0, 3000, k), rng.uniform(0, 3000, k), rng.uniform(2, 60, k), rng.choice([0.0, 80.0], k), rng.choice([0.0, 10.0], k), (None,) * k
    )  # fmt: skip
    where = placed(track=track)
    found = matrix(placed=where, sources=sources, weather=air, physics=Physics(scheme=scheme), wide=wide)
    wanted = np.zeros((count, k))
    for n in range(count):
        minute = int(where.time[n] / 60)
        stability = float(air.stability[minute])
        for place in range(k):
            de, dn = where.east[n] - sources.east[place], where.north[n] - sources.north[place]
            travel = np.hypot(de, dn) / max(air.speed[minute], 0.5)
            origin = max(minute - (round(travel / 60) if travel > 120 else 0), 0)
            toward = np.radians(air.from_deg[origin] + 180)
            x, y = np.sin(toward) * de + np.cos(toward) * dn, np.cos(toward) * de - np.sin(toward) * dn
            if x <= 1:
                continue
            factor = float(speed_factor(height=sources.height[place : place + 1], stability=stability, weather=air)[0])
            sy, sz = widened(
                sigmas=sigmas(x=np.array([x]), stability=stability, scheme=scheme), width=sources.width[place], depth=sources.depth[place]
            )  # fmt: skip
            up = vertical(sigma_z=sz, height=sources.height[place], receptor=2.0, lid=lid)
            speed = max(air.speed[origin] * factor, 0.5)
            wanted[n, place] = float(
                (up * np.exp(-0.5 * (y / (wide * sy)) ** 2) / (2 * np.pi * speed * wide * sy * sz))[0]
            )

    weighty = wanted > 1e-3 * wanted.max()
    assert weighty.sum() > 200
    assert np.abs(found[weighty] / wanted[weighty] - 1).max() < 0.01
    assert found[wanted == 0].max() == 0.0


def test_upwind_of_a_point_the_vehicle_sees_nothing_of_it_and_bad_minutes_give_no_row() -> None:
    air = weather()
    time, _, north = drive(600)
    upwind = placed(track=Track(time, np.full(600, -300.0), north, np.zeros(600)))
    assert matrix(placed=upwind, sources=point_sources(places=PLACES), weather=air, physics=Physics()).max() == 0.0
    dead = Weather(air.speed, air.from_deg, air.stability, np.zeros(40, dtype=bool))
    assert np.isnan(matrix(placed=upwind, sources=point_sources(places=PLACES), weather=dead, physics=Physics())).all()


def test_a_reading_belongs_where_its_air_came_in() -> None:
    """5 m/s north; an answer 4 s late belongs 20 m further south, a position 2 s old 10 m further north."""
    time = np.arange(60.0)
    track = Track(time, np.zeros(60), 5 * time, np.ones(60))

    late = placed(track=track, inlet_delay=4.0)
    both = placed(track=track, inlet_delay=4.0, receiver_lag=2.0)
    assert len(late.time) == 56
    assert late.north[0] == pytest.approx(0.0)
    assert np.interp(30.0, both.time, both.north) - np.interp(30.0, late.time, late.north) == pytest.approx(10.0)
    assert late.speed == pytest.approx(5.0)


def test_the_point_behind_a_drive_along_the_fence_is_found() -> None:
    air = weather()
    time, east, north = drive()
    shifted = np.interp(time - 3.0, time, truth(air, time, east, north))  # the analyser answers three seconds late
    where = placed(track=Track(time, east, north, shifted), inlet_delay=3.0)
    columns = matrix(placed=where, sources=point_sources(places=PLACES), weather=air, physics=RURAL)
    weights = weights_of(excess=where.value, noise=np.full(len(where.value), 2e-8))
    first = greedy(matrix=columns, excess=where.value, weights=weights, most=1)

    assert (int(np.argmax(first.gains)), first.picks) == (TRUE, (TRUE,))


def test_the_sampler_finds_point_and_rate_from_the_rows_of_a_track_although_the_vane_is_off() -> None:
    air = weather()
    time, east, north = drive()
    values = truth(air, time, east, north)[::4]
    where = placed(track=Track(time[::4], east[::4], north[::4], values))
    evidence = evidence_of(
        placed=where, sources=point_sources(places=PLACES), weather=air, physics=RURAL, noise=2e-8,
        prior=np.full(len(PLACES), 0.1), scale=np.full(len(PLACES), 0.05),
    )  # fmt: skip
    draws = sample(evidence=evidence, seed=1, chains=6, rounds=150, burn=70)

    shares = draws.active.reshape(-1, len(PLACES)).mean(axis=0)
    on = draws.active[:, :, TRUE]
    assert int(np.argmax(shares)) == TRUE
    assert shares[TRUE] > 0.6
    assert RATE / 2 < float(np.median(draws.rates[:, :, TRUE][on])) < RATE * 2


def test_a_track_must_run_forward_with_arrays_of_one_length() -> None:
    with pytest.raises(WrongTrack):
        placed(track=Track(np.array([0.0, 0.0]), np.zeros(2), np.zeros(2), np.zeros(2)))
    with pytest.raises(WrongTrack):
        placed(track=Track(np.array([0.0, 1.0]), np.zeros(3), np.zeros(2), np.zeros(2)))
