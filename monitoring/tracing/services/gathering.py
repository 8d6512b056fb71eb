"""Facts of an event, gathered into a case that anybody can trace again: stations, minute wind, register, readings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from monitoring.series.domain.readings import Interval
from monitoring.series.selectors.history import values_of
from monitoring.series.selectors.points import points
from monitoring.tracing.domain.substances import Ground
from monitoring.tracing.selectors.winds import DIRECTION, SPEED, wind_pairs
from monitoring.tracing.services.candidates import Candidates, candidates_of
from monitoring.tracing.services.known_profiles import Profile, known_profiles
from parks.catalogue.domain.errors import Invalid
from parks.people.domain import Scope
from parks.register.selectors.places import visible_stations

COUNTED = (0, 2)  # verdicts of readings that are valid, or suspect and counted
MINUTE = timedelta(minutes=1)
LEAST_SENSORS = 2
LEAST_SHARE = 0.25  # of the window that wind and readings must cover
MAST_HEIGHT, SENSOR_HEIGHT = 10.0, 3.0  # [m], where the register says nothing
AIR_UNITS = ("mg/m3", "ug/m3")


class NothingToTrace(Invalid):
    """The event cannot be traced from what was measured."""

    code = "tracing.nothing_to_trace"


class NoWind(NothingToTrace):
    """No station of the park has the wind of these minutes. Tracing needs speed and direction minute by minute; choose a time from which loggers have sent minutes."""

    code = "tracing.no_wind"


class TooFewStations(NothingToTrace):
    """Fewer than two stations have minute readings."""

    code = "tracing.too_few_stations"


class NotMeasured(NothingToTrace):
    """No station of the map has enough minutes of this substance in this time, so it cannot be traced together with another."""

    code = "tracing.not_measured"


@dataclass(frozen=True, slots=True)
class Gathered:
    """A case and the numbers behind its names."""

    case: dict[str, Any]
    places: dict[str, Any]  # channel by sensor, outlet and enterprise by candidate, wind channels


def gathered(
    *, scope: Scope, park_id: int, pollutant: str, start: datetime, end: datetime, seed: int, companions: Sequence[str] = ()
) -> Gathered:  # fmt: skip
    """The case of an event.

    Args:
        companions: substances that are traced together with the pollutant.

    Raises:
        NoWind: hardly a minute has speed and direction. TooFewStations: fewer than two have minute readings of the pollutant.
        NotMeasured: no station has those of a companion.
    """
    stations = {one.pk: one for one in visible_stations(scope=scope).filter(park=park_id, lon__isnull=False)}
    wind, mast, names = minute_wind(scope, park_id, stations, start, end)
    read = {code: _readings(scope, park_id, stations, code, start, end) for code in (pollutant, *companions)}
    _enough(read, pollutant)
    known = candidates_of(scope=scope, park_id=park_id, pollutant=pollutant, at=start, companions=companions)
    profiles = _profiles(scope, park_id, known, list(read), start) if companions else {}
    sensors = {one["id"]: one for each in read.values() for one in each.sensors}
    case = {
        "format": "tongjian-trace/1", "title": f"{' + '.join(read)} {start:%Y-%m-%d %H:%M}",
        "site": {"latitude": mast[1], "longitude": mast[0], "surroundings": "urban"},
        "sensors": list(sensors.values()), "candidates": [one | _profile(profiles, one["id"]) for one in known.points], "wind": wind,
        "observations": [one for each in read.values() for one in each.observations],
        "options": {"seed": seed}, "note": _note(known),
        **({"events": [{"id": "1", "together": list(read)}]} if companions else {}),
    }  # fmt: skip
    channels = {name: each.channels[name] for each in reversed(read.values()) for name in each.channels}
    places = {"sensors": {name: channels[name] for name in sensors}, "candidates": known.owners, "wind": names}
    if companions:
        by_substance = {code: each.channels for code, each in read.items()}
        places |= {"channels": by_substance, "profiles": {name: one.place for name, one in profiles.items()}}
    return Gathered(case, places)


def _profiles(
    scope: Scope, park_id: int, known: Candidates, substances: Sequence[str], start: datetime
) -> dict[str, Profile]:
    """What is known of the shares of each point, of those that it may hold."""
    pairs = [(outlet, enterprise) for outlet, enterprise in known.owners.values()]
    outlets = {outlet: enterprise for outlet, enterprise in pairs if outlet is not None and enterprise is not None}
    possible = [one for one in known.points if one["ground"] != Ground.NOT_HANDLED.value]
    return known_profiles(
        scope=scope, park_id=park_id, outlets=outlets, candidates=possible, substances=substances, at=start
    )


def _profile(profiles: Mapping[str, Profile], name: str) -> dict[str, Any]:
    return {"profile": profiles[name].frozen} if name in profiles else {}


def _note(known: Candidates) -> str:
    """What the case knows of its points, for whoever reads the file."""
    return (
        f"{known.count(Ground.NOT_HANDLED)} of {len(known.points)} points are ruled out because the register says that they emit other"
        f" substances only; of {known.count(Ground.UNKNOWN)} nobody has said what they emit, and they keep the usual prior."
    )


def minute_wind(
    scope: Scope, park_id: int, stations: dict[int, Any], start: datetime, end: datetime
) -> tuple[dict[str, Any], tuple[float, float], list[int]]:
    """Minute wind of the mast that has most of it; weather stations go before others."""
    whole = {number: pair for number, pair in wind_pairs(scope=scope, park_id=park_id).items() if number in stations}
    best: tuple[tuple[int, int, int], int, list[float | None], list[float | None]] | None = None
    for number, pair in whole.items():
        speed, bearing = (_minutes(pair[name].id, start, end, 1) for name in (SPEED, DIRECTION))
        known = sum(s is not None and b is not None for s, b in zip(speed, bearing, strict=True))
        rank = (int(stations[number].kind == "WEATHER" and known > 0), known, -number)
        if best is None or rank > best[0]:
            best = (rank, number, speed, bearing)
    if best is None or best[0][1] < LEAST_SHARE * (end - start) / MINUTE:
        raise NoWind
    _, number, speed, bearing = best
    mast = stations[number]
    wind = {
        "start": start.isoformat(), "step_s": 60, "height_m": mast.height_m or MAST_HEIGHT, "speed_m_s": speed, "from_deg": bearing,
    }  # fmt: skip
    return wind, (mast.lon, mast.lat), [whole[number][name].id for name in (SPEED, DIRECTION)]


def _minutes(channel_id: int, start: datetime, end: datetime, step: int) -> list[float | None]:
    """Readings on a grid of so many minutes; None where there is none that counts."""
    rows = values_of(channel_id=channel_id, interval=Interval.MINUTE, start=start, end=end)
    known = {
        int((row.time - start) / MINUTE) // step: row.value
        for row in rows
        if row.verdict in COUNTED and row.value is not None
    }
    return [known.get(place) for place in range(int((end - start) / MINUTE) // step)]


@dataclass(frozen=True, slots=True)
class _Read:
    """One substance: stations with enough readings, these, and the channel of each station."""

    sensors: list[dict[str, Any]]
    observations: list[dict[str, Any]]
    channels: dict[str, int]


def _readings(
    scope: Scope, park_id: int, stations: dict[int, Any], pollutant: str, start: datetime, end: datetime
) -> _Read:
    """Stations with readings of the pollutant, in the step in which each sends."""
    found = _Read([], [], {})
    for one in points(scope=scope, park_id=park_id, word=pollutant):
        if one.pollutant != pollutant or one.station_id not in stations or one.unit not in AIR_UNITS:
            continue
        step = _step(one.id, start, end)
        values = _minutes(one.id, start, end, step) if step else []
        if sum(v is not None for v in values) < LEAST_SHARE * max(len(values), 1) or not values:
            continue
        place = stations[one.station_id]
        height = place.height_m or SENSOR_HEIGHT
        found.sensors.append({"id": place.code, "latitude": place.lat, "longitude": place.lon, "height_m": height})
        found.observations.append({
            "sensor": place.code, "substance": pollutant, "unit": one.unit, "start": start.isoformat(), "step_s": 60 * step, "values": values,
        })  # fmt: skip
        found.channels[place.code] = one.id
    return found


def _enough(read: Mapping[str, _Read], pollutant: str) -> None:
    """Two stations have the pollutant, one at least each of its companions."""
    count = len(read[pollutant].sensors)
    if count < LEAST_SENSORS:
        raise TooFewStations(
            f"Tracing needs minute readings of {pollutant} at two stations or more; in this time {count} have them.",
            pollutant=pollutant, stations=count,
        )  # fmt: skip
    for code, each in read.items():
        if not each.sensors:
            raise NotMeasured(substance=code)


def _step(channel_id: int, start: datetime, end: datetime) -> int:
    """Minutes between the readings of a channel; 0 where there are hardly any."""
    times = [
        row.time for row in values_of(channel_id=channel_id, interval=Interval.MINUTE, start=start, end=end, limit=60)
    ]
    gaps = sorted(round((b - a) / MINUTE) for a, b in pairwise(times))
    return gaps[len(gaps) // 2] if gaps else 0
