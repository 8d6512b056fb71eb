"""Simulation-based calibration: parameters from the prior, readings from them, and the rank of the truth among the draws."""

import numpy as np
import pytest
from scipy.stats import kstest

from monitoring.tracing.domain.inference.evidence import FITS, Evidence, air_prior, air_priors, flank_of, tempering
from monitoring.tracing.domain.inference.finding import r_hat, scattered
from monitoring.tracing.domain.inference.kernels import (
    FIT_USUAL,
    FLOOR,
    KAPPA_MIDDLE,
    KAPPA_SPREAD,
    START,
    SWAY_ERROR,
    SWAY_MIDDLE,
    SWAY_SPREAD,
    WALK_SPREAD,
)
from monitoring.tracing.domain.inference.sampler import sample
from monitoring.tracing.domain.inference.spans import WHOLE

RUNS = 200
STEPS = 0.1, 0.15


def drawn(seed: int, turned: bool) -> tuple[Evidence, np.ndarray, np.ndarray]:
    """Three hypotheses, 36 rows in nine blocks, nine airs.

    Args:
        turned: whether each is on from one block to another, as spans are drawn, or throughout.

    Returns:
        The evidence, the rates that made the readings, zero where inactive, and from which block up to which each was on.
    """
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
    sensor, block = np.arange(rows) % 4, np.arange(rows) // 4
    on = np.array([between(rng) if turned else (0, 9) for _ in rates])
    shown = np.where((block >= on[:, :1]) & (block < on[:, 1:]), rates[:, None], 0.0)
    model, noise = (shown * columns[air]).sum(axis=0), np.full(rows, 0.3)
    kappa = np.exp(rng.normal(np.log(KAPPA_MIDDLE), KAPPA_SPREAD))
    sway = np.exp(rng.normal(np.log(SWAY_MIDDLE), SWAY_SPREAD))
    spread = np.sqrt(noise**2 + (kappa**2 + FLOOR**2) * model**2 + sway**2 * (shown**2 * flank[air]).sum(axis=0))
    level = walk(rng, STEPS[0], 1)[block, 0] + walk(rng, STEPS[1], 4)[block, sensor]
    excess = model + level + spread * rng.standard_t(4, rows)
    none = np.zeros(rows, dtype=bool)
    evidence = Evidence(
        excess, noise, sensor, block, none, columns, log_air, (3, 3, 1), prior, scale, steps=STEPS, flank=flank,
        level=np.zeros(rows), event=(0, 9) if turned else None,
    )  # fmt: skip
    return evidence, rates, on


def between(rng: np.random.Generator) -> tuple[int, int]:
    """A span of nine blocks from its prior: throughout, or any other alike."""
    if rng.random() < WHOLE:
        return 0, 9
    others = [(first, last) for first in range(9) for last in range(first + 1, 10) if (first, last) != (0, 9)]
    return others[rng.integers(len(others))]


def walk(rng: np.random.Generator, usual: float, count: int) -> np.ndarray:
    """Random walks over nine blocks with a step drawn from its prior, shape (9, count)."""
    step = usual * np.exp(WALK_SPREAD * rng.normal())
    first, rest = START * step * rng.normal(size=(1, count)), step * rng.normal(size=(8, count))
    return np.concatenate([first, first + np.cumsum(rest, axis=0)])


@pytest.mark.parametrize("turned", [False, True])
def test_ranks_of_the_truth_are_uniform_and_bands_hold_their_share(turned: bool) -> None:
    ranks = []
    rng = np.random.default_rng(8)
    for seed in range(RUNS):
        evidence, rates, on = drawn(seed, turned)
        draws = sample(evidence=evidence, seed=seed, chains=16, rounds=90, burn=50)
        released = np.where(draws.active, draws.rates, 0.0) * np.diff(draws.spans, axis=3)[..., 0] * 9 / draws.parts
        for k in range(3):
            found, true = released[:, :, k].ravel(), rates[k] * (on[k, 1] - on[k, 0])
            below, same = (found < true).mean(), (found == true).mean()
            ranks.append(below + rng.random() * same)

    assert kstest(ranks, "uniform").pvalue > 0.01
    for share in (0.5, 0.8, 0.9, 0.95):
        inside = np.mean(np.abs(np.array(ranks) - 0.5) < share / 2)
        # Five points, and the chance of so few runs.
        assert inside == pytest.approx(share, abs=0.05 + 1.5 * np.sqrt(share * (1 - share) / len(ranks)))


def test_times_of_sources_are_drawn_as_often_as_they_are_true() -> None:
    """Probability of being on, block by block, in ten bins: as many of each as it says were on."""
    said, true = [], []
    for seed in range(RUNS):
        evidence, rates, on = drawn(seed, turned=True)
        draws = sample(evidence=evidence, seed=seed, chains=16, rounds=90, burn=50)
        for k in np.flatnonzero(rates):
            some = draws.spans[:, :, k][draws.active[:, :, k]]
            if len(some) > 50:
                blocks = np.arange(9)
                said += list(((some[:, :1] <= blocks) & (blocks < some[:, 1:])).mean(axis=0))
                true += list((on[k, 0] <= blocks) & (blocks < on[k, 1]))

    said, true = np.array(said), np.array(true)
    for low in np.arange(0.0, 1.0, 0.2):
        inside = (said >= low) & (said < low + 0.2 + 1e-9)
        if inside.sum() >= 30:
            # Blocks of one source hang together: a fifth of them tells as much.
            doubt = 3 * np.sqrt(0.25 / (inside.sum() / 5))
            assert true[inside].mean() == pytest.approx(said[inside].mean(), abs=0.05 + doubt)
    assert ((said > 0.5) == true).mean() > 0.75


def test_without_readings_the_draws_give_back_that_sigmas_are_sure_where_the_model_fits() -> None:
    """How often the middle width is drawn by the relative error of the model, against its prior integrated over that error."""
    rows, widths = 8, np.array([0.6, 1.0, 1.7])
    assumed = {"offsets": np.zeros(1), "widths": widths, "depths": np.ones(1)}
    none = np.zeros(rows, dtype=bool)
    evidence = Evidence(
        np.zeros(rows), np.full(rows, 1e9), np.arange(rows) % 2, np.arange(rows) // 2, none, np.ones((3, 1, rows), dtype=np.float32),
        air_prior(**assumed), (1, 3, 1), np.full(1, 1e-6), np.ones(1), steps=(1e-9, 1e-9), level=np.zeros(rows), log_airs=air_priors(**assumed),
    )  # fmt: skip
    draws = sample(evidence=evidence, seed=3, chains=16, rounds=40_000, burn=100)

    # The prior, drawn by itself: both errors, then the width that goes with them.
    rng = np.random.default_rng(6)
    kappa, sway = (
        np.exp(rng.normal(np.log(m), d, 1_000_000))
        for m, d in ((KAPPA_MIDDLE, KAPPA_SPREAD), (SWAY_MIDDLE, SWAY_SPREAD))
    )
    error = np.hypot(kappa, SWAY_ERROR * sway)
    sure = np.minimum((error / FIT_USUAL * FITS).astype(int) + 1, FITS) / FITS
    aside = np.exp(-0.5 * (np.log(widths)[:, None] / 0.4 / sure) ** 2)
    middle = aside[1] / aside.sum(axis=0)
    found = np.hypot(draws.kappa, SWAY_ERROR * draws.sway)

    shares = []
    for low, high in ((0.1, 0.35), (0.35, 0.5), (0.5, 4.0)):
        inside, expected = (found >= low) & (found < high), (error >= low) & (error < high)
        assert inside.mean() == pytest.approx(expected.mean(), rel=0.15)
        shares.append(middle[expected].mean())
        assert (draws.air[inside] == 1).mean() == pytest.approx(shares[-1], abs=0.03)
    assert shares[0] > shares[2] + 0.08


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
