"""Where a source that no register holds may stand: the posterior over cells of a grid, mixed over the air."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from monitoring.tracing.domain.forward.columns import Air, Blocks, columns
from monitoring.tracing.domain.forward.looks import UNIT, looks
from monitoring.tracing.domain.forward.scene import Physics, Sensors, Weather, point_sources, thinner
from monitoring.tracing.domain.inference.evidence import air_prior
from monitoring.tracing.domain.inference.single import Rows, log_evidence

Floats = NDArray[np.float64]

AIR = Air((-9.0, -6.0, -3.0, 0.0, 3.0, 6.0, 9.0), (0.6, 1.0, 1.7), (0.6, 1.0, 1.7))
BROAD = (-6.0, 0.0, 6.0)  # offsets of the first pass [deg]
CELLS = 72  # of the finer passes
THIN = 10  # steps a block keeps at least
FINEST = 1.5  # [m]
TOLD = 200.0  # way to the nearest sensor over the side of a cell, from which on nothing is told apart any more
ALIKE, LOW = 1_000.0, 15.0  # [m]; way from which sources near the ground are alike, and how high these may be
MASS = 0.9
NEXT = 1.1  # sides of a cell


@dataclass(frozen=True, slots=True)
class Place:
    """Cells that may hold the source, best first, and what follows."""

    cells: Floats  # east, north, height [m], shape (n, 3)
    weight: Floats  # probability of each, sums to 1
    step: float  # side of a cell [m]
    gain: float  # log evidence against no source, uniform over the whole grid
    area: float  # of the smallest set of cells with 90 % [m2]
    centre: tuple[float, float]
    spread: float  # root mean square distance from the centre [m]


def grid_of(*, bounds: tuple[float, float, float, float], step: float, heights: tuple[float, ...]) -> Floats:
    """Middles of cells, shape (n, 3); bounds are west, south, east, north [m]."""
    west, south, east, north = bounds
    middles = np.meshgrid(
        np.arange(west + step / 2, east, step),
        np.arange(south + step / 2, north, step),
        np.array(heights),
        indexing="ij",
    )
    return np.column_stack([axis.ravel() for axis in middles])


def heights_for(*, asked: tuple[float, ...], reach: float) -> tuple[float, ...]:
    """Heights at which sources are sought [m]: the middle of those asked for where they are alike at the sensors.

    Args:
        reach: typical way to the sensors [m].
    """
    return asked if reach < ALIKE or max(asked) > LOW else (float(np.mean(asked)),)


@dataclass(frozen=True, slots=True)
class Search:
    """The whole grid under a few offsets of the wind, kept for every source that is sought in it."""

    cells: Floats  # shape (n, 3) [m]
    step: float  # [m]
    matrices: NDArray[np.float16]  # one for each of `BROAD`, shape (3, n, rows), in units of `unit`
    unit: float  # [s/m3]; half precision is plenty for a first pass, and a fifth of what the whole trace may fill
    sensors: Sensors
    weather: Weather  # of one in a few steps
    physics: Physics
    blocks: Blocks


def search_of(
    *, bounds: tuple[float, float, float, float], step: float, heights: tuple[float, ...], sensors: Sensors, weather: Weather,
    physics: Physics, blocks: Blocks, minutes: int, rows: NDArray[np.int_],
) -> Search:  # fmt: skip
    """Prepare a grid.

    Args:
        bounds: west, south, east, north [m]; step: side of its cells [m]; heights: tried above ground [m].
        minutes: steps of a block; rows: places of the rows in blocks x sensors.
    """
    cells = grid_of(bounds=bounds, step=step, heights=heights)
    thin = thinner(steps=minutes, least=THIN)
    thinned = weather.every(steps=thin)
    every = looks(
        sources=point_sources(places=cells),
        sensors=sensors,
        weather=thinned,
        physics=physics,
        minutes=minutes // thin,
        offsets=BROAD,
        rows=rows,
    )
    return Search(cells, step, every.transpose(0, 2, 1), UNIT, sensors, thinned, physics, blocks.every(steps=thin))


def located(
    *, rows: Rows, search: Search, around: tuple[float, float, float] | None = None, log_mass: Floats | None = None
) -> Place:  # fmt: skip
    """Find one source: a broad pass over the whole grid, then finer cells where the mass lies.

    Args:
        log_mass: of the broad pass where it is known, as from `seen_from`.
        around: east, north and reach of where it is sought [m], with the nearest cell at least; the whole grid where None.
    """
    total, side, cells = len(search.cells), search.step, search.cells
    if around is not None:
        away = np.hypot(cells[:, 0] - around[0], cells[:, 1] - around[1])
        near = np.flatnonzero(away <= max(around[2], float(away.min())))
        cells, log_mass = cells[near], seen_from(rows=rows, search=search, cells=near)
    elif log_mass is None:
        log_mass = seen_from(rows=rows, search=search)
    while True:
        before = side
        cells, side = _finer(cells, log_mass, side)
        log_mass = _exact(cells, rows, search)
        place = _place(cells, log_mass, side, total * (search.step / side) ** 2)
        if side <= max(FINEST, place.spread / 3, _nearest(place, search.sensors) / TOLD) or side == before:
            return place


def _nearest(place: Place, sensors: Sensors) -> float:
    """From a place to the nearest sensor [m]."""
    return float(np.hypot(sensors.east - place.centre[0], sensors.north - place.centre[1]).min())


def apart(one: Place, other: Place) -> float:
    """From the middle of one to that of the other [m]."""
    return float(np.hypot(one.centre[0] - other.centre[0], one.centre[1] - other.centre[1]))


def seen_from(*, rows: Rows, search: Search, cells: NDArray[np.int_] | None = None) -> Floats:
    """Log evidence of each cell of the grid, of some cells where they are given, as the one source more, shape (n,)."""
    prior = air_prior(offsets=np.array(BROAD), widths=np.ones(1), depths=np.ones(1))
    found = np.full(len(search.cells if cells is None else cells), -np.inf)
    for log_air, whole in zip(prior, search.matrices, strict=True):
        matrix = whole if cells is None else whole[cells]
        found = np.logaddexp(found, log_air + log_evidence(matrix=matrix, rows=rows, unit=search.unit, halvings=1))
    return found


def scattered(*, log_mass: Floats, search: Search, most: int) -> NDArray[np.int_]:
    """The likeliest cells, none next to a likelier one."""
    left = log_mass.copy()
    found: list[int] = []
    while len(found) < most and np.isfinite(left).any():
        best = int(np.argmax(left))
        found.append(best)
        away = np.hypot(*(search.cells[:, :2] - search.cells[best, :2]).T)
        left[away < NEXT * search.step] = -np.inf
    return np.array(found, dtype=int)


def _finer(cells: Floats, log_mass: Floats, side: float) -> tuple[Floats, float]:
    """Cells around the mass, of half or a smaller side, at most `CELLS` of them."""
    weight = np.exp(log_mass - logsumexp(log_mass))
    order = np.argsort(-weight, kind="stable")
    kept = order[: int(np.searchsorted(np.cumsum(weight[order]), 0.97)) + 1]
    for parts in (4, 3, 2):
        if len(kept) * parts**2 <= CELLS:
            share = ((np.arange(parts) + 0.5) / parts - 0.5) * side
            shifts = np.array([(e, n, 0.0) for e in share for n in share])
            return (cells[kept][:, None, :] + shifts).reshape(-1, 3), side / parts
    return cells[order[:CELLS]], side


def _exact(cells: Floats, rows: Rows, search: Search) -> Floats:
    prior = air_prior(offsets=np.array(AIR.offsets), widths=np.array(AIR.widths), depths=np.array(AIR.depths))
    every = columns(
        sources=point_sources(places=cells), sensors=search.sensors, weather=search.weather, physics=search.physics,
        blocks=search.blocks, air=AIR,
    )  # fmt: skip
    found = log_evidence(matrix=every[:, :, rows.rows], rows=rows)
    return np.asarray(logsumexp(found + prior[:, None], axis=0))


def _place(cells: Floats, log_mass: Floats, side: float, whole: float) -> Place:
    weight = np.exp(log_mass - logsumexp(log_mass))
    order = np.argsort(-weight, kind="stable")
    inside = int(np.searchsorted(np.cumsum(weight[order]), MASS)) + 1
    centre = (weight[:, None] * cells[:, :2]).sum(axis=0)
    spread = float(np.sqrt((weight * ((cells[:, :2] - centre) ** 2).sum(axis=1)).sum()))
    ground = len(np.unique(cells[order[:inside], :2], axis=0))
    gain = float(logsumexp(log_mass) - np.log(whole))
    return Place(
        cells[order], weight[order], side, gain, ground * side**2, (float(centre[0]), float(centre[1])), spread
    )
