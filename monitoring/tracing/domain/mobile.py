"""Readings of a vehicle on its way: one row of the forward matrix for each reading, at the place where its air came in.

Positions of the receiver and of the analyser's answer differ in time: the inlet's delay moves a reading back along the track, the
receiver's lag moves the position forward.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import pairwise, product

import numpy as np
from numpy.typing import NDArray

from monitoring.tracing.domain.forward import rows as kernel
from monitoring.tracing.domain.forward.scene import Physics, Sources, Weather, effective_heights, speed_factor
from monitoring.tracing.domain.inference.evidence import Evidence, air_prior
from monitoring.tracing.domain.physics.dispersion import sigmas
from monitoring.tracing.domain.physics.plume import LEAST_SPEED, SPREAD_Y, SPREAD_Z
from parks.catalogue.domain.errors import Invalid

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
CUT = 4.5  # deviations across the wind
OFFSETS = (-8.0, -5.0, -3.0, -1.5, 0.0, 1.5, 3.0, 5.0, 8.0)  # of a vane [deg]
KNOTS, FURTHEST = 2048, 60_000.0  # of the tables of widths; [m]
PARTS, THREADS = 8, 2  # of a drive, computed side by side


class WrongTrack(Invalid):
    """Times of a track do not rise, or its arrays differ in length."""

    code = "tracing.track"


@dataclass(frozen=True, slots=True)
class Track:
    """A vehicle's readings; arrays of shape (n,)."""

    time: Floats  # on the clock of the weather [s], rising
    east: Floats  # reported position [m]
    north: Floats
    value: Floats  # above the background [kg/m3], NaN where missing
    height: float = 2.0  # of the inlet [m]


@dataclass(frozen=True, slots=True)
class Placed:
    """Where and when the air of each reading came in."""

    time: Floats
    east: Floats
    north: Floats
    speed: Floats  # of the vehicle [m/s]
    value: Floats
    height: float


def placed(*, track: Track, inlet_delay: float = 0.0, receiver_lag: float = 0.0) -> Placed:
    """Readings at the place of their air.

    Args:
        inlet_delay: from the inlet to the answer of the analyser [s]; receiver_lag: age of a reported position [s].

    Raises:
        WrongTrack.

    Special cases: readings whose air came in before the track began have no place and are left out.
    """
    shapes = {len(part) for part in (track.time, track.east, track.north, track.value)}
    if len(shapes) != 1 or len(track.time) < 2 or (np.diff(track.time) <= 0).any():
        raise WrongTrack(lengths=sorted(shapes))
    inhaled = track.time - inlet_delay
    here = track.time - receiver_lag  # when the vehicle was at the reported position
    kept = (inhaled >= here[0]) & (inhaled <= here[-1]) & np.isfinite(track.value)
    at = inhaled[kept]
    east, north = np.interp(at, here, track.east), np.interp(at, here, track.north)
    speed = np.hypot(np.gradient(track.east, here), np.gradient(track.north, here))
    return Placed(at, east, north, np.interp(at, here, speed), track.value[kept], track.height)


def matrix(
    *, placed: Placed, sources: Sources, weather: Weather, physics: Physics, wide: float = 1.0, deep: float = 1.0
) -> Singles:
    """Concentration over rate by reading and candidate [s/m3], shape (n, k).

    Args:
        wide, deep: factors of the widths across and upward.

    Each reading sees the wind of its minute, or of the minute the air left when it needs longer than two. Minutes that are not
    valid give NaN rows. Plumes only: a vehicle's reading is an instant, and a puff model says no more about it.
    """
    minute = np.clip((placed.time / weather.step).astype(np.int64), 0, len(weather.speed) - 1)
    found = np.zeros((len(placed.time), len(sources)), dtype=np.float32)
    classes = np.unique(weather.stability[minute])
    stands = _stands(sources, weather, minute, classes)
    air = _winds(weather, physics, classes)
    east, north = (np.ascontiguousarray(part, dtype=np.float64) for part in (placed.east, placed.north))

    def some(part: slice) -> None:
        kernel.rows(found[part], east[part], north[part], minute[part], placed.height, stands, air, wide, deep)

    edges = np.linspace(0, len(minute), PARTS + 1).astype(int)
    with ThreadPoolExecutor(max_workers=THREADS) as threads:
        list(threads.map(some, [slice(first, last) for first, last in pairwise(edges)]))
    found[~weather.valid[minute]] = np.nan
    return found


def _stands(
    sources: Sources, weather: Weather, minute: NDArray[np.int64], classes: NDArray[np.float64]
) -> kernel.Stands:
    """Candidates with their axes in each class, at the wind that is typical of the minutes of that class."""
    axis, factor = [], []
    for stability in classes:
        own = weather.speed[minute][weather.stability[minute] == stability]
        heights = effective_heights(
            sources=sources, weather=weather, speed=max(float(np.median(own)), LEAST_SPEED), stability=float(stability)
        )
        axis.append(heights)
        factor.append(speed_factor(height=heights, stability=float(stability), weather=weather))
    parts = (
        sources.east,
        sources.north,
        np.array(axis),
        np.array(factor),
        sources.width / SPREAD_Y,
        sources.depth / SPREAD_Z,
    )
    return kernel.Stands(*(np.ascontiguousarray(part, dtype=np.float64) for part in parts))


def _winds(weather: Weather, physics: Physics, classes: NDArray[np.float64]) -> kernel.Winds:
    """Minutes with tables of the widths by the logarithm of the distance."""
    toward = np.radians(weather.from_deg) + np.pi
    distance = np.exp(np.linspace(0.0, np.log(FURTHEST), KNOTS))
    across, upward = (
        np.array([sigmas(x=distance, stability=float(c), scheme=physics.scheme)[n] for c in classes]) for n in (0, 1)
    )
    kind = np.clip(np.searchsorted(classes, weather.stability), 0, len(classes) - 1)
    return kernel.Winds(
        np.sin(toward), np.cos(toward), np.asarray(weather.speed, dtype=float), kind.astype(np.int64), float(weather.step), physics.lag,
        np.log(across), np.log(upward), (KNOTS - 1) / float(np.log(FURTHEST)), CUT * (across / distance).max(axis=1), CUT,
        float(weather.lid or 0.0), float(physics.losses.decay + physics.losses.washout),
    )  # fmt: skip


def evidence_of(
    *, placed: Placed, sources: Sources, weather: Weather, physics: Physics, noise: float, prior: Floats, scale: Floats,
    offsets: tuple[float, ...] = OFFSETS, widths: tuple[float, ...] = (1.0,), depths: tuple[float, ...] = (1.0,), pass_seconds: float = 60.0,
    narrow: float = 1.0,
) -> Evidence:  # fmt: skip
    """What the sampler takes, a reading by row, under several errors of the vane and of the widths.

    Args:
        noise: standard deviation of a reading [kg/m3]; prior, scale: as in `Evidence`; offsets: added to the bearing [deg].
        widths, depths: factors of the widths. With one width only, how wide a passed plume is would tell its distance, which it does not.
        narrow: factor of the curves that belongs to the averaging time of a passage, before the errors.
        pass_seconds: readings within such a stretch form a block: they pass through the same swing of the plume, so the likelihood is
            tempered to one reading's worth of each block.

    Special cases: readings in minutes that are not valid are left out.
    """
    turned = [replace(weather, from_deg=weather.from_deg + offset) for offset in offsets]
    columns = np.stack([
        matrix(placed=placed, sources=sources, weather=air, physics=physics, wide=narrow * wide, deep=deep)
        for air, wide, deep in product(turned, widths, depths)
    ])  # fmt: skip
    kept = np.isfinite(columns).all(axis=(0, 2))
    block = ((placed.time[kept] - placed.time[0]) / pass_seconds).astype(int)
    rows, blocks = int(kept.sum()), len(np.unique(block))
    return Evidence(
        excess=placed.value[kept], noise=np.full(rows, noise), sensor=np.zeros(rows, dtype=int), block=block,
        censored=np.zeros(rows, dtype=bool), columns=np.ascontiguousarray(columns[:, kept].transpose(0, 2, 1)),
        log_air=air_prior(offsets=np.array(offsets), widths=np.array(widths), depths=np.array(depths)),
        air_shape=(len(offsets), len(widths), len(depths)), prior=prior, scale=scale, tempering=max(blocks / max(rows, 1), 0.02),
    )  # fmt: skip
