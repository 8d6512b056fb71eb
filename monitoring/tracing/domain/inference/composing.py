"""What a joint trace says of each substance: rates, the profile that the readings ask for, and which substance speaks for a point."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from monitoring.tracing.domain.inference.evidence import Evidence
from monitoring.tracing.domain.inference.finding import (
    QUANTILES,
    Candidate,
    Composition,
    Finding,
    Rate,
    rate_of,
    scattered,
)
from monitoring.tracing.domain.inference.kernels import FLOOR, OWN
from monitoring.tracing.domain.inference.sampler import Draws
from monitoring.tracing.domain.inference.settings import Settings
from monitoring.tracing.domain.inference.spans import parts_of
from monitoring.tracing.domain.inference.together import ENOUGH, Joined, profiles_of

Floats = NDArray[np.float64]

ALIKE = 0.7  # columns that are more alike than this stand in for each other
HEARD = 3.0  # deviations by which what is read under a plume has to stand out


def with_compositions(
    *, finding: Finding, held: Joined, draws: Draws, listed: NDArray[np.int_], settings: Settings
) -> Finding:  # fmt: skip
    """The finding with a composition of every listed candidate; as it is for one substance."""
    evidence = held.evidence
    if evidence.kind is None or evidence.shares is None:
        return finding
    read, said = _speaks(held, draws, len(listed))
    rng = np.random.default_rng([settings.seed, 17])
    found = {
        int(place): _composition(evidence, draws, n, (read[n], said[n]), settings, rng)
        for n, place in enumerate(listed)
    }
    candidates = tuple(replace(one, composition=_with_masses(one, found.get(one.place))) for one in finding.candidates)
    return replace(finding, candidates=candidates)


def _with_masses(one: Candidate, found: Composition | None) -> Composition | None:
    """Each substance's rate for as long as all of them together were let out."""
    if found is None or one.mass is None:
        return found
    seconds = one.mass.mean / max(one.rate.mean, 1e-300)
    masses = tuple(Rate(rate.mean * seconds, tuple(q * seconds for q in rate.quantiles)) for rate in found.rates)
    return replace(found, masses=masses)


def _composition(
    evidence: Evidence, draws: Draws, number: int, speaks: tuple[Floats, Floats], settings: Settings, rng: np.random.Generator
) -> Composition:  # fmt: skip
    given = np.asarray(evidence.shares)[number]
    active = draws.active[:, :, number]
    rates, shares = draws.released_by(number=number), np.asarray(draws.profiles)[:, :, number][active]
    if len(rates) < ENOUGH:
        # Hardly ever active: its rate if it were, with shares that nothing was learnt about.
        more = np.zeros((len(draws.would_be), len(given)))
        more[:, given > 0] = rng.dirichlet(given[given > 0], len(more))
        rates, shares = (
            np.concatenate([rates, draws.imagined_of(number=number)]),
            np.concatenate([shares, more]),
        )
    parts = [
        rate_of(draws=scattered(draws=rates * share, scatter=settings.model_scatter, least=settings.least_spread, rng=rng))
        for share in shares.T
    ]  # fmt: skip
    bands = tuple(tuple(float(q) for q in np.quantile(share, QUANTILES)) for share in shares.T)
    read, said = (tuple(float(s) for s in side) for side in speaks)
    expected = tuple(float(s) for s in given / given.sum())
    return Composition(tuple(parts), bands, expected, read if np.isfinite(read).all() else None, said)


def _speaks(held: Joined, draws: Draws, count: int) -> tuple[Floats, Floats]:
    """What was read of each substance where the plume of a point lies, and what that says for or against its profile.

    Readings are divided by their sum, so that what is wrong with the plume drops out; sources that look otherwise are taken off first.

    Returns:
        Shares, NaN where too little was read, and log likelihood ratios against any share being equally likely, zero where there is
        nothing to say; shape (count, substances) each.
    """
    evidence, given = held.evidence, np.asarray(held.evidence.shares)
    often = np.bincount(draws.air.ravel(), minlength=len(evidence.log_air)) / draws.air.size
    middle = np.einsum("g,gkr->kr", often.astype(np.float32), evidence.columns).astype(float)
    learnt, kind = profiles_of(evidence=evidence, draws=draws), np.asarray(evidence.kind)
    part, _ = parts_of(evidence=evidence)
    signal = middle * learnt[:, kind] * draws.by_part[:, part]
    shape = middle / np.maximum(np.linalg.norm(middle, axis=1, keepdims=True), 1e-300)
    cells = _whole_cells(evidence)
    own_error = OWN * float(draws.kappa.mean()) ** 2 + FLOOR**2
    read, said = np.full((count, given.shape[1]), np.nan), np.zeros((count, given.shape[1]))
    for number in range(count):
        apart = shape @ shape[number] < ALIKE
        rest = np.where(evidence.censored, 0.0, evidence.excess - draws.level - signal[apart].sum(axis=0))
        doubt = np.where(evidence.censored, evidence.excess, evidence.noise)
        amounts, errors = rest[cells] / held.lifts, np.hypot(doubt, np.sqrt(own_error) * rest)[cells] / held.lifts
        share, spread = _share_of(amounts, errors, middle[number][cells[:, 0]])
        if share is None:
            continue
        read[number] = share
        said[number] = _said(share, spread, given[number])
    return read, said


def _whole_cells(evidence: Evidence) -> NDArray[np.int_]:
    """Rows of every block and sensor where all substances were read, shape (cells, substances)."""
    sensors = int(evidence.sensor.max()) + 1
    cells, place = np.unique(evidence.block * sensors + evidence.sensor, return_inverse=True)
    found = np.full((len(cells), evidence.kinds), -1)
    found[place, np.asarray(evidence.kind)] = np.arange(len(place))
    return found[(found >= 0).all(axis=1)]


def _share_of(amounts: Floats, errors: Floats, weights: Floats) -> tuple[Floats | None, Floats]:
    """Shares of the readings under a plume, and their standard deviations; None where their sum does not stand out."""
    sums, variances = weights @ amounts, weights**2 @ errors**2
    whole = float(sums.sum())
    if whole <= HEARD * np.sqrt(variances.sum()):
        return None, sums
    share = np.clip(sums / whole, 0.0, 1.0)
    return share, np.sqrt((1 - share) ** 2 * variances + share**2 * (variances.sum() - variances)) / whole


def _said(share: Floats, spread: Floats, given: Floats) -> Floats:
    """Log likelihood ratio of each share that was read; of a point without a profile only what it does not handle speaks."""
    total = float(given.sum())
    expected, known = given / total, total > (given > 0).sum()
    wide = np.sqrt(spread**2 + expected * (1 - expected) / (total + 1))
    found = -0.5 * ((share - expected) / wide) ** 2 - np.log(wide * np.sqrt(2 * np.pi))
    return np.where(known | (given == 0), found, 0.0)
