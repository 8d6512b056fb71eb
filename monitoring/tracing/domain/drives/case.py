"""A frozen drive as arrays: track, wind of its minutes, and the points that may have emitted what was read."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitoring.tracing.domain.case.building import priors_of, sources_of
from monitoring.tracing.domain.case.reading import Frame, frame_of
from monitoring.tracing.domain.case.skies import classes_of
from monitoring.tracing.domain.forward.scene import Physics, Sources, Weather
from monitoring.tracing.domain.inference.settings import Settings
from monitoring.tracing.domain.mobile import Placed, Track, placed
from monitoring.tracing.domain.physics.dispersion import Scheme
from monitoring.tracing.domain.physics.wind import Terrain
from parks.catalogue.domain.errors import Invalid

Floats = NDArray[np.float64]
FORMAT = "tongjian-drive/1"
MICROGRAM = 1e-9  # [kg]
LEAST_READINGS = 30
TOTAL_CLOUD, LOW_CLOUD = 5.0, 3.0  # tenths, where nobody looked; as in cases of stations


class TooFewReadings(Invalid):
    """Too few readings of the drive have a place and a wind."""

    code = "tracing.drive_short"


@dataclass(frozen=True, slots=True)
class Driven:
    """A drive ready to be traced."""

    frame: Frame
    where: Placed  # values as read [kg/m3]
    weather: Weather
    physics: Physics
    sources: Sources
    prior: Floats
    seed: int


def driven_of(*, case: Mapping[str, Any]) -> Driven:
    """Arrays of a case.

    Raises:
        TooFewReadings, BadCase.
    """
    track, wind, candidates = case["track"], case["wind"], tuple(case["candidates"])
    frame = frame_of(
        points=[{"latitude": case["site"]["latitude"], "longitude": case["site"]["longitude"]}, *candidates]
    )
    if frame is None:
        raise TooFewReadings(readings=0, least=LEAST_READINGS)
    ahead = (datetime.fromisoformat(track["start"]) - datetime.fromisoformat(wind["start"])).total_seconds()
    metres = np.array(
        [frame.metres(latitude=a, longitude=o) for a, o in zip(track["latitude"], track["longitude"], strict=True)]
    )
    given = Track(
        np.array(track["seconds"], dtype=float) + ahead, metres[:, 0], metres[:, 1], np.array(track["ug_m3"], dtype=float) * MICROGRAM,
        float(track["height_m"]),
    )  # fmt: skip
    where = placed(track=given, inlet_delay=track["inlet_delay_s"], receiver_lag=track["receiver_lag_s"])
    weather = _weather(case)
    minute = np.clip((where.time / weather.step).astype(int), 0, len(weather.speed) - 1)
    if weather.valid[minute].sum() < LEAST_READINGS:
        raise TooFewReadings(readings=int(weather.valid[minute].sum()), least=LEAST_READINGS)
    settings = Settings(seed=int(case["options"]["seed"]))
    return Driven(
        frame, _only(where, weather.valid[minute]), weather, _physics(case), sources_of(candidates, frame, ""),
        priors_of(candidates, case["substance"], settings), settings.seed,
    )  # fmt: skip


def _only(where: Placed, kept: NDArray[np.bool_]) -> Placed:
    return Placed(
        where.time[kept], where.east[kept], where.north[kept], where.speed[kept], where.value[kept], where.height
    )


def _weather(case: Mapping[str, Any]) -> Weather:
    wind, site = case["wind"], case["site"]
    speed, bearing = (
        np.array([np.nan if v is None else float(v) for v in wind[key]]) for key in ("speed_m_s", "from_deg")
    )
    valid = np.isfinite(speed) & np.isfinite(bearing)
    classes = classes_of(
        start=datetime.fromisoformat(wind["start"]), speed=speed, latitude=site["latitude"], longitude=site["longitude"],
        total_cloud=TOTAL_CLOUD, low_cloud=LOW_CLOUD, step=wind["step_s"],
    )  # fmt: skip
    return Weather(
        np.where(valid, speed, 1.0), np.where(valid, bearing, 0.0), np.nan_to_num(classes, nan=3.0), valid, float(wind["height_m"]),
        float(wind["step_s"]), terrain=Terrain(site["surroundings"]),
    )  # fmt: skip


def _physics(case: Mapping[str, Any]) -> Physics:
    return Physics(Scheme.URBAN if case["site"]["surroundings"] == "urban" else Scheme.GBT)
