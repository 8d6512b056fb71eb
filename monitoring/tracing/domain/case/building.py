"""One event of a stand-alone case as arrays for the engine."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitoring.tracing.domain.case.reading import (
    BEIJING,
    Frame,
    TooShort,
    frame_of,
    moment,
    place_of,
    refuse,
    series,
)
from monitoring.tracing.domain.forward.scene import Physics, Sensors, Sources, Weather
from monitoring.tracing.domain.inference.cases import Case, Companions
from monitoring.tracing.domain.inference.settings import Settings
from monitoring.tracing.domain.physics import amounts, stability
from monitoring.tracing.domain.physics.dispersion import Scheme
from monitoring.tracing.domain.physics.plume import Losses, path_knots
from monitoring.tracing.domain.physics.rise import Exit
from monitoring.tracing.domain.physics.wind import Terrain
from monitoring.tracing.domain.priors import Known, prior_probability

Floats = NDArray[np.float64]
SHARED = ("site", "sensors", "candidates", "wind", "observations", "substances", "options")
NORMAL_C, NORMAL_HPA = 20.0, 1013.25
CERTAINTY = (
    60.0  # of a profile: as if so many equal parts of it had been drawn; 30 to 200 is usual (tracing notes 2.14)
)
LEAST_SHARE = 0.005  # of a substance that a point handles, where its profile says none


@dataclass(frozen=True, slots=True)
class Event:
    """An event ready to be traced, with what is needed to print it."""

    id: str
    substance: str
    case: Case
    settings: Settings
    candidates: tuple[Mapping[str, Any], ...]
    sensors: tuple[str, ...]
    frame: Frame | None
    start: datetime
    rate_unit: str
    together: tuple[str, ...] = ()  # all substances of a joint event, in the order asked for; none where there is one


def event_of(*, case: Mapping[str, Any], number: int) -> Event:
    """Build one event; what the event itself does not hold comes from the case.

    Raises:
        BadCase: something does not fit together; the path says where. UnknownUnit, UnknownSpecies, UnknownClass likewise.
    """
    listed = case.get("events") or [{}]
    own, path = listed[number], f"/events/{number}" if case.get("events") else ""
    whole = {key: own.get(key, case.get(key)) for key in SHARED}
    site, options = whole["site"] or {}, {**(case.get("options") or {}), **(own.get("options") or {})}
    if not whole["wind"] or not whole["observations"] or not whole["sensors"]:
        raise refuse(path or "/", "an event needs sensors, wind and observations, its own or those of the case")
    candidates = tuple(whole["candidates"] or ())
    frame = frame_of(points=[*whole["sensors"], *candidates])
    asked = _asked(own, whole, path)
    observed = [_observed(whole, name, path) for name in asked]
    clock = _clock(own, whole["wind"], [one for each in observed for one in each], path)
    weather = _weather(whole["wind"], site, clock, path)
    readings = [_readings(whole["sensors"], each, whole, site, clock, path) for each in observed]
    settings = _settings(options, candidates)
    # A point that handles one of several substances may be the source, with no share of those that it does not handle.
    priors = np.array([priors_of(candidates, name, settings) for name in asked]).max(axis=0)
    built = Case(
        sources_of(candidates, frame, path), priors,
        _typical(candidates), _sensors(whole["sensors"], frame), weather, _physics(options, site), *readings[0],
        _bounds(site, frame), max(round(clock.reading / clock.step), 1), _owners(candidates), _companions(candidates, asked, readings),
    )  # fmt: skip
    names = tuple(s["id"] for s in whole["sensors"])
    return Event(
        str(own.get("id", number + 1)), asked[0], built, settings, candidates, names, frame, clock.start,
        options.get("rate_unit", "kg/h"), asked if len(asked) > 1 else (),
    )  # fmt: skip


def _asked(own: Mapping[str, Any], whole: Mapping[str, Any], path: str) -> tuple[str, ...]:
    """The substance of an event, or those that are traced as one."""
    several = tuple(own.get("together") or ())
    if not several:
        return (own.get("substance") or whole["observations"][0].get("substance", ""),)
    if len({name.lower() for name in several}) != len(several):
        raise refuse(f"{path}/together", "a substance is named twice")
    if own.get("substance") is not None:
        raise refuse(f"{path}/together", "an event has one substance, or several together, not both")
    return several


def _observed(whole: Mapping[str, Any], substance: str, path: str) -> list[Mapping[str, Any]]:
    found = [o for o in whole["observations"] if o.get("substance", substance).lower() == substance.lower()]
    if not found:
        raise refuse(f"{path}/substance", f"nothing was observed of {substance!r}")
    return found


def _companions(
    candidates: Sequence[Mapping[str, Any]], asked: tuple[str, ...], readings: list[tuple[Floats, NDArray[np.bool_]]]
) -> Companions | None:  # fmt: skip
    if len(asked) == 1:
        return None
    values = np.stack([one[0] for one in readings[1:]], axis=2)
    hidden = np.stack([one[1] for one in readings[1:]], axis=2)
    shares = np.array([shares_of(candidate=one, substances=asked) for one in candidates])
    return Companions(values, hidden, shares.reshape(len(candidates), len(asked)))


def profile_of(*, candidate: Mapping[str, Any], substances: Sequence[str]) -> Floats | None:
    """Registered shares of the substances that are traced, of their sum, shape (substances,); None where they are not known.

    A profile tells nothing where it lacks a substance that the point may hold: a share that nobody stated is not a share of nothing.
    """
    given = candidate.get("profile")
    if given is None:
        return None
    known = {name.lower(): float(share) for name, share in given["shares"].items()}
    handled = _handled(candidate, substances)
    if any(may and name.lower() not in known for name, may in zip(substances, handled, strict=True)):
        return None
    shares = np.array([known.get(name.lower(), 0.0) for name in substances]) * handled
    total = float(shares.sum())
    return shares / total if total > 0 else None


def shares_of(*, candidate: Mapping[str, Any], substances: Sequence[str]) -> Floats:
    """Dirichlet prior of the shares of a point, shape (substances,): its profile times how sure that is, or ones for all it handles."""
    handled = _handled(candidate, substances).astype(float)
    profile = profile_of(candidate=candidate, substances=substances)
    if profile is None:
        return handled
    sure = float(candidate["profile"].get("certainty", CERTAINTY))
    return np.asarray(sure * np.where(handled > 0, np.maximum(profile, LEAST_SHARE), 0.0))


def _handled(candidate: Mapping[str, Any], substances: Sequence[str]) -> NDArray[np.bool_]:
    held = candidate.get("substances")
    if held is None:
        return np.ones(len(substances), dtype=bool)
    known = {name.lower() for name in held}
    return np.array([name.lower() in known for name in substances])


def enterprises_of(*, candidates: Sequence[Mapping[str, Any]]) -> list[str]:
    """Names of enterprises that candidates belong to, in the order of their numbers."""
    return sorted({str(one["enterprise"]) for one in candidates if one.get("enterprise")})


def _owners(candidates: Sequence[Mapping[str, Any]]) -> NDArray[np.int_]:
    number = {name: place for place, name in enumerate(enterprises_of(candidates=candidates))}
    return np.array([number.get(str(one.get("enterprise")), -1) for one in candidates], dtype=int)


@dataclass(frozen=True, slots=True)
class _Clock:
    start: datetime
    step: float  # [s]
    count: int
    reading: float  # step of the readings [s]


def _clock(own: Mapping[str, Any], wind: Mapping[str, Any], observed: list[Mapping[str, Any]], path: str) -> _Clock:
    """The finer of the wind's and the readings' steps, over the time both cover or the event's window."""
    base = series(given=wind, key="speed_m_s", path=f"{path}/wind", start=None, step=60.0)
    readings = [
        series(given=o, key="values", path=f"{path}/observations", start=wind.get("start"), step=base.step)
        for o in observed
    ]
    step = min([base.step, *(r.step for r in readings)])
    begin = max(base.start, min(r.start for r in readings))
    end = min(base.end, max(r.end for r in readings))
    if "start" in own:
        begin = max(begin, moment(text=own["start"], path=f"{path}/start"))
    if "end" in own:
        end = min(end, moment(text=own["end"], path=f"{path}/end"))
    count = round((end - begin).total_seconds() / step)
    if count < 3:
        raise TooShort(path=path or "/")
    return _Clock(begin, step, count, max(r.step for r in readings))


def _weather(wind: Mapping[str, Any], site: Mapping[str, Any], clock: _Clock, path: str) -> Weather:
    if len(wind["speed_m_s"]) != len(wind["from_deg"]):
        raise refuse(f"{path}/wind/from_deg", f"{len(wind['from_deg'])} bearings for {len(wind['speed_m_s'])} speeds")
    speed, bearing = (
        series(given=wind, key=key, path=f"{path}/wind", start=None, step=60.0).on(
            start=clock.start, step=clock.step, count=clock.count
        )
        for key in ("speed_m_s", "from_deg")
    )
    valid = np.isfinite(speed) & np.isfinite(bearing) & (speed >= 0)
    classes = _classes(wind, site, clock, speed, path)
    return Weather(
        np.where(valid, speed, 1.0), np.where(valid, bearing, 0.0) % 360.0, classes, valid, float(wind.get("height_m", 10.0)),
        clock.step, float(site.get("temperature_c", NORMAL_C)) + 273.15, float(site.get("pressure_hpa", NORMAL_HPA)) * 100,
        site.get("mixing_height_m"), Terrain(site.get("surroundings", "rural")),
    )  # fmt: skip


def _classes(wind: Mapping[str, Any], site: Mapping[str, Any], clock: _Clock, speed: Floats, path: str) -> Floats:
    """Class numbers: given, from sun and cloud, or from wind and the hour."""
    given = wind.get("stability")
    if isinstance(given, str):
        return np.full(clock.count, stability.class_number(name=given))
    if given is not None:
        if len(given) != len(wind["speed_m_s"]):
            raise refuse(f"{path}/wind/stability", "one class for each wind")
        numbers = {
            "values": [stability.class_number(name=name) for name in given],
            "start": wind.get("start"),
            "step_s": wind.get("step_s", 60.0),
        }
        held = series(given=numbers, key="values", path=f"{path}/wind", start=None, step=60.0)
        return np.nan_to_num(held.on(start=clock.start, step=clock.step, count=clock.count), nan=3.0)
    if "start" not in wind:
        return np.full(clock.count, 3.0)
    at = [(clock.start + timedelta(seconds=clock.step * i)).astimezone(BEIJING) for i in range(clock.count)]
    hour = np.array([t.hour + t.minute / 60 for t in at])
    known = np.nan_to_num(speed, nan=3.0)
    if "latitude" not in site:
        return stability.from_speed(speed=known, day=(hour > 7) & (hour < 18))
    sun = stability.solar_height(
        day_of_year=[t.timetuple().tm_yday - 1 for t in at],
        beijing_hour=hour,
        latitude=site["latitude"],
        longitude=site["longitude"],
    )
    total, low = wind.get("total_cloud_tenths", 5), wind.get("low_cloud_tenths", 3)
    level = stability.radiation_level(
        solar_deg=sun, total_cloud=np.full(clock.count, total), low_cloud=np.full(clock.count, low)
    )
    return stability.pasquill(speed=known, radiation=level)


def _readings(
    sensors: list[Mapping[str, Any]], observed: list[Mapping[str, Any]], whole: Mapping[str, Any], site: Mapping[str, Any],
    clock: _Clock, path: str,
) -> tuple[Floats, NDArray[np.bool_]]:  # fmt: skip
    """Readings [kg/m3] and which lie below their limit, both of shape (t, sensors)."""
    place = {s["id"]: number for number, s in enumerate(sensors)}
    values = np.full((clock.count, len(sensors)), np.nan)
    hidden = np.zeros(values.shape, dtype=bool)
    air = {
        "temperature": float(site.get("temperature_c", NORMAL_C)) + 273.15,
        "pressure": float(site.get("pressure_hpa", NORMAL_HPA)) * 100,
    }
    for number, one in enumerate(observed):
        where = f"{path}/observations/{number}"
        if one["sensor"] not in place:
            raise refuse(f"{where}/sensor", f"{one['sensor']!r} is no sensor of the case")
        held = series(
            given=one,
            key="values",
            path=where,
            start=whole["wind"].get("start"),
            step=whole["wind"].get("step_s", 60.0),
        )
        own = held.on(start=clock.start, step=clock.step, count=clock.count)
        mass = _mass(one, whole.get("substances") or {})
        state = amounts.State(one.get("state", "actual"))
        column = place[one["sensor"]]
        limit = one.get("detection_limit")
        below = (own < limit) if limit is not None else np.zeros(len(own), dtype=bool)
        hidden[:, column] = below
        values[:, column] = amounts.to_density(
            value=np.where(below, limit if limit is not None else 0.0, own),
            unit=one["unit"],
            mass=mass,
            state=state,
            **air,
        )
    return values, hidden


def _mass(one: Mapping[str, Any], substances: Mapping[str, Any]) -> float | None:
    name = one.get("substance", "")
    given = substances.get(name, {}).get("molar_mass_g_mol")
    if given is not None:
        return float(given)
    volume = one["unit"].strip().lower() in ("ppm", "ppb", "ppt", "%")
    return amounts.molar_mass(substance=name) if volume else None


def sources_of(candidates: tuple[Mapping[str, Any], ...], frame: Frame | None, path: str) -> Sources:
    """Points of a case on its plane. Raises BadCase where two have the same id."""
    if len({c["id"] for c in candidates}) != len(candidates):
        raise refuse(f"{path}/candidates", "two candidates have the same id")
    places = np.array([place_of(point=c, frame=frame) for c in candidates]).reshape(-1, 2)
    exits = tuple(
        Exit(c["exit"]["diameter_m"], c["exit"]["velocity_m_s"], c["exit"].get("temperature_c", NORMAL_C) + 273.15)
        if "exit" in c
        else None
        for c in candidates
    )
    heights, widths, depths = (
        np.array([float(c.get(k, d)) for c in candidates])
        for k, d in (("height_m", 2.0), ("width_m", 0.0), ("depth_m", 0.0))
    )
    return Sources(places[:, 0], places[:, 1], heights, widths, depths, exits)


def _sensors(sensors: list[Mapping[str, Any]], frame: Frame | None) -> Sensors:
    """Points of sensors; an open path has an end and becomes twenty."""
    points: list[tuple[float, float, float]] = []
    owner: list[int] = []
    for number, one in enumerate(sensors):
        start = (*place_of(point=one, frame=frame), float(one.get("height_m", 3.0)))
        ends = "end_east_m" in one or "end_latitude" in one
        end = (
            (*place_of(point=one, frame=frame, prefix="end_"), float(one.get("end_height_m", start[2])))
            if ends
            else start
        )
        own = path_knots(start=start, end=end) if ends else np.array([start])
        points += [(float(e), float(n), float(h)) for e, n, h in own]
        owner += [number] * len(own)
    array = np.array(points)
    return Sensors(array[:, 0], array[:, 1], array[:, 2], np.array(owner), len(sensors))


def priors_of(candidates: tuple[Mapping[str, Any], ...], substance: str, settings: Settings) -> Floats:
    """Probability of every point of being active, from what the case says of it, shape (k,)."""
    usual = min(settings.expected_sources / max(len(candidates), 1), 0.2)
    return np.array([
        prior_probability(
            known=Known(
                tuple(c["substances"]) if "substances" in c else None, c.get("operating"), int(c.get("confirmed_cases", 0)),
                c.get("prior_probability"), bool(c.get("doubtful", False)),
            ), substance=substance, usual=usual,
        ) for c in candidates
    ])  # fmt: skip


def _typical(candidates: tuple[Mapping[str, Any], ...]) -> Floats:
    given = [c.get("typical_rate") for c in candidates]
    return np.array([np.nan if g is None else float(amounts.to_rate(value=g["value"], unit=g["unit"])) for g in given])


def _physics(options: Mapping[str, Any], site: Mapping[str, Any]) -> Physics:
    usual = "briggs_urban" if site.get("surroundings") == "urban" else "gbt3840"
    half_life = options.get("half_life_s")
    decay = float(np.log(2) / half_life) if half_life else 0.0
    return Physics(Scheme(options.get("dispersion", usual)), Losses(decay=decay))


def _settings(options: Mapping[str, Any], candidates: tuple[Mapping[str, Any], ...]) -> Settings:
    names = {
        "seed", "block_minutes", "expected_sources", "unregistered_prior", "outside_prior", "model_scatter", "least_spread", "chains", "rounds",
        "burn", "most_sources",
    }  # fmt: skip
    chosen = {key: value for key, value in options.items() if key in names}
    grid = options.get("mode", "register" if candidates else "grid") == "grid"
    if "grid_step_m" in options:
        chosen["grid_step"] = float(options["grid_step_m"])
    if "grid_heights_m" in options:
        chosen["grid_heights"] = tuple(float(h) for h in options["grid_heights_m"])
    return Settings(grid=grid, **chosen)


def _bounds(site: Mapping[str, Any], frame: Frame | None) -> tuple[float, float, float, float] | None:
    given = site.get("bounds")
    if given is None:
        return None
    if frame is None:
        return given["west_m"], given["south_m"], given["east_m"], given["north_m"]
    west, south = frame.metres(latitude=given["south"], longitude=given["west"])
    east, north = frame.metres(latitude=given["north"], longitude=given["east"])
    return west, south, east, north
