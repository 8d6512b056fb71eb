"""Tracing one event, from minute readings to a finding. `trace` is the door to the whole of air tracing."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from monitoring.tracing.domain.forward.columns import Air, columns
from monitoring.tracing.domain.forward.geometry import geometry_of
from monitoring.tracing.domain.forward.matrix import Forward
from monitoring.tracing.domain.forward.scene import Physics, Sensors, Sources, Weather, point_sources
from monitoring.tracing.domain.inference import places, scan
from monitoring.tracing.domain.inference.answering import Traced, finding_of
from monitoring.tracing.domain.inference.evidence import Evidence, air_prior
from monitoring.tracing.domain.inference.finding import Finding
from monitoring.tracing.domain.inference.outside import SECTORS, outside_columns
from monitoring.tracing.domain.inference.places import Place
from monitoring.tracing.domain.inference.prepared import Prepared, prepared
from monitoring.tracing.domain.inference.sampler import sample
from monitoring.tracing.domain.inference.settings import Settings, air_for, block_minutes

Floats = NDArray[np.float64]

LEAST_PRIOR, MOST_PRIOR = 1e-9, 0.9
CELLS_KEPT = 16  # of one unknown place among the hypotheses
SIGNIFICANT = 6.0  # log evidence for another unknown source


@dataclass(frozen=True, slots=True)
class Case:
    """An event with everything that is known about it."""

    sources: Sources  # the register; may be empty where settings ask for a grid
    prior: Floats | None  # probability of being active by candidate, shape (k,); from the settings where NaN
    typical: Floats | None  # scale of the rate by candidate [kg/s], shape (k,); from the data where NaN
    sensors: Sensors
    weather: Weather
    physics: Physics
    values: Floats  # minute readings, shape (t, sensors) [kg/m3]; NaN where missing, the limit where hidden
    hidden: NDArray[np.bool_]  # below the limit of detection, shape (t, sensors)
    bounds: tuple[float, float, float, float] | None = None  # of the site: west, south, east, north [m]
    repeat: int = 1  # steps of the wind that one reading spans; its value stands in each of them


def trace(*, case: Case, settings: Settings) -> Finding:
    """Who did it.

    Args:
        case: one event of one substance; settings: choices, with the seed.

    Returns:
        Verdict, probabilities and rates of the register, an unknown place where one is likely, doubts and diagnostics. The
        same case, settings and seed give the same bits.

    Source: tracing notes 2.8 to 2.11 and 3; the mixture over the air instead of its single best is the point.
    """
    minutes = block_minutes(minutes=len(case.values) * case.weather.step / 60, chosen=settings.block_minutes)
    steps = max(round(minutes * 60 / case.weather.step / case.repeat), 1) * case.repeat
    bounds = case.bounds or bounds_of(sources=case.sources, sensors=case.sensors)
    first = (
        case.sources
        if len(case.sources)
        else point_sources(places=places.grid_of(bounds=bounds, step=_coarse(bounds, settings), heights=(2.0,)))
    )
    made = prepared(
        values=case.values, hidden=case.hidden, sources=first, sensors=case.sensors, weather=case.weather, physics=case.physics,
        minutes=steps, repeat=case.repeat,
    )  # fmt: skip
    listed = _listed(case, made, steps) if len(case.sources) else np.zeros(0, dtype=int)
    scale = _scale(case, made)
    unknown = _unknown(case, settings, made, listed, bounds, steps, scale)
    return _sampled(case, settings, made, listed, unknown, scale, bounds)


def bounds_of(*, sources: Sources, sensors: Sensors, margin: float = 100.0) -> tuple[float, float, float, float]:
    """Box around all points, with a margin [m]."""
    east = np.concatenate([sources.east, sensors.east])
    north = np.concatenate([sources.north, sensors.north])
    return (
        float(east.min() - margin),
        float(north.min() - margin),
        float(east.max() + margin),
        float(north.max() + margin),
    )


def _coarse(bounds: tuple[float, float, float, float], settings: Settings) -> float:
    """Side of the first grid's cells [m]: no more than some 3,000 of them."""
    area = max((bounds[2] - bounds[0]) * (bounds[3] - bounds[1]), 1.0)
    return max(settings.grid_step, float(np.sqrt(area / 3000)))


def _listed(case: Case, made: Prepared, steps: int) -> NDArray[np.int_]:
    """Short list of the register under a few offsets of the wind."""
    if len(case.sources) <= scan.LIST:
        return np.arange(len(case.sources))
    forward = Forward(geometry=geometry_of(sources=case.sources, sensors=case.sensors), physics=case.physics)
    matrices = [
        forward.matrix(weather=case.weather, minutes=steps, offset=offset).reshape(-1, len(case.sources))[made.rows]
        for offset in (0.0, -6.0, 6.0)
    ]
    weights = scan.weights_of(excess=made.excess, noise=made.noise)
    return scan.short_list(matrices=[np.asarray(m, dtype=float) for m in matrices], excess=made.excess, weights=weights)


def _scale(case: Case, made: Prepared) -> float:
    """Scale of a rate nobody knows beforehand [kg/s]: what the largest single explanation would need, doubled."""
    if len(made.fit.rates):
        return 2.0 * float(np.max(made.fit.rates))
    return max(float(np.median(made.noise)) / 1e-6, 1e-9)  # a microsecond per cubic metre: a few hundred metres away


def _unknown(
    case: Case, settings: Settings, made: Prepared, listed: NDArray[np.int_], bounds: tuple[float, float, float, float], steps: int,
    scale: float,
) -> tuple[Place, ...]:  # fmt: skip
    """Places of sources that the register does not hold: one where there is a register, several in grid mode."""
    if not (made.excess > 3 * made.noise).any():
        return ()
    weights = scan.weights_of(excess=made.excess, noise=made.noise) * made.tempering
    search = places.search_of(
        bounds=bounds, step=_coarse(bounds, settings), heights=settings.grid_heights, sensors=case.sensors, weather=case.weather,
        physics=case.physics, blocks=made.blocks, minutes=steps, rows=made.rows,
    )  # fmt: skip

    def place(excess: Floats) -> Place:
        return places.located(rows=places.Rows(made.rows, excess, weights, scale), search=search)

    if not settings.grid:
        explained = _explained(case, made, listed)
        found = [place(made.excess)]
        if explained.any():
            found.append(place(made.excess - explained))
        return tuple(found)
    return _several(case, settings, made, weights, place)


def _explained(case: Case, made: Prepared, listed: NDArray[np.int_]) -> Floats:
    one = _columns(case, made, case.sources.only(places=listed), Air((0.0,), (1.0,), (1.0,)))[0].astype(float).T
    fit = scan.greedy(matrix=one, excess=made.excess, weights=scan.weights_of(excess=made.excess, noise=made.noise))
    return np.asarray(one[:, list(fit.picks)] @ fit.rates) if fit.picks else np.zeros(len(made.excess))


def _several(
    case: Case, settings: Settings, made: Prepared, weights: Floats, place: Callable[[Floats], Place]
) -> tuple[Place, ...]:
    """Sources one after the other, each sought in what the others leave, then once more."""
    found: list[Place] = []
    signals: list[Floats] = []
    for _ in range(settings.most_sources):
        rest = made.excess - np.sum(signals, axis=0) if signals else made.excess
        new = place(rest)
        if new.gain < SIGNIFICANT and found:
            break
        found.append(new)
        signals = _signals(case, made, weights, found)
    if len(found) > 1:
        for number in range(len(found)):
            rest = made.excess - np.sum([s for other, s in enumerate(signals) if other != number], axis=0)
            found[number] = place(rest)
            signals = _signals(case, made, weights, found)
    return tuple(found)


def _signals(case: Case, made: Prepared, weights: Floats, found: list[Place]) -> list[Floats]:
    best = point_sources(places=np.array([p.cells[0] for p in found]))
    matrix = _columns(case, made, best, Air((0.0,), (1.0,), (1.0,)))[0].astype(float).T
    rates = nnls(matrix * np.sqrt(weights)[:, None], made.excess * np.sqrt(weights))[0]
    return [matrix[:, number] * rate for number, rate in enumerate(rates)]


def _columns(case: Case, made: Prepared, sources: Sources, air: Air) -> NDArray[np.float32]:
    every = columns(
        sources=sources, sensors=case.sensors, weather=case.weather, physics=case.physics, blocks=made.blocks, air=air
    )
    return every[:, :, made.rows]


def _sampled(
    case: Case, settings: Settings, made: Prepared, listed: NDArray[np.int_], unknown: tuple[Place, ...], scale: float,
    bounds: tuple[float, float, float, float],
) -> Finding:  # fmt: skip
    """Sample all hypotheses together: register, cells of unknown places, sectors outside."""
    cells, cell_prior = _cells(settings, unknown, bounds)
    hypotheses = len(listed) + len(cells) + SECTORS
    air = air_for(hypotheses=hypotheses, rows=len(made.rows))
    points = case.sources.only(places=listed)
    if len(cells):
        points = points.joined(other=point_sources(places=cells))
    parts = [_columns(case, made, points, air)] if len(points) else []
    beyond = outside_columns(weather=case.weather, physics=case.physics, blocks=made.blocks, air=air)[:, :, made.rows]
    every = np.concatenate([*parts, beyond], axis=1)
    prior = np.concatenate([
        _prior(case, settings)[listed], cell_prior, np.full(SECTORS, settings.outside_prior / SECTORS),
    ])  # fmt: skip
    known = case.typical[listed] if case.typical is not None else np.full(len(listed), np.nan)
    typical = np.concatenate(
        [np.where(np.isnan(known), scale, known), np.full(len(cells), scale), np.full(SECTORS, scale * 30)]
    )
    # Offsets of the background that are pure noise of the fit would otherwise be explained by far-away sectors.
    evidence = Evidence(
        made.excess, made.noise, made.rows % case.sensors.count, made.rows // case.sensors.count, made.censored, every,
        air_prior(offsets=np.array(air.offsets), widths=np.array(air.widths), depths=np.array(air.depths)),
        (len(air.offsets), len(air.widths), len(air.depths)), np.clip(prior, LEAST_PRIOR, MOST_PRIOR), typical, made.tempering,
    )  # fmt: skip
    draws = sample(
        evidence=evidence, seed=settings.seed, chains=settings.chains, rounds=settings.rounds, burn=settings.burn
    )
    return finding_of(
        traced=Traced(evidence, draws, listed, cells, unknown, made, case.weather, settings, len(case.sources), air)
    )


def _prior(case: Case, settings: Settings) -> Floats:
    usual = min(settings.expected_sources / max(len(case.sources), 1), 0.2)
    given = np.full(len(case.sources), np.nan) if case.prior is None else case.prior
    return np.where(np.isnan(given), usual, given)


def _cells(
    settings: Settings, unknown: tuple[Place, ...], bounds: tuple[float, float, float, float]
) -> tuple[Floats, Floats]:
    """Cells that stand for the unknown places, and their share of the prior of a place anywhere on the site."""
    if not unknown:
        return np.zeros((0, 3)), np.zeros(0)
    area = (bounds[2] - bounds[0]) * (bounds[3] - bounds[1]) * len(settings.grid_heights)
    total = 0.5 if settings.grid else settings.unregistered_prior
    cells, prior = [], []
    for place in unknown:
        kept = place.cells[:CELLS_KEPT]
        stands_for = place.step**2 / max(float(place.weight[:CELLS_KEPT].sum()), 0.05)
        cells.append(kept)
        prior.append(np.full(len(kept), total * min(stands_for / area, 1.0 / len(kept))))
    return np.concatenate(cells), np.concatenate(prior)
