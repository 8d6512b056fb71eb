"""Simulation-based calibration of several substances at once: rates and shares from the prior, readings from them, ranks of the truth."""

import numpy as np
from scipy.stats import kstest

from monitoring.tracing.domain.inference.evidence import Evidence, air_prior, flank_of
from monitoring.tracing.domain.inference.kernels import (
    FLOOR,
    KAPPA_MIDDLE,
    KAPPA_SPREAD,
    OWN,
    START,
    SWAY_MIDDLE,
    SWAY_SPREAD,
    WALK_SPREAD,
)
from monitoring.tracing.domain.inference.sampler import sample

RUNS = 160
STEPS = np.array([[0.1, 0.15], [0.05, 0.1]])
# A known profile, any shares, and a point that handles the second substance alone.
SHARES = np.array([[24.0, 6.0], [1.0, 1.0], [0.0, 3.0]])
SENSORS, BLOCKS = 4, 9


def walk(rng: np.random.Generator, usual: float, count: int) -> np.ndarray:
    """Random walks with a step drawn from its prior, shape (blocks, count)."""
    step = usual * np.exp(WALK_SPREAD * rng.normal())
    first, rest = START * step * rng.normal(size=(1, count)), step * rng.normal(size=(BLOCKS - 1, count))
    return np.concatenate([first, first + np.cumsum(rest, axis=0)])


def drawn(seed: int) -> tuple[Evidence, np.ndarray, np.ndarray]:
    """Three hypotheses, two substances, nine airs; rates, zero where inactive, and shares that made the readings."""
    rng = np.random.default_rng([seed, 53])
    cells, offsets, widths = SENSORS * BLOCKS, np.array([-5.0, 0.0, 5.0]), np.array([0.7, 1.0, 1.4])
    log_air = air_prior(offsets=offsets, widths=widths, depths=np.ones(1))
    middle = np.linspace(-3, 3, 3)[:, None] - np.linspace(-4, 4, cells)[None, :]
    one = np.stack([np.exp(-0.5 * ((middle + o / 10) / w) ** 2) / w for o in offsets for w in widths])
    columns = np.concatenate([one, one], axis=2).astype(np.float32)
    flank = flank_of(columns=columns, offsets=offsets, shape=(3, 3, 1))
    rates = np.where(rng.random(3) < 0.5, np.abs(rng.normal(0, 4.0, 3)), 0.0)
    profile = np.array([[*rng.dirichlet(one)] if one.all() else [0.0, 1.0] for one in SHARES])
    kind, air = np.repeat([0, 1], cells), rng.choice(9, p=np.exp(log_air))
    parts = rates[:, None] * profile[:, kind]
    model, noise = (parts * columns[air]).sum(axis=0), np.full(2 * cells, 0.3)
    kappa = np.exp(rng.normal(np.log(KAPPA_MIDDLE), KAPPA_SPREAD))
    sway = np.exp(rng.normal(np.log(SWAY_MIDDLE), SWAY_SPREAD))
    own = np.sqrt(noise**2 + (OWN * kappa**2 + FLOOR**2) * model**2)
    common = np.sqrt((1 - OWN) * kappa**2 * model**2 + sway**2 * (parts**2 * flank[air]).sum(axis=0))
    stretch = np.tile(np.sqrt(4 / rng.chisquare(4, cells)), 2)
    error = stretch * (own * rng.normal(size=2 * cells) + common * np.tile(rng.normal(size=cells), 2))
    sensor, block = np.tile(np.arange(cells) % SENSORS, 2), np.tile(np.arange(cells) // SENSORS, 2)
    level = np.concatenate([
        walk(rng, STEPS[j, 0], 1)[block[:cells], 0] + walk(rng, STEPS[j, 1], SENSORS)[block[:cells], sensor[:cells]] for j in (0, 1)
    ])  # fmt: skip
    evidence = Evidence(
        model + level + error, noise, sensor, block, np.zeros(2 * cells, dtype=bool), columns, log_air, (3, 3, 1), np.full(3, 0.5),
        np.full(3, 4.0), steps=STEPS, flank=flank, level=np.zeros(2 * cells), kind=kind, shares=SHARES,
    )  # fmt: skip
    return evidence, rates, profile


def test_ranks_of_rates_and_shares_are_uniform() -> None:
    ranks: dict[str, list[float]] = {"rate": [], "share": [], "active": []}
    rng = np.random.default_rng(8)
    for seed in range(RUNS):
        evidence, rates, profile = drawn(seed)
        draws = sample(evidence=evidence, seed=seed, chains=16, rounds=90, burn=50)
        assert draws.profiles is not None
        found = np.where(draws.active, draws.rates, 0.0).reshape(-1, 3)
        parts = (np.where(draws.active, draws.rates, 0.0)[..., None] * draws.profiles).reshape(-1, 3, 2)
        for k in range(3):
            below, same = (found[:, k] < rates[k]).mean(), (found[:, k] == rates[k]).mean()
            ranks["rate"].append(below + rng.random() * same)
        for k in range(2):
            truth = rates[k] * profile[k, 0]
            below, same = (parts[:, k, 0] < truth).mean(), (parts[:, k, 0] == truth).mean()
            ranks["share"].append(below + rng.random() * same)
        ranks["active"].append(float(draws.active[:, :, 1].mean()) - float(rates[1] > 0))

    assert kstest(ranks["rate"], "uniform").pvalue > 0.01
    assert kstest(ranks["share"], "uniform").pvalue > 0.01
    assert abs(np.mean(ranks["active"])) < 0.08


def test_a_point_that_does_not_handle_a_substance_gives_none_of_it() -> None:
    evidence, _, _ = drawn(3)

    draws = sample(evidence=evidence, seed=1, chains=16, rounds=60, burn=30)

    assert draws.profiles is not None
    assert (draws.profiles[draws.active[:, :, 2]][:, 2] if draws.active[:, :, 2].any() else np.zeros((1, 2)))[
        :, 0
    ].max() == 0.0
    assert np.allclose(draws.profiles.sum(axis=3), 1.0)
