"""Where a source that no register holds may stand: the posterior over cells of a grid, mixed over the air."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr, logsumexp

from monitoring.tracing.domain.forward.columns import Air, Blocks, columns
from monitoring.tracing.domain.forward.looks import UNIT, looks
from monitoring.tracing.domain.forward.scene import Physics, Sensors, Weather, point_sources, thinner
from monitoring.tracing.domain.inference.evidence import air_prior

Floats = NDArray[np.float64]

AIR = Air((-9.0, -6.0, -3.0, 0.0, 3.0, 6.0, 9.0), (0.6, 1.0, 1.7), (0.6, 1.0, 1.7))
BROAD = (-6.0, 0.0, 6.0)  # offsets of the first pass [deg]
CELLS = 72  # of the finer passes
THIN = 10  # steps a block keeps at least
FINEST = 1.5  # [m]
MASS = 0.9
CHUNK = 512  # columns that are looked at together, for memory


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


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows a place is sought in."""

    rows: NDArray[np.int_]  # places in blocks x sensors
    excess: Floats
    weights: Floats  # tempered inverse variances
    scale: float  # of the rate's prior [kg/s]


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


def log_evidence(*, matrix: NDArray[np.floating[Any]], rows: Rows, unit: float = 1.0) -> Floats:
    """Log evidence of each column against nothing, the rate integrated over its half-normal prior.

    Args:
        matrix: shape (..., k, rows), in units of `unit`.
    """
    flat = matrix.reshape(-1, matrix.shape[-1])
    sums = np.empty((2, len(flat)))
    for start in range(0, len(flat), CHUNK):
        some = flat[start : start + CHUNK] * np.float64(unit)
        sums[1, start : start + CHUNK] = some @ (rows.weights * rows.excess)
        sums[0, start : start + CHUNK] = np.square(some, out=some) @ rows.weights
    precision = sums[0].reshape(matrix.shape[:-1]) + rows.scale**-2
    middle = sums[1].reshape(matrix.shape[:-1]) / precision
    found = np.log(2 / rows.scale) - 0.5 * np.log(precision) + 0.5 * middle**2 * precision
    return np.asarray(found + log_ndtr(middle * np.sqrt(precision)))


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


def located(*, rows: Rows, search: Search, around: tuple[float, float, float] | None = None) -> Place:
    """Find one source: a broad pass over the whole grid, then finer cells where the mass lies.

    Args:
        around: east, north and reach of where it is sought [m], with the nearest cell at least; the whole grid where None.
    """
    total, side, cells = len(search.cells), search.step, search.cells
    prior = air_prior(offsets=np.array(BROAD), widths=np.ones(1), depths=np.ones(1))
    log_mass = np.full(total, -np.inf)
    for log_air, matrix in zip(prior, search.matrices, strict=True):
        log_mass = np.logaddexp(log_mass, log_air + log_evidence(matrix=matrix, rows=rows, unit=search.unit))
    if around is not None:
        away = np.hypot(cells[:, 0] - around[0], cells[:, 1] - around[1])
        log_mass[away > max(around[2], float(away.min()))] = -np.inf
    while True:
        before = side
        cells, side = _finer(cells, log_mass, side)
        log_mass = _exact(cells, rows, search)
        place = _place(cells, log_mass, side, total * (search.step / side) ** 2)
        if side <= max(FINEST, place.spread / 3) or side == before:
            return place


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
