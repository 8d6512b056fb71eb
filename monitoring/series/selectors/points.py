"""Channels as people see them: where they are, what they measure, their newest value. One query for a list."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

from monitoring.series.domain.readings import Interval
from parks.catalogue.domain.errors import NotFound
from parks.people.domain import Scope


class Point(NamedTuple):
    """One channel with its point, its pollutant and its newest value."""

    id: int
    park_id: int
    enterprise_id: int | None
    enterprise: str
    enterprise_en: str
    outlet_id: int | None
    station_id: int | None
    unit_id: int | None
    code: str
    name: str
    name_en: str
    pollutant: str
    pollutant_name: str
    pollutant_name_en: str
    unit: str
    decimals: int
    medium: str
    reference_o2: float | None
    logger_id: int | None
    is_active: bool
    interval: int | None
    time: datetime | None
    value: float | None
    converted: float | None
    flag: str
    verdict: int | None
    reason: int | None
    submission_id: int | None

    @property
    def shown(self) -> float | None:
        """What is compared with a limit: the converted value where the channel has a reference oxygen."""
        return self.converted if self.reference_o2 is not None and self.converted is not None else self.value


POINTS = """
SELECT c.id, c.park_id, c.enterprise_id, COALESCE(e.name, ''), COALESCE(e.name_en, ''), c.outlet_id, c.station_id, c.unit_id,
       COALESCE(o.code, s.code, u.code), COALESCE(o.name, s.name, u.name), COALESCE(o.name_en, s.name_en, u.name_en),
       c.pollutant_id, p.name, p.name_en, p.unit, p.decimals, p.medium, c.reference_o2, c.logger_id, c.is_active,
       l."interval", l.time, l.value, l.converted, COALESCE(l.flag, ''), l.verdict, l.reason, l.submission_id
FROM monitoring_channel c
JOIN parks_pollutant p ON p.code = c.pollutant_id
LEFT JOIN parks_enterprise e ON e.id = c.enterprise_id
LEFT JOIN parks_outlet o ON o.id = c.outlet_id
LEFT JOIN parks_station s ON s.id = c.station_id
LEFT JOIN parks_unit u ON u.id = c.unit_id
LEFT JOIN LATERAL (
    SELECT * FROM monitoring_latest x WHERE x.channel_id = c.id AND x."interval" < 3 ORDER BY x.time DESC, x."interval" LIMIT 1
) l ON true
WHERE (c.park_id = ANY(%s) OR c.enterprise_id = ANY(%s)) {more}
ORDER BY e.name NULLS FIRST, COALESCE(o.code, s.code, u.code), c.pollutant_id, c.id
LIMIT %s"""
MOST = 10_000


def points(
    *,
    scope: Scope,
    park_id: int | None = None,
    ids: Iterable[int] | None = None,
    outlet_ids: Iterable[int] | None = None,
    station_ids: Iterable[int] | None = None,
    enterprise_id: int | None = None,
    word: str = "",
    limit: int = MOST,
) -> list[Point]:
    """Channels the viewer may see, by enterprise and point, narrowed by what is given."""
    more, values = "", []
    for column, wanted in (("id", ids), ("outlet_id", outlet_ids), ("station_id", station_ids)):
        if wanted is not None:
            more += f" AND c.{column} = ANY(%s)"
            values.append(sorted(wanted))
    for column, only in (("park_id", park_id), ("enterprise_id", enterprise_id)):
        if only is not None:
            more += f" AND c.{column} = %s"
            values.append([only][0])  # type: ignore[arg-type]
    if word:
        more += " AND concat_ws(' ', o.code, o.name, s.code, s.name, c.pollutant_id, p.name, p.name_en, e.name, e.name_en) ILIKE %s"
        values.append(f"%{word}%")  # type: ignore[arg-type]
    with connection.cursor() as cursor:
        sql = POINTS.format(more=more)
        cursor.execute(sql, [sorted(scope.park_ids), sorted(scope.enterprise_ids), *values, limit])
        return [Point(*row) for row in cursor.fetchall()]


def point(*, scope: Scope, channel_id: int) -> Point:
    """One channel. Raises NotFound outside the viewer's scope."""
    found = points(scope=scope, ids=[channel_id])
    if not found:
        raise NotFound
    return found[0]


def visible_ids(*, scope: Scope, park_id: int) -> frozenset[int]:
    """Numbers of the channels of a park that the viewer may see."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM monitoring_channel WHERE park_id = %s AND (park_id = ANY(%s) OR enterprise_id = ANY(%s))",
            [park_id, sorted(scope.park_ids), sorted(scope.enterprise_ids)],
        )
        return frozenset(row[0] for row in cursor.fetchall())


def interval_named(name: str) -> Interval:
    """Interval of its lower-case name. Raises NotFound for another word."""
    try:
        return Interval[name.upper()]
    except KeyError as error:
        raise NotFound from error


NEWEST = """
SELECT DISTINCT ON (c.id) c.id, COALESCE(o.code, s.code, u.code), c.pollutant_id, p.unit, l.time, l.value, l.converted, l.flag,
       l.verdict, l."interval"
FROM monitoring_channel c
JOIN parks_pollutant p ON p.code = c.pollutant_id
LEFT JOIN parks_outlet o ON o.id = c.outlet_id
LEFT JOIN parks_station s ON s.id = c.station_id
LEFT JOIN parks_unit u ON u.id = c.unit_id
LEFT JOIN monitoring_latest l ON l.channel_id = c.id AND l."interval" < 3
WHERE c.park_id = %s AND (c.park_id = ANY(%s) OR c.enterprise_id = ANY(%s))
ORDER BY c.id, l.time DESC NULLS LAST"""
NEWEST_NAMES = ("channel", "point", "pollutant", "unit", "time", "value", "converted", "flag", "verdict")
INTERVAL_NAMES: dict[int | None, str | None] = {None: None, **{int(i): i.name.lower() for i in Interval}}


def newest_values(*, scope: Scope, park_id: int) -> list[dict[str, Any]]:
    """Newest value of every channel of a park, as the API gives it. One query."""
    with connection.cursor() as cursor:
        cursor.execute(NEWEST, [park_id, sorted(scope.park_ids), sorted(scope.enterprise_ids)])
        return [
            dict(zip(NEWEST_NAMES, row, strict=False), interval=INTERVAL_NAMES[row[9]]) for row in cursor.fetchall()
        ]
