"""The fast matrix against the exact plume, pair by pair."""

from dataclasses import replace

import numpy as np
import pytest

from monitoring.tracing.domain.forward.columns import Air, Curves, blocks_of, columns, plain
from monitoring.tracing.domain.forward.geometry import geometry_of
from monitoring.tracing.domain.forward.kept import MOST_SITES, forward_of
from monitoring.tracing.domain.forward.matrix import Forward
from monitoring.tracing.domain.forward.scene import Physics, Weather, point_sensors, point_sources
from monitoring.tracing.domain.inference.evidence import SWAY_DEG, flank_of
from monitoring.tracing.domain.physics.dispersion import Scheme
from monitoring.tracing.domain.physics.rise import Exit


def site(count: int = 200, sensors: int = 20, seed: int = 1):
    rng = np.random.default_rng(seed)
    points = np.column_stack([rng.uniform(0, 3000, (count, 2)), rng.choice([0.0, 2.0, 10.0, 30.0], count)])
    around = np.linspace(0, 2 * np.pi, sensors, endpoint=False)
    fence = np.column_stack([1500 + 1600 * np.cos(around), 1500 + 1600 * np.sin(around), np.full(sensors, 3.0)])
    return point_sources(places=points), point_sensors(places=fence)


def steady(minutes: int, stability: float, seed: int = 2) -> Weather:
    rng = np.random.default_rng(seed)
    bearing = (355 + rng.normal(0, 4, minutes)) % 360
    return Weather(rng.uniform(2, 5, minutes), bearing, np.full(minutes, stability), np.ones(minutes, dtype=bool))


@pytest.mark.parametrize("scheme", Scheme)
@pytest.mark.parametrize("stability", [0.0, 1.0, 3.0, 5.0])
def test_fast_matrix_is_within_one_percent_of_the_dense_form(scheme: Scheme, stability: float) -> None:
    sources, sensors = site()
    weather, physics = steady(20, stability), Physics(scheme=scheme, lag=False)

    fast = Forward(geometry=geometry_of(sources=sources, sensors=sensors), physics=physics).matrix(
        weather=weather, minutes=10
    )
    dense = plain(sources=sources, sensors=sensors, weather=weather, physics=physics, minutes=10)

    large = dense > 1e-3 * dense.max()
    assert np.abs(fast[large] / dense[large] - 1).max() < 0.01
    assert fast[dense == 0].max(initial=0.0) == 0.0


def test_columns_are_the_dense_form_where_the_air_is_as_read() -> None:
    sources, sensors = site(count=50)
    weather, physics = steady(20, 3.0), Physics(lag=False)
    blocks = blocks_of(used=np.ones((20, 20), dtype=bool), minutes=10)

    found = columns(sources=sources, sensors=sensors, weather=weather, physics=physics, blocks=blocks, reach=300.0)
    dense = plain(sources=sources, sensors=sensors, weather=weather, physics=physics, minutes=10)

    assert found[0].reshape(50, 2, 20).transpose(1, 2, 0) == pytest.approx(dense, rel=1e-4, abs=dense.max() * 1e-5)


@pytest.mark.parametrize("lid", [None, 60.0, 20.0])
def test_columns_under_a_lid_are_the_dense_form(lid: float | None) -> None:
    # Class B widens beyond 1.6 times the lower lid within the site, so all branches of the vertical factor are met.
    sources, sensors = site(count=50)
    weather, physics = replace(steady(20, 1.0), lid=lid), Physics(lag=False)
    blocks = blocks_of(used=np.ones((20, 20), dtype=bool), minutes=10)

    found = columns(sources=sources, sensors=sensors, weather=weather, physics=physics, blocks=blocks, reach=300.0)
    dense = plain(sources=sources, sensors=sensors, weather=weather, physics=physics, minutes=10)

    assert found[0].reshape(50, 2, 20).transpose(1, 2, 0) == pytest.approx(dense, rel=1e-4, abs=dense.max() * 1e-5)


def test_an_offset_of_the_wind_is_the_wind_turned_and_a_gap_is_left_out() -> None:
    sources, sensors = site(count=30)
    weather, physics = steady(20, 3.0), Physics()
    turned = Weather(weather.speed, weather.from_deg + 8.0, weather.stability, weather.valid)
    used = np.ones((20, 20), dtype=bool)
    used[5:15, 3] = False
    blocks = blocks_of(used=used, minutes=20)

    common = {"sources": sources, "sensors": sensors, "physics": physics, "blocks": blocks, "reach": 300.0}
    by_offset = columns(weather=weather, air=Air((8.0,), (1.0,), (1.0,)), **common)
    assert by_offset == pytest.approx(columns(weather=turned, **common), rel=1e-5, abs=1e-12)
    assert blocks.readings[0, 3] == 10


def test_air_on_its_way_keeps_the_wind_of_its_start() -> None:
    sources = point_sources(places=np.array([[0.0, 0.0, 2.0]]))
    sensors = point_sensors(places=np.array([[0.0, 1200.0, 2.0]]))
    bearing = np.where(np.arange(30) < 15, 180.0, 90.0)  # the wind turns away at minute 15; the way takes ten minutes
    weather = Weather(np.full(30, 2.0), bearing, np.full(30, 3.0), np.ones(30, dtype=bool))

    found = Forward(geometry=geometry_of(sources=sources, sensors=sensors), physics=Physics()).matrix(
        weather=weather, minutes=1
    )

    assert (found[:25, 0, 0] > 0).all()
    assert (found[25:, 0, 0] == 0).all()


def test_a_warm_stack_is_seen_less_nearby() -> None:
    sources, _sensors = site(count=1)
    hot = type(sources)(
        sources.east, sources.north, sources.height + 20, sources.width, sources.depth, (Exit(2.0, 15.0, 420.0),)
    )
    cold = type(sources)(sources.east, sources.north, sources.height + 20, sources.width, sources.depth, (None,))
    near = point_sensors(places=np.column_stack([sources.east, sources.north - 300, [2.0]]))
    weather = steady(20, 3.0)

    seen = [
        Forward(geometry=geometry_of(sources=s, sensors=near), physics=Physics())
        .matrix(weather=weather, minutes=20)
        .max()
        for s in (hot, cold)
    ]
    assert seen[0] < 0.2 * seen[1]


@pytest.mark.parametrize("speed", [3.0, 0.7])
def test_many_assumptions_at_once_are_each_of_them_alone(speed: float) -> None:
    sources, sensors = site(count=12)
    weather = replace(steady(20, 3.0), speed=np.full(20, speed))
    blocks = blocks_of(used=np.ones((20, 20), dtype=bool), minutes=10)
    air = Air((-6.0, 4.0), (0.7, 1.0, 2.0), (0.5, 1.3), (Curves(Scheme.URBAN),))

    def found(physics: Physics, assumed: Air) -> np.ndarray:
        return columns(sources=sources, sensors=sensors, weather=weather, physics=physics, blocks=blocks, air=assumed)

    together = found(Physics(scheme=Scheme.RURAL), air).reshape(*air.shape, 12, 40)

    for curve, scheme in enumerate((Scheme.RURAL, Scheme.URBAN)):
        for place in np.ndindex(air.shape[:3]):
            alone = Air((air.offsets[place[0]],), (air.widths[place[1]],), (air.depths[place[2]],))
            expected = found(Physics(scheme=scheme), alone)[0]
            # Alone, what lies beyond 4.5 of its own widths is left out.
            assert together[(*place, curve)] == pytest.approx(expected, rel=1e-4, abs=2e-4 * float(expected.max()))


def test_a_site_is_kept_while_its_points_are_the_same() -> None:
    sources, sensors = site(count=30)
    weather, physics = steady(20, 3.0), Physics()
    before = forward_of(sources=sources, sensors=sensors, physics=physics)
    first = before.matrix(weather=weather, minutes=10)

    moved = replace(sensors, east=sensors.east + np.eye(1, 20)[0] * 5.0)
    again, other = (forward_of(sources=sources, sensors=one, physics=physics) for one in (site(count=30)[1], moved))

    assert again is before
    assert (again.matrix(weather=weather, minutes=10) == first).all()
    fresh = Forward(geometry=geometry_of(sources=sources, sensors=moved), physics=physics)
    assert (other.matrix(weather=weather, minutes=10) == fresh.matrix(weather=weather, minutes=10)).all()
    assert (other.matrix(weather=weather, minutes=10)[:, 0] != first[:, 0]).any()
    for number in range(MOST_SITES):
        forward_of(sources=site(count=31 + number)[0], sensors=sensors, physics=physics)
    assert forward_of(sources=sources, sensors=sensors, physics=physics) is not before


def test_weather_of_another_day_is_not_answered_from_what_was_kept() -> None:
    hot = Exit(1.0, 12.0, 420.0)
    sources, sensors = site(count=10)
    sources, physics = replace(sources, exits=(hot,) * 10), Physics()
    cold, warm = (replace(steady(20, 3.0), temperature=kelvin) for kelvin in (263.0, 308.0))
    kept = forward_of(sources=sources, sensors=sensors, physics=physics)
    kept.matrix(weather=cold, minutes=10)

    fresh = Forward(geometry=geometry_of(sources=sources, sensors=sensors), physics=physics)

    assert (kept.matrix(weather=warm, minutes=10) == fresh.matrix(weather=warm, minutes=10)).all()


def test_the_sway_of_a_column_is_the_weighted_square_of_its_changes() -> None:
    offsets = np.array([-12.0, -4.0, 0.0, 8.0])
    made = np.random.default_rng(3).random((8, 5, 700)).astype(np.float32)

    found = flank_of(columns=made, offsets=offsets, shape=(4, 2))

    apart = offsets[:, None] - offsets
    weight = np.exp(-0.5 * (apart / SWAY_DEG) ** 2)
    weight = weight / weight.sum(axis=1, keepdims=True) * (np.abs(apart) <= 3 * SWAY_DEG)
    by_offset = made.reshape(4, -1).astype(float)
    expected = (weight[:, :, None] * (by_offset[None] - by_offset[:, None]) ** 2).sum(axis=1)
    assert found.reshape(4, -1) == pytest.approx(expected, rel=1e-4, abs=1e-6)
