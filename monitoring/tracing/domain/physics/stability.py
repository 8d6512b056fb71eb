"""Stability of the air as a number: A 0, A-B 0.5, B 1 … D 3, D-E 3.5, E 4, F 5."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from parks.catalogue.domain.errors import Invalid

Floats = NDArray[np.float64]

CLASSES = {
    "A": 0.0, "A-B": 0.5, "B": 1.0, "B-C": 1.5, "C": 2.0, "C-D": 2.5, "D": 3.0, "D-E": 3.5, "E": 4.0, "F": 5.0,
}  # fmt: skip
NAMES = {number: name for name, number in CLASSES.items()}

_A, _AB, _B, _C, _CD, _D, _E, _F = 0.0, 0.5, 1.0, 2.0, 2.5, 3.0, 4.0, 5.0
_BC = 1.5
# Rows by wind at 10 m: up to 1.9, 2-2.9, 3-4.9, 5-5.9, from 6 m/s; columns by radiation level +3 to -2.
_CLASS_OF = np.array([
    [_A, _AB, _B, _D, _E, _F],
    [_AB, _B, _C, _D, _E, _F],
    [_B, _BC, _C, _D, _D, _E],
    [_C, _CD, _D, _D, _D, _D],
    [_D, _D, _D, _D, _D, _D],
])  # fmt: skip
# Rows by cloud, columns night and solar height up to 15, 35, 65, above 65 deg.
_RADIATION = np.array([[-2, -1, 1, 2, 3], [-1, 0, 1, 2, 3], [-1, 0, 0, 1, 1], [0, 0, 0, 0, 1], [0, 0, 0, 0, 0]])
# Upper limits of 1/L [1/m] of classes A to E, worked for a roughness of 6 mm.
GOLDER_LIMITS = np.array([-0.12, -0.06, -0.02, 0.015, 0.05])


class UnknownClass(Invalid):
    """The stability class is none of A, A-B, B, B-C, C, C-D, D, D-E, E, F."""

    code = "tracing.unknown_class"


def class_number(*, name: str) -> float:
    """Number of a class written as text, such as `D` or `C-D`.

    Raises:
        UnknownClass: no such class.
    """
    try:
        return CLASSES[name.strip().upper()]
    except KeyError:
        raise UnknownClass(name=name) from None


def solar_height(*, day_of_year: ArrayLike, beijing_hour: ArrayLike, latitude: float, longitude: float) -> Floats:
    """Height of the sun above the horizon [deg]; negative at night.

    Args:
        day_of_year: 0 on 1 January; beijing_hour: clock of China, 0 to 24; latitude, longitude: [deg], north and east positive.

    Source: GB/T 3840-91 / HJ 2.2-1993, as given by two public implementations.
    """
    t = 2 * np.pi * np.asarray(day_of_year, dtype=float) / 365.0
    declination = (
        0.006918 - 0.39912 * np.cos(t) + 0.070257 * np.sin(t) - 0.006758 * np.cos(2 * t)
        + 0.000907 * np.sin(2 * t) - 0.002697 * np.cos(3 * t) + 0.001480 * np.sin(3 * t)
    )  # fmt: skip
    hour_angle = np.radians(15.0 * np.asarray(beijing_hour, dtype=float) + longitude - 300.0)
    lat = np.radians(latitude)
    sine = np.sin(lat) * np.sin(declination) + np.cos(lat) * np.cos(declination) * np.cos(hour_angle)
    return np.asarray(np.degrees(np.arcsin(np.clip(sine, -1.0, 1.0))))


def radiation_level(*, solar_deg: ArrayLike, total_cloud: ArrayLike, low_cloud: ArrayLike) -> NDArray[np.int64]:
    """Radiation level from -2 to +3.

    Args:
        solar_deg: height of the sun [deg], zero or below is night; total_cloud, low_cloud: tenths of the sky.

    Source: revised Pasquill tables used with GB/T 3840.
    """
    sun, total, low = np.broadcast_arrays(*(np.asarray(v, dtype=float) for v in (solar_deg, total_cloud, low_cloud)))
    column = np.where(sun <= 0, 0, 1 + np.searchsorted([15.0, 35.0, 65.0], sun, side="left"))
    row = np.select([low >= 8, low >= 5, total >= 8, total >= 5], [4, 3, 2, 1], default=0)
    return np.asarray(_RADIATION[row, column], dtype=np.int64)


def pasquill(*, speed: ArrayLike, radiation: ArrayLike) -> Floats:
    """Stability class number from wind at 10 m [m/s] and radiation level (-2 to 3)."""
    row = np.searchsorted([2.0, 3.0, 5.0, 6.0], np.asarray(speed, dtype=float), side="right")
    return np.asarray(_CLASS_OF[row, 3 - np.asarray(radiation, dtype=int)], dtype=float)


def from_obukhov(*, inverse_length: ArrayLike) -> Floats:
    """Class number, whole classes only, from 1/L [1/m]. Source: Golder 1972 for a roughness of 6 mm."""
    return np.searchsorted(GOLDER_LIMITS, np.asarray(inverse_length, dtype=float), side="right").astype(float)


def obukhov_length(*, friction_velocity: float, heat_flux: float, temperature: float, density: float = 1.2) -> float:
    """Obukhov length [m] from u* [m/s], sensible heat flux upward [W/m2], temperature [K] and density [kg/m3]."""
    if heat_flux == 0:
        return float("inf")
    return -(friction_velocity**3) * temperature * density * 1005.0 / (0.4 * 9.81 * heat_flux)


def shifted(*, stability: ArrayLike, surroundings: str) -> Floats:
    """Class before the GB/T curves are read.

    Args:
        stability: class numbers; surroundings: `plain`, `industrial` (also urban) or `hills`.

    Returns:
        Class numbers: in plain country D to F half a class towards unstable; industrial or hills: C to B, D to F a class.

    Special cases: an unknown surrounding leaves the class as it is. Not read again in the standard.
    """
    classes = np.asarray(stability, dtype=float)
    if surroundings == "plain":
        return np.where(classes >= 5, 4.0, np.where(classes >= 3, classes - 0.5, classes))
    if surroundings in ("industrial", "hills"):
        return np.where(classes == 2.0, 1.0, np.where(classes >= 3, classes - 1.0, classes))
    return classes


def from_speed(*, speed: ArrayLike, day: ArrayLike) -> Floats:
    """Class number where only wind and day or night are known: middling cloud, so radiation +2 by day and -1 by night."""
    return pasquill(speed=speed, radiation=np.where(np.asarray(day, dtype=bool), 2, -1))
