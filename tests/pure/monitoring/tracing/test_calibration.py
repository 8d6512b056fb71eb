"""Simulation-based calibration: parameters from the prior, readings from them, and the rank of the truth among the draws."""

import numpy as np
import pytest
from scipy.stats import kstest

from monitoring.tracing.domain.inference.evidence import Evidence, air_prior, flank_of, tempering
from monitoring.tracing.domain.inference.finding import r_hat, scattered
from monitoring.tracing.domain.inference.kernels import (
    FLOOR,
    KAPPA_MIDDLE,
    KAPPA_SPREAD,
    START,
    SWAY_MIDDLE,
    SWAY_SPREAD,
    WALK_SPREAD,
)
from monitoring.tracing.domain.inference.sampler import sample

RUNS = 200
STEPS = 0.1, 0.15


def drawn(seed: int) -> tuple[Evidence, np.ndarray]:
    """Three hypotheses, 36 rows, nine airs; the rates that made the readings, zero where inactive."""
    rng = np.random.default_rng([seed, 31])
    rows, offsets, widths = 36, np.array([-5.0, 0.0, 5.0]), np.array([0.7, 1.0, 1.4])
    log_air = air_prior(offsets=offsets, widths=widths, depths=np.ones(1))
    middle = np.linspace(-3, 3, 3)[:, None] - np.linspace(-4, 4, rows)[None, :]
    columns = np.stack([np.exp(-0.5 * ((middle + o / 10) / w) ** 2) / w for o in offsets for w in widths]).astype(
        np.float32
    )
    prior, scale = np.full(3, 0.5), np.full(3, 4.0)
    rates = np.where(rng.random(3) < prior, np.abs(rng.normal(0, 4.0, 3)), 0.0)
    flank = flank_of(columns=columns, offsets=offsets, shape=(3, 3, 1))
    air = rng.choice(9, p=np.exp(log_air))
    model, noise = rates @ columns[air], np.full(rows, 0.3)
    kappa = np.exp(rng.normal(np.log(KAPPA_MIDDLE), KAPPA_SPREAD))
    sway = np.exp(rng.normal(np.log(SWAY_MIDDLE), SWAY_SPREAD))
    spread = np.sqrt(noise**2 + (kappa**2 + FLOOR**2) * model**2 + sway**2 * (rates**2 @ flank[air] ** 2))
    sensor, block = np.arange(rows) % 4, np.arange(rows) // 4
    level = walk(rng, STEPS[0], 1)[block, 0] + walk(rng, STEPS[1], 4)[block, sensor]
    excess = model + level + spread * rng.standard_t(4, rows)
    none = np.zeros(rows, dtype=bool)
    evidence = Evidence(
        excess, noise, sensor, block, none, columns, log_air, (3, 3, 1), prior, scale, steps=STEPS, flank=flank,
        level=np.zeros(rows),
    )  # fmt: skip
    return evidence, rates


def walk(rng: np.random.Generator, usual: float, count: int) -> np.ndarray:
    """Random walks over nine blocks with a step drawn from its prior, shape (9, count)."""
    step = usual * np.exp(WALK_SPREAD * rng.normal())
    first, rest = START * step * rng.normal(size=(1, count)), step * rng.normal(size=(8, count))
    return np.concatenate([first, first + np.cumsum(rest, axis=0)])


def test_ranks_of_the_truth_are_uniform_and_bands_hold_their_share() -> None:
    ranks = []
    rng = np.random.default_rng(8)
    for seed in range(RUNS):
        evidence, rates = drawn(seed)
        draws = sample(evidence=evidence, seed=seed, chains=16, rounds=90, burn=50)
        found = np.where(draws.active, draws.rates, 0.0).reshape(-1, 3)
        for k in range(3):
            below, same = (found[:, k] < rates[k]).mean(), (found[:, k] == rates[k]).mean()
            ranks.append(below + rng.random() * same)

    assert kstest(ranks, "uniform").pvalue > 0.01
    for share in (0.5, 0.8, 0.9, 0.95):
        inside = np.mean(np.abs(np.array(ranks) - 0.5) < share / 2)
        # Five points, and the chance of so few runs.
        assert inside == pytest.approx(share, abs=0.05 + 1.5 * np.sqrt(share * (1 - share) / len(ranks)))


def test_tempering_counts_alike_neighbours_once() -> None:
    rng = np.random.default_rng(4)
    block, sensor = np.repeat(np.arange(60), 4), np.tile(np.arange(4), 60)
    heard = np.ones(240, dtype=bool)
    alone = rng.normal(size=240)
    slow = np.repeat(rng.normal(size=(12, 4)), 5, axis=0).ravel()

    assert tempering(residual=alone, sensor=sensor, block=block, heard=heard) > 0.8
    assert tempering(residual=slow, sensor=sensor, block=block, heard=heard) < 0.5


def test_a_band_is_never_narrower_than_what_known_releases_were_found_with() -> None:
    """sd of ln(rate): 0.32 where the draws agree, root of the squares' sum where they already scatter more."""
    rng = np.random.default_rng(5)
    same, wide = np.full(40_000, 3.0), np.exp(0.5 * rng.normal(size=40_000))

    for draws, expected in ((same, 0.32), (wide, np.hypot(0.5, 0.1))):
        found = scattered(draws=draws, scatter=0.1, least=0.32, rng=rng)
        assert np.log(found).std() == pytest.approx(expected, rel=0.02)


def test_r_hat_tells_chains_that_disagree() -> None:
    rng = np.random.default_rng(2)
    draws = rng.normal(size=(4, 200))

    assert r_hat(draws=draws) < 1.03
    assert r_hat(draws=draws + np.arange(4)[:, None]) > 1.3
