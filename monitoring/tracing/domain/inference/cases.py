"""An event with everything that is known about it, as the engine takes it."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from monitoring.tracing.domain.forward.scene import Physics, Sensors, Sources, Weather
from monitoring.tracing.domain.inference.hypotheses import Surroundings

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Companions:
    """What the same sensors read of other substances in the same time, to be traced jointly."""

    values: Floats  # shape (t, sensors, n) [kg/m3]; as in the case
    hidden: NDArray[np.bool_]  # the same shape
    # Dirichlet priors of the shares by candidate, the substance of the case first, shape (k, 1 + n): the registered profile times how
    # sure it is, ones where nothing is known; zero where the point does not handle a substance.
    shares: Floats


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
    companions: Companions | None = None  # then rates are those of all substances together

    @property
    def around(self) -> Surroundings:
        return Surroundings(self.sensors, self.weather, self.physics)

    @property
    def every(self) -> tuple[Floats, NDArray[np.bool_]]:
        """Readings of all substances, and which are hidden, shape (t, sensors, substances)."""
        if self.companions is None:
            return self.values[..., None], self.hidden[..., None]
        held = self.companions
        return np.dstack([self.values, held.values]), np.dstack([self.hidden, held.hidden])

    @property
    def alone(self) -> tuple["Case", ...]:
        """One case for each substance; a point that does not handle it cannot be active there."""
        if self.companions is None:
            return (self,)
        values, hidden = self.every
        shares = self.companions.shares
        prior = np.full(len(shares), np.nan) if self.prior is None else self.prior
        mean = shares / np.maximum(shares.sum(axis=1, keepdims=True), 1e-300)
        return tuple(
            replace(
                self, values=values[..., j], hidden=hidden[..., j], prior=np.where(shares[:, j] > 0, prior, 0.0), companions=None,
                typical=None if self.typical is None else np.where(shares[:, j] > 0, self.typical * mean[:, j], self.typical),
            ) for j in range(values.shape[2])
        )  # fmt: skip
