"""Where the bearings of several stations cross. A crossing supports a trace and never proves one."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from parks.catalogue.domain.errors import Invalid

Floats = NDArray[np.float64]
CHI2_90 = 4.605  # of two degrees of freedom
LEAST_ANGLE = 12.0  # deg between two bearings, below which they count as parallel
FARTHEST = 9.0  # squared deviations by bearing beyond the first that still count as meeting
ROUNDS = 30


class TooFewBearings(Invalid):
    """Fewer than two stations, or an error of an angle that is not above zero."""

    code = "receptors.bearings"


@dataclass(frozen=True, slots=True)
class Bearing:
    """The direction high concentrations come from at one station."""

    east: float  # [m]
    north: float
    from_deg: float
    error_deg: float  # standard deviation
    weight: float = 1.0  # above 0; two of weight 1 count like one of weight 2


@dataclass(frozen=True, slots=True)
class Crossing:
    """Most likely place and its ellipse of 90 %; no place when the bearings do not meet."""

    east: float | None
    north: float | None
    half_axes: tuple[float, float]  # [m], the longer first
    axis_deg: float  # bearing of the longer half axis, 0 to 180
    area_m2: float
    chi2: float  # how badly the bearings meet: sum of squared deviations
    reason: str


def crossed(*, bearings: Sequence[Bearing]) -> Crossing:
    """Place from which the stations see their bearings, by least squares of the angles.

    Raises:
        TooFewBearings.

    Special cases: nearly parallel bearings, those that part, and those that miss each other by more than their errors give no place.
    Source: Stansfield 1947 [memory, verify]: Gauss-Newton on angles, covariance from the curvature.
    """
    if len(bearings) < 2 or any(one.error_deg <= 0 or one.weight <= 0 for one in bearings):
        raise TooFewBearings(count=len(bearings))
    least = max(LEAST_ANGLE, 2 * float(np.hypot(bearings[0].error_deg, bearings[1].error_deg)) / np.sqrt(2))
    if _widest(bearings) < least:
        return _none("The bearings are nearly parallel; they do not say how far away the place is.")
    place = _nearest_to_lines(bearings)
    for _ in range(ROUNDS):
        slope, off = _linear(bearings, place)
        step = np.linalg.lstsq(slope, off, rcond=None)[0]
        place = place + step
        if float(np.hypot(*step)) < 1e-6:
            break
    slope, off = _linear(bearings, place)
    chi2 = float(off @ off)
    if any(_behind(one, place) for one in bearings) or chi2 > FARTHEST * max(len(bearings) - 1, 1):
        return _none("The bearings part, or miss each other by more than their errors.", chi2)
    return _ellipse(place, slope, chi2)


def _widest(bearings: Sequence[Bearing]) -> float:
    """Largest angle between two lines, 0 to 90 deg."""
    angles = np.array([one.from_deg for one in bearings])
    apart = np.abs((angles[:, None] - angles[None, :] + 90.0) % 180.0 - 90.0)
    return float(apart.max())


def _nearest_to_lines(bearings: Sequence[Bearing]) -> Floats:
    """Point with the least squared distance to all lines, a start for the angles."""
    normal, right = np.zeros((2, 2)), np.zeros(2)
    for one in bearings:
        across = np.array([np.cos(np.radians(one.from_deg)), -np.sin(np.radians(one.from_deg))])
        normal += one.weight * np.outer(across, across)
        right += one.weight * across * (across @ [one.east, one.north])
    return np.asarray(np.linalg.solve(normal, right))


def _linear(bearings: Sequence[Bearing], place: Floats) -> tuple[Floats, Floats]:
    """Slopes of the weighted angles by east and north, and weighted deviations, north being one direction from both sides."""
    slopes, off = [], []
    for one in bearings:
        east, north = place[0] - one.east, place[1] - one.north
        squared = max(east**2 + north**2, 1.0)
        scale = np.sqrt(one.weight) / np.radians(one.error_deg)
        seen = np.degrees(np.arctan2(east, north))
        off.append(scale * np.radians((one.from_deg - seen + 180.0) % 360.0 - 180.0))
        slopes.append([scale * north / squared, -scale * east / squared])
    return np.array(slopes), np.array(off)


def _behind(one: Bearing, place: Floats) -> bool:
    ahead = np.array([np.sin(np.radians(one.from_deg)), np.cos(np.radians(one.from_deg))])
    return float(ahead @ (place - [one.east, one.north])) <= 0


def _ellipse(place: Floats, slope: Floats, chi2: float) -> Crossing:
    values, vectors = np.linalg.eigh(np.linalg.inv(slope.T @ slope))
    short, long = np.sqrt(CHI2_90 * values)
    axis = float(np.degrees(np.arctan2(vectors[0, 1], vectors[1, 1])) % 180.0)
    return Crossing(
        float(place[0]), float(place[1]), (float(long), float(short)), axis, float(np.pi * long * short), chi2, ""
    )


def _none(reason: str, chi2: float = float("nan")) -> Crossing:
    return Crossing(None, None, (float("inf"), float("inf")), 0.0, float("inf"), chi2, reason)
