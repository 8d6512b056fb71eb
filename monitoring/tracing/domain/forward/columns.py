"""Columns of a few candidates under many assumptions about the air: wind offset and widths, minute by minute.

Exact distances along and across the wind, travel time by pair, gaps of every sensor, and puffs in the minutes that need them.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitoring.tracing.domain.forward import minutes as kernel
from monitoring.tracing.domain.forward.scene import (
    Physics,
    Sensors,
    Sources,
    Weather,
    effective_heights,
    speed_factor,
)
from monitoring.tracing.domain.physics import puffs
from monitoring.tracing.domain.physics.dispersion import Scheme, sigmas
from monitoring.tracing.domain.physics.plume import LEAST_SPEED, SPREAD_Y, SPREAD_Z, concentration

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]

CUT = 4.5
PUFF_STEP, PUFF_LIFE = 60.0, 1800.0  # [s]
NEUTRAL = 3.0  # class D
KNOTS, FURTHEST = 2048, 60_000.0  # of the tables of widths; [m]


@dataclass(frozen=True, slots=True)
class Curves:
    """Widths by distance and class."""

    scheme: Scheme
    contrast: float = 1.0  # of the classes: 0 takes every class as neutral, 1 as the scheme has them

    def widths(self, *, x: Floats, stability: float) -> NDArray[np.float64]:
        """sigma_y and sigma_z [m], shape (2, *x.shape)."""
        own = np.array(sigmas(x=x, stability=stability, scheme=self.scheme))
        if self.contrast == 1.0:
            return own
        neutral = np.array(sigmas(x=x, stability=NEUTRAL, scheme=self.scheme))
        return np.asarray(own**self.contrast * neutral ** (1.0 - self.contrast))


@dataclass(frozen=True, slots=True)
class Air:
    """Assumptions about the air, a grid of offsets x widths x depths x curves; see `inference.evidence.air_prior`."""

    offsets: tuple[float, ...]  # added to the bearing [deg]
    widths: tuple[float, ...]  # factors of sigma_y
    depths: tuple[float, ...]  # factors of sigma_z
    others: tuple[Curves, ...] = ()  # curves beside those of the physics

    @property
    def shape(self) -> tuple[int, int, int, int]:
        return len(self.offsets), len(self.widths), len(self.depths), 1 + len(self.others)

    @property
    def size(self) -> int:
        return int(np.prod(self.shape))

    def curves_of(self, *, scheme: Scheme) -> tuple[Curves, ...]:
        """Those of the physics, then the others."""
        return Curves(scheme), *self.others


AS_READ = Air((0.0,), (1.0,), (1.0,))


@dataclass(frozen=True, slots=True)
class Blocks:
    """Which minutes make which block, and which readings of a sensor count."""

    of_minute: NDArray[np.int_]  # shape (t,)
    count: int
    used: NDArray[np.bool_]  # shape (t, sensors): the reading exists and passed the checks

    @property
    def readings(self) -> Floats:
        """Readings by block and sensor, shape (blocks, sensors)."""
        found = np.zeros((self.count, self.used.shape[1]))
        np.add.at(found, self.of_minute, self.used)
        return found

    def every(self, *, steps: int) -> "Blocks":
        """The same blocks seen in one of so many steps."""
        return Blocks(self.of_minute[::steps], self.count, self.used[::steps])


def blocks_of(*, used: NDArray[np.bool_], minutes: int) -> Blocks:
    """Blocks of equal length; the last may be shorter."""
    of_minute = np.arange(len(used)) // minutes
    return Blocks(of_minute, int(of_minute[-1]) + 1, used)


def columns(
    *, sources: Sources, sensors: Sensors, weather: Weather, physics: Physics, blocks: Blocks, air: Air = AS_READ, reach: float = 800.0,
    rows: NDArray[np.int_] | None = None, into: Singles | None = None,
) -> Singles:  # fmt: skip
    """Mean concentration over rate for every assumption [s/m3].

    Args:
        reach: typical distance [m], for the choice between plume and puffs.
        rows: places in blocks x sensors that are wanted, all where None; into: filled and returned, so that nothing is copied.

    Returns:
        Shape (air.size, k, rows), single precision, assumptions in the order offset, width, depth, curve. A block
        without readings is zero.
    """
    as_puffs = puffs.where_puffs(speed=weather.speed, from_deg=weather.from_deg, reach=reach, minutes=weather.step / 60)
    as_puffs &= weather.valid
    as_plume = np.flatnonzero(weather.valid & ~as_puffs & blocks.used.any(axis=1))
    classes = np.unique(weather.stability)
    site = _site(sources, sensors, weather, physics, air, classes, as_plume)
    wanted = np.arange(blocks.count * sensors.count) if rows is None else rows
    counted = np.maximum(blocks.readings.ravel()[wanted], 1.0)
    each = air.size // len(air.offsets)
    _, widths, depths, curves = air.shape
    # The kernel has the curves first, so that neighbours in memory are added together.
    order = np.arange(each).reshape(curves, widths, depths).transpose(1, 2, 0).ravel()
    found = np.empty((air.size, len(sources), len(wanted)), dtype=np.float32) if into is None else into

    def one(number: int) -> None:
        offset = air.offsets[number]
        sums = np.zeros((len(sources), blocks.count * sensors.count, each))
        minutes = _minutes(weather, physics, blocks, classes, offset)
        room = kernel.room_for(count=len(as_plume), widths=len(air.widths), depths=len(air.depths))
        kernel.plumes(sums, site, minutes, as_plume, room)
        _puff_minutes(sums, site, minutes, sources, weather, offset, np.flatnonzero(as_puffs))
        for place, own in enumerate(sums):
            found[number * each : (number + 1) * each, place] = own[wanted][:, order].T / counted

    with ThreadPoolExecutor(max_workers=2) as threads:
        list(threads.map(one, range(len(air.offsets))))
    return found


def _site(
    sources: Sources, sensors: Sensors, weather: Weather, physics: Physics, air: Air, classes: Floats, minutes: NDArray[np.int_]
) -> kernel.Site:  # fmt: skip
    """All that does not change from minute to minute."""
    east = sensors.east[None, :] - sources.east[:, None]
    north = sensors.north[None, :] - sources.north[:, None]
    reach = np.hypot(east, north)
    distance = np.exp(np.linspace(0.0, np.log(FURTHEST), KNOTS))
    curves = air.curves_of(scheme=physics.scheme)
    tables = [[f.widths(x=distance, stability=float(c)) for c in classes] for f in curves]
    widths = np.array(tables)  # curves, classes, across or upward, knots
    axis, factor, near = [], [], []
    for stability in classes:
        at_class = weather.speed[minutes][weather.stability[minutes] == stability]
        typical = max(float(np.median(at_class)) if len(at_class) else 1.0, LEAST_SPEED)
        heights = effective_heights(sources=sources, weather=weather, speed=typical, stability=float(stability))
        axis.append(heights)
        factor.append(speed_factor(height=heights, stability=float(stability), weather=weather))
        across = np.max([f.widths(x=reach, stability=float(stability))[0] for f in curves], axis=0)
        near.append(CUT * max(air.widths) * (across + sources.width[:, None]))
    return kernel.Site(
        east, north, np.array(near), np.array(axis), np.array(factor),
        np.column_stack([sources.width / SPREAD_Y, sources.depth / SPREAD_Z]), np.asarray(sensors.height, dtype=float), sensors.share,
        np.asarray(sensors.owner, dtype=np.int64), np.ascontiguousarray(widths[:, :, 0]), np.ascontiguousarray(widths[:, :, 1]),
        (KNOTS - 1) / float(np.log(FURTHEST)), np.array(air.widths), np.array(air.depths), weather.lid or 0.0,
        physics.losses.decay + physics.losses.washout,
    )  # fmt: skip


def _minutes(weather: Weather, physics: Physics, blocks: Blocks, classes: Floats, offset: float) -> kernel.Minutes:
    toward = np.radians(weather.from_deg + offset) + np.pi
    return kernel.Minutes(
        np.sin(toward), np.cos(toward), np.asarray(weather.speed, dtype=float),
        np.searchsorted(classes, weather.stability).astype(np.int64), np.asarray(weather.valid, dtype=bool),
        np.ascontiguousarray(blocks.used, dtype=bool), np.asarray(blocks.of_minute, dtype=np.int64), float(weather.step), physics.lag,
    )  # fmt: skip


def _puff_minutes(
    sums: Floats, site: kernel.Site, air: kernel.Minutes, sources: Sources, weather: Weather, offset: float, minutes: NDArray[np.int_]
) -> None:  # fmt: skip
    """Add the minutes of low or veering wind."""
    if not len(minutes):
        return
    axis = effective_heights(sources=sources, weather=weather, speed=1.0, stability=3.0)
    ages: Floats = np.asarray(np.arange(PUFF_STEP / 2, PUFF_LIFE, PUFF_STEP), dtype=np.float64)
    east, north, travelled, _ = puffs.drift(
        speed=weather.speed, from_deg=weather.from_deg + offset, minutes=minutes, ages=ages, step=weather.step
    )
    kernel.puffs(sums, site, air, minutes, np.stack([east, north, travelled]), axis, ages, PUFF_STEP, CUT)


def plain(*, sources: Sources, sensors: Sensors, weather: Weather, physics: Physics, minutes: int) -> Floats:
    """Plume of every pair and minute without lag or puffs, shape (blocks, points, k): slow, to compare with."""
    east = sensors.east[:, None] - sources.east[None, :]
    north = sensors.north[:, None] - sources.north[None, :]
    starts = range(0, len(weather.speed), minutes)
    found = np.zeros((len(starts), *east.shape))
    for block, start in enumerate(starts):
        inside = [m for m in range(start, min(start + minutes, len(weather.speed))) if weather.valid[m]]
        for minute in inside:
            toward = np.radians(weather.from_deg[minute]) + np.pi
            x, y = np.sin(toward) * east + np.cos(toward) * north, np.sin(toward) * north - np.cos(toward) * east
            stability = float(weather.stability[minute])
            axis = effective_heights(sources=sources, weather=weather, speed=weather.speed[minute], stability=stability)
            speed = weather.speed[minute] * speed_factor(height=axis, stability=stability, weather=weather)
            found[block] += concentration(
                x=x, y=y, receptor=sensors.height[:, None], height=axis[None, :], speed=speed[None, :], stability=stability,
                scheme=physics.scheme, lid=weather.lid, width=sources.width[None, :], depth=sources.depth[None, :],
            ) / len(inside)  # fmt: skip
    return found
