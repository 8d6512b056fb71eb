"""What a joint trace says of each substance: rates, the profile that the readings ask for, and which substance speaks for a point."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from monitoring.tracing.domain.inference.evidence import Evidence
from monitoring.tracing.domain.inference.finding import QUANTILES, Composition, Finding, rate_of, scattered
from monitoring.tracing.domain.inference.sampler import Draws
from monitoring.tracing.domain.inference.settings import Settings
from monitoring.tracing.domain.inference.together import ENOUGH, profiles_of

Floats = NDArray[np.float64]

ALIKE = 0.7  # columns that are more alike than this stand in for each other
STRAY = 10.0  # deviations beyond which a single reading says no more


def with_compositions(
    *, finding: Finding, evidence: Evidence, draws: Draws, listed: NDArray[np.int_], settings: Settings
) -> Finding:  # fmt: skip
    """The finding with a composition of every listed candidate; as it is for one substance."""
    if evidence.kind is None or evidence.shares is None:
        return finding
    speaks = _speaks(evidence, draws, len(listed))
    rng = np.random.default_rng([settings.seed, 17])
    found = {
        int(place): _composition(evidence, draws, n, speaks[:, n], settings, rng) for n, place in enumerate(listed)
    }
    candidates = tuple(replace(one, composition=found.get(one.place)) for one in finding.candidates)
    return replace(finding, candidates=candidates)


def _composition(
    evidence: Evidence, draws: Draws, number: int, speaks: Floats, settings: Settings, rng: np.random.Generator
) -> Composition:  # fmt: skip
    given = np.asarray(evidence.shares)[number]
    active = draws.active[:, :, number]
    rates, shares = draws.rates[:, :, number][active], np.asarray(draws.profiles)[:, :, number][active]
    if len(rates) < ENOUGH:
        # Hardly ever active: its rate if it were, with shares that nothing was learnt about.
        more = np.zeros((len(draws.would_be), len(given)))
        more[:, given > 0] = rng.dirichlet(given[given > 0], len(more))
        rates, shares = np.concatenate([rates, draws.would_be[:, number]]), np.concatenate([shares, more])
    parts = [
        rate_of(draws=scattered(draws=rates * share, scatter=settings.model_scatter, least=settings.least_spread, rng=rng))
        for share in shares.T
    ]  # fmt: skip
    bands = tuple(tuple(float(q) for q in np.quantile(share, QUANTILES)) for share in shares.T)
    return Composition(
        tuple(parts),
        bands,
        tuple(float(s) for s in given / given.sum()),
        *(tuple(float(s) for s in side) for side in speaks),
    )


def _speaks(evidence: Evidence, draws: Draws, count: int) -> Floats:
    """What each substance says for and against a point, if the point alone stood in for all that look like it.

    Returns:
        Tempered log likelihood ratios, shape (2, count, substances): how much better the readings of the substance fit than without
        the point, at the rate that suits all substances together, and how much better still if its share were free. The shares are
        those registered, or what the readings ask for where nobody registered any.
    """
    shares, kind = np.asarray(evidence.shares), np.asarray(evidence.kind)
    middle = evidence.columns[int(np.argmax(evidence.log_air))].astype(float)
    learnt = profiles_of(evidence=evidence, draws=draws)
    known = shares.sum(axis=1) > (shares > 0).sum(axis=1)
    own = np.where(known[:, None], shares / shares.sum(axis=1, keepdims=True), learnt)
    rates = np.where(draws.active, draws.rates, 0.0).mean(axis=(0, 1))
    signal = middle * learnt[:, kind] * rates[:, None]
    shape = middle / np.maximum(np.linalg.norm(middle, axis=1, keepdims=True), 1e-300)
    kappa, of_kind = float(draws.kappa.mean()), np.eye(shares.shape[1])[kind]
    found = np.zeros((2, count, shares.shape[1]))
    for number in range(count):
        apart = shape @ shape[number] < ALIKE
        rest = evidence.excess - draws.level - signal[apart].sum(axis=0)
        column = middle[number] * own[number, kind]
        weights = 1 / (evidence.noise**2 + (kappa * np.maximum(rest, 0.0)) ** 2)
        bound = _rate(weights, column, rest, np.ones((len(rest), 1)))[np.zeros_like(kind)] * column
        free = _rate(weights, middle[number], rest, of_kind)[kind] * middle[number]
        with_profile, without = (_gain(evidence, draws, kappa, rest, model) @ of_kind for model in (bound, free))
        found[:, number] = np.maximum(with_profile, 0.0), np.maximum(without - with_profile, 0.0)
    return found


def _rate(weights: Floats, column: Floats, rest: Floats, groups: Floats) -> Floats:
    """Rate by least squares for each group of rows [kg/s], not below zero; groups have shape (rows, groups)."""
    inner, square = (weights * column * rest) @ groups, (weights * column**2) @ groups
    return np.asarray(np.maximum(inner / np.maximum(square, 1e-300), 0.0))


def _gain(evidence: Evidence, draws: Draws, kappa: float, rest: Floats, model: Floats) -> Floats:
    """How much better each row fits with a signal than without."""
    scale = np.sqrt(evidence.noise**2 + (kappa * np.maximum(rest, model)) ** 2)
    without, within = (np.clip(part / scale, -STRAY, STRAY) for part in (rest, rest - model))
    return np.asarray(0.5 * draws.tempering * (without**2 - within**2))
