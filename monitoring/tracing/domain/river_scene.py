"""What a search for a spill in a river starts from and what it finds: readings, flow, still water, places and times, draws."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitoring.tracing.domain.river_course import Course

Floats = NDArray[np.float64]
Z90 = 1.6449  # half of a 90 % interval over its standard deviation
PLACE, START, SPEED, DISPERSION, SHARE, STAY = range(6)  # columns of a guess


@dataclass(frozen=True, slots=True)
class Band:
    """Interval of 90 % of a positive number, taken as log-normal."""

    low: float
    high: float

    @property
    def middle(self) -> float:
        return float(0.5 * np.log(self.low * self.high))

    @property
    def spread(self) -> float:
        """Standard deviation of the logarithm; a band without width keeps a thousandth, so that guesses can move."""
        return max(float(0.5 * np.log(self.high / self.low) / Z90), 1e-3)


@dataclass(frozen=True, slots=True)
class Curve:
    """What one station read above its background."""

    position: float  # along the reach, downstream positive [m]
    time: Floats  # [s]; without missing readings
    values: Floats  # [kg/m3]
    floor: float  # standard deviation of a reading without the substance [kg/m3]
    relative: float  # error that grows with the reading: flow, mixing across, calibration

    @property
    def scale(self) -> Floats:
        return np.asarray(np.hypot(self.floor, self.relative * np.maximum(self.values, 0.0)))


@dataclass(frozen=True, slots=True)
class River:
    """Flow on that day; of the first reach where there are several.

    Bands of still water are as wide as rivers differ: it takes 0.1 to 68 % of the time of travel in 53 sets of parameters (Runkel 2002,
    J. N. Am. Benthol. Soc. 21(4), from its abstract), and holds water for minutes to hours [memory, verify].
    """

    speed: Band  # [m/s]
    dispersion: Band  # [m2/s]
    flow: Band  # [m3/s]
    decay: float = 0.0  # [1/s]
    course: Course | None = None  # where reaches differ
    share: Band = Band(0.01, 0.7)  # still water over running water
    stay: Band = Band(180.0, 7200.0)  # in still water [s]

    @property
    def bands(self) -> tuple[tuple[int, Band], ...]:
        """Columns of a guess whose prior is log-normal."""
        return (SPEED, self.speed), (DISPERSION, self.dispersion), (SHARE, self.share), (STAY, self.stay)


@dataclass(frozen=True, slots=True)
class Searched:
    """Where and when the spill may have been."""

    places: tuple[float, float]  # [m], from the furthest upstream to the first station
    starts: tuple[float, float]  # [s]


@dataclass(frozen=True, slots=True)
class Found:
    """Draws of the posterior, each of the same weight; arrays of shape (draws,)."""

    place: Floats  # [m]
    start: Floats  # [s]
    speed: Floats  # [m/s]
    dispersion: Floats  # [m2/s]
    share: Floats  # still water over running water
    stay: Floats  # in still water [s]
    mass: Floats  # [kg]
    best: tuple[float, ...]  # place, start, speed, dispersion, share, stay, mass over area [kg/m2]
    misfit: float  # mean square of scaled residuals of the best release; 1 is what the stated errors promise
    tempering: float  # power of the likelihood that remains once neighbouring residuals are alike
    r_hat: float  # of the place between two populations
