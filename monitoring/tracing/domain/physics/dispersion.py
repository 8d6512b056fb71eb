"""Widths of a plume by distance: GB/T 3840-91, Briggs rural and urban, Pasquill-Gifford, and Draxler from turbulence.

One function, `sigmas`, for every scheme; class numbers as in `stability`. Half classes that a scheme does not have are the
geometric mean of their neighbours.
"""

from collections.abc import Callable
from enum import Enum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from monitoring.tracing.domain.physics import curves

Floats = NDArray[np.float64]
Curve = Callable[[Floats, int], tuple[Floats, Floats]]

LEAST = 1.0  # [m]; below it the curves mean nothing and their powers are steep
GBT_AVERAGING_S = 1800.0


class Scheme(Enum):
    """Which curves."""

    GBT = "gbt3840"
    RURAL = "briggs_rural"
    URBAN = "briggs_urban"
    GIFFORD = "pasquill_gifford"


def sigmas(*, x: ArrayLike, stability: float, scheme: Scheme) -> tuple[Floats, Floats]:
    """Standard deviations of a plume across and upward.

    Args:
        x: downwind distance [m], any shape; below 1 m it counts as 1 m.
        stability: class number of `stability.CLASSES`, one for all.
        scheme: curves.

    Returns:
        sigma_y and sigma_z [m], shape of `x`.

    Source: coefficients in `curves`, each with its source.
    """
    distance = np.maximum(np.asarray(x, dtype=float), LEAST)
    curve, classes = _CURVES[scheme], _CLASSES[scheme]
    place = np.searchsorted(classes, stability - 1e-9)
    above = min(int(place), len(classes) - 1)
    if abs(classes[above] - stability) < 1e-6 or above == 0:
        return curve(distance, above)
    share = (stability - classes[above - 1]) / (classes[above] - classes[above - 1])
    low, high = curve(distance, above - 1), curve(distance, above)
    first, second = (np.exp((1 - share) * np.log(a) + share * np.log(b)) for a, b in zip(low, high, strict=True))
    return first, second


def _gbt(x: Floats, place: int) -> tuple[Floats, Floats]:
    return _powers(x, curves.GBT_ACROSS[place]), _powers(x, curves.GBT_UPWARD[place])


def _powers(x: Floats, pieces: tuple[tuple[float, float, float], ...]) -> Floats:
    limits = [limit for limit, _, _ in pieces[:-1]]
    if not limits:
        return np.asarray(pieces[0][2] * x ** pieces[0][1], dtype=float)
    piece = np.searchsorted(limits, x, side="left")
    power, factor = (np.array([row[i] for row in pieces])[piece] for i in (1, 2))
    return np.asarray(factor * np.exp(power * np.log(x)), dtype=float)


def _briggs(rows: tuple[curves.BriggsRow, ...]) -> Curve:
    def curve(x: Floats, place: int) -> tuple[Floats, Floats]:
        found = [c * x * (1 + k * x) ** p for c, k, p in rows[place]]
        return found[0], found[1]

    return curve


def _gifford(x: Floats, place: int) -> tuple[Floats, Floats]:
    km = x / 1000.0
    c, d = curves.GIFFORD_ACROSS[place]
    across = 465.11628 * km * np.tan(0.017453293 * (c - d * np.log(km)))
    upward = _powers(km, curves.GIFFORD_UPWARD[place])
    return across, np.minimum(upward, 5000.0)


_CURVES: dict[Scheme, Curve] = {
    Scheme.GBT: _gbt, Scheme.RURAL: _briggs(curves.RURAL), Scheme.URBAN: _briggs(curves.URBAN), Scheme.GIFFORD: _gifford,
}  # fmt: skip
_WHOLE: Floats = np.arange(6, dtype=np.float64)
_CLASSES: dict[Scheme, Floats] = {
    Scheme.GBT: np.array([0.0, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 5.0]),
    Scheme.RURAL: _WHOLE, Scheme.URBAN: _WHOLE, Scheme.GIFFORD: _WHOLE,
}  # fmt: skip


def draxler(*, time: ArrayLike, sigma_v: float, sigma_w: float, elevated: bool) -> tuple[Floats, Floats]:
    """Widths from measured turbulence.

    Args:
        time: travel time [s]; sigma_v, sigma_w: standard deviations of the crosswind and vertical wind [m/s].
        elevated: release above the surface layer.

    Returns:
        sigma_y and sigma_z [m].

    Source: Draxler 1976, universal functions with the times given there (300 or 1,000 s across, 50 s upward at ground).
    """
    t = np.maximum(np.asarray(time, dtype=float), 0.0)
    across = 1 / (1 + 0.9 * np.sqrt(t / (1000.0 if elevated else 300.0)))
    upward = 1 / (1 + 0.945 * (t / 100.0) ** 0.806) if elevated else 1 / (1 + 0.9 * np.sqrt(t / 50.0))
    return sigma_v * t * across, sigma_w * t * upward


def averaged(*, sigma_y: ArrayLike, minutes: float, from_minutes: float = GBT_AVERAGING_S / 60) -> Floats:
    """sigma_y at another averaging time [m].

    Args:
        sigma_y: [m] at `from_minutes`; minutes: wanted averaging time, 0.5 min to 100 h.

    Source: HJ 2.2-1993 / GB/T 3840: exponent 0.2 under an hour, 0.3 from 1 to 100 hours; continuous at an hour.
    """

    def factor(t: float) -> float:
        return float((min(t, 60.0) / 60.0) ** 0.2 * (max(t, 60.0) / 60.0) ** 0.3)

    return np.asarray(sigma_y, dtype=float) * (factor(minutes) / factor(from_minutes))
