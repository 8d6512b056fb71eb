"""Readings of a vehicle on its way: one row of the forward matrix for each reading, at the place where its air came in.

Positions of the receiver and of the analyser's answer differ in time: the inlet's delay moves a reading back along the track, the
receiver's lag moves the position forward.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from monitoring.tracing.domain.forward.scene import Physics, Sources, Weather, effective_heights, speed_factor
from monitoring.tracing.domain.inference.evidence import Evidence, air_prior
from monitoring.tracing.domain.physics.dispersion import sigmas
from monitoring.tracing.domain.physics.plume import LEAST_SPEED, vertical, widened
from parks.catalogue.domain.errors import Invalid

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
CUT = 4.5  # deviations across the wind
OFFSETS = (-8.0, -5.0, -3.0, -1.5, 0.0, 1.5, 3.0, 5.0, 8.0)  # of a vane [deg]
AT_A_TIME = 2_000_000  # pairs; bounds the memory


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


def matrix(*, placed: Placed, sources: Sources, weather: Weather, physics: Physics) -> Singles:
    """Concentration over rate by reading and candidate [s/m3], shape (n, k).

    Each reading sees the wind of its minute, or of the minute the air left when it needs longer than two. Minutes that are not
    valid give NaN rows. Plumes only: a vehicle's reading is an instant, and a puff model says no more about it.
    """
    minute = np.clip((placed.time / weather.step).astype(int), 0, len(weather.speed) - 1)
    found = np.zeros((len(placed.time), len(sources)), dtype=np.float32)
    rows = max(AT_A_TIME // max(len(sources), 1), 1)
    for first in range(0, len(minute), rows):
        some = slice(first, first + rows)
        for stability in np.unique(weather.stability[minute[some]]):
            chosen = np.flatnonzero(weather.stability[minute[some]] == stability) + first
            _class(found, placed, sources, weather, physics, minute, chosen, float(stability))
    found[~weather.valid[minute]] = np.nan
    return found


def _class(
    found: Singles, placed: Placed, sources: Sources, weather: Weather, physics: Physics, minute: NDArray[np.int_],
    chosen: NDArray[np.intp], stability: float,
) -> None:  # fmt: skip
    typical = max(float(np.median(weather.speed[minute[chosen]])), LEAST_SPEED)
    axis = effective_heights(sources=sources, weather=weather, speed=typical, stability=stability)
    factor = speed_factor(height=axis, stability=stability, weather=weather)
    east = (placed.east[chosen, None] - sources.east[None, :]).astype(np.float32)
    north = (placed.north[chosen, None] - sources.north[None, :]).astype(np.float32)
    back = np.zeros(east.shape, dtype=np.int32)
    if physics.lag:
        travel = np.hypot(east, north) / np.maximum(weather.speed[minute[chosen]], LEAST_SPEED)[:, None]
        back = np.where(travel > 120.0, np.rint(travel / weather.step), 0).astype(np.int32)
    origin = np.maximum(minute[chosen, None] - back, 0)
    toward = np.radians(weather.from_deg + 180.0)
    along_e, along_n = np.sin(toward).astype(np.float32)[origin], np.cos(toward).astype(np.float32)[origin]
    x, y = along_e * east + along_n * north, along_e * north - along_n * east
    widest = 0.5 * np.maximum(x, 0) + CUT * sources.width[None, :].astype(np.float32)
    row, source = np.nonzero((x > 1.0) & (np.abs(y) < np.maximum(2 * widest, 10.0)))
    across, down = y[row, source].astype(float), x[row, source].astype(float)
    sy, sz = widened(
        sigmas=sigmas(x=down, stability=stability, scheme=physics.scheme), width=sources.width[source], depth=sources.depth[source]
    )  # fmt: skip
    near = np.abs(across) < CUT * sy
    row, source, across, down, sy, sz = (part[near] for part in (row, source, across, down, sy, sz))
    wind = np.maximum(weather.speed[origin[row, source]] * factor[source], LEAST_SPEED)
    up = vertical(sigma_z=sz, height=axis[source], receptor=np.full(len(sz), placed.height), lid=weather.lid)
    lost = np.exp(-(physics.losses.decay + physics.losses.washout) * down / wind)
    found[chosen[row], source] = lost * up * np.exp(-0.5 * (across / sy) ** 2) / (2 * np.pi * wind * sy * sz)


def evidence_of(
    *, placed: Placed, sources: Sources, weather: Weather, physics: Physics, noise: float, prior: Floats, scale: Floats,
    offsets: tuple[float, ...] = OFFSETS, pass_seconds: float = 60.0,
) -> Evidence:  # fmt: skip
    """What the sampler takes, a reading by row, under several errors of the vane.

    Args:
        noise: standard deviation of a reading [kg/m3]; prior, scale: as in `Evidence`; offsets: added to the bearing [deg].
        pass_seconds: readings within such a stretch form a block: they pass through the same swing of the plume, so the likelihood is
            tempered to one reading's worth of each block.

    Special cases: readings in minutes that are not valid are left out.
    """
    turned = [replace(weather, from_deg=weather.from_deg + offset) for offset in offsets]
    columns = np.stack([matrix(placed=placed, sources=sources, weather=air, physics=physics) for air in turned])
    kept = np.isfinite(columns).all(axis=(0, 2))
    block = ((placed.time[kept] - placed.time[0]) / pass_seconds).astype(int)
    rows, blocks = int(kept.sum()), len(np.unique(block))
    return Evidence(
        excess=placed.value[kept], noise=np.full(rows, noise), sensor=np.zeros(rows, dtype=int), block=block,
        censored=np.zeros(rows, dtype=bool), columns=np.ascontiguousarray(columns[:, kept].transpose(0, 2, 1)),
        log_air=air_prior(offsets=np.array(offsets), widths=np.ones(1), depths=np.ones(1)), air_shape=(len(offsets), 1, 1),
        prior=prior, scale=scale, tempering=max(blocks / max(rows, 1), 0.02),
    )  # fmt: skip
