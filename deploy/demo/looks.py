"""A drive through the hidden steady release, and a wish for sensors: what a newcomer finds filled. Workers answer both."""

from datetime import datetime, timedelta
from typing import Any

import numpy as np

from deploy.demo.drift import KG_PER_H_TO_MG_PER_S, Hidden, east_north, response
from deploy.demo.facts import Place, Story
from deploy.demo.layout import HEIGHT_M, ROWS, WIDTH_M, place
from deploy.demo.noise import key_of, smooth
from deploy.demo.series import moment_of
from deploy.demo.weather import weather
from deploy.demo.writing import Written
from monitoring.tracing.services import drives, siting
from parks.catalogue.domain.periods import day_bounds, day_of, park_zone
from parks.catalogue.selectors import pollutants
from parks.people.domain import Scope
from parks.portal.sheets import csv_bytes

KM_PER_H, EVERY_S = 27.0, 5.0
AFTER_H = 1.0  # of the release, when the vehicle sets out
LEVEL_UG, NOISE = 2.0, 0.06  # background, and noise of a reading over it
WINDS_D, SPACING_M, MOST = 90, 300.0, 4
RATE_KG_H, LIMIT_UG = 10.0, 20.0
SUBSTANCE = "a24088"  # NMHC, which every fence station measures


def write_looks(*, story: Story, releases: tuple[Hidden, ...], written: Written, now: datetime) -> None:
    """Keep the drive and freeze its trace and the plan."""
    scope = Scope(user_id=written.people["officer"], park_ids=frozenset({written.park.pk}))
    release = next(one for one in releases if one.kind == "STEADY")
    pollutant = next(one for one in pollutants(medium="AIR") if one.code == release.factor)
    drive, _new = drives.keep_drive(
        scope=scope, park_id=written.park.pk, pollutant=pollutant, name="drive.csv", data=track_of(story, release),
        said=drives.Told("演示走航：园区道路", vehicle="苏J·走航01"), now=now,
    )  # fmt: skip
    drives.ask_for_drive_trace(scope=scope, drive_id=drive.pk, now=now)
    write_plan(written=written, user_id=written.people["admin"], now=now)


def track_of(story: Story, release: Hidden) -> bytes:
    """The file of an analyser on the roads between the plots while the release goes on."""
    where = road()
    t = release.first + AFTER_H + np.arange(len(where)) * EVERY_S / 3600.0
    values = LEVEL_UG + came_in(story, release, where, t)
    rng = np.random.default_rng(key_of(story.seed, "drive") % 2**32)
    values += NOISE * (values + LEVEL_UG) * rng.standard_normal(len(values))
    rows = [
        (f"{moment_of(float(at)).astimezone(park_zone()):%Y-%m-%d %H:%M:%S}", one.lon, one.lat, round(max(float(v), 0.0), 3), "ug/m3")
        for at, one, v in zip(t, where, values, strict=True)
    ]  # fmt: skip
    return csv_bytes(header=("时间", "经度", "纬度", "浓度", "单位"), rows=rows)


def road() -> list[Place]:
    """Positions along the roads between the rows of plots, to and fro, then back along the western one."""
    step, height = KM_PER_H / 3.6 * EVERY_S, HEIGHT_M / ROWS
    corners = [(0.0, 0.0)]
    for row in range(ROWS + 1):
        corners += [(0.0, row * height), (WIDTH_M, row * height)][:: 1 if row % 2 == 0 else -1]
    ends = np.array(corners)
    way = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(ends, axis=0).T))])
    at = np.arange(0.0, way[-1], step)
    return [
        place(float(x), float(y))
        for x, y in zip(np.interp(at, way, ends[:, 0]), np.interp(at, way, ends[:, 1]), strict=True)
    ]


def came_in(story: Story, release: Hidden, where: list[Place], t: Any) -> Any:
    """What the vehicle breathes of the release at each position [ug/m3], by the physics of the fence stations."""
    key, found = key_of(story.seed, "hidden", release.key), np.zeros(len(where))
    spot_speed = np.maximum(weather(story.seed, t).speed, 1.0)
    metres = np.array([east_north(one) for one in where])
    for spot in release.spots:
        far = np.hypot(*(metres - np.array(east_north(spot.place))).T)
        left = t - far / spot_speed / 3600.0
        reached = np.diagonal(response(key, [spot], where, weather(story.seed, left), left)[:, 0, :])
        rate = (
            spot.kg_per_h
            * np.exp(0.25 * smooth(key, left, 0.33, 3))
            * ((left >= release.first) & (left < release.last))
        )
        found += 1000.0 * rate * KG_PER_H_TO_MG_PER_S * reached
    return found


def write_plan(*, written: Written, user_id: int, now: datetime) -> None:
    """Four more sensors for NMHC, by the winds of the last three months."""
    zone = park_zone()
    today = day_bounds(day_of(now, zone), zone).start
    mast = next(one for code, one in sorted(written.stations.items()) if one.kind == "WEATHER")
    siting.ask_for_plan(
        scope=Scope(user_id=user_id, park_ids=frozenset({written.park.pk})), park_id=written.park.pk, title="演示：非甲烷总烃新增布点",
        pollutant=SUBSTANCE, station_id=mast.pk, start=today - timedelta(days=WINDS_D), end=today, step=SPACING_M, inside=False, left_out=(), costs={},
        most=MOST, budget=None, assumed=siting.Assumed(rate_kg_h=RATE_KG_H, limit_ug_m3=LIMIT_UG), now=now,
    )  # fmt: skip
