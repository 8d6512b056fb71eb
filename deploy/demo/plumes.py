"""Leaks of the plants carried by the wind to the stations on the fence: Gaussian plumes of ground-level area sources.

Spreads after Briggs for open country. A study aid for a plausible park; the tracing engine has a model of its own.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from deploy.demo import plants as rhythms
from deploy.demo.facts import Place, Plant, Story
from deploy.demo.layout import bearing
from deploy.demo.loggers import FENCE_SPECIES
from deploy.demo.noise import Floats, key_of, one, smooth
from deploy.demo.weather import Weather

LEAK_KG_PER_H = {
    "ETHYLENE": 13.0, "RESIN": 4.2, "ORGANICS": 5.6, "PTA": 9.0, "PESTICIDE": 4.0, "PHARMA": 3.6, "FINE": 3.2,
    "STORAGE": 6.5, "RECOVERY": 3.0, "WWTP": 5.0, "CHLOR_ALKALI": 1.4, "INCINERATOR": 1.8,
}  # fmt: skip
# What leaks where nothing is said about species: open-air mixtures of the trade.
MIXTURES = {
    "ETHYLENE": {"a24053": 0.22, "a25002": 0.04, "a25003": 0.04, "a24078": 0.03},
    "WWTP": {"a25002": 0.03, "a25003": 0.07, "a25005": 0.06, "a25038": 0.02},
    "PTA": {"a25005": 0.20},
    "STORAGE": {"a25002": 0.06, "a25003": 0.12, "a25005": 0.10},
}
SPREAD_Y = np.array([0.22, 0.16, 0.11, 0.08, 0.06, 0.04])
SPREAD_Z = np.array([0.20, 0.12, 0.08, 0.06, 0.03, 0.016])
BEND_Z = np.array([0.0, 0.0, 0.0002, 0.0015, 0.0003, 0.0003])
AREA_M, HEIGHT_M = 70.0, 6.0  # first width and depth of the cloud of a plant
MEANDER = 1.35  # an hour's wind swings more than ten minutes' wind


@dataclass(frozen=True, slots=True)
class Source:
    slug: str
    rhythm: str
    place: Place
    kg_per_h: float
    shares: dict[str, float]


def sources_of(story: Story) -> list[Source]:
    """One cloud a plant, with the species its stacks are known for."""
    found = []
    for plant in story.plants:
        leak = LEAK_KG_PER_H.get(plant.kind, 0.0) * plant.weight
        if leak > 0:
            factor = 0.8 + 0.4 * one(key_of(story.seed, "leak", plant.slug))
            found.append(Source(plant.slug, plant.rhythm, plant.centre, leak * factor, shares_of(story, plant)))
    return found


def shares_of(story: Story, plant: Plant) -> dict[str, float]:
    shares = dict(MIXTURES.get(plant.kind, {}))
    for outlet in story.outlets:
        if outlet.slug == plant.slug:
            for factor, share in outlet.species.items():
                shares[factor] = max(shares.get(factor, 0.0), 0.8 * share)
    return {factor: share for factor, share in shares.items() if factor in FENCE_SPECIES}


def interpolated(table: Floats, stability: Floats) -> Floats:
    return np.interp(stability, np.arange(len(table), dtype=float), table)


def reach(source: Place, station: Place, air: Weather) -> Floats:
    """Concentration at the station per emission rate [mg/m3 per kg/h]; nothing arrives against the wind."""
    towards = np.radians(air.direction + 180.0)
    east, north = np.sin(towards), np.cos(towards)
    dx, dy = station.x - source.x, station.y - source.y
    (ex, ey), (nx, ny) = bearing(1.0, 0.0), bearing(0.0, 1.0)
    ux, uy = east * ex + north * nx, east * ey + north * ny
    along, across = dx * ux + dy * uy, dy * ux - dx * uy
    x = np.maximum(along, 1.0)
    sy = np.hypot(MEANDER * interpolated(SPREAD_Y, air.stability) * x / np.sqrt(1.0 + 0.0001 * x), AREA_M)
    sz = np.hypot(
        interpolated(SPREAD_Z, air.stability) * x / np.sqrt(1.0 + interpolated(BEND_Z, air.stability) * x), HEIGHT_M
    )
    speed = np.maximum(air.speed * 0.8, 0.6)
    plume = np.exp(-0.5 * (across / sy) ** 2) / (np.pi * speed * sy * sz)
    return np.where(along > 0.0, plume, 0.0) * (1e6 / 3600.0)


@lru_cache(maxsize=128)
def leaking(seed: int, slug: str, rhythm: str, moments: bytes) -> tuple[Floats, Floats]:
    """How much of its usual leak a plant has at moments: by its load, and by chance. Every station asks for the same moments."""
    t, key = np.frombuffer(moments, dtype=np.float64), key_of(seed, "leak", slug)
    puffs = np.exp(0.35 * smooth(key, t, 9.0) + 0.25 * smooth(key, t, 1.7, 1))
    return 0.4 + 0.6 * rhythms.load(seed, slug, rhythm, t), puffs


def at_station(seed: int, sources: list[Source], station: Place, air: Weather, t: Floats) -> dict[str, Floats]:
    """What the leaks of all plants add up to at one place: NMHC as the sum of everything, and the species."""
    total = np.zeros_like(t)
    species = {factor: np.zeros_like(t) for factor in FENCE_SPECIES}
    for source in sources:
        busy, puffs = leaking(seed, source.slug, source.rhythm, t.tobytes())
        arrived = source.kg_per_h * busy * puffs * reach(source.place, station, air)
        total += arrived
        for factor, share in source.shares.items():
            species[factor] += share * arrived
    return {"total": total, **species}
