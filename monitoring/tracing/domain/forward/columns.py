"""Columns of a few candidates under many assumptions about the air: wind offset and widths, minute by minute.

Exact distances along and across the wind, travel time by pair, gaps of every sensor, and puffs in the minutes that need them.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitoring.tracing.domain.forward.scene import (
    Physics,
    Sensors,
    Sources,
    Weather,
    effective_heights,
    speed_factor,
)
from monitoring.tracing.domain.physics import puffs
from monitoring.tracing.domain.physics.dispersion import sigmas
from monitoring.tracing.domain.physics.plume import LEAST_SPEED, concentration, vertical, widened

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]

CUT = 4.5
LAG_FROM = 120.0
MOST_PAIRS = 1_500_000  # minute-pairs at a time; bounds the memory
MOST_PUFFS = 12_000_000  # puff-pairs; beyond it puffs keep the nominal bearing
PUFF_STEP = 60.0


@dataclass(frozen=True, slots=True)
class Air:
    """Assumptions about the air, a grid of offsets x widths x depths; each with its prior in `inference.nuisance`."""

    offsets: tuple[float, ...]  # added to the bearing [deg]
    widths: tuple[float, ...]  # factors of sigma_y
    depths: tuple[float, ...]  # factors of sigma_z

    @property
    def size(self) -> int:
        return len(self.offsets) * len(self.widths) * len(self.depths)


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
    *, sources: Sources, sensors: Sensors, weather: Weather, physics: Physics, blocks: Blocks, air: Air = AS_READ, reach: float = 800.0
) -> Singles:  # fmt: skip
    """Mean concentration over rate for every assumption [s/m3].

    Args:
        reach: typical distance [m], for the choice between plume and puffs.

    Returns:
        Shape (air.size, k, blocks x sensors), single precision, assumptions in the order offset, width, depth. A block without
        readings is zero.
    """
    rows = blocks.count * sensors.count
    found = np.zeros((air.size, len(sources), rows))
    as_puffs = puffs.where_puffs(speed=weather.speed, from_deg=weather.from_deg, reach=reach, minutes=weather.step / 60)
    as_puffs &= weather.valid
    as_plume = np.flatnonzero(weather.valid & ~as_puffs & blocks.used.any(axis=1))
    pairs = len(sources) * len(sensors.east)
    per_turn = max(MOST_PAIRS // max(pairs, 1), 1)
    each = len(air.widths) * len(air.depths)
    for number, offset in enumerate(air.offsets):
        target = found[number * each : (number + 1) * each]
        for first in range(0, len(as_plume), per_turn):
            minutes = as_plume[first : first + per_turn]
            _plume_minutes(target, sources, sensors, weather, physics, blocks, air, offset, minutes)
    _puff_minutes(found, sources, sensors, weather, physics, blocks, air, np.flatnonzero(as_puffs))
    counted = np.maximum(blocks.readings.ravel(), 1.0)
    return np.asarray(found / counted, dtype=np.float32)


def _plume_minutes(
    target: Floats, sources: Sources, sensors: Sensors, weather: Weather, physics: Physics, blocks: Blocks, air: Air,
    offset: float, minutes: NDArray[np.int_],
) -> None:  # fmt: skip
    for stability in np.unique(weather.stability[minutes]):
        chosen = minutes[weather.stability[minutes] == stability]
        _one_class(target, sources, sensors, weather, physics, blocks, air, offset, chosen, float(stability))


def _one_class(
    target: Floats, sources: Sources, sensors: Sensors, weather: Weather, physics: Physics, blocks: Blocks, air: Air,
    offset: float, minutes: NDArray[np.int_], stability: float,
) -> None:  # fmt: skip
    """Add the minutes of one class, only pairs within the wedge."""
    typical = max(float(np.median(weather.speed[minutes])), LEAST_SPEED)
    axis = effective_heights(sources=sources, weather=weather, speed=typical, stability=stability)
    factor = speed_factor(height=axis, stability=stability, weather=weather)
    east = sensors.east[None, :] - sources.east[:, None]
    north = sensors.north[None, :] - sources.north[:, None]
    reach = np.hypot(east, north)
    origin = _origins(reach, weather, physics, minutes)
    toward = np.radians(weather.from_deg[origin] + offset) + np.pi
    x = np.sin(toward) * east + np.cos(toward) * north
    y = np.sin(toward) * north - np.cos(toward) * east
    near = (
        CUT
        * max(air.widths)
        * (sigmas(x=reach, stability=stability, scheme=physics.scheme)[0] + sources.width[:, None])
    )
    usable = weather.valid[origin] & blocks.used[minutes][:, None, sensors.owner]
    place = np.nonzero((x > 1.0) & (np.abs(y) < near) & usable)
    if not len(place[0]):
        return
    _, source, point = place
    sy, sz = widened(
        sigmas=sigmas(x=x[place], stability=stability, scheme=physics.scheme),
        width=sources.width[source],
        depth=sources.depth[source],
    )
    speed = np.maximum(weather.speed[origin[place]] * factor[source], LEAST_SPEED)
    weight = sensors.share[point] / (2 * np.pi * speed)
    weight = weight * np.exp(-(physics.losses.decay + physics.losses.washout) * x[place] / speed)
    row = blocks.of_minute[minutes[place[0]]] * sensors.count + sensors.owner[point]
    bins = source * target.shape[2] + row
    upward = [
        vertical(sigma_z=d * sz, height=axis[source], receptor=sensors.height[point], lid=weather.lid) / (d * sz)
        for d in air.depths
    ]
    number = 0
    for width in air.widths:
        across = weight * np.exp(-(y[place] ** 2) / (2 * (width * sy) ** 2)) / (width * sy)
        for up in upward:
            target[number] += np.bincount(bins, across * up, minlength=target[number].size).reshape(
                target[number].shape
            )
            number += 1


def _origins(reach: Floats, weather: Weather, physics: Physics, minutes: NDArray[np.int_]) -> NDArray[np.int_]:
    """Minute whose wind a pair sees, shape (minutes, k, points)."""
    here = minutes[:, None, None]
    if not physics.lag:
        return np.broadcast_to(here, (len(minutes), *reach.shape))
    travel = reach[None] / np.maximum(weather.speed[minutes], LEAST_SPEED)[:, None, None]
    steps = np.where(travel > LAG_FROM, np.rint(travel / weather.step), 0).astype(int)
    return np.asarray(np.maximum(here - steps, 0))


def _puff_minutes(
    found: Floats, sources: Sources, sensors: Sensors, weather: Weather, physics: Physics, blocks: Blocks, air: Air,
    minutes: NDArray[np.int_],
) -> None:  # fmt: skip
    """Add the minutes of low or veering wind. Only the offset of the bearing varies there, the widths are those of the curves."""
    if not len(minutes):
        return
    axis = effective_heights(sources=sources, weather=weather, speed=1.0, stability=3.0)
    places = np.column_stack([sources.east, sources.north, axis])
    points = np.column_stack([sensors.east, sensors.north, sensors.height])
    each = len(air.widths) * len(air.depths)
    size = len(minutes) * len(places) * len(points) * 1800 / PUFF_STEP
    offsets = air.offsets if size * len(air.offsets) <= MOST_PUFFS else (0.0,)
    for number, offset in enumerate(offsets):
        shares = puffs.responses(
            sources=places, receptors=points, speed=weather.speed, from_deg=weather.from_deg + offset, stability=weather.stability,
            scheme=physics.scheme, wanted=minutes, step=weather.step, puff_step=PUFF_STEP,
        )  # fmt: skip
        added = _gathered(shares, sensors, blocks, minutes, found.shape[2])
        whole = slice(None) if len(offsets) == 1 else slice(number * each, (number + 1) * each)
        found[whole] += added


def _gathered(shares: Floats, sensors: Sensors, blocks: Blocks, minutes: NDArray[np.int_], rows: int) -> Floats:
    """Sum of minutes by candidate and row, shape (k, rows)."""
    used = blocks.used[minutes][:, sensors.owner] * sensors.share
    weighted = shares * used[:, None, :]
    row = blocks.of_minute[minutes][:, None] * sensors.count + sensors.owner[None, :]
    found = np.zeros((shares.shape[1], rows))
    for source in range(shares.shape[1]):
        found[source] = np.bincount(row.ravel(), weighted[:, source].ravel(), minlength=rows)
    return found


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
                scheme=physics.scheme, lid=weather.lid,
            ) / len(inside)  # fmt: skip
    return found
