"""Facts of an event, gathered into a case that anybody can trace again: stations, minute wind, register, readings."""

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


@dataclass(frozen=True, slots=True)
class Gathered:
    """A case and the numbers behind its names."""

    case: dict[str, Any]
    places: dict[str, Any]  # channel by sensor, outlet and enterprise by candidate, wind channels


def gathered(*, scope: Scope, park_id: int, pollutant: str, start: datetime, end: datetime, seed: int) -> Gathered:
    """The case of an event.

    Raises:
        NoWind: hardly a minute has speed and direction. TooFewStations: fewer than two have minute readings of the pollutant.
    """
    stations = {one.pk: one for one in visible_stations(scope=scope).filter(park=park_id, lon__isnull=False)}
    wind, mast, names = minute_wind(scope, park_id, stations, start, end)
    sensors, observations, channels = _readings(scope, park_id, stations, pollutant, start, end)
    known = candidates_of(scope=scope, park_id=park_id, pollutant=pollutant, at=start)
    case = {
        "format": "tongjian-trace/1", "title": f"{pollutant} {start:%Y-%m-%d %H:%M}",
        "site": {"latitude": mast[1], "longitude": mast[0], "surroundings": "urban"},
        "sensors": sensors, "candidates": known.points, "wind": wind, "observations": observations,
        "options": {"seed": seed}, "note": _note(known),
    }  # fmt: skip
    return Gathered(case, {"sensors": channels, "candidates": known.owners, "wind": names})


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


def _readings(
    scope: Scope, park_id: int, stations: dict[int, Any], pollutant: str, start: datetime, end: datetime
) -> tuple[list[dict[str, Any]], list[dict[str, Any]], dict[str, int]]:
    """Stations with readings of the pollutant, in the step in which each sends."""
    sensors, observations, channels = [], [], {}
    for one in points(scope=scope, park_id=park_id, word=pollutant):
        if one.pollutant != pollutant or one.station_id not in stations or one.unit not in AIR_UNITS:
            continue
        step = _step(one.id, start, end)
        values = _minutes(one.id, start, end, step) if step else []
        if sum(v is not None for v in values) < LEAST_SHARE * max(len(values), 1) or not values:
            continue
        place = stations[one.station_id]
        sensors.append(
            {
                "id": place.code,
                "latitude": place.lat,
                "longitude": place.lon,
                "height_m": place.height_m or SENSOR_HEIGHT,
            }
        )
        observations.append({
            "sensor": place.code, "substance": pollutant, "unit": one.unit, "start": start.isoformat(), "step_s": 60 * step, "values": values,
        })  # fmt: skip
        channels[place.code] = one.id
    if len(sensors) < LEAST_SENSORS:
        raise TooFewStations(
            f"Tracing needs minute readings of {pollutant} at two stations or more; in this time {len(sensors)} have them.",
            pollutant=pollutant, stations=len(sensors),
        )  # fmt: skip
    return sensors, observations, channels


def _step(channel_id: int, start: datetime, end: datetime) -> int:
    """Minutes between the readings of a channel; 0 where there are hardly any."""
    times = [
        row.time for row in values_of(channel_id=channel_id, interval=Interval.MINUTE, start=start, end=end, limit=60)
    ]
    gaps = sorted(round((b - a) / MINUTE) for a, b in pairwise(times))
    return gaps[len(gaps) // 2] if gaps else 0
