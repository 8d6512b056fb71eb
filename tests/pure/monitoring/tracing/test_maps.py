"""The first map and the map of what could have been seen, on releases by physics that the maps do not have."""

from dataclasses import replace

import numpy as np
import pytest

from deploy.bench.releases import Kind, Release, release
from deploy.bench.scoring import case_of
from monitoring.tracing.domain.inference.cases import Case
from monitoring.tracing.domain.maps.footprint import Footprint, footprint
from monitoring.tracing.domain.maps.observability import UNSEEN, Rises, first_rises
from monitoring.tracing.domain.maps.scene import MOST_CELLS, Grid, grid_over, means_of, wind_in

GENTLE = Kind(offset=1.0, meander=2.0, widths=0.1, flicker=0.1, drift=5e-9, gain=0.02, gaps=0.02)


def day(*, seed: int = 9003, minutes: int = 720, sensors: int = 6) -> tuple[Release, Case]:
    made = release(
        seed=seed, kind=GENTLE, candidates=10, sensors=sensors, side=700.0, rates_kg_h=(20.0,), minutes=minutes
    )
    return made, case_of(made)


def looked(case: Case) -> tuple[Grid, Footprint | None]:
    grid = grid_over(sources=case.sources, sensors=case.sensors)
    means = means_of(values=case.values, weather=case.weather, repeat=case.repeat)
    return grid, footprint(grid=grid, means=means, sensors=case.sensors, weather=case.weather, physics=case.physics)


def rises(case: Case, values: np.ndarray | None = None, most: int = 2) -> Rises:
    means = means_of(values=case.values if values is None else values, weather=case.weather, repeat=case.repeat)
    return first_rises(
        sources=case.sources, means=means, sensors=case.sensors, weather=case.weather, physics=case.physics, most=most
    )


def seen(case: Case, values: np.ndarray | None = None) -> np.ndarray:
    return rises(case, values).smallest_seen


def test_the_darkest_half_of_the_first_map_holds_the_source_on_most_days() -> None:
    inside = []
    for seed in range(9003, 9011):
        made, case = day(seed=seed)
        grid, found = looked(case)
        assert found is not None
        true = made.candidates[made.active[0]]
        cell = int(np.argmin(np.hypot(grid.east - true[0], grid.north - true[1])))
        inside.append(found.share[cell] < 0.5)

    assert sum(inside) >= 6  # it is a first look and no likelihood: not on all of them


def test_nothing_high_gives_no_map() -> None:
    _, case = day()
    quiet = np.random.default_rng(3).normal(5e-9, 1e-10, case.values.shape)

    assert looked(replace(case, values=quiet))[1] is None
    assert looked(replace(case, values=np.full(case.values.shape, np.nan)))[1] is None


def test_a_plume_that_stays_for_most_of_the_time_still_counts_as_high() -> None:
    """A station beside a steady stack: high in seven of ten blocks, a hundred times its noise."""
    _, case = day()
    values = np.random.default_rng(3).normal(5e-9, 1e-10, case.values.shape)
    start, stop = int(0.2 * len(values)), int(0.9 * len(values))
    values[start:stop, 0] += np.random.default_rng(4).lognormal(np.log(1e-8), 0.5, stop - start)

    means = means_of(values=values, weather=case.weather, repeat=case.repeat)
    quiet = means_of(values=values[:, 1:], weather=case.weather, repeat=case.repeat)

    assert means.deviation[0] < 5 * quiet.deviation.max()
    assert looked(replace(case, values=values))[1] is not None


def test_the_swing_of_a_clean_station_is_its_standard_deviation() -> None:
    _, case = day()
    draws = np.random.default_rng(6).normal(0.0, 1e-9, (72, case.values.shape[1]))
    blocks = np.repeat(draws, 10, axis=0) + np.random.default_rng(7).normal(0.0, 1e-11, case.values.shape)

    means = means_of(values=5e-9 + blocks, weather=case.weather, repeat=case.repeat)

    assert np.median(means.deviation) == pytest.approx(1e-9, rel=0.25)


def test_the_map_turns_with_wind_and_site() -> None:
    """A quarter turn of everything turns the map; the grid of a square site turns onto itself."""
    _, case = day()
    box = (-800.0, -800.0, 800.0, 800.0)
    turned = replace(
        case,
        sources=replace(case.sources, east=case.sources.north, north=-case.sources.east),
        sensors=replace(case.sensors, east=case.sensors.north, north=-case.sensors.east),
        weather=replace(case.weather, from_deg=(case.weather.from_deg + 90.0) % 360.0),
    )
    maps = []
    for one in (case, turned):
        grid = grid_over(sources=one.sources, sensors=one.sensors, bounds=box)
        means = means_of(values=one.values, weather=one.weather)
        found = footprint(grid=grid, means=means, sensors=one.sensors, weather=one.weather, physics=one.physics)
        assert found is not None
        side = round(len(grid.east) ** 0.5)
        maps.append(found.weight.reshape(side, side))  # rows by north, columns by east

    # east' = north and north' = -east
    assert np.allclose(maps[1], np.flipud(maps[0].T), atol=0.02 * maps[0].max())


def test_three_days_and_forty_stations_are_drawn_on_no_more_cells_than_a_page_waits_for() -> None:
    _, case = day(minutes=4320, sensors=40)

    grid, darkness = looked(case)

    assert len(grid.east) <= MOST_CELLS
    assert darkness is not None


def test_a_point_that_the_wind_carried_to_no_station_could_not_have_been_seen() -> None:
    _, case = day()
    steady = replace(case.weather, from_deg=np.full_like(case.weather.from_deg, 270.0))
    beyond = float(case.sensors.east.max()) + 300.0
    sources = replace(case.sources, east=np.where(np.arange(10) < 5, beyond, case.sources.east))
    rates = seen(replace(case, weather=steady, sources=sources))

    assert np.isinf(rates[:5]).all()
    assert np.isfinite(rates[5:]).any()
    assert (rates[np.isfinite(rates)] <= UNSEEN).all()


def test_twice_the_swing_of_the_stations_takes_twice_the_rate() -> None:
    _, case = day()
    noise = np.random.default_rng(5).normal(0.0, 1e-9, case.values.shape)

    once, twice = seen(case, 5e-9 + noise), seen(case, 5e-9 + 2 * noise)

    both = np.isfinite(once) & np.isfinite(twice)
    assert both.any()
    assert np.allclose(twice[both] / once[both], 2.0, rtol=0.01)


def test_the_rate_that_is_called_seen_lifts_two_readings_by_two_deviations() -> None:
    from monitoring.tracing.domain.maps.scene import responses

    _, case = day()
    means = means_of(values=case.values, weather=case.weather)
    rates = seen(case)
    every = responses(
        sources=case.sources, sensors=case.sensors, weather=case.weather, physics=case.physics, steps=means.steps
    )

    lifted = (every * rates >= 1.999 * means.deviation[:, None]) & np.isfinite(means.excess)[:, :, None]

    assert (lifted.sum(axis=(0, 1))[np.isfinite(rates)] == 2).all()


def test_the_second_reading_to_rise_decides_the_rate_on_the_map() -> None:
    _, case = day()
    means = means_of(values=case.values, weather=case.weather, repeat=case.repeat)

    found = rises(case, most=6)

    assert found.rate.shape == (6, len(case.sources))
    assert (np.diff(found.rate, axis=0)[np.isfinite(found.rate[1:])] >= 0).all()
    assert np.isfinite(means.excess[found.block, found.sensor]).all()
    assert found.smallest_seen == pytest.approx(np.where(found.rate[1] > UNSEEN, np.inf, found.rate[1]))
    assert found.smallest_seen == pytest.approx(seen(case))


def test_nothing_rises_when_no_reading_counts() -> None:
    _, case = day()

    found = rises(case, values=np.full(case.values.shape, np.nan), most=6)

    assert len(found.rate) == 0
    assert np.isinf(found.smallest_seen).all()


def test_the_wind_of_a_block_is_its_mean_by_vectors_over_valid_minutes() -> None:
    _, case = day()
    means = means_of(values=case.values, weather=case.weather, repeat=case.repeat)
    count = len(case.weather.speed)
    around_north = np.where(np.arange(count) % 2, 350.0, 10.0)
    weather = replace(case.weather, speed=np.full(count, 3.0), from_deg=around_north, valid=np.full(count, True))

    wind = wind_in(weather=weather, means=means, block=0)

    assert wind is not None
    assert wind.speed == pytest.approx(3.0)
    assert min(wind.from_deg, 360.0 - wind.from_deg) == pytest.approx(0.0, abs=1e-6)
    assert wind_in(weather=replace(weather, valid=np.full(count, False)), means=means, block=0) is None


def test_a_place_belongs_to_the_cell_around_it_and_to_none_beside_the_grid() -> None:
    _, case = day()
    grid = grid_over(sources=case.sources, sensors=case.sensors)

    assert grid.cell_at(east=float(grid.east[7]) + 0.4 * grid.step, north=float(grid.north[7])) == 7
    assert grid.cell_at(east=float(grid.east.max()) + 2 * grid.step, north=0.0) is None
