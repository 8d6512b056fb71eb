"""What the stations measure: the fence line, the air of the neighbourhood, the weather."""

import numpy as np

from deploy.demo.drift import Hidden, arriving
from deploy.demo.facts import LoggerPlan, StationPlan
from deploy.demo.loggers import (
    AIR_PRESSURE,
    AIR_TEMPERATURE,
    FENCE_SPECIES,
    HUMIDITY,
    WIND_DIRECTION,
    WIND_SPEED,
)
from deploy.demo.noise import Floats, key_of, local_hour, smooth
from deploy.demo.plumes import Source, at_station
from deploy.demo.profiles import NMHC
from deploy.demo.signals import Signals, ragged
from deploy.demo.weather import Weather

BACKGROUND_UG = (1.1, 2.4, 1.9, 0.25, 0.12, 0.45, 1.0, 0.12, 0.10)  # of the fence species, in their order
NMHC_BACKGROUND = 0.27


def station(
    seed: int, sources: list[Source], logger: LoggerPlan, plan: StationPlan, air: Weather, t: Floats, *, fine: bool,
    hidden: tuple[Hidden, ...] = (),
) -> Signals:  # fmt: skip
    """Clean signals of a station, in the order of the logger's factors."""
    if plan.kind == "WEATHER":
        values = weather_values(seed, plan, air, t, fine=fine)
    elif plan.kind == "FENCE":
        values = fence_values(seed, sources, plan, air, t, fine=fine, hidden=hidden)
    else:
        values = ambient_values(seed, sources, plan, air, t, fine=fine)
    value = np.stack([values[f.code] for f in logger.factors])
    return Signals(value, np.full_like(value, np.nan))


def wind_values(seed: int, plan: StationPlan, air: Weather, t: Floats, *, fine: bool) -> dict[str, Floats]:
    """The park's wind, with what the place and the moment add."""
    key = key_of(seed, "wind", plan.code)
    gust = 0.06 * smooth(key, t, 1.5) + (0.16 * smooth(key, t, 0.04, 1) if fine else 0.0)
    veer = 4.0 * smooth(key, t, 2.5, 2) + (9.0 * smooth(key, t, 0.04, 3) if fine else 0.0)
    exposed = 1.0 if plan.kind == "WEATHER" else 0.82
    return {
        WIND_SPEED: np.clip(air.speed * exposed * (1.0 + gust), 0.2, 40.0),
        WIND_DIRECTION: (air.direction + veer) % 360.0,
    }


def weather_values(seed: int, plan: StationPlan, air: Weather, t: Floats, *, fine: bool) -> dict[str, Floats]:
    key = key_of(seed, "weather", plan.code)
    flicker = 0.15 * smooth(key, t, 0.1) if fine else np.zeros_like(t)
    return wind_values(seed, plan, air, t, fine=fine) | {
        AIR_TEMPERATURE: air.temperature + 0.3 * smooth(key, t, 8.0, 1) + flicker,
        HUMIDITY: np.clip(air.humidity + 1.5 * smooth(key, t, 8.0, 2) - 2.0 * flicker, 15.0, 100.0),
        AIR_PRESSURE: air.pressure + 0.02 * smooth(key, t, 20.0, 3) + 0.02 * flicker,
    }


def fence_values(
    seed: int, sources: list[Source], plan: StationPlan, air: Weather, t: Floats, *, fine: bool, hidden: tuple[Hidden, ...] = ()
) -> dict[str, Floats]:  # fmt: skip
    """Background and what the wind brings. The species together stay below NMHC."""
    key = key_of(seed, "fence", plan.code)
    arrived = at_station(seed, sources, plan.place, air, t)
    for factor, came in arriving(seed, hidden, plan.place, t, fine=fine).items():
        arrived[factor], arrived["total"] = arrived[factor] + came, arrived["total"] + came
    still = 1.0 + 0.5 * np.clip((2.0 - air.speed) / 2.0, 0.0, 1.0)  # calm nights keep what is there
    flicker = ragged(key, t, slow=0.10, fast=0.05, fine=fine)
    values = {NMHC: (NMHC_BACKGROUND * still + arrived["total"]) * flicker}
    for factor, background in zip(FENCE_SPECIES, BACKGROUND_UG, strict=True):
        own = ragged(key_of(key, factor), t, slow=0.10, fast=0.04, fine=fine)
        values[factor] = (background * 0.001 * still + arrived[factor]) * flicker * own
    total = np.sum([values[f] for f in FENCE_SPECIES], axis=0)
    share = np.minimum(1.0, 0.9 * values[NMHC] / total)
    for factor in FENCE_SPECIES:
        values[factor] = values[factor] * share
    return values | wind_values(seed, plan, air, t, fine=fine)


def ambient_values(
    seed: int, sources: list[Source], plan: StationPlan, air: Weather, t: Floats, *, fine: bool
) -> dict[str, Floats]:
    """Air of the neighbourhood [ug/m3 where the catalogue says so, mg/m3 else]: traffic hours, ozone after noon."""
    key = key_of(seed, "ambient", plan.code)
    hour = local_hour(t)
    rush = np.exp(-(((hour - 8.0) / 2.0) ** 2)) + np.exp(-(((hour - 18.5) / 2.5) ** 2))
    mixing = np.clip(3.0 / np.maximum(air.speed, 0.8), 0.4, 2.2) * (1.0 + 0.12 * (air.stability - 3.0))
    sun = np.clip(np.sin((hour - 7.5) / 13.0 * np.pi), 0.0, 1.0)
    flicker = ragged(key, t, slow=0.18, fast=0.05, fine=fine, slow_h=50.0)
    washed = np.where(air.rain > 0.3, 0.6, 1.0)
    fine_dust = 27.0 * mixing * flicker * washed
    arrived = at_station(seed, sources, plan.place, air, t)["total"]
    return {
        "a21026": 0.0085 * mixing * flicker,
        "a21004": (0.016 + 0.017 * rush) * mixing * flicker,
        "a05024": np.clip(38.0 + 85.0 * sun * np.clip(air.temperature / 26.0, 0.2, 1.4) - 14.0 * rush, 4.0, None) * flicker**0.5,
        "a21005": (0.45 + 0.22 * rush) * mixing**0.6 * flicker,
        "a34004": fine_dust,
        "a34002": fine_dust * 1.55 + 9.0 * np.clip(air.speed / 5.0, 0.2, 2.0),
        NMHC: (NMHC_BACKGROUND * mixing**0.5 + 0.7 * arrived) * flicker**0.5,
    }  # fmt: skip
