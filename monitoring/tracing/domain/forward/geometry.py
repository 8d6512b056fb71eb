"""Pairs of source and sensor, in rings by distance and sorted by bearing, so that what a minute's wind reaches is one slice.

Along a slice the logarithm of the concentration is a polynomial in the squared angle to the wind. It is interpolated from
the exact plume at Chebyshev nodes, for any curves, height and lid, so that a minute costs additions and one exponential.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitoring.tracing.domain.forward.scene import (
    Physics,
    Sensors,
    Sources,
    Weather,
    effective_heights,
    speed_factor,
)
from monitoring.tracing.domain.physics.dispersion import sigmas
from monitoring.tracing.domain.physics.plume import concentration

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]

RINGS = 10
CUT = 4.8  # sigmas across; at 4 a pair that is near its source can miss more than 1 % of what others weigh
NARROW = 0.6  # [rad]
WIDEST = 1.45  # [rad]; beyond it nothing is downwind
FLOOR = -80.0  # of a logarithm; far below what single precision keeps
LEAST_RANGE = 3.0  # [m]


@dataclass(frozen=True, slots=True)
class Ring:
    """Pairs of similar distance, sorted by bearing, with copies beyond both ends."""

    pairs: NDArray[np.int64]  # source + sensor point * sources
    copies: NDArray[np.int64]  # place of each among the pairs without copies
    unique: NDArray[np.int64]  # the pairs without copies, by bearing
    bearing: Singles  # [rad], ascending
    distance: float  # mean [m]


@dataclass(frozen=True, slots=True)
class Geometry:
    """Everything about a site that no wind changes; cached per revision of the register."""

    sources: Sources
    sensors: Sensors
    rings: tuple[Ring, ...]
    reach: Floats  # distance by pair [m]


@dataclass(frozen=True, slots=True)
class Coefficients:
    """A ring in one class of air."""

    powers: Singles  # ascending in the squared angle, shape (n, ring with copies)
    half_width: float  # [rad]


def geometry_of(*, sources: Sources, sensors: Sensors) -> Geometry:
    """Sort the pairs of a site; a tenth of a second for 500,000."""
    east = sensors.east[:, None] - sources.east[None, :]
    north = sensors.north[:, None] - sources.north[None, :]
    reach = np.maximum(np.hypot(east, north), LEAST_RANGE).ravel()
    bearing = np.arctan2(east, north).ravel()
    edges = np.quantile(reach, np.linspace(0, 1, RINGS + 1)[1:-1])
    ring_of = np.searchsorted(edges, reach)
    rings = tuple(
        _ring(np.flatnonzero(ring_of == number), bearing, reach) for number in range(RINGS) if (ring_of == number).any()
    )
    return Geometry(sources, sensors, rings, reach)


def _ring(pairs: NDArray[np.int64], bearing: Floats, reach: Floats) -> Ring:
    order = pairs[np.argsort(bearing[pairs], kind="stable")]
    angle = bearing[order]
    head, tail = angle < -np.pi + WIDEST, angle > np.pi - WIDEST
    longer = np.concatenate([angle[tail] - 2 * np.pi, angle, angle[head] + 2 * np.pi])
    places = np.arange(len(order))
    again = np.concatenate([places[tail], places, places[head]])
    return Ring(order[again], again, order, longer.astype(np.float32), float(reach[order].mean()))


def coefficients(
    *, geometry: Geometry, ring: Ring, stability: float, speed: float, physics: Physics, weather: Weather
) -> Coefficients:
    """Polynomials of one ring in one class.

    Args:
        stability: class number; speed: typical wind of that class [m/s], for plume rise and losses.

    Returns:
        Of ln(concentration over rate x wind at the mast), powers of the squared angle, shape of the ring.
    """
    count = len(geometry.sources)
    source, point = ring.unique % count, ring.unique // count
    reach = geometry.reach[ring.unique]
    sources = geometry.sources
    axis = effective_heights(sources=sources, weather=weather, speed=speed, stability=stability)
    across = sigmas(x=reach, stability=stability, scheme=physics.scheme)[0]
    wide = CUT * np.max((across + sources.width[source] / 4.3) / reach)
    half = float(min(np.arctan(wide) * 1.03, WIDEST))
    count_nodes = 5 if half < NARROW else 9
    nodes = half**2 * (1 - np.cos(np.pi * (np.arange(count_nodes) + 0.5) / count_nodes)) / 2
    factor = speed_factor(height=axis, stability=stability, weather=weather)
    logs = np.empty((count_nodes, len(reach)))
    for row, angle in enumerate(np.sqrt(nodes)):
        found = _exact(geometry, source, point, reach, float(angle), axis, factor, stability, speed, physics, weather)
        logs[row] = np.log(np.maximum(found, np.exp(FLOOR)))
    vandermonde = np.vander(nodes / half**2, count_nodes, increasing=True)
    powers = np.linalg.solve(vandermonde, logs) / (half**2) ** np.arange(count_nodes)[:, None]
    return Coefficients(powers.astype(np.float32)[:, ring.copies], half)


def _exact(
    geometry: Geometry, source: NDArray[np.int64], point: NDArray[np.int64], reach: Floats, angle: float, axis: Floats,
    factor: Floats, stability: float, speed: float, physics: Physics, weather: Weather,
) -> Floats:  # fmt: skip
    """Concentration over rate times the wind at the mast, by pair, at one angle to the wind."""
    sources = geometry.sources
    found = concentration(
        x=reach * np.cos(angle), y=reach * np.sin(angle), receptor=geometry.sensors.height[point], height=axis[source], speed=1.0,
        stability=stability, scheme=physics.scheme, lid=weather.lid, width=sources.width[source], depth=sources.depth[source],
    )  # fmt: skip
    decayed = physics.losses.decay + physics.losses.washout
    return np.asarray(found / factor[source] * np.exp(-decayed * reach * np.cos(angle) / speed))
