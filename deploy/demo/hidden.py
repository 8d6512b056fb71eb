"""Hidden releases of the past: where and when, chosen so that the stations had a chance to notice.

The choice looks at the wind and at the true signal, never at what a trace would answer.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from deploy.demo.drift import KG_PER_H_TO_MG_PER_S, Hidden, Spot, response
from deploy.demo.facts import OutletPlan, Place, Story
from deploy.demo.layout import HEIGHT_M, WIDTH_M, bearing, place
from deploy.demo.noise import Floats, key_of
from deploy.demo.tables import Row, story_rows
from deploy.demo.weather import weather

LENGTH_H, BEFORE_H, AFTER_H = 9.0, 2.0, 1.5  # of the time looked at; quiet at its beginning and end
NEWEST_D, OLDEST_D = 2, 40
STEP_H = 3.0
LEAST_WIND = 1.6  # [m/s]: in calm air nobody can be traced
LEAST_SEEN = 0.006  # [mg/m3] that a station would notice
LEAST_MOMENTS = 4  # of ten minutes
ENOUGH_STATIONS = 4
COOL_C = 40.0  # stacks whose gas does not rise by its warmth
OUTSIDE_M, APART_M, OUTSIDE_HEIGHT_M = 7_000.0, 700.0, 15.0


def hidden_releases(*, story: Story, end: float) -> tuple[Hidden, ...]:
    """The releases of a history that ends at this hour since 2000."""
    found: list[Hidden] = []
    for row in story_rows("releases.csv"):
        taken = [(one.start, one.end) for one in found]
        found.append(best(story, row, [one for one in starts(end) if free(one, taken)]))
    return tuple(found)


def starts(end: float) -> Iterator[float]:
    """Beginnings of possible times, newest first."""
    last = np.floor(end / STEP_H) * STEP_H - NEWEST_D * 24.0
    for number in range(int((OLDEST_D - NEWEST_D) * 24.0 / STEP_H)):
        yield float(last - number * STEP_H)


def free(start: float, taken: list[tuple[float, float]]) -> bool:
    """Whether no other release lies within a day's half of it: one day, one event."""
    return all(start + LENGTH_H + 6.0 < a or start > b + 6.0 for a, b in taken)


def best(story: Story, row: Row, times: list[float]) -> Hidden:
    """The newest time at which enough stations would notice; else the one that most would."""
    fence = [one.place for one in story.stations if one.kind == "FENCE"]
    chosen: tuple[int, Hidden] | None = None
    for start in times:
        t: Floats = np.asarray(
            start + BEFORE_H + np.arange(0.0, LENGTH_H - BEFORE_H - AFTER_H, 1.0 / 6.0), dtype=np.float64
        )
        if float(weather(story.seed, t).speed.min()) < LEAST_WIND:
            continue
        seen, release = at(story, row, start, fence, t)
        if release is not None and (chosen is None or seen > chosen[0]):
            chosen = (seen, release)
        if chosen is not None and chosen[0] >= ENOUGH_STATIONS:
            break
    if chosen is None:
        raise ValueError(f"no time for the release {row['key']!r}")
    return chosen[1]


def at(story: Story, row: Row, start: float, fence: list[Place], t: Floats) -> tuple[int, Hidden | None]:
    """The release at one time from the spots most seen then, and how many stations would notice the least seen of them."""
    bare = Hidden(
        row["key"], row["kind"], row["name"], row["name_en"], row["factor"], start, start + LENGTH_H, start + BEFORE_H,
        start + LENGTH_H - AFTER_H, float(row["on_min"]), float(row["off_min"]), (),
    )  # fmt: skip
    count = int(row["count"])
    if row["from"] == "outside":
        spots = neighbours(story, row, count, t)
        return stations_that_see(noticed(story, bare, spots, fence, t).sum(axis=1)), with_spots(bare, spots)
    spots = possible(story, row)
    came = noticed(story, bare, spots, fence, t)
    ranked = sorted(
        ((stations_that_see(came[:, number]), spot) for number, spot in enumerate(spots)),
        key=lambda one: (-one[0], one[1].place.x),
    )
    picked: list[tuple[int, Spot]] = []
    for seen, spot in ranked:
        if all(plant(spot) != plant(other) or not plant(spot) for _seen, other in picked):
            picked.append((seen, spot))
    picked = picked[:count]
    if len(picked) < count:
        return 0, None
    return min(seen for seen, _spot in picked), with_spots(bare, [spot for _seen, spot in picked])


def with_spots(bare: Hidden, spots: list[Spot]) -> Hidden:
    return replace(bare, spots=tuple(spots))


def plant(spot: Spot) -> str:
    return spot.outlet.split("/")[0]


def possible(story: Story, row: Row) -> list[Spot]:
    """Stacks that hold the substance, or the places that the story names."""
    rate = float(row["kg_per_h"])
    if row["from"] != "stacks":
        numbers = [[float(v) for v in text.split(":")] for text in row["from"].split()]
        return [Spot(place(x, y), height, rate) for x, y, height in numbers]
    return [
        Spot(one.place, (one.height_m or 15.0) + momentum_rise(one), rate, one.key)
        for one in story.outlets
        if one.medium == "AIR" and row["factor"] in one.species and (one.temperature_c or 0.0) < COOL_C
    ]


def momentum_rise(one: OutletPlan) -> float:
    """How far a cool jet rises in a wind of three metres a second [m]: three times diameter and speed over the wind's."""
    return (one.diameter_m or 0.0) * (one.velocity_m_per_s or 0.0)


def neighbours(story: Story, row: Row, count: int, t: Floats) -> list[Spot]:
    """A row of works far upwind, across the wind."""
    toward = np.radians(weather(story.seed, t).direction + 180.0)
    east, north = float(np.sin(toward).mean()), float(np.cos(toward).mean())
    length = float(np.hypot(east, north))
    middle = place(WIDTH_M / 2.0, HEIGHT_M / 2.0)
    return [
        Spot(moved(middle, -OUTSIDE_M * east / length + side * north / length, -OUTSIDE_M * north / length - side * east / length),
             OUTSIDE_HEIGHT_M, float(row["kg_per_h"]))
        for side in (np.arange(count) - (count - 1) / 2.0) * APART_M
    ]  # fmt: skip


def moved(start: Place, east: float, north: float) -> Place:
    x, y = bearing(east, north)
    return place(start.x + x, start.y + y)


def noticed(story: Story, release: Hidden, spots: list[Spot], fence: list[Place], t: Floats) -> NDArray[np.float64]:
    """What each station would see of each spot, shape (moments, spots, stations) [mg/m3]."""
    reached = response(key_of(story.seed, "hidden", release.key), spots, fence, weather(story.seed, t), t)
    return np.asarray(reached * np.array([one.kg_per_h for one in spots])[None, :, None] * KG_PER_H_TO_MG_PER_S)


def stations_that_see(came: NDArray[np.float64]) -> int:
    """How many stations a signal of shape (moments, stations) is noticed at."""
    return int(((came > LEAST_SEEN).sum(axis=0) >= LEAST_MOMENTS).sum())
