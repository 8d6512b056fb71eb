"""A sudden spill in a river seen at several stations: posterior over place, start and mass, flow, dispersion and still water uncertain.

Place, start, speed, dispersion and still water lie on a narrow ridge that no affordable grid follows: a grid of speeds locks on its nearest node and
is sure of the wrong place. So a population of guesses is led from the prior to the posterior.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from monitoring.tracing.domain.river_course import Course, carried
from monitoring.tracing.domain.river_scene import (
    DISPERSION,
    PLACE,
    SHARE,
    SPEED,
    START,
    STAY,
    Curve,
    Found,
    River,
    Searched,
)
from monitoring.tracing.domain.river_still import Still
from monitoring.tracing.domain.stages import RiverStage

Floats = NDArray[np.float64]
MOST_ALIKE = 0.95  # of neighbouring residuals, for the tempering
GUESSES, MOVES, LAST_MOVES = 600, 12, 80
HALF = 0.5  # of the guesses, that count after each rise of the power
STRETCH = 2.0  # of the moves. Source: Goodman and Weare (2010), affine-invariant ensembles
# No reach is even. Relative errors of the distance that the width of a cloud tells, and of the time that the water takes from there to the
# first station that read it; chosen on spills by finite volumes in uneven reaches, see deploy/docs/tracing_water.md.
UNEVEN, TRAVEL = 0.3, 0.15


def searched(
    *, curves: Sequence[Curve], river: River, within: Searched, seed: int = 1, progress: Callable[[str], None] = lambda stage: None
) -> Found:  # fmt: skip
    """Draws of a sudden release, the mass in closed form.

    Args:
        progress: told the name of each stage as it begins.

    The prior is flat in place and start, log-normal in speed, dispersion, flow and still water, and without a scale in the mass. The likelihood is
    tempered by how alike neighbouring residuals of the best release are, and by residuals larger than stated.
    Source: instantaneous release, tracing notes 2.16; errors and power as in 2.9.
    """
    rng = np.random.default_rng(seed)
    progress(RiverStage.ROUGH.value)
    rough, fit = _led(curves, river, within, 1.0, rng)
    best = rough[int(np.argmax(fit))]
    misfit, tempering = _tempered(curves, river, best)
    runs = []
    for stage in (RiverStage.FIRST, RiverStage.SECOND):
        progress(stage.value)
        runs.append(_led(curves, river, within, tempering, rng)[0])
    draws = np.concatenate(runs)
    gain, power = _products(curves, river, draws)
    per_area = _drawn_mass(gain, power, tempering, rng)
    flow = np.exp(river.flow.middle + river.flow.spread * rng.standard_normal(len(draws)))
    speed = np.exp(draws[:, SPEED])
    gain_best, power_best = _products(curves, river, best[None])
    u, d, share, stay = (float(v) for v in np.exp(best[SPEED:]))
    return Found(
        draws[:, PLACE], draws[:, START], speed, np.exp(draws[:, DISPERSION]), np.exp(draws[:, SHARE]), np.exp(draws[:, STAY]),
        per_area * flow / speed, (float(best[PLACE]), float(best[START]), u, d, share, stay, float(gain_best[0] / power_best[0])), misfit, tempering,
        _r_hat(np.array([run[:, PLACE] for run in runs])),
    )  # fmt: skip


def loosened(*, found: Found, within: Searched, seed: int = 1, course: Course | None = None) -> Found:
    """Draws with what even reaches leave out: bed and speed above the first station are not those between the stations.

    Each place is moved along its ridge, then its start by an error of the travel time; places above the search are drawn again from the others.
    """
    rng = np.random.default_rng([seed, 1])
    first = within.places[1]
    away = (first - found.place) * np.exp(UNEVEN * rng.standard_normal(len(found.place)))
    nearer, left = first - away - found.place, away
    if course is not None:
        nearer, left = course.way(first - away) - course.way(found.place), course.way(first) - course.way(first - away)
    start = found.start + nearer / found.speed + TRAVEL * left / found.speed * rng.standard_normal(len(away))
    inside = np.flatnonzero(first - away >= within.places[0])
    if not len(inside):
        return found
    kept = np.where(first - away >= within.places[0], np.arange(len(away)), rng.choice(inside, len(away)))
    return replace(
        found, place=(first - away)[kept], start=start[kept],
        **{name: getattr(found, name)[kept] for name in ("speed", "dispersion", "share", "stay", "mass")},
    )  # fmt: skip


def _products(curves: Sequence[Curve], river: River, guesses: Floats) -> tuple[Floats, Floats]:
    """Of a kilogram over a square metre with the readings and with itself, scaled by their errors; shape (guesses,)."""
    gain, power = np.zeros(len(guesses)), np.zeros(len(guesses))
    for one in curves:
        unit = _unit(one, river, guesses) / one.scale
        gain += unit @ (one.values / one.scale)
        power += (unit**2).sum(axis=1)
    return gain, np.maximum(power, 1e-300)


def _unit(curve: Curve, river: River, guesses: Floats) -> Floats:
    """What a kilogram over a square metre gives at one station; shape (guesses, readings)."""
    flow = np.exp(guesses[:, SPEED:, None])
    return carried(
        course=river.course, place=guesses[:, PLACE, None], at=curve.position, time=curve.time[None, :] - guesses[:, START, None],
        speed=flow[:, 0], dispersion=flow[:, 1], decay=river.decay, still=Still(flow[:, 2], flow[:, 3]),
    )  # fmt: skip


def _led(
    curves: Sequence[Curve], river: River, within: Searched, tempering: float, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Guesses from the prior to the posterior: the power rises so that half of them always count, then they move.

    Returns:
        Guesses, shape (n, 6), and what each explains.
    """
    guesses = np.column_stack(
        [rng.uniform(*within.places, GUESSES), rng.uniform(*within.starts, GUESSES)]
        + [band.middle + band.spread * rng.standard_normal(GUESSES) for _, band in river.bands]
    )
    explained, power = _explained(curves, river, guesses, tempering), 0.0
    while power < 1.0:
        rise = _rise(explained, 1.0 - power)
        weight = np.exp(rise * (explained - explained.max()))
        power += rise
        # Systematic drawing: each guess comes as often as its weight, give or take one.
        places = (rng.random() + np.arange(GUESSES)) / GUESSES
        chosen = np.minimum(np.searchsorted(np.cumsum(weight / weight.sum()), places), GUESSES - 1)
        guesses, explained = guesses[chosen], explained[chosen]
        for _ in range(MOVES if power < 1.0 else LAST_MOVES):
            guesses, explained = _moved(curves, river, within, tempering, power, guesses, explained, rng)
    return guesses, explained


def _rise(explained: Floats, most: float) -> float:
    """By how much the power may rise: half of the guesses count afterwards."""
    low, high = 0.0, most

    def counting(rise: float) -> float:
        weight = np.exp(rise * (explained - explained.max()))
        return float(weight.sum() ** 2 / (weight**2).sum())

    if counting(most) >= HALF * len(explained):
        return most
    for _ in range(50):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if counting(middle) >= HALF * len(explained) else (low, middle)
    return max(low, 1e-6)


def _moved(
    curves: Sequence[Curve], river: River, within: Searched, tempering: float, power: float, guesses: Floats, explained: Floats,
    rng: np.random.Generator,
) -> tuple[Floats, Floats]:  # fmt: skip
    """One stretch of each half of the guesses along lines to guesses of the other half: ridges of any slope are followed."""
    guesses, explained = guesses.copy(), explained.copy()
    half = len(guesses) // 2
    for own, other in ((slice(0, half), slice(half, None)), (slice(half, None), slice(0, half))):
        here = guesses[own]
        partner = guesses[other][rng.integers(0, half, len(here))]
        factor = (1 + (STRETCH - 1) * rng.random(len(here))) ** 2 / STRETCH
        there = partner + factor[:, None] * (here - partner)
        told = _explained(curves, river, there, tempering)
        odds = STAY * np.log(factor) + power * (told - explained[own]) + _prior(river, within, there) - _prior(river, within, here)  # fmt: skip
        taken = np.log(rng.random(len(here))) < odds
        guesses[own] = np.where(taken[:, None], there, here)
        explained[own] = np.where(taken, told, explained[own])
    return guesses, explained


def _prior(river: River, within: Searched, guesses: Floats) -> Floats:
    found = np.zeros(len(guesses))
    for column, band in river.bands:
        found -= 0.5 * ((guesses[:, column] - band.middle) / band.spread) ** 2
    for column, (low, high) in ((PLACE, within.places), (START, within.starts)):
        found[(guesses[:, column] < low) | (guesses[:, column] > high)] = -np.inf
    return found


def _explained(curves: Sequence[Curve], river: River, guesses: Floats, tempering: float) -> Floats:
    """Logarithm of the likelihood over that of no spill, the mass summed over by a Laplace step; a mass below zero explains nothing."""
    gain, power = _products(curves, river, guesses)
    fit = tempering * np.maximum(gain, 0.0) ** 2 / power
    return np.asarray(np.where(fit > 1.0, 0.5 * fit - 0.5 * np.log(np.maximum(fit, 1.0)), 0.5 * fit))


def expected(*, curve: Curve, river: River, best: tuple[float, ...]) -> Floats:
    """What a release would have given at each reading of a station [kg/m3]; `best` as in `Found`."""
    place, start, speed, dispersion, share, stay, mass = best
    return mass * carried(
        course=river.course, place=place, at=curve.position, time=curve.time - start, speed=speed, dispersion=dispersion, decay=river.decay,
        still=Still(share, stay),
    )  # fmt: skip


def explained_at(*, curves: Sequence[Curve], river: River, within: Searched, guess: Floats) -> tuple[float, float]:
    """What one guess explains, its flow weighed by the bands, and its best mass over area [kg/m2].

    Args:
        guess: place [m], start [s], logarithms of speed [m/s], dispersion [m2/s], share and stay [s] of still water, shape (6,).
    """
    gain, power = _products(curves, river, guess[None])
    told = _explained(curves, river, guess[None], 1.0) + _prior(river, within, guess[None])
    return float(told[0]), max(float(gain[0] / power[0]), 0.0)


def _drawn_mass(gain: Floats, power: Floats, tempering: float, rng: np.random.Generator) -> Floats:
    best, wide = gain / power, 1 / np.sqrt(tempering * power)
    return np.asarray(np.maximum(best + wide * rng.standard_normal(len(gain)), 0.0))


def _tempered(curves: Sequence[Curve], river: River, best: Floats) -> tuple[float, float]:
    """Mean square of the residuals of the best release, and the power that remains of the likelihood."""
    gain, power = _products(curves, river, best[None])
    mass = float(gain[0] / power[0])
    left = [(one.values - mass * _unit(one, river, best[None])[0]) / one.scale for one in curves]
    up, down = sum(float(one[1:] @ one[:-1]) for one in left), sum(float(one @ one) for one in left)
    alike = min(max(up / down, 0.0), MOST_ALIKE) if down > 0 else 0.0
    misfit = down / sum(len(one) for one in left)
    # Errors larger than stated widen the answer; smaller ones do not narrow it.
    return misfit, (1 - alike) / (1 + alike) / max(misfit, 1.0)


def _r_hat(runs: Floats) -> float:
    """Between populations over within; shape (populations, draws)."""
    within = float(runs.var(axis=1).mean())
    return float(np.sqrt(1 + runs.mean(axis=1).var(ddof=1) / within)) if within > 0 else 1.0
