"""An event with everything that is known about it, as the engine takes it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitoring.tracing.domain.forward.scene import Physics, Sensors, Sources, Weather
from monitoring.tracing.domain.inference.hypotheses import Surroundings

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Case:
    """An event with everything that is known about it."""

    sources: Sources  # the register; may be empty where settings ask for a grid
    prior: Floats | None  # probability of being active by candidate, shape (k,); from the settings where NaN
    typical: Floats | None  # scale of the rate by candidate [kg/s], shape (k,); from the data where NaN
    sensors: Sensors
    weather: Weather
    physics: Physics
    values: Floats  # minute readings, shape (t, sensors) [kg/m3]; NaN where missing, the limit where hidden
    hidden: NDArray[np.bool_]  # below the limit of detection, shape (t, sensors)
    bounds: tuple[float, float, float, float] | None = None  # of the site: west, south, east, north [m]
    repeat: int = 1  # steps of the wind that one reading spans; its value stands in each of them
    owners: NDArray[np.int_] | None = (
        None  # number of the enterprise by candidate, shape (k,); below zero where nobody's
    )

    @property
    def around(self) -> Surroundings:
        return Surroundings(self.sensors, self.weather, self.physics)
