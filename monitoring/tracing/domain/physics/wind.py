"""Wind as bearings it comes from, and distances along and across it. East and north in metres, degrees clockwise from north."""

from enum import Enum

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

# Exponents of the power law by class A, B, C, D, E-F. The rural E-F value differs between public copies (.25 and .35).
EXPONENTS = {
    "rural": np.array([0.07, 0.07, 0.10, 0.15, 0.25, 0.25]),
    "urban": np.array([0.10, 0.15, 0.20, 0.25, 0.30, 0.30]),
}


class Terrain(Enum):
    """Surroundings of the site, as the dispersion curves distinguish them."""

    RURAL = "rural"
    URBAN = "urban"


def along(*, from_deg: ArrayLike) -> tuple[Floats, Floats]:
    """Unit vector of the flow.

    Args:
        from_deg: bearing the wind comes from [deg], any shape and any turn.

    Returns:
        East and north components, shape of the input. A wind from 270 deg flows to the east: (1, 0).
    """
    angle = np.radians(np.asarray(from_deg, dtype=float))
    return -np.sin(angle), -np.cos(angle)


def downwind(*, east: ArrayLike, north: ArrayLike, from_deg: ArrayLike) -> tuple[Floats, Floats]:
    """Distance of a receptor along and across the wind [m].

    Args:
        east, north: receptor minus source [m]; broadcast with `from_deg`.
        from_deg: bearing the wind comes from [deg].

    Returns:
        Downwind x (positive where the plume goes) and crosswind y.
    """
    to_east, to_north = along(from_deg=from_deg)
    east, north = np.asarray(east, dtype=float), np.asarray(north, dtype=float)
    return to_east * east + to_north * north, to_east * north - to_north * east


def turned(*, one: ArrayLike, other: ArrayLike) -> Floats:
    """Smallest signed angle from `other` to `one` [deg], in [-180, 180): 1 deg and 359 deg are 2 deg apart."""
    return np.asarray((np.asarray(one, dtype=float) - np.asarray(other, dtype=float) + 180.0) % 360.0 - 180.0)


def mean_bearing(*, speed: ArrayLike, from_deg: ArrayLike) -> tuple[float, float, float]:
    """Vector mean of a wind series.

    Args:
        speed: [m/s], shape (t,); from_deg: [deg], shape (t,).

    Returns:
        Speed of the mean vector [m/s], bearing it comes from [deg, 0 to 360) and steadiness (vector over scalar mean, 0 to 1).
    """
    speed = np.asarray(speed, dtype=float)
    to_east, to_north = along(from_deg=from_deg)
    east, north = float(np.mean(speed * to_east)), float(np.mean(speed * to_north))
    vector, scalar = float(np.hypot(east, north)), float(np.mean(speed))
    return vector, float(np.degrees(np.arctan2(-east, -north)) % 360.0), vector / scalar if scalar > 0 else 0.0


def at_height(
    *, speed: ArrayLike, height: ArrayLike, measured_at: float, stability: ArrayLike, terrain: Terrain
) -> Floats:
    """Wind speed at a height by the power law [m/s].

    Args:
        speed: at `measured_at` [m/s]; height: wanted [m], clipped to 2 to 200 m; stability: class numbers of `stability.CLASSES`.

    Source: GB/T 3840-91, as noted in public copies; the rural value of classes E and F is not certain.
    """
    exponents = EXPONENTS[terrain.value]
    power = np.interp(np.asarray(stability, dtype=float), np.arange(6), exponents)
    ratio = np.clip(np.asarray(height, dtype=float), 2.0, 200.0) / np.clip(measured_at, 2.0, 200.0)
    return np.asarray(np.asarray(speed, dtype=float) * ratio**power)
