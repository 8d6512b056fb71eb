"""Rise of a warm or fast plume above its stack: Briggs, and the formulas of GB/T 3840-91."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

GRAVITY = 9.81
LEAST_GRADIENT = 0.01  # [K/m], of the air temperature; GB/T 3840 asks for no less in its calm formula
POTENTIAL_GRADIENT = {4.0: 0.020, 5.0: 0.035}  # [K/m] of classes E and F, the usual values of ISC3


@dataclass(frozen=True, slots=True)
class Exit:
    """What leaves a stack."""

    diameter: float  # [m]
    velocity: float  # [m/s]
    temperature: float  # [K]

    @property
    def volume(self) -> float:
        """Flow at its own temperature [m3/s]."""
        return float(np.pi / 4 * self.diameter**2 * self.velocity)


def buoyancy_flux(*, exit: Exit, air_temperature: float) -> float:
    """Briggs' flux [m4/s3]; zero where the gas is colder than the air [K]."""
    excess = max(exit.temperature - air_temperature, 0.0)
    return GRAVITY * exit.velocity * exit.diameter**2 * excess / (4 * exit.temperature)


def briggs(
    *, exit: Exit, speed: ArrayLike, stability: float, air_temperature: float, x: ArrayLike | None = None
) -> Floats:
    """Rise above the stack top [m].

    Args:
        exit: stack; speed: wind at the stack top [m/s], under 0.5 counts as 0.5; stability: class number.
        air_temperature: [K]; x: downwind distance for the transitional rise [m], final rise when absent.

    Returns:
        The larger of buoyant and momentum rise, shape of `speed` and `x` together.

    Source: Briggs 1969-1975 as in ISC3; classes E and F take its usual gradients of potential temperature.
    """
    u = np.maximum(np.asarray(speed, dtype=float), 0.5)
    flux = buoyancy_flux(exit=exit, air_temperature=air_temperature)
    momentum = 3 * exit.diameter * exit.velocity / u
    if stability > 3.5:
        s = GRAVITY / air_temperature * POTENTIAL_GRADIENT[4.0 if stability <= 4.0 else 5.0]
        final = np.minimum(2.6 * (flux / (u * s)) ** (1 / 3), 4 * flux**0.25 * s**-0.375)
        reach = 2.0715 * u / np.sqrt(s)
    else:
        final = (21.425 * flux**0.75 if flux < 55 else 38.71 * flux**0.6) / u
        reach = np.full_like(u, 49 * flux**0.625 if flux < 55 else 119 * flux**0.4)
    if x is not None and flux > 0:
        distance = np.asarray(x, dtype=float)
        final = np.where(
            distance < reach, np.minimum(1.6 * flux ** (1 / 3) * np.maximum(distance, 0.0) ** (2 / 3) / u, final), final
        )
    return np.asarray(np.maximum(final, momentum))


def downwash(*, exit: Exit, speed: ArrayLike) -> Floats:
    """What the wake of the stack takes off its height [m], zero or negative. Source: Briggs, v < 1.5 u."""
    u = np.maximum(np.asarray(speed, dtype=float), 0.5)
    return np.asarray(np.minimum(2 * exit.diameter * (exit.velocity / u - 1.5), 0.0))


def heat_rate(*, exit: Exit, air_temperature: float, pressure: float = 101325.0) -> float:
    """Heat carried out [kJ/s]. Source: GB/T 3840-91, with the pressure in hPa inside."""
    excess = max(exit.temperature - air_temperature, 0.0)
    return 0.35 * pressure / 100 * exit.volume * excess / exit.temperature


def gbt(
    *, exit: Exit, height: float, speed: float, stability: float, air_temperature: float,
    pressure: float = 101325.0, rural: bool = True, gradient: float = LEAST_GRADIENT,
) -> float:  # fmt: skip
    """Rise above the stack top [m].

    Args:
        exit: stack; height: of the stack [m]; speed: wind at its top [m/s]; stability: class number.
        air_temperature: [K]; pressure: [Pa]; rural: else urban; gradient: of air temperature upward [K/m].

    Source: GB/T 3840-91: strong, weak and middling heat, stable air, and calm under 1.5 m/s.
    """
    heat = heat_rate(exit=exit, air_temperature=air_temperature, pressure=pressure)
    slope = max(gradient, LEAST_GRADIENT) + 0.0098
    if speed < 1.5:
        return float(5.5 * heat**0.25 * slope**-0.375)
    if stability > 3.5:
        return float(heat ** (1 / 3) * slope ** (-1 / 3) * speed ** (-1 / 3))
    jet = 2 * (1.5 * exit.velocity * exit.diameter + 0.01 * heat) / speed
    excess = exit.temperature - air_temperature
    if heat <= 1700 or excess < 35:
        return jet
    if heat >= 2100:
        return _strong(heat=heat, height=height, speed=speed, rural=rural)
    weaker = jet - 0.048 * (heat - 1700) / speed
    stronger = _strong(heat=heat, height=height, speed=speed, rural=rural)
    return weaker + (stronger - weaker) * (heat - 1700) / 400


def _strong(*, heat: float, height: float, speed: float, rural: bool) -> float:
    if heat >= 21000:
        n0, n1, n2 = 1.427 if rural else 1.303, 1 / 3, 2 / 3
    else:
        n0, n1, n2 = 0.332 if rural else 0.292, 3 / 5, 2 / 5
    return float(n0 * heat**n1 * min(height, 240.0) ** n2 / speed)
