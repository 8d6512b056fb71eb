"""How well each of many places explains the readings as a single source, with the errors that the sampling has: Student's, growing with the
model. Errors by the reading alone let one narrow plume that missed a station outweigh all that the place explains.

One file with its kernel on purpose: see `compiled`.
"""

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from monitoring.tracing.domain.compiled import uncounted

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]

FREEDOM, FLOOR = 4.0, 0.1  # as in `kernels`
KAPPA = 0.5  # relative error of the model before it is known; the middle of its prior
LEAST_RATE, COARSE = 0.008, 9  # least rate tried over the scale of the prior; rates tried, each twice the one before
WORST, BEST = 1e-74, 1e74  # of a row, so that four of them stay within doubles
CHUNK = 256  # places that are looked at together, for memory


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows in which a single source is sought."""

    rows: NDArray[np.int_]  # places in blocks x sensors
    excess: Floats  # readings above the background [kg/m3]
    other: Floats  # what other sources add [kg/m3]
    noise: Floats  # without the model's error [kg/m3]
    on: Floats  # share of the time of each row in which it is on
    power: float  # of the likelihood
    scale: float  # of the rate's prior [kg/s]
    kappa: float = KAPPA


class Known(NamedTuple):
    """The rows in units of their typical noise, shape (rows,)."""

    raw: Floats
    other: Floats
    variance: Floats
    on: Floats
    nothing: Floats  # inverse of the likelihood without the source
    relative: float
    power: float
    scale: float


@uncounted
def gained(known: Known, column: Singles, unit: float, rate: float, room: Floats) -> float:
    """Log likelihood of one place at one rate over that without it, tempered."""
    count, total = len(known.raw), 0.0
    for i in range(count):
        m = known.other[i] + rate * unit * column[i] * known.on[i]
        v = known.variance[i] + known.relative * m * m
        r = known.raw[i] - m
        d = FREEDOM * v + r * r
        part = v * v * v * v / (d * d * d * d * d) * known.nothing[i]
        room[i] = min(max(part, WORST), BEST)
    whole = count - count % 4
    for i in range(0, whole, 4):
        total += math.log((room[i] * room[i + 1]) * (room[i + 2] * room[i + 3]))
    for i in range(whole, count):
        total += math.log(room[i])
    return 0.5 * known.power * total


@uncounted
def weigh(
    found: Floats, columns: Singles, unit: float, known: Known, halvings: int, room: Floats, tried: Floats
) -> None:
    """Log evidence of each column against nothing, the rate integrated over its half-normal prior.

    Args:
        found: shape (k,); columns: shape (k, rows), in units of `unit`; halvings: of the step between rates around the best.
        room, tried: scratch, shape (rows,) and (COARSE,).
    """
    for k in range(len(columns)):
        column, step = columns[k], math.log(2.0)
        best, top, total = 0, -math.inf, 0.0
        for j in range(COARSE):
            share = LEAST_RATE * 2.0**j
            # By the logarithm of the rate: density of the half-normal times the rate times the step.
            prior = math.log(0.7978845608028654 * share * step) - 0.5 * share * share
            tried[j] = gained(known, column, unit, share * known.scale, room) + prior
            if tried[j] > top:
                best, top = j, tried[j]
        for j in range(COARSE):
            total += math.exp(tried[j] - top)
        found[k] = top + math.log(total)
        if best == 0 or best == COARSE - 1:
            continue
        middle, height, below, above = math.log(LEAST_RATE) + best * step, top, tried[best - 1], tried[best + 1]
        for _ in range(halvings):
            step *= 0.5
            low = _at(known, column, unit, middle - step, room)
            high = _at(known, column, unit, middle + step, room)
            if low > height and low >= high:
                middle, height, below, above = middle - step, low, below, height
                below = _at(known, column, unit, middle - step, room)
            elif high > height:
                middle, height, below, above = middle + step, high, height, above
                above = _at(known, column, unit, middle + step, room)
            else:
                below, above = low, high
        bend = (2.0 * height - below - above) / (step * step)
        if bend * step * step > 0.35:
            lean = (above - below) / (2.0 * step)
            peak = height + 0.5 * lean * lean / bend
            found[k] = peak + 0.5 * math.log(2.0 * math.pi / bend) - math.log(math.log(2.0))


@uncounted
def _at(known: Known, column: Singles, unit: float, place: float, room: Floats) -> float:
    """Log posterior of a rate by the logarithm of its share of the scale, with the step of the coarse grid in it as in `weigh`."""
    share = math.exp(place)
    prior = math.log(0.7978845608028654 * share * math.log(2.0)) - 0.5 * share * share
    return gained(known, column, unit, share * known.scale, room) + prior


def log_evidence(*, matrix: NDArray[np.floating[Any]], rows: Rows, unit: float = 1.0, halvings: int = 3) -> Floats:
    """Log evidence of each column as the one source more, against nothing more.

    Args:
        matrix: concentration over rate, shape (..., k, rows), in units of `unit`; halvings: of the step between rates, from a factor of two.
    """
    known, size = known_of(rows=rows)
    flat = matrix.reshape(-1, matrix.shape[-1])
    found = np.empty(len(flat))

    def some(start: int) -> None:
        part = np.ascontiguousarray(flat[start : start + CHUNK], dtype=np.float32)
        weigh(
            found[start : start + CHUNK], part, unit / size, known, halvings, np.empty(len(known.raw)), np.empty(COARSE)
        )

    with ThreadPoolExecutor(max_workers=2) as threads:
        list(threads.map(some, range(0, len(flat), CHUNK)))
    return found.reshape(matrix.shape[:-1])


def known_of(*, rows: Rows) -> tuple[Known, float]:
    """The rows as the kernel takes them, and the unit of concentrations [kg/m3]."""
    size = float(np.median(rows.noise))
    relative = rows.kappa**2 + FLOOR**2
    raw, other, variance = rows.excess / size, rows.other / size, (rows.noise / size) ** 2
    spread = variance + relative * other**2
    nothing = (FREEDOM * spread + (raw - other) ** 2) ** 5 / spread**4
    return Known(
        raw, other, variance, np.asarray(rows.on, dtype=float), nothing, relative, rows.power, rows.scale
    ), size
