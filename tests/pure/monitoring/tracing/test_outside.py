"""Air from outside: told where it came, and not blamed for what plants of the park did."""

import numpy as np
import pytest
from numpy.typing import NDArray

from deploy.bench.releases import MISMATCH, Release, plume, release, walk
from deploy.bench.scoring import case_of
from monitoring.tracing.domain.inference.cases import Case
from monitoring.tracing.domain.inference.engine import trace
from monitoring.tracing.domain.inference.finding import Verdict
from monitoring.tracing.domain.inference.settings import Settings


def from_beyond(*, away_m: float) -> Case:
    """Nine hours with the wind about south-east; works in a row far upwind give off for five of them, by the foreign generator."""
    day = release(seed=7901, kind=MISMATCH, minutes=540, rates_kg_h=(0.0,))
    rng = np.random.default_rng(5)
    from_deg = 135.0 + walk(rng, 540, 12.0, 90)
    speed = 3.0 + walk(rng, 540, 0.4, 40)
    upwind = np.radians(135.0)
    middle = day.sensors[:, :2].mean(axis=0) + away_m * np.array([np.sin(upwind), np.cos(upwind)])
    aside = np.arange(-2, 3)[:, None] * 700.0 * np.array([np.cos(upwind), -np.sin(upwind)])
    response = plume(
        apart=day.sensors[None, :, :2] - (middle + aside)[:, None], heights=day.sensors[:, 2], tops=np.full(5, 15.0), speed=speed,
        from_deg=from_deg, stability=np.full(540, 3.0), across=1.0, upward=1.0,
    )  # fmt: skip
    on = (np.arange(540) >= 120) & (np.arange(540) < 420)
    signal: NDArray[np.float64] = response.sum(axis=1) * on[:, None] * 60.0 / 3600
    values = day.values - day.hidden["signal"] + signal
    return case_of(
        Release(day.candidates, day.sensors, speed, from_deg % 360, np.full(540, 3.0), values, (), np.zeros(0)),
    )


def test_works_far_upwind_are_told_as_outside() -> None:
    # A regional level that rises by itself explains the day nearly as well, and chains change between the two seldom: half of the seeds
    # come to say so, the others say that they cannot tell.
    found = [
        trace(case=from_beyond(away_m=3_500.0), settings=Settings(rounds=3_000, burn=2_200, seed=seed))
        for seed in (3, 4, 5)
    ]

    assert {one.verdict for one in found} <= {Verdict.OUTSIDE, Verdict.CANNOT_TELL}
    assert {one.sector for one in found if one.verdict is Verdict.OUTSIDE} <= {"SSE", "SE", "ESE"}
    assert any(one.verdict is Verdict.OUTSIDE for one in found)
    assert all(one.named == () for one in found)


@pytest.mark.parametrize("seed", [2, 4])
def test_nobody_of_the_park_is_blamed_where_chains_keep_to_a_level_that_rises(seed: int) -> None:
    finding = trace(case=from_beyond(away_m=3_500.0), settings=Settings(seed=seed))

    assert finding.verdict in {Verdict.OUTSIDE, Verdict.CANNOT_TELL}
    assert max(one.probability for one in finding.candidates) < 0.3


@pytest.mark.parametrize("seed", [7751, 7755])
def test_three_plants_of_the_park_are_not_put_down_to_works_outside(seed: int) -> None:
    """Warm-up with works outside ended in them on both days, with 1.00 and 0.80, though the true plumes explain far more."""
    finding = trace(case=case_of(release(seed=seed)), settings=Settings())

    assert finding.outside < 0.2


def test_traces_that_a_quiet_instrument_reads_are_no_event_from_outside() -> None:
    """Leaks of a few grams an hour stay beside thirty kilograms, at stations that read nanograms apart."""
    made = release(seed=7761, candidates=18, rates_kg_h=(30.0, 0.01, 0.008, 0.006, 0.005), minutes=720)
    quiet = made.hidden["signal"] + 1e-9 + 4e-12 * np.random.default_rng(3).normal(size=made.values.shape)
    small = set(made.active[1:])
    kept = [number for number in range(18) if number not in small]
    case = case_of(
        Release(made.candidates, made.sensors, made.speed, made.from_deg, made.stability, quiet, (), np.zeros(0)),
        keep=kept,
    )

    finding = trace(case=case, settings=Settings())

    assert finding.outside < 0.2
    # A second point of small share may reach the least probability of a name, or not quite.
    assert finding.named[0] == kept.index(made.active[0])
    assert finding.candidates[finding.named[0]].share > 0.8
