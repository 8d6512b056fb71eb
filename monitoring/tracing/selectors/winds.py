"""Hours of a receptor with the wind that blew."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from monitoring.series.domain.readings import Interval
from monitoring.series.selectors.history import values_of
from monitoring.series.selectors.points import Point, point, points
from monitoring.tracing.domain.receptors.winds import Floats
from parks.people.domain import Scope

SPEED, DIRECTION = "a01007", "a01008"
COUNTED = (0, 2)  # verdicts of hours that are valid, or suspect and counted
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Hours:
    """A channel and the wind at it, hour by hour; NaN where an hour does not count."""

    point: Point
    wind: tuple[Point, Point] | None  # speed and direction; None where the park measures no wind
    value: Floats
    speed: Floats  # [m/s]
    direction: Floats  # deg the wind comes from


def hours_with_wind(*, scope: Scope, channel_id: int, days: int, now: datetime) -> Hours:
    """The last days of a channel with the wind of its own station, else of the park's first weather station.

    Raises:
        NotFound: the channel lies outside the viewer's scope.
    """
    found = point(scope=scope, channel_id=channel_id)
    end = now.replace(minute=0, second=0, microsecond=0)
    times = [end - n * HOUR for n in range(days * 24, 0, -1)]
    wind = wind_of(scope=scope, park_id=found.park_id, station_id=found.station_id)
    value = series(found.id, times, end)
    if wind is None:
        empty = np.full(len(times), np.nan)
        return Hours(found, None, value, empty, empty)
    return Hours(found, wind, value, series(wind[0].id, times, end), series(wind[1].id, times, end))


def wind_pairs(*, scope: Scope, park_id: int) -> dict[int, dict[str, Point]]:
    """Channels of speed and direction by station, where a station has both."""
    pairs: dict[int, dict[str, Point]] = {}
    for one in points(scope=scope, park_id=park_id, word="a0100"):
        if one.pollutant in (SPEED, DIRECTION) and one.station_id is not None:
            pairs.setdefault(one.station_id, {})[one.pollutant] = one
    return {number: pair for number, pair in pairs.items() if len(pair) == 2}


def wind_of(*, scope: Scope, park_id: int, station_id: int | None) -> tuple[Point, Point] | None:
    whole = wind_pairs(scope=scope, park_id=park_id)
    if not whole:
        return None
    chosen = (
        station_id
        if station_id in whole
        else min(whole, key=lambda number: (whole[number][SPEED].code[0] != "M", number))
    )
    return whole[chosen][SPEED], whole[chosen][DIRECTION]


def series(channel_id: int, times: list[datetime], end: datetime) -> Floats:
    rows = values_of(channel_id=channel_id, interval=Interval.HOUR, start=times[0], end=end)
    known = {row.time: row.value for row in rows if row.verdict in COUNTED and row.value is not None}
    return np.array([known.get(time, np.nan) for time in times], dtype=np.float64)
