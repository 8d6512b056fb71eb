"""What a trace looks at: candidate points, sensors and the minutes of the wind."""

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from monitoring.tracing.domain.physics import rise
from monitoring.tracing.domain.physics.dispersion import Scheme
from monitoring.tracing.domain.physics.plume import Losses
from monitoring.tracing.domain.physics.rise import Exit
from monitoring.tracing.domain.physics.wind import Terrain, at_height

Floats = NDArray[np.float64]
NOTHING_LOST = Losses()


@dataclass(frozen=True, slots=True)
class Sources:
    """Candidate points; every array of shape (k,) in metres."""

    east: Floats
    north: Floats
    height: Floats
    width: Floats  # of an area or volume source, zero for a point
    depth: Floats
    exits: tuple[Exit | None, ...]

    def __len__(self) -> int:
        return len(self.east)

    def joined(self, *, other: "Sources") -> "Sources":
        """These points, then the others."""
        east, north, height, width, depth = (
            np.concatenate([getattr(self, name), getattr(other, name)])
            for name in ("east", "north", "height", "width", "depth")
        )
        return Sources(east, north, height, width, depth, (*self.exits, *other.exits))

    def only(self, *, places: NDArray[np.int_]) -> "Sources":
        """Some of them, in the order asked for."""
        exits = tuple(self.exits[i] for i in places)
        return Sources(
            self.east[places], self.north[places], self.height[places], self.width[places], self.depth[places], exits
        )


@dataclass(frozen=True, slots=True)
class Sensors:
    """Points of sensors; an open path owns many. Arrays of shape (p,), [m]."""

    east: Floats
    north: Floats
    height: Floats
    owner: NDArray[np.int_]  # number of the sensor a point belongs to
    count: int  # of sensors

    @property
    def share(self) -> Floats:
        """Weight of each point in the mean of its sensor, shape (p,)."""
        return np.asarray(1.0 / np.bincount(self.owner, minlength=self.count)[self.owner])


@dataclass(frozen=True, slots=True)
class Weather:
    """Wind of the site, shape (t,), equal steps."""

    speed: Floats  # [m/s] at `measured_at`
    from_deg: Floats
    stability: Floats  # class numbers
    valid: NDArray[np.bool_]
    measured_at: float = 10.0  # [m]
    step: float = 60.0  # [s]
    temperature: float = 293.15  # [K]
    pressure: float = 101325.0  # [Pa]
    lid: float | None = None  # mixing height [m]
    terrain: Terrain = Terrain.RURAL

    def every(self, *, steps: int) -> "Weather":
        """One of so many steps, for first looks."""
        return replace(
            self, speed=self.speed[::steps], from_deg=self.from_deg[::steps], stability=self.stability[::steps],
            valid=self.valid[::steps], step=self.step * steps,
        )  # fmt: skip


def thinner(*, steps: int, least: int) -> int:
    """One in three or two steps of a block, if it then keeps `least` of them: its mean wind and their spread, not each of them."""
    return next((n for n in (3, 2) if steps % n == 0 and steps // n >= least), 1)


@dataclass(frozen=True, slots=True)
class Physics:
    """How the air is modelled."""

    scheme: Scheme = Scheme.GBT
    losses: Losses = field(default_factory=Losses)
    lag: bool = True


def point_sources(*, places: Floats) -> Sources:
    """Plain points from east, north, height, shape (k, 3) [m]."""
    zero = np.zeros(len(places))
    return Sources(places[:, 0], places[:, 1], places[:, 2], zero, zero, (None,) * len(places))


def point_sensors(*, places: Floats) -> Sensors:
    """Point sensors from east, north, height, shape (s, 3) [m]."""
    return Sensors(places[:, 0], places[:, 1], places[:, 2], np.arange(len(places)), len(places))


def effective_heights(*, sources: Sources, weather: Weather, speed: float, stability: float) -> Floats:
    """Height of the plume's axis by candidate at one wind and class [m], shape (k,). Briggs' final rise and downwash."""
    heights = np.maximum(sources.height, 0.0).copy()
    for place, stack in enumerate(sources.exits):
        if stack is None:
            continue
        top = float(
            at_height(
                speed=speed,
                height=heights[place],
                measured_at=weather.measured_at,
                stability=stability,
                terrain=weather.terrain,
            )
        )
        lift = rise.briggs(exit=stack, speed=top, stability=stability, air_temperature=weather.temperature)
        heights[place] = max(heights[place] + float(lift) + float(rise.downwash(exit=stack, speed=top)), 0.0)
    return heights


def speed_factor(*, height: Floats, stability: float, weather: Weather) -> Floats:
    """Wind at a height over the wind at the mast."""
    return at_height(
        speed=1.0, height=height, measured_at=weather.measured_at, stability=stability, terrain=weather.terrain
    )
