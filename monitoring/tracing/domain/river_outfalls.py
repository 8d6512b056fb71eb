"""Which registered outfall a sudden spill in a river may have come from: the draws of a place along the bank held against the register."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from monitoring.tracing.domain.inference.finding import Verdict
from monitoring.tracing.domain.priors import favoured
from monitoring.tracing.domain.river_scene import Curve, Found, River, Searched
from monitoring.tracing.domain.river_search import expected, explained_at

Floats = NDArray[np.float64]
UNREGISTERED = 0.08  # prior of all places together that no registered outfall explains, as in sewers
# Least probability of a name, above that of sewers: neighbours on a bank are told apart by the width of a cloud alone. Least one that is listed.
NAMED, WORTH = 0.7, 0.001
HELD, MOST = 0.9, 5  # share of the outfalls' probability that several names hold together; how many at most
NEAREST = 200  # draws that stand for "if it was this outfall"
AGAINST = (
    1.5  # mean square of a station's residuals over that of the best release anywhere, from which it speaks against
)


@dataclass(frozen=True, slots=True)
class Outfall:
    """One that the register knows."""

    id: str
    position: float  # [m]
    holds: bool  # whether it may hold the substance; also where nothing is known
    confirmed: int = 0  # how often an inspection found the source there
    ruled_out: bool = False  # an inspection has cleared it


@dataclass(frozen=True, slots=True)
class Passing:
    """What one station says about one place [kg/m3, s]."""

    expected: Floats  # at each reading
    misfit: float  # mean square of the scaled residuals
    against: bool
    read_peak: tuple[float, float]  # when, how much
    expected_peak: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Candidate:
    """An outfall with what the readings say about it. Draws of start [s] and mass [kg] hold if it was this one."""

    outfall: Outfall
    probability: float
    density: float  # of the draws at its place over that of a flat search; above 1 the readings speak for it
    start: Floats
    mass: Floats
    stations: tuple[Passing, ...]


@dataclass(frozen=True, slots=True)
class Register:
    """Outfalls in the search, the likeliest first, and what none of them explains."""

    candidates: tuple[Candidate, ...]
    elsewhere: float  # probability of a place on the bank between the outfalls
    unregistered: float  # the same, with the outfalls that may not hold the substance

    @property
    def likely(self) -> tuple[Candidate, ...]:
        return tuple(one for one in self.candidates if one.probability >= WORTH)


def weighed(
    *, outfalls: Sequence[Outfall], found: Found, sharp: Found, curves: Sequence[Curve], river: River, within: Searched
) -> Register:  # fmt: skip
    """Probabilities of outfalls that lie in the search.

    Args:
        found: draws with the errors of an even reach; sharp: without, from which the best release at a place is sought.

    The search took every place for equally likely. An outfall is a place with a prior of its own, so its evidence over that of the bank as
    a whole is the density of the draws at its place over the flat one (Savage and Dickey). Start and mass are those of the draws
    next to it, moved along the ridge to its place.
    """
    near, far = within.places
    inside = [one for one in outfalls if near <= one.position < far and not one.ruled_out]
    prior, bank = _prior(inside)
    gains = [_density(found.place, one.position, within.places) * (far - near) for one in inside]
    total = bank + sum(a * b for a, b in zip(prior, gains, strict=True))
    shares = [a * b / total if total > 0 else 0.0 for a, b in zip(prior, gains, strict=True)]
    free = [_misfit(curve, river, found.best) for curve in curves]
    rows = []
    for one, share, gain in sorted(zip(inside, shares, gains, strict=True), key=lambda row: (-row[1], row[0].position)):
        start, mass = _moved_to(found, one.position)
        best = _best_at(one.position, sharp, curves, river, within) if share >= WORTH else None
        stations = () if best is None else tuple(_passing(c, river, best, f) for c, f in zip(curves, free, strict=True))
        rows.append(Candidate(one, share, gain, start, mass, stations))
    elsewhere = bank / total if total > 0 else 1.0
    strange = sum(one.probability for one in rows if not one.outfall.holds)
    return Register(tuple(rows), elsewhere, elsewhere + strange)


def judged(*, register: Register) -> tuple[Verdict, tuple[str, ...]]:
    """Who is named, given that the place was found at all."""
    order = register.likely
    if order and order[0].probability >= NAMED:
        first = order[0].outfall
        return (Verdict.NAMED if first.holds else Verdict.UNREGISTERED), (first.id,)
    if register.unregistered >= NAMED:
        return Verdict.UNREGISTERED, ()
    together = sum(one.probability for one in order)
    names, held = list[str](), 0.0
    for one in order[:MOST]:
        names.append(one.outfall.id)
        held += one.probability
        if held >= HELD * together:
            break
    if held >= NAMED:
        return Verdict.SEVERAL, tuple(names)
    return Verdict.CANNOT_TELL, ()


def _prior(inside: Sequence[Outfall]) -> tuple[list[float], float]:
    """Of each outfall and of the bank; they sum to 1. Where the register knows none that may hold it, the bank has most of it."""
    holding = sum(favoured(confirmed=one.confirmed) for one in inside if one.holds)
    others = sum(not one.holds for one in inside)
    strange = UNREGISTERED if holding else 1.0
    each = UNREGISTERED / 2 / others if others else 0.0
    weights = [
        (1 - UNREGISTERED) * favoured(confirmed=one.confirmed) / holding if one.holds else each for one in inside
    ]
    return weights, strange - each * others


def _density(draws: Floats, at: float, ends: tuple[float, float]) -> float:
    """Of the draws at a place [1/m], by a normal kernel that does not leak over the ends of the search."""
    quarter, three = np.quantile(draws, [0.25, 0.75])
    wide = 0.9 * min(float(draws.std()), float(three - quarter) / 1.34) * len(draws) ** -0.2
    wide = max(wide, 1.0)
    mirrored = np.concatenate([draws, 2 * ends[0] - draws, 2 * ends[1] - draws])
    return float(np.exp(-0.5 * ((mirrored - at) / wide) ** 2).sum() / (len(draws) * wide * np.sqrt(2 * np.pi)))


def _moved_to(found: Found, at: float) -> tuple[Floats, Floats]:
    """Starts and masses of the nearest draws as they would be at a place: each is moved along the local ridge."""
    nearest = np.argsort(np.abs(found.place - at), kind="stable")[:NEAREST]
    away = at - found.place[nearest]
    spread = float(away.var())

    def moved(values: Floats) -> Floats:
        slope = float(np.mean((away - away.mean()) * (values - values.mean()))) / spread if spread > 0 else 0.0
        return np.asarray(values - slope * away)

    mass = np.exp(moved(np.log(np.maximum(found.mass[nearest], 1e-12))))
    return moved(found.start[nearest]), mass


def _best_at(at: float, found: Found, curves: Sequence[Curve], river: River, within: Searched) -> tuple[float, ...]:
    """Start, speed, dispersion, still water and mass over area that fit best from one place, sought from the draw next to it."""
    nearest = int(np.argmin(np.abs(found.place - at)))
    slope = float(np.cov(found.place, found.start)[0, 1] / max(float(found.place.var(ddof=1)), 1e-9))
    begin = np.array([
        found.start[nearest] + slope * (at - found.place[nearest]),
        *(np.log(values[nearest]) for values in (found.speed, found.dispersion, found.share, found.stay)),
    ])  # fmt: skip
    scale = np.array([600.0, 0.05, 0.3, 0.5, 0.5])

    def worse(step: Floats) -> float:
        guess = np.concatenate([[at], begin + step * scale])
        return -explained_at(curves=curves, river=river, within=within, guess=guess)[0]

    step = minimize(worse, np.zeros(5), method="Nelder-Mead", options={"maxiter": 400, "xatol": 1e-3, "fatol": 1e-3}).x
    start, *flow = begin + step * scale
    mass = explained_at(curves=curves, river=river, within=within, guess=np.array([at, start, *flow]))[1]
    return at, float(start), *(float(v) for v in np.exp(flow)), mass


def _misfit(curve: Curve, river: River, best: tuple[float, ...]) -> float:
    return float(np.mean(((curve.values - expected(curve=curve, river=river, best=best)) / curve.scale) ** 2))


def _passing(curve: Curve, river: River, best: tuple[float, ...], free: float) -> Passing:
    model = expected(curve=curve, river=river, best=best)
    misfit = float(np.mean(((curve.values - model) / curve.scale) ** 2))
    read, given = int(np.argmax(curve.values)), int(np.argmax(model))
    return Passing(
        model, misfit, misfit > AGAINST * max(free, 1.0), (float(curve.time[read]), float(curve.values[read])),
        (float(curve.time[given]), float(model[given])),
    )  # fmt: skip
