"""A spill in a river seen at one station: analytic advection and dispersion, and the ridge between where and when."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import erfc, log_ndtr, logsumexp

Floats = NDArray[np.float64]
Broad = NDArray[np.float64] | float


@dataclass(frozen=True, slots=True)
class Reach:
    """A stretch of even flow."""

    speed: float  # [m/s]
    dispersion: float  # along the river [m2/s]
    area: float  # wetted cross-section [m2]
    decay: float = 0.0  # [1/s]


def fischer(*, speed: float, width: float, depth: float, slope: float) -> float:
    """Longitudinal dispersion [m2/s] from speed [m/s], width and depth [m] and slope. Source: Fischer 1979."""
    shear = np.sqrt(9.81 * depth * slope)
    return float(0.011 * speed**2 * width**2 / (depth * shear))


def instantaneous(*, mass: float, x: float, time: Floats, reach: Reach) -> Floats:
    """Concentration of a sudden release [kg/m3].

    Args:
        mass: [kg]; x: distance downstream [m]; time: since the release [s], shape (t,); zero before it.
    """
    return cloud(x=x, time=time, speed=reach.speed, dispersion=reach.dispersion, decay=reach.decay) * (
        mass / reach.area
    )


def cloud(*, x: Broad, time: Broad, speed: Broad, dispersion: Broad, decay: float) -> Floats:
    """What a kilogram over a square metre gives [kg/m3 per kg/m2]; places, times and flows of any shapes that go together."""
    t = np.maximum(time, 1e-9)
    spread = 4 * dispersion * t
    found = 1 / np.sqrt(np.pi * spread) * np.exp(-((x - speed * t) ** 2) / spread - decay * t)
    return np.asarray(np.where(np.asarray(time) > 0, found, 0.0))


def step(*, level: float, x: float, time: Floats, reach: Reach) -> Floats:
    """Concentration after a level at the outfall began to be held [kg/m3]; without decay. Source: Ogata and Banks 1961."""
    t = np.maximum(time, 1e-9)
    root, u, d = 2 * np.sqrt(reach.dispersion * t), reach.speed, reach.dispersion
    ahead = (x + u * t) / root
    # exp times erfc overflows far downstream; the product does not.
    second = np.exp(np.clip(u * x / d + np.log(2.0) + log_ndtr(-ahead * np.sqrt(2.0)), -700.0, 700.0))
    return np.asarray(np.where(np.asarray(time) > 0, level / 2 * (erfc((x - u * t) / root) + second), 0.0))


def passage(*, x: float, reach: Reach) -> tuple[float, float]:
    """Mean and variance of the time at which a sudden release passes [s], [s2]; without decay."""
    u, d = reach.speed, reach.dispersion
    return x / u + 2 * d / u**2, 2 * d * x / u**3 + 8 * d**2 / u**4


@dataclass(frozen=True, slots=True)
class Spill:
    """What one station says. Where and when lie on a ridge: only the shape of the curve tells them apart."""

    distance: Floats  # upstream of the station, shape (x,) [m]
    start: Floats  # on the clock of the readings, shape (s,) [s]
    weight: Floats  # at the best mass of each cell, shape (x, s), sums to 1
    mass: Floats  # best mass by cell [kg]
    ridge: float  # correlation of distance and start; near -1 means that one station cannot tell
    doubt: str


def spilled(*, time: Floats, values: Floats, noise: float, reach: Reach, distances: Floats, starts: Floats) -> Spill:
    """Where, when and how much, from one station's curve.

    Args:
        time: of readings [s], shape (t,); values: above the background [kg/m3]; noise: standard deviation of a reading.
        distances, starts: grid of places upstream [m] and of moments [s].

    The mass of each cell is its least-squares one, not negative, so the weights are a profile over the mass.
    """
    log_weight, mass = np.empty((len(distances), len(starts))), np.zeros((len(distances), len(starts)))
    for i, x in enumerate(distances):
        for j, start in enumerate(starts):
            unit = instantaneous(mass=1.0, x=float(x), time=time - start, reach=reach)
            power = float(unit @ unit)
            mass[i, j] = max(float(unit @ values) / power, 0.0) if power > 0 else 0.0
            log_weight[i, j] = -0.5 * float(np.sum((values - mass[i, j] * unit) ** 2)) / noise**2
    weight = np.exp(log_weight - logsumexp(log_weight))
    ridge = _correlation(distances, starts, weight)
    doubt = "One station: an early spill far away and a late one near by look alike." if abs(ridge) > 0.8 else ""
    return Spill(distances, starts, weight, mass, ridge, doubt)


def _correlation(rows: Floats, columns: Floats, weight: Floats) -> float:
    a, b = rows[:, None], columns[None, :]
    a = a - float((weight * a).sum())
    b = b - float((weight * b).sum())
    spread = float(np.sqrt((weight * a**2).sum() * (weight * b**2).sum()))
    return float((weight * a * b).sum()) / spread if spread > 0 else 0.0
