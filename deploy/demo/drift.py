"""How a hidden release comes to the stations: by physics that the tracing does not have.

Widths grow with travel time and turbulence, the air keeps the wind it left with, the wind at the plume sways away from the
mast, and the source flickers. Nothing here is shared with the inversion.
"""

from dataclasses import dataclass
from math import cos, hypot, sin

import numpy as np
from numpy.typing import NDArray

from deploy.bench.releases import plume
from deploy.demo.facts import Place
from deploy.demo.layout import TURN
from deploy.demo.noise import Floats, key_of, one, smooth
from deploy.demo.weather import Weather, weather

SWAY_DEG, SWAY_H = 3.0, 0.25  # of the wind at the plume away from the mast
VANE_DEG = 1.5  # what the mast is off by for a whole release, at most
FLICKER, FLICKER_H = 0.25, 0.33
WIDTHS = 0.15  # of ln sigma, at most
PARTS = 12  # moments that make up an hour
STATION_M = 4.0  # height of an inlet
KG_PER_H_TO_MG_PER_S = 1e6 / 3600.0


@dataclass(frozen=True, slots=True)
class Spot:
    """A place that gives off."""

    place: Place
    height_m: float
    kg_per_h: float  # while it gives off
    outlet: str = ""  # key of the registered stack; empty where the register knows none


@dataclass(frozen=True, slots=True)
class Hidden:
    """A release that happened, with its truth. Times are hours since 2000-01-01 UTC."""

    key: str
    kind: str
    name: str
    name_en: str
    factor: str
    start: float  # of the time in which it is looked for
    end: float
    first: float  # of the release
    last: float
    on_min: float
    off_min: float
    spots: tuple[Spot, ...]


def east_north(place: Place) -> tuple[float, float]:
    """Metres along the compass; the plots are turned against it."""
    return place.x * cos(TURN) - place.y * sin(TURN), place.x * sin(TURN) + place.y * cos(TURN)


def giving(release: Hidden, t: Floats) -> NDArray[np.bool_]:
    """Whether it gives off at these moments."""
    there = (t >= release.first) & (t < release.last)
    cycle = release.on_min + release.off_min
    return there if not cycle else there & ((t - release.first) * 60.0 % cycle < release.on_min)


def arriving(seed: int, releases: tuple[Hidden, ...], station: Place, t: Floats, *, fine: bool) -> dict[str, Floats]:
    """What comes to a station of every substance [mg/m3], at moments or, where not fine, as means of the hours around them."""
    found: dict[str, Floats] = {}
    for release in releases:
        near = (t > release.start - 1.0) & (t < release.end + 1.0)
        if not near.any():
            continue
        moments = t[near] if fine else (t[near][:, None] + (np.arange(PARTS) + 0.5) / PARTS - 0.5).ravel()
        came = sum(from_spot(seed, release, spot, [station], moments)[:, 0] for spot in release.spots)
        own = found.setdefault(release.factor, np.zeros_like(t))
        own[near] += came if fine else np.reshape(came, (-1, PARTS)).mean(axis=1)
    return found


def from_spot(seed: int, release: Hidden, spot: Spot, stations: list[Place], t: Floats) -> NDArray[np.float64]:
    """Concentration from one spot, shape (moments, stations) [mg/m3]."""
    key = key_of(seed, "hidden", release.key)
    found = np.zeros((len(t), len(stations)))
    now = np.maximum(weather(seed, t).speed, 1.0)
    for number, station in enumerate(stations):
        far = hypot(station.x - spot.place.x, station.y - spot.place.y)
        left = t - far / now / 3600.0
        rate = spot.kg_per_h * giving(release, left) * np.exp(FLICKER * smooth(key, left, FLICKER_H, 3))
        reached = response(key, [spot], [station], weather(seed, left), left)[:, 0, 0]
        found[:, number] = rate * KG_PER_H_TO_MG_PER_S * reached
    return found


def response(key: int, spots: list[Spot], stations: list[Place], air: Weather, t: Floats) -> NDArray[np.float64]:
    """Concentration over rate [s/m3] in the wind as it is at the plume, shape (moments, spots, stations)."""
    to, start = (np.array([east_north(p) for p in places]) for places in (stations, [one.place for one in spots]))
    bearing = air.direction + SWAY_DEG * smooth(key, t, SWAY_H, 1) + VANE_DEG * (2.0 * one(key, 2) - 1.0)
    across, upward = (float(np.exp(WIDTHS * (2.0 * one(key, salt) - 1.0))) for salt in (4, 5))
    return plume(
        apart=to[None, :, :] - start[:, None, :], heights=np.full(len(stations), STATION_M),
        tops=np.array([one.height_m for one in spots]), speed=air.speed, from_deg=bearing % 360.0,
        stability=np.round(air.stability), across=across, upward=upward,
    )  # fmt: skip
