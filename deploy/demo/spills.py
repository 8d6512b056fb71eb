"""Spills into the sewer of the past, and how they come to the stations in it: by physics that the tracing does not have.

Particles go down pipe by pipe with the flow of their hour, which swings with the batches of the plants; each pipe has a pace of its
own, pits of pumps hold the water, dead corners keep some of it back, and what is let in flickers.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from deploy.demo.facts import PipePlan, Plant, Story
from deploy.demo.noise import Floats, key_of, one, smooth
from deploy.demo.tables import Row, story_rows
from deploy.demo.waters import discharge_l_per_s

LENGTH_H, BEFORE_H = 11.0, 3.5  # of the time looked at; quiet at its beginning
PARTICLES = 40_000
BIN_H = 1.0 / 30.0
ROUGHNESS, PACE = 0.0145, 0.1  # Manning's n of old concrete; deviation of a pipe's own pace
SKEW = 30.0  # of the gamma that a travel time is drawn from
CAUGHT, CAUGHT_H = 0.08, 0.2  # share of the particles that a dead corner of a pipe keeps, and for how long
SHORT_H = 0.02  # a way too short for dead corners
PIT_H = 0.06  # that a pump's pit holds the water, on average
STEPS, FLICKER, FLICKER_H = 200, 0.25, 0.33  # of the rate that is let in
LEAST_M3_PER_S = 0.002  # what trickles while every pump above stands
DRIFT, DRIFT_H, NOISE = 0.04, 6.0, 0.04  # of a sensor's gain; of a reading
PARTS = 12  # moments that make up an hour


@dataclass(frozen=True, slots=True)
class Spill:
    """A release into the sewer, with its truth. Times are hours since 2000-01-01 UTC."""

    key: str
    kind: str
    name: str
    name_en: str
    factor: str
    node: str
    start: float  # of the time in which it is looked for
    end: float
    first: float  # of the release
    duration_h: float
    mass_kg: float


def spills_of(*, story: Story, end: float) -> tuple[Spill, ...]:
    """The spills of a history that ends at this hour."""
    midnight = np.floor((end + 8.0) / 24.0) * 24.0 - 8.0
    return tuple(_spill(story, row, float(midnight)) for row in story_rows("spills.csv"))


def _spill(story: Story, row: Row, midnight: float) -> Spill:
    hour, minute = row["local_time"].split(":")
    first = midnight - 24.0 * float(row["days_ago"]) + float(hour) + float(minute) / 60.0
    start = float(np.floor((first - BEFORE_H) * 6.0) / 6.0)
    inlets = {node.outlet[0]: node.code for node in story.nodes if node.outlet is not None}
    return Spill(
        row["key"], row["kind"], row["name"], row["name_en"], row["factor"], inlets.get(row["node"], row["node"]), start, start + LENGTH_H,
        first, float(row["duration_h"]), float(row["mass_kg"]),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Seeping:
    """The sewer in motion: which plants let their water in above each node, and when the particles of each spill come by."""

    seed: int
    above: Mapping[str, tuple[Plant, ...]]
    spills: tuple[Spill, ...]
    arrivals: tuple[Mapping[str, Floats], ...]  # by spill, hours at which its particles reach each node below it

    @classmethod
    def of(cls, *, story: Story, spills: tuple[Spill, ...]) -> "Seeping":
        bare = cls(story.seed, _above(story), spills, ())
        return cls(story.seed, bare.above, spills, tuple(_arrivals(story, one, bare) for one in spills))

    def flow(self, node: str, t: Floats) -> Floats:
        """Water through a node [m3/s]: all that the plants above let in at that time."""
        total = np.zeros_like(t)
        for plant in self.above[node]:
            total += discharge_l_per_s(self.seed, plant, t) / 1000.0
        return np.maximum(total, LEAST_M3_PER_S)

    def at(self, node: str, t: Floats, *, fine: bool) -> dict[str, Floats]:
        """What comes to a node of every substance [mg/L], at moments or, where not fine, as means of the hours around them."""
        found: dict[str, Floats] = {}
        for spill, arrived in zip(self.spills, self.arrivals, strict=True):
            near = (t > spill.start - 1.0) & (t < spill.end + 1.0)
            if not near.any() or node not in arrived:
                continue
            moments = t[near] if fine else (t[near][:, None] + (np.arange(PARTS) + 0.5) / PARTS - 0.5).ravel()
            came = self._passing(spill, arrived[node], node, moments)
            own = found.setdefault(spill.factor, np.zeros_like(t))
            own[near] += came if fine else came.reshape(-1, PARTS).mean(axis=1)
        return found

    def _passing(self, spill: Spill, arrived: Floats, node: str, t: Floats) -> Floats:
        edges = spill.start - 1.0 + np.arange(round((LENGTH_H + 2.0) / BIN_H) + 1) * BIN_H
        middle: Floats = np.asarray(edges[:-1] + BIN_H / 2.0, dtype=np.float64)
        kg = np.histogram(arrived, edges)[0] * spill.mass_kg / PARTICLES
        mg_per_l = kg * 1e3 / (self.flow(node, middle) * BIN_H * 3600.0)
        return np.asarray(np.interp(t, middle, mg_per_l, left=0.0, right=0.0))


def measured(seed: int, node: str, true: Floats, t: Floats) -> Floats:
    """A true concentration as the analyser shows it: its gain drifts, its readings scatter."""
    key = key_of(seed, "gauge", node)
    return true * (1.0 + DRIFT * smooth(key, t, DRIFT_H) + NOISE * smooth(key, t, 0.05, 1))


def _arrivals(story: Story, spill: Spill, sewer: Seeping) -> dict[str, Floats]:
    kinds = {node.code: node.kind for node in story.nodes}
    below = {pipe.start: pipe for pipe in story.pipes}
    chance = np.random.default_rng(key_of(story.seed, "spill", spill.key))
    moments = spill.first + spill.duration_h * (np.arange(STEPS) + 0.5) / STEPS
    # A pump does not give one rate; whoever inverts it takes it for constant.
    rate = np.exp(FLICKER * smooth(key_of(story.seed, "spill", spill.key), moments, FLICKER_H))
    step = chance.choice(STEPS, PARTICLES, p=rate / rate.sum())
    at: Floats = spill.first + spill.duration_h * (step + chance.random(PARTICLES)) / STEPS
    found, node = {spill.node: at}, spill.node
    while node in below and kinds[node] != "PLANT":
        pipe = below[node]
        at = at + _travel_h(story.seed, pipe, at, sewer, chance)
        if kinds[pipe.end] == "PUMP":
            at = at + chance.exponential(PIT_H, PARTICLES)
        found[pipe.end], node = at, pipe.end
    return found


def _travel_h(seed: int, pipe: PipePlan, at: Floats, sewer: Seeping, chance: np.random.Generator) -> Floats:
    """Of each particle through a pipe: a wide channel four fifths of the pipe across, not the circle of the tracing."""
    grid: Floats = np.arange(np.floor(at.min()), at.max() + 1.25, 0.25)
    flow = np.interp(at, grid, sewer.flow(pipe.start, grid))
    wide = 0.8 * pipe.diameter_m
    deep = (ROUGHNESS * flow / (wide * pipe.slope**0.5)) ** 0.6
    # A pipe that would run over runs full instead.
    speed = np.where(deep > pipe.diameter_m, flow / (0.785 * pipe.diameter_m**2), flow / (wide * deep))
    pace = float(np.exp(PACE * 3.46 * (one(key_of(seed, "pace", pipe.code)) - 0.5)))
    mean = pace * pipe.length_m / speed / 3600.0
    kept = (chance.random(len(at)) < CAUGHT) & (mean > SHORT_H)
    return np.asarray(mean * chance.gamma(SKEW, 1.0 / SKEW, len(at)) + kept * chance.exponential(CAUGHT_H, len(at)))


def _above(story: Story) -> dict[str, tuple[Plant, ...]]:
    """Plants whose water passes each node."""
    over: dict[str, list[str]] = {}
    for pipe in story.pipes:
        over.setdefault(pipe.end, []).append(pipe.start)
    by_node = {one.code: one.outlet[0] for one in story.nodes if one.outlet is not None}
    found = {}
    for node in story.nodes:
        names, ahead = set[str](), [node.code]
        while ahead:
            here = ahead.pop()
            names.add(here)
            ahead += over.get(here, [])
        slugs = {by_node[name] for name in names if name in by_node}
        found[node.code] = tuple(one for one in story.plants if one.slug in slugs and one.water_m3_per_d > 0)
    return found
