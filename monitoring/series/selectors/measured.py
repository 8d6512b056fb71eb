"""Which substances the stations of a park measured in a time."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import connection

from monitoring.series.domain.readings import Interval
from monitoring.series.domain.verdicts import Verdict
from parks.people.domain import Scope


class Measured(NamedTuple):
    """A substance, and how many stations with coordinates have minutes of it that count."""

    pollutant: str
    name: str
    name_en: str
    stations: int


MEASURED = """
SELECT c.pollutant_id, p.name, p.name_en, count(DISTINCT c.station_id)
FROM monitoring_channel c
JOIN parks_pollutant p ON p.code = c.pollutant_id AND p.medium = 'AIR' AND p.unit = ANY(%s)
JOIN parks_station s ON s.id = c.station_id AND s.lon IS NOT NULL
WHERE c.park_id = %s AND c.park_id = ANY(%s) AND EXISTS (
    SELECT 1 FROM monitoring_observation o WHERE o.channel_id = c.id AND o."interval" = %s AND o.time >= %s AND o.time < %s
      AND o.verdict = ANY(%s) AND o.value IS NOT NULL)
GROUP BY 1, 2, 3 ORDER BY 4 DESC, 1"""


def measured_at_stations(
    *, scope: Scope, park_id: int, units: Sequence[str], start: datetime, end: datetime
) -> list[Measured]:
    """Substances in these units of which a station has a minute that is valid, or suspect and counted; the widest measured first."""
    counted = [int(Verdict.VALID), int(Verdict.SUSPECT)]
    with connection.cursor() as cursor:
        cursor.execute(
            MEASURED, [list(units), park_id, sorted(scope.park_ids), int(Interval.MINUTE), start, end, counted]
        )
        return [Measured(*row) for row in cursor.fetchall()]
