"""Generated releases for measuring the tracing, by physics that the inversion does not have.

Widths grow with travel time and turbulence (Draxler's form, own constants); the wind at the plume meanders away from the mast,
sources flicker, sensors drift and are wrong by a few per cent. `MATCHED` is the other end: the inversion's own plumes and puffs in
the wind that the mast saw, with noise and a walking background only. It says what the sampling costs and finds where nothing is
wrong with the physics, and nothing about how well the physics fits.
"""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Turbulence (sideways, upward) over wind speed by class A, B, C, D, E, F; typical of a rough site.
TURBULENCE = np.array([[0.42, 0.24], [0.33, 0.18], [0.25, 0.13], [0.17, 0.09], [0.11, 0.06], [0.08, 0.04]])
RURAL_D = (0.08, 1e-4, 0.06, 1.5e-3)


@dataclass(frozen=True)
class Release:
    """A park, its truth, and what the mast and the sensors said."""

    candidates: Floats  # east, north, height [m]
    sensors: Floats
    speed: Floats  # of the mast [m/s]
    from_deg: Floats
    stability: Floats
    values: Floats  # [kg/m3], shape (t, sensors)
    active: tuple[int, ...]
    rates: Floats  # [kg/s], mean while active
    hidden: dict[str, Any] = field(
        default_factory=dict
    )  # what no inversion may see: signal, bearing at the plume, factors


@dataclass(frozen=True)
class Kind:
    """What is wrong between the truth and the inversion; all zero for a matched sensor noise only."""

    offset: float = 5.0  # sd of a constant error of the vane [deg]
    meander: float = 6.0  # sd of what the mast does not see [deg]
    widths: float = 0.25  # sd of ln sigma
    flicker: float = 0.3  # sd of ln rate, correlated over 20 minutes
    drift: float = 15e-9  # [kg/m3] per square root of an hour
    gain: float = 0.05
    gaps: float = 0.05
    fixed_offset: float = 0.0  # [deg]
    fixed_width: float = 1.0
    own: bool = False  # plumes and puffs of the inversion


MISMATCH = Kind()
MATCHED = Kind(offset=0.0, meander=0.0, widths=0.0, flicker=0.0, drift=0.0, gain=0.0, gaps=0.0, own=True)


def weather(*, rng: np.random.Generator, minutes: int) -> tuple[Floats, Floats, Floats]:
    """A day that turns: speed, bearing, class."""
    hour = np.arange(minutes) / 60.0
    speed = 2.6 + 1.2 * np.sin((hour - 9) / 24 * 2 * np.pi) + walk(rng, minutes, 0.5, 40)
    bearing = (
        rng.uniform(0, 360)
        + rng.choice([-1, 1]) * rng.uniform(5, 12) * hour
        + walk(rng, minutes, 25, 120)
        + rng.normal(0, 5, minutes)
    )
    day = np.sin((hour - 6) / 24 * 2 * np.pi)
    classes = np.select([day > 0.7, day > 0.0], [1.0, 2.0], default=np.where(day < -0.5, 4.0, 3.0))
    return np.maximum(speed, 0.6), bearing % 360, classes


def walk(rng: np.random.Generator, count: int, deviation: float, memory: float) -> Floats:
    """A process that forgets over `memory` steps."""
    keep = np.exp(-1 / memory)
    found = np.empty(count)
    now = rng.normal(0, deviation)
    for step in range(count):
        found[step] = now
        now = keep * now + np.sqrt(1 - keep**2) * deviation * rng.normal()
    return found


def plume(
    *, apart: Floats, heights: Floats, tops: Floats, speed: Floats, from_deg: Floats, stability: Floats, across: float, upward: float
) -> Floats:  # fmt: skip
    """Concentration over rate minute by minute [s/m3], shape (t, k, s).

    Args:
        apart: sensor minus source, shape (k, s, 2); heights: of sensors; tops: of sources; the rest shape (t,).
        across, upward: factors of the widths.
    """
    toward = np.radians(from_deg + 180.0)[:, None, None]
    x = np.sin(toward) * apart[..., 0] + np.cos(toward) * apart[..., 1]
    y = np.cos(toward) * apart[..., 0] - np.sin(toward) * apart[..., 1]
    u = np.maximum(speed, 0.5)[:, None, None]
    t = np.maximum(x, 1.0) / u
    side, up = TURBULENCE[stability.astype(int)].T
    sy = across * side[:, None, None] * u * t / (1 + 0.9 * np.sqrt(t / 600.0))
    sz = upward * up[:, None, None] * u * t / (1 + 0.9 * np.sqrt(t / 200.0))
    lifted = np.exp(-((heights - tops[:, None]) ** 2) / 2 / sz**2) + np.exp(
        -((heights + tops[:, None]) ** 2) / 2 / sz**2
    )
    return np.where(x > 1, np.exp(-(y**2) / 2 / sy**2) * lifted / (2 * np.pi * u * sy * sz), 0.0)


def own_plumes(*, chosen: Floats, fence: Floats, speed: Floats, from_deg: Floats, stability: Floats) -> Floats:
    """The inversion's concentration over rate minute by minute [s/m3], shape (t, k, s)."""
    from monitoring.tracing.domain.forward.columns import blocks_of, columns
    from monitoring.tracing.domain.forward.scene import Physics, Weather, point_sensors, point_sources

    weather = Weather(speed, from_deg, stability, np.ones(len(speed), dtype=bool))
    every = columns(
        sources=point_sources(places=chosen), sensors=point_sensors(places=fence), weather=weather, physics=Physics(),
        blocks=blocks_of(used=np.ones((len(speed), len(fence)), dtype=bool), minutes=1),
    )  # fmt: skip
    found = every[0].reshape(len(chosen), len(speed), len(fence)).transpose(1, 0, 2)
    return np.asarray(found, dtype=float)


def release(
    *, seed: int, kind: Kind = MISMATCH, candidates: int = 24, sensors: int = 8, minutes: int = 1440, side: float = 1000.0,
    rates_kg_h: tuple[float, ...] = (20.0, 8.0, 4.0), noise: float = 30e-9, turned: tuple[tuple[float, ...] | None, ...] = (),
) -> Release:  # fmt: skip
    """One day with some of the candidates active.

    Args:
        turned: hours of the day at which each source is turned on, off, on and so forth; on throughout where None or missing.
    """
    rng = np.random.default_rng([seed, 2718])
    points = np.column_stack([_apart(rng, candidates, side), rng.uniform(2, 15, candidates)])
    around = np.sort(rng.uniform(0, 2 * np.pi / sensors * 0.6, sensors)) + np.arange(sensors) * 2 * np.pi / sensors
    fence = side / 2 + side * 0.55 * np.column_stack([np.sin(around), np.cos(around)])
    fence = np.column_stack([fence, np.full(sensors, 3.0)])
    speed, bearing, classes = weather(rng=rng, minutes=minutes)
    active = tuple(int(k) for k in rng.choice(candidates, len(rates_kg_h), replace=False))
    rates = np.array(rates_kg_h) / 3600
    true_bearing = bearing + kind.fixed_offset + rng.normal(0, 1) * kind.offset + walk(rng, minutes, kind.meander, 15)
    chosen = points[list(active)]
    factors = [float(f) for f in np.exp([rng.normal(0, 0.08), rng.normal() * kind.widths, rng.normal() * kind.widths])]
    response = own_plumes(chosen=chosen, fence=fence, speed=speed, from_deg=bearing, stability=classes) if kind.own else plume(
        apart=fence[None, :, :2] - chosen[:, None, :2], heights=fence[:, 2], tops=chosen[:, 2], speed=speed * factors[0],
        from_deg=true_bearing, stability=classes, across=kind.fixed_width * factors[1], upward=kind.fixed_width * factors[2],
    )  # fmt: skip
    flicker = (
        np.array([np.exp(walk(rng, minutes, kind.flicker, 20) - kind.flicker**2 / 2) for _ in active])
        if kind.flicker
        else np.ones((len(active), minutes))
    )
    on = np.ones((len(active), minutes), dtype=bool)
    for row, hours in zip(on, turned, strict=False):
        if hours is not None:
            row[:] = np.searchsorted(hours, np.arange(minutes) / 60.0, side="right") % 2 == 1
    signal = np.einsum("tks,kt->ts", response, flicker * on * rates[:, None])
    level = (
        1200e-9
        + walk(rng, minutes, 20e-9, 240)[:, None]
        + np.array([walk(rng, minutes, kind.drift * 3, 540) for _ in range(sensors)]).T
    )
    gain = 1 + kind.gain * rng.normal(size=sensors)
    values = signal * gain + level + rng.normal(0, noise, signal.shape)
    values[rng.random(values.shape) < kind.gaps] = np.nan
    hidden = {"signal": signal * gain, "from_deg": true_bearing, "factors": factors, "on": on}
    return Release(points, fence, speed, bearing, classes, values, active, rates, hidden)


@dataclass(frozen=True)
class Blend:
    """A release of several substances from one of two neighbours, and what the register says of all points."""

    release: Release  # its last point is the neighbour; its values are those of the first substance
    values: Floats  # [kg/m3], shape (t, sensors, substances)
    profiles: Floats  # shares of the register by point, shape (k, substances)
    true: Floats  # shares that were released


def blend(
    *, seed: int, kind: Kind = MISMATCH, own: tuple[float, ...] = (0.6, 0.3, 0.1), other: tuple[float, ...] = (0.1, 0.3, 0.6), off: float = 0.0,
    apart: tuple[float, float] = (30.0, 60.0), rate_kg_h: float = 20.0, noise: float = 30e-9, **park: Any,
) -> Blend:  # fmt: skip
    """One point releases a mixture, and another with a profile of its own stands some dozens of metres beside it.

    Args:
        own, other: registered shares of both; off: sd of the logarithm by which what is released differs from what is registered.
        apart: least and largest distance of the two [m]; park: as for `release`.
    """
    made = release(seed=seed, kind=kind, rates_kg_h=(rate_kg_h,), noise=noise, **park)
    rng = np.random.default_rng([seed, 3141])
    bearing, away = rng.uniform(0, 2 * np.pi), rng.uniform(*apart)
    place = made.candidates[made.active[0]]
    beside = [place[0] + away * np.sin(bearing), place[1] + away * np.cos(bearing), rng.uniform(2, 15)]
    points = np.vstack([made.candidates, beside])
    profiles = rng.dirichlet(np.full(len(own), 1.5), len(points))
    profiles[made.active[0]], profiles[-1] = own, other
    true = np.array(own) * np.exp(off * rng.normal(size=len(own)))
    true /= true.sum()
    count, sensors = made.values.shape
    values = np.empty((count, sensors, len(own)))
    for substance, share in enumerate(true):
        level = 1200e-9 * rng.uniform(0.3, 1.0) + walk(rng, count, 20e-9, 240)[:, None]
        drift = np.array([walk(rng, count, kind.drift * 3, 540) for _ in range(sensors)]).T
        gain = 1 + kind.gain * rng.normal(size=sensors)
        values[..., substance] = (
            made.hidden["signal"] * gain * share + level + drift + rng.normal(0, noise, (*level.shape[:1], sensors))
        )
    values[np.isnan(made.values)] = np.nan
    return Blend(replace(made, candidates=points, values=values[..., 0]), values, profiles, true)


def _apart(rng: np.random.Generator, count: int, side: float) -> Floats:
    """Random points at least a few dozen metres apart."""
    least = min(60.0, 0.5 * side / np.sqrt(count))
    found = np.empty((0, 2))
    while len(found) < count:
        point = rng.uniform(0.05, 0.95, 2) * side
        if (np.hypot(*(found - point).T) > least).all():
            found = np.vstack([found, point])
    return found
