"""What a river's own curves say about it: two stations fix speed and dispersion, tails tell of storage, widths where 1-D holds."""

from dataclasses import dataclass
from math import comb

import numpy as np
from numpy.typing import NDArray

from monitoring.tracing.domain.river import Reach
from parks.catalogue.domain.errors import Invalid

Floats = NDArray[np.float64]
EULER_TERMS, EULER_MEANS, EULER_SHIFT = 24, 12, 18.4  # Abate and Whitt 1995; errors near 1e-8
DRAWS = 300


class NoPassage(Invalid):
    """A curve has no mass, or the second station's does not come later and wider: speed and dispersion cannot be had of them."""

    code = "tracing.no_passage"


@dataclass(frozen=True, slots=True)
class Moments:
    """Of a passing cloud."""

    mass: float  # integral over time [kg s/m3]
    mean: float  # [s]
    variance: float  # [s2]


@dataclass(frozen=True, slots=True)
class Fixed:
    """A number with its interval of 90 %."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class TwoStations:
    """Flow between two stations, and the spill upstream of the first one if it was sudden."""

    speed: Fixed  # [m/s]
    dispersion: Fixed  # [m2/s]
    distance: Fixed  # of the spill upstream of the first station [m]
    start: Fixed  # on the clock of the readings [s]
    doubt: str


def moments(*, time: Floats, values: Floats) -> Moments:
    """Raises NoPassage where nothing passed. Readings must cover the whole passage: a cut tail shortens mean and variance."""
    mass = float(np.trapezoid(values, time))
    if mass <= 0:
        raise NoPassage(mass=mass)
    mean = float(np.trapezoid(values * time, time)) / mass
    return Moments(mass, mean, float(np.trapezoid(values * (time - mean) ** 2, time)) / mass)


def between(*, time: Floats, first: Floats, second: Floats, apart: float, noise: float, seed: int = 0) -> TwoStations:
    """Speed and dispersion between two stations, then where and when a sudden spill began.

    Args:
        time: of both curves [s], shape (t,); first, second: above the background [kg/m3]; apart: distance between them [m].
        noise: standard deviation of a reading, redrawn for the intervals.

    Raises:
        NoPassage.

    Source: differences of mean x/u + 2D/u2 and variance 2Dx/u3 + 8D2/u4, tracing notes 2.16.
    """
    here = _solved(time, first, second, apart)
    rng = np.random.default_rng(seed)
    draws = []
    for _ in range(DRAWS):
        try:
            shaken = [curve + noise * rng.standard_normal(len(time)) for curve in (first, second)]
            draws.append(_solved(time, shaken[0], shaken[1], apart))
        except NoPassage:
            continue
    if len(draws) < DRAWS / 2:
        raise NoPassage(draws=len(draws))
    low, high = np.quantile(draws, [0.05, 0.95], axis=0)
    fixed = [Fixed(float(v), float(a), float(b)) for v, a, b in zip(here, low, high, strict=True)]
    ridge = fixed[2].high - fixed[2].low > 0.5 * max(fixed[2].value, 1.0)
    doubt = "Distance and start lie on a ridge: only the width of the curve tells them apart." if ridge else ""
    return TwoStations(fixed[0], fixed[1], fixed[2], fixed[3], doubt)


def _solved(time: Floats, first: Floats, second: Floats, apart: float) -> tuple[float, float, float, float]:
    one, two = moments(time=time, values=first), moments(time=time, values=second)
    if two.mean <= one.mean or two.variance <= one.variance:
        raise NoPassage(means=[one.mean, two.mean], variances=[one.variance, two.variance])
    u = apart / (two.mean - one.mean)
    d = (two.variance - one.variance) * u**3 / (2 * apart)
    x = (one.variance - 8 * d**2 / u**4) * u**3 / (2 * d)
    return u, d, x, one.mean - x / u - 2 * d / u**2


@dataclass(frozen=True, slots=True)
class Storage:
    """Still water beside the stream."""

    area: float  # [m2]
    exchange: float  # [1/s]


def stored(*, mass: float, x: float, time: Floats, reach: Reach, storage: Storage) -> Floats:
    """Concentration of a sudden release in a stream that lends water to its banks [kg/m3], with the heavy tail of it.

    Args:
        mass: [kg]; x: distance downstream [m]; time: since the release [s], shape (t,), zero before it.

    Source: one-dimensional transport with storage (Bencala and Walters 1983 [memory, verify]), solved in Laplace space and
    brought back by Euler summation.
    """

    def image(s: NDArray[np.complex128]) -> NDArray[np.complex128]:
        back = storage.exchange * reach.area / storage.area
        phi = s + reach.decay + storage.exchange * s / (s + back)
        root = np.sqrt(reach.speed**2 + 4 * reach.dispersion * phi)
        return np.asarray(mass / (reach.area * root) * np.exp(x * (reach.speed - root) / (2 * reach.dispersion)))

    t = np.asarray(time, dtype=float)
    after = t > 0
    found = np.zeros(t.shape)
    moments_ = t[after]
    numbers = np.arange(EULER_TERMS + EULER_MEANS + 1)
    s = (EULER_SHIFT + 2j * np.pi * numbers[None, :]) / (2 * moments_[:, None])
    terms = (-1.0) ** numbers * image(s).real
    terms[:, 0] *= 0.5
    sums = np.cumsum(terms, axis=1)[:, EULER_TERMS:]
    weights = np.array([comb(EULER_MEANS, k) for k in range(EULER_MEANS + 1)]) / 2.0**EULER_MEANS
    found[after] = np.exp(EULER_SHIFT / 2) / moments_ * (sums @ weights)
    return np.maximum(found, 0.0)


def mixing_length(*, speed: float, width: float, depth: float, slope: float, bank: bool, spread: float = 0.6) -> float:
    """Distance below an outfall from which the river is mixed across and the one-dimensional view holds [m].

    Args:
        speed [m/s], width, depth [m], slope: of the river; bank: the outfall lies at the bank, not midstream.
        spread: transverse coefficient over depth and shear velocity; 0.6 for a natural bend [memory, verify].

    Source: 0.1 u W2/eps midstream, 0.4 at the bank, tracing notes 2.16; Fischer 1979.
    """
    across = spread * depth * np.sqrt(9.81 * depth * slope)
    return float((0.4 if bank else 0.1) * speed * width**2 / across)
