"""Part-full flow in a round pipe: geometry, Manning, and the depth that a flow needs."""

from dataclasses import dataclass
from math import acos, pi, sin, sqrt

from scipy.optimize import brentq

from parks.catalogue.domain.errors import Invalid

FULLEST = 0.938  # filling at which a round pipe carries most; beyond it the depth of a flow is not unique
LEAST = 1e-4


class NoPipe(Invalid):
    """A pipe's diameter, length, roughness or slope is not above zero."""

    code = "sewers.pipe"


@dataclass(frozen=True, slots=True)
class Section:
    """Wetted part of a round pipe."""

    area: float  # [m2]
    perimeter: float  # [m]
    width: float  # of the water's surface [m]

    @property
    def radius(self) -> float:
        """Hydraulic [m]."""
        return self.area / self.perimeter


def section(*, filling: float, diameter: float) -> Section:
    """Geometry from the filling (depth over diameter, 0 to 1) and the diameter [m].

    Source: circle geometry; half full, area is pi d2/8 and hydraulic radius d/4.
    """
    angle = 2 * acos(1 - 2 * min(max(filling, LEAST), 1.0))
    return Section(diameter**2 * (angle - sin(angle)) / 8, angle * diameter / 2, diameter * sin(angle / 2))


def manning(*, filling: float, diameter: float, slope: float, roughness: float) -> float:
    """Mean speed [m/s]: R^(2/3) S^(1/2) / n."""
    return float(section(filling=filling, diameter=diameter).radius ** (2 / 3) * sqrt(slope) / roughness)


def capacity(*, diameter: float, slope: float, roughness: float) -> float:
    """Flow of the full pipe [m3/s]."""
    return manning(filling=1.0, diameter=diameter, slope=slope, roughness=roughness) * pi * diameter**2 / 4


@dataclass(frozen=True, slots=True)
class State:
    """How a pipe carries a flow. `surcharged`: more than it carries with a free surface; then it flows full under pressure."""

    filling: float
    speed: float  # [m/s]
    area: float  # [m2]
    surcharged: bool


def carried(*, flow: float, diameter: float, slope: float, roughness: float) -> State:
    """Filling and speed at which a pipe carries a flow [m3/s] uniformly.

    Raises:
        NoPipe: a dimension is not above zero.

    Special cases: without flow the filling is the least one; above the most that fits the pipe is full and speed is flow over area.
    """
    if min(diameter, slope, roughness) <= 0:
        raise NoPipe(diameter=diameter, slope=slope, roughness=roughness)

    def short(filling: float) -> float:
        speed = manning(filling=filling, diameter=diameter, slope=slope, roughness=roughness)
        return speed * section(filling=filling, diameter=diameter).area - flow

    if short(FULLEST) < 0:
        full = pi * diameter**2 / 4
        return State(1.0, flow / full, full, True)
    filling = float(brentq(short, LEAST, FULLEST)) if short(LEAST) < 0 else LEAST
    speed = manning(filling=filling, diameter=diameter, slope=slope, roughness=roughness)
    return State(filling, speed, section(filling=filling, diameter=diameter).area, False)


def dispersion(*, state: State, diameter: float, slope: float) -> float:
    """Along the pipe [m2/s]: Elder's 5.93 h u*, the mean depth for h. Source: Elder 1959 [memory, verify]."""
    wet = section(filling=state.filling, diameter=diameter)
    depth = wet.area / max(wet.width, 0.1 * diameter)
    return 5.93 * depth * sqrt(9.81 * wet.radius * slope)
