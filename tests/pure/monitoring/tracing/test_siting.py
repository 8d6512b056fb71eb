"""Plans for sensors against all plans there are, against the greedy one, and in a wind that decides by itself."""

from itertools import combinations

import numpy as np
import pytest

from monitoring.tracing.domain.forward.scene import Physics, point_sources
from monitoring.tracing.domain.siting import Climate, Task, WrongSiting, climate_of, greedy, planned, signals, task_of


def random_task(seed: int, sites: int = 9) -> Task:
    rng = np.random.default_rng(seed)
    weight, joint = rng.random(40), rng.random(15)
    return Task(
        rng.random((40, sites)) < 0.25, 0.9 * weight / weight.sum(), rng.random((15, sites)) < 0.3, joint / joint.sum()
    )


def worth(task: Task, chosen: tuple[int, ...], balance: float = 0.3) -> float:
    seen = task.seen_weight[task.seen[:, list(chosen)].any(axis=1)].sum()
    return float((1 - balance) * seen + balance * task.apart_weight[task.apart[:, list(chosen)].any(axis=1)].sum())


@pytest.mark.parametrize("seed", range(6))
def test_no_plan_within_number_and_budget_is_better(seed: int) -> None:
    task, costs = random_task(seed), np.random.default_rng(seed + 50).uniform(1, 5, 9)
    found = planned(task=task, costs=costs, budget=9.0, most=4)
    every = [c for n in range(1, 5) for c in combinations(range(9), n) if costs[list(c)].sum() <= 9.0]

    assert found.value == pytest.approx(max(worth(task, one) for one in every), abs=1e-7)
    assert found.gap < 1e-6
    assert found.cost <= 9.0
    assert len(found.sites) <= 4
    assert found.value >= greedy(task=task, costs=costs, budget=9.0, most=4).value - 1e-9


def test_greedy_falls_into_a_trap_that_the_plan_avoids() -> None:
    """One site sees 4 of 6, two others 3 each without overlap: with two sensors the greedy pair sees 5, the best 6."""
    seen = np.array([[1, 1, 0], [1, 1, 0], [0, 1, 0], [1, 0, 1], [1, 0, 1], [0, 0, 1]], dtype=bool)
    task = Task(seen, np.full(6, 1 / 6), np.zeros((0, 3), dtype=bool), np.zeros(0))
    ask = {"task": task, "costs": np.ones(3), "budget": 2.0, "most": 2, "balance": 0.0}

    assert greedy(**ask).coverage == pytest.approx(5 / 6)
    assert (planned(**ask).sites, planned(**ask).coverage) == ((1, 2), pytest.approx(1.0))


def test_standing_sensors_count_and_cost_nothing() -> None:
    task = random_task(3)
    found = planned(task=task, costs=np.full(9, 2.0), budget=4.0, most=2, standing=[5])

    assert 5 in found.sites
    assert (len(found.sites), found.cost) == (3, 4.0)


def test_in_a_steady_west_wind_the_sensor_goes_east_of_the_source() -> None:
    climate = Climate(np.array([270.0]), np.array([3.0]), np.array([3.0]), np.array([0.9]), 0.1)
    sites = np.array([[300.0, 0, 3], [-300.0, 0, 3], [0, 300.0, 3], [0, -300.0, 3]])
    sources = point_sources(places=np.array([[0.0, 0.0, 3.0]]))
    found = signals(sources=sources, sites=sites, climate=climate, rates=np.array([0.01]), physics=Physics())
    task = task_of(signals=found, limit=1e-8, climate=climate, prior=np.ones(1))
    plan = planned(task=task, costs=np.ones(4), budget=10.0, most=1, balance=0.0)

    assert (plan.sites, plan.coverage) == ((0,), pytest.approx(0.9))


def test_two_sources_in_a_line_are_told_apart_only_from_the_side_that_sees_them_unlike() -> None:
    climate = Climate(np.array([270.0, 0.0]), np.array([3.0, 3.0]), np.array([3.0, 3.0]), np.array([0.5, 0.5]), 0.0)
    sources = point_sources(places=np.array([[0.0, 0.0, 3.0], [20.0, 0.0, 3.0]]))
    sites = np.array([[2000.0, 0.0, 3.0], [0.0, -60.0, 3.0]])  # far down the line; just south of the first
    found = signals(sources=sources, sites=sites, climate=climate, rates=np.full(2, 0.01), physics=Physics())
    task = task_of(signals=found, limit=1e-8, climate=climate, prior=np.ones(2))

    assert task.apart.tolist() == [[False, True]]
    assert planned(task=task, costs=np.ones(2), budget=1.0, most=1, balance=1.0).sites == (1,)


def test_the_climate_counts_every_hour_once_with_calms_beside() -> None:
    from_deg = np.array([359.0, 1.0, 90.0, 200.0, np.nan, 10.0])
    speed = np.array([3.0, 5.0, 3.0, 0.2, 2.0, np.nan])
    found = climate_of(from_deg=from_deg, speed=speed, stability=np.full(6, 3.0), sectors=8, speed_edges=(0.5, 6.0))

    assert found.share.sum() + found.calm == pytest.approx(1.0)
    assert found.calm == pytest.approx(0.4)
    north = found.from_deg == 0.0
    assert (found.share[north].sum(), found.speed[north][0]) == (pytest.approx(0.4), pytest.approx(4.0))


def test_what_does_not_fit_together_is_refused() -> None:
    with pytest.raises(WrongSiting):
        planned(task=random_task(1), costs=np.ones(4), budget=1.0, most=1)
