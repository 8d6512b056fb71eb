"""The weather over the park: wind with a sea breeze, temperature, humidity, pressure, rain, stability.

The coast lies to the east, so the sea breeze blows from there on warm afternoons.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from deploy.demo.noise import Floats, key_of, local_hour, smooth

TROPICAL_YEAR_H = 365.2422 * 24.0
SPRING_MEAN_H = 115.0 * 24.0  # when the yearly wave of temperature crosses its mean upwards


@dataclass(frozen=True, slots=True)
class Weather:
    """One entry a moment."""

    speed: Floats  # m/s at 10 m
    direction: Floats  # degrees the wind comes from
    temperature: Floats  # degC
    humidity: Floats  # %
    pressure: Floats  # kPa
    rain: Floats  # mm/h
    stability: Floats  # 0 very unstable (A) to 5 stable (F)


def weather(seed: int, t: Floats) -> Weather:
    """Weather at moments [h since 2000-01-01 UTC]."""
    return _weather(seed, t.tobytes())


@lru_cache(maxsize=16)
def _weather(seed: int, moments: bytes) -> Weather:
    # Every logger of a history asks for the same moments.
    t = np.frombuffer(moments, dtype=np.float64)
    key = key_of(seed, "weather")
    hour = local_hour(t)
    sun = np.clip(np.sin((hour - 6.0) / 12.0 * np.pi), 0.0, 1.0)
    cloud = 1.0 / (1.0 + np.exp(-1.4 * smooth(key, t, 30.0, 1)))
    season = np.sin((t % TROPICAL_YEAR_H - SPRING_MEAN_H) / TROPICAL_YEAR_H * 2.0 * np.pi)
    rain = np.where(cloud > 0.80, (cloud - 0.80) * 24.0 * np.clip(0.5 + 0.6 * smooth(key, t, 3.0, 2), 0.0, None), 0.0)
    east, north = wind(key, t, sun * (1.0 - 0.6 * cloud) * (0.6 + 0.4 * season), hour)
    speed = np.clip(np.hypot(east, north), 0.3, 16.0)
    stirred = np.clip((speed - 2.0) / 4.0, 0.0, 1.0)
    day_class = 1.0 + 2.0 * stirred - 1.0 * sun * (1.0 - cloud)
    night_class = 5.0 - 2.0 * np.clip(stirred + 0.5 * cloud, 0.0, 1.0)
    temperature = (
        15.5 + 11.5 * season + (1.2 + 4.0 * (1.0 - cloud)) * np.sin((hour - 9.0) / 12.0 * np.pi)
        + 2.6 * smooth(key, t, 70.0, 3) + 0.3 * smooth(key, t, 2.0, 4)
    )  # fmt: skip
    humidity = 72.0 + 18.0 * (cloud - 0.5) - 14.0 * sun + 4.0 * smooth(key, t, 12.0, 5) + 4.0 * (rain > 0.2)
    return Weather(
        speed=speed,
        direction=np.degrees(np.arctan2(-east, -north)) % 360.0,
        temperature=temperature,
        humidity=np.clip(humidity, 22.0, 99.0),
        pressure=101.6 - 0.9 * season + 0.55 * smooth(key, t, 80.0, 6) + 0.05 * np.cos(hour / 6.0 * np.pi),
        rain=rain,
        stability=np.where(sun > 0.05, np.clip(day_class, 0.0, 3.0), np.clip(night_class, 3.0, 5.0)),
    )


def wind(key: int, t: Floats, heating: Floats, hour: Floats) -> tuple[Floats, Floats]:
    """Components of the wind towards east and north [m/s]: passing systems, sea breeze by day, land breeze by night."""
    east = 0.6 + 2.3 * smooth(key, t, 46.0, 11) + 0.6 * smooth(key, t, 5.0, 12)
    north = -0.3 + 2.6 * smooth(key, t, 58.0, 13) + 0.6 * smooth(key, t, 5.0, 14)
    breeze = -3.2 * heating * np.clip(np.sin((hour - 9.0) / 10.0 * np.pi), 0.0, 1.0)
    return east + breeze + 0.7 * ((hour < 6.0) | (hour > 22.0)), north + 0.25 * breeze
