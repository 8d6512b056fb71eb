"""The forward matrix: mean concentration over rate in blocks of time, by sensor and candidate [s/m3]."""

from concurrent.futures import ThreadPoolExecutor
from itertools import product
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from monitoring.tracing.domain.forward import slices
from monitoring.tracing.domain.forward.geometry import Coefficients, Geometry, Ring, coefficients
from monitoring.tracing.domain.forward.scene import Physics, Weather
from monitoring.tracing.domain.physics.plume import LEAST_SPEED

Singles = NDArray[np.float32]

LAG_FROM = 120.0  # [s] of travel; below it the wind of the same minute counts
MOST_KEPT = 160  # rings in classes of air; more come from weathers that will hardly be met again


class Forward:
    """Matrices of one site; coefficients are kept by class, because they do not change from event to event."""

    def __init__(self, *, geometry: Geometry, physics: Physics) -> None:
        self.geometry = geometry
        self.physics = physics
        self._kept: dict[tuple[object, ...], Coefficients] = {}  # no cache of the library's: it would keep itself alive
        self._writing = Lock()
        losses = physics.losses
        self._by_speed = any(geometry.sources.exits) or losses.decay + losses.washout > 0

    def prepare(self, *, weather: Weather) -> None:
        """Make what this weather needs beforehand, two at a time."""
        speeds = typical_speeds(weather=weather)
        with ThreadPoolExecutor(max_workers=2) as threads:
            numbers, classes = zip(*product(range(len(self.geometry.rings)), speeds), strict=True)
            list(threads.map(lambda n, c: self._coefficients(n, c, speeds[c], weather), numbers, classes))

    def _coefficients(self, number: int, stability: float, speed: float, weather: Weather) -> Coefficients:
        key: tuple[object, ...] = (number, stability, weather.lid, weather.measured_at, weather.terrain)
        if self._by_speed:
            key = (*key, speed, weather.temperature)
        found = self._kept.get(key)
        if found is None:
            found = coefficients(
                geometry=self.geometry, ring=self.geometry.rings[number], stability=stability, speed=speed, physics=self.physics,
                weather=weather,
            )  # fmt: skip
            with self._writing:
                if len(self._kept) >= MOST_KEPT:
                    self._kept.clear()
                self._kept[key] = found
        return found

    def matrix(
        self, *, weather: Weather, minutes: int, offset: float = 0.0, plumes: NDArray[np.bool_] | None = None
    ) -> Singles:
        """Block means of a plume that keeps each minute's own wind.

        Args:
            weather: minute series, shape (t,); minutes: steps of a block, the last may be shorter.
            offset: added to the bearing of the wind [deg].
            plumes: steps whose plume counts, shape (t,); the others, puffs say, add nothing to the mean. All where None.

        Returns:
            Shape (blocks, sensors, candidates), single precision; mean over the valid steps, zero where none is valid.

        Special cases: air that needs more than two minutes is taken from the minute it left, nearest step, by ring.
        """
        count, points = len(self.geometry.sources), len(self.geometry.sensors.east)
        starts = range(0, len(weather.speed), minutes)
        found = np.zeros((len(starts), points * count), dtype=np.float32)
        speeds = typical_speeds(weather=weather)
        for number, ring in enumerate(self.geometry.rings):
            kept = {c: self._coefficients(number, c, speeds[c], weather) for c in speeds}
            self._fill(found, ring, kept, weather, minutes, offset, plumes)
        return self._by_sensor(found.reshape(len(starts), points, count))

    def _fill(
        self, found: Singles, ring: Ring, kept: dict[float, Coefficients], weather: Weather, minutes: int, offset: float,
        plumes: NDArray[np.bool_] | None,
    ) -> None:  # fmt: skip
        toward = np.radians((weather.from_deg + offset) % 360.0) + np.pi
        toward = (toward + np.pi) % (2 * np.pi) - np.pi
        speed = np.maximum(weather.speed, LEAST_SPEED)
        lag = np.rint(ring.distance / speed / weather.step).astype(int)
        lag[(ring.distance / speed <= LAG_FROM) | (not self.physics.lag)] = 0
        origin = np.maximum(np.arange(len(speed)) - lag, 0)
        half = np.array([kept[c].half_width for c in weather.stability])[origin]
        low = np.searchsorted(ring.bearing, (toward[origin] - half).astype(np.float32))
        high = np.searchsorted(ring.bearing, (toward[origin] + half).astype(np.float32))
        sums, room = np.zeros(len(ring.pairs), dtype=np.float32), np.empty((2, slices.PIECE), dtype=np.float32)
        bits = np.empty(slices.PIECE, dtype=np.int32)
        for block, start in enumerate(range(0, len(speed), minutes)):
            inside = np.arange(start, min(start + minutes, len(speed)))
            used = inside[weather.valid[inside] & weather.valid[origin[inside]]]
            known = len(used)
            if plumes is not None:
                used, known = used[plumes[used]], int(weather.valid[inside].sum())
            kinds = weather.stability[origin[used]]
            for kind in np.unique(kinds):
                own = used[kinds == kind]
                slices.add_slices(
                    sums, kept[kind].powers, ring.bearing, low[own], high[own], toward[origin[own]].astype(np.float32),
                    (1.0 / speed[origin[own]]).astype(np.float32), room, bits, bits.view(np.float32),
                )  # fmt: skip
            if len(used):
                slices.spread_out(found[block], ring.pairs, sums, known)

    def _by_sensor(self, found: Singles) -> Singles:
        sensors = self.geometry.sensors
        if sensors.count == len(sensors.owner):
            return found
        weights = np.zeros((sensors.count, len(sensors.owner)), dtype=np.float32)
        weights[sensors.owner, np.arange(len(sensors.owner))] = sensors.share
        return np.asarray(np.einsum("sp,bpk->bsk", weights, found))


def typical_speeds(*, weather: Weather) -> dict[float, float]:
    """Median wind by class [m/s], at least a half, rounded so that the coefficients of a site are met again."""
    found = {}
    for stability in np.unique(weather.stability):
        median = float(np.median(weather.speed[weather.stability == stability]))
        found[float(stability)] = max(round(median * 2) / 2, LEAST_SPEED)
    return found
