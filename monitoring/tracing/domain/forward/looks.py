"""The forward matrix of many points under a few offsets of the wind, with puffs in the minutes that need them.

Sorted slices carry the plumes (`matrix`). A puff reaches few of many points, so for each sensor only those are looked at that
stand within its reach on the way back. One file with its kernel on purpose: see `compiled`.
"""

import math
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from monitoring.tracing.domain.compiled import uncounted
from monitoring.tracing.domain.forward.columns import NEUTRAL, PUFF_LIFE, PUFF_STEP
from monitoring.tracing.domain.forward.kept import forward_of
from monitoring.tracing.domain.forward.scene import Physics, Sensors, Sources, Weather, effective_heights
from monitoring.tracing.domain.physics import puffs
from monitoring.tracing.domain.physics.dispersion import sigmas
from monitoring.tracing.domain.physics.plume import SPREAD_Y, SPREAD_Z

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Halves = NDArray[np.float16]
Single = np.float32

REACH = 800.0  # [m], for the choice between plume and puffs; as in `columns`
UNIT = 1e-5  # [s/m3]; half precision then holds from a few metres to dozens of kilometres
HALF_MOST = 65_504.0
# Points whose puffs are added together, neighbours from west to east: less memory, and most puffs miss them.
CHUNK = 400
CUT = 3.5  # widths of a puff to the west and east beyond which it is not looked at


class Puffs(NamedTuple):
    """Puffs by minute w and age a under offsets of the wind, over points k that are sorted from west to east."""

    block: NDArray[np.int64]  # of the minute, shape (w,)
    across: Floats  # width of a puff [m], shape (w, a)
    upward: Floats
    east: Floats  # drift, shape (offsets, w, a) [m]
    north: Floats
    weight: float  # by puff [s]


class Ground(NamedTuple):
    """Points k from west to east, and points of sensors p from low to high."""

    east: Singles  # shape (k,) [m]
    north: Singles
    axis: Floats  # effective height
    wide: Floats  # square of the first width across [m2]
    deep: Floats
    seen: Floats  # east, north, height, share of sensors, shape (p, 4)
    owner: NDArray[np.int64]  # shape (p,)
    sensors: int


def looks(
    *, sources: Sources, sensors: Sensors, weather: Weather, physics: Physics, minutes: int, offsets: tuple[float, ...],
    rows: NDArray[np.int_],
) -> Halves:  # fmt: skip
    """Block means over rate in units of `UNIT`, gaps of single sensors left aside.

    Args:
        minutes: steps of a block; offsets: added to the bearing of the wind [deg]; rows: places in blocks x sensors.

    Returns:
        Shape (offsets, rows, k), half precision: plenty for a first look, and several of them are large.
    """
    as_puffs = puffs.where_puffs(speed=weather.speed, from_deg=weather.from_deg, reach=REACH, minutes=weather.step / 60)
    calm = np.flatnonzero(as_puffs & weather.valid)
    known = np.add.reduceat(weather.valid.astype(float), np.arange(0, len(weather.speed), minutes))
    by_row = np.maximum(known[rows // sensors.count], 1.0)[:, None].astype(np.float32)
    place = np.full(len(known) * sensors.count, -1)
    place[rows] = np.arange(len(rows))
    train = _train(weather, physics, calm, minutes, np.array(offsets))
    found = np.empty((len(offsets), len(rows), len(sources)), dtype=np.float16)

    forward = forward_of(sources=sources, sensors=sensors, physics=physics)
    forward.prepare(weather=weather)

    def plumes(number: int) -> None:
        matrix = forward.matrix(weather=weather, minutes=minutes, offset=offsets[number], plumes=~as_puffs)
        matrix = matrix.reshape(-1, len(sources))
        for part in parts:
            found[number][:, part] = np.minimum(matrix[np.ix_(rows, part)] / np.float32(UNIT), HALF_MOST)

    def trains(part: NDArray[np.int_]) -> None:
        sums = np.zeros((len(offsets), len(rows), len(part)), dtype=np.float32)
        room = np.empty((2, len(part)), dtype=np.float32)
        add_puffs(sums, _ground(sources.only(places=part), sensors, weather), train, place, room)
        for one, half in zip(sums, found, strict=True):
            half[:, part] = np.minimum(half[:, part] + one / by_row / np.float32(UNIT), HALF_MOST)

    order = np.argsort(sources.east, kind="stable")
    parts = np.array_split(order, -(-len(order) // CHUNK))
    with ThreadPoolExecutor(max_workers=2) as threads:
        list(threads.map(plumes, range(len(offsets))))
        if len(calm):
            list(threads.map(trains, parts))
    return found


def _ground(sources: Sources, sensors: Sensors, weather: Weather) -> Ground:
    low = np.argsort(sensors.height, kind="stable")
    seen = np.column_stack([sensors.east, sensors.north, sensors.height, sensors.share])[low]
    axis = effective_heights(sources=sources, weather=weather, speed=1.0, stability=NEUTRAL)
    return Ground(
        sources.east.astype(np.float32), sources.north.astype(np.float32), np.asarray(axis, dtype=float),
        (sources.width / SPREAD_Y) ** 2, (sources.depth / SPREAD_Z) ** 2, seen.astype(float), sensors.owner[low].astype(np.int64),
        sensors.count,
    )  # fmt: skip


def _train(weather: Weather, physics: Physics, minutes: NDArray[np.int_], steps: int, offsets: Floats) -> Puffs:
    ages: Floats = np.asarray(np.arange(PUFF_STEP / 2, PUFF_LIFE, PUFF_STEP), dtype=np.float64)
    east, north, travelled, _ = puffs.drift(
        speed=weather.speed, from_deg=weather.from_deg, minutes=minutes, ages=ages, step=weather.step
    )
    sine, cosine = np.sin(np.radians(offsets))[:, None, None], np.cos(np.radians(offsets))[:, None, None]
    east, north = cosine * east + sine * north, cosine * north - sine * east
    travelled = np.maximum(travelled, 1.0)
    across, upward = np.empty(travelled.shape), np.empty(travelled.shape)
    for stability in np.unique(weather.stability[minutes]):
        at = weather.stability[minutes] == stability
        across[at], upward[at] = sigmas(x=travelled[at], stability=float(stability), scheme=physics.scheme)
    slow = travelled / ages < puffs.SLOW
    across = np.where(slow, np.maximum(across, puffs.LEAST_SPREAD * ages), across)
    return Puffs((minutes // steps).astype(np.int64), across, upward, east, north, PUFF_STEP / (2 * math.pi) ** 1.5)


@uncounted
def add_puffs(found: Singles, ground: Ground, train: Puffs, place: NDArray[np.int64], room: Singles) -> None:
    """Add puffs to sums [s2/m3 over the step of the wind].

    Args:
        found: shape (offsets, rows, k); place: row of each block and sensor, -1 where it is not wanted, shape (blocks x sensors,).
        room: scratch, shape (2, k).
    """
    count, points, factor, half = len(ground.east), len(ground.seen), room[0], room[1]
    for n in range(len(train.block)):
        for a in range(train.across.shape[1]):
            widest = 0.0
            for k in range(count):
                square = train.across[n, a] ** 2 + ground.wide[k]
                half[k] = 0.5 / square
                widest = max(widest, square)
            far, known = CUT * math.sqrt(widest), math.nan
            for p in range(points):
                row = place[train.block[n] * ground.sensors + ground.owner[p]]
                if row < 0:
                    continue
                z = ground.seen[p, 2]
                if z != known:
                    known = z
                    for k in range(count):
                        deep = train.upward[n, a] ** 2 + ground.deep[k]
                        lifted = math.exp(-((z - ground.axis[k]) ** 2) / 2 / deep) + math.exp(
                            -((z + ground.axis[k]) ** 2) / 2 / deep
                        )
                        factor[k] = train.weight * lifted * 2.0 * half[k] / math.sqrt(deep)
                for o in range(len(found)):
                    east, north = ground.seen[p, 0] - train.east[o, n, a], ground.seen[p, 1] - train.north[o, n, a]
                    first, last = np.searchsorted(ground.east, east - far), np.searchsorted(ground.east, east + far)
                    spread(
                        found[o, row, first:last], ground.east[first:last], ground.north[first:last], half[first:last], factor[first:last],
                        np.float32(east), np.float32(north), np.float32(ground.seen[p, 3]),
                    )  # fmt: skip


@uncounted
def spread(
    found: Singles, east: Singles, north: Singles, half: Singles, factor: Singles, at_east: Single, at_north: Single, share: Single
) -> None:  # fmt: skip
    """Add one puff to its neighbours. The exponential is a power of 1,024, right to a hundredth within three widths: several at a time."""
    for k in range(len(found)):
        x, y = east[k] - at_east, north[k] - at_north
        falls = np.float32(1.0) - min((x * x + y * y) * half[k], np.float32(1_000.0)) * np.float32(1.0 / 1024.0)
        for _ in range(10):
            falls *= falls
        found[k] += share * factor[k] * falls
