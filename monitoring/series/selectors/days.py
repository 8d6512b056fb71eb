"""Facts of one local day of a park, for reports: its channels, judged hours and days, loads."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import connection

from monitoring.series.domain.readings import Interval


@dataclass(frozen=True, slots=True)
class ChannelFact:
    """One channel with the names that a report prints."""

    id: int
    enterprise_id: int | None
    enterprise: str
    outlet_id: int | None
    code: str
    point: str
    pollutant: str
    pollutant_name: str
    unit: str
    logger_id: int | None
    logger: str


@dataclass(frozen=True, slots=True)
class RolledFact:
    """One judged period of one channel."""

    channel_id: int
    time: datetime
    value: float | None
    converted: float | None
    verdict: int
    reason: int
    load_kg: Decimal | None
    rule: int


CHANNELS = """
SELECT c.id, c.enterprise_id, COALESCE(e.name, ''), c.outlet_id, COALESCE(o.code, s.code, u.code), COALESCE(o.name, s.name, u.name),
       c.pollutant_id, p.name, p.unit, c.logger_id, COALESCE(NULLIF(l.name, ''), l.mn, '')
FROM monitoring_channel c JOIN parks_pollutant p ON p.code = c.pollutant_id
LEFT JOIN parks_enterprise e ON e.id = c.enterprise_id LEFT JOIN parks_outlet o ON o.id = c.outlet_id
LEFT JOIN parks_station s ON s.id = c.station_id LEFT JOIN parks_unit u ON u.id = c.unit_id
LEFT JOIN parks_logger l ON l.id = c.logger_id
WHERE c.park_id = %s AND c.is_active AND (c.created_at < %s OR EXISTS (
    SELECT 1 FROM monitoring_rollup r WHERE r.channel_id = c.id AND r."interval" = 2 AND r.time >= %s AND r.time < %s))
ORDER BY c.id"""


def channels_of_park(*, park_id: int, start: datetime, end: datetime) -> list[ChannelFact]:
    """Active channels that existed before the end of a period, or for which values of it were handed in later."""
    with connection.cursor() as cursor:
        cursor.execute(CHANNELS, [park_id, end, start, end])
        return [ChannelFact(*row) for row in cursor.fetchall()]


def rolled_of_park(*, park_id: int, interval: Interval, start: datetime, end: datetime) -> list[RolledFact]:
    """Judged periods of all channels of a park, by channel and time."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT r.channel_id, r.time, r.value, r.converted, r.verdict, r.reason, r.load_kg, r.rule
               FROM monitoring_channel c JOIN monitoring_rollup r ON r.channel_id = c.id
                 AND r."interval" = %s AND r.time >= %s AND r.time < %s
               WHERE c.park_id = %s ORDER BY 1, 2""",
            [int(interval), start, end, park_id],
        )
        return [RolledFact(*row) for row in cursor.fetchall()]


def loads_of_park(*, park_id: int, start: datetime, end: datetime) -> dict[tuple[int, str], Decimal]:
    """Load [kg] of judged days by enterprise and pollutant in a period."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT c.enterprise_id, c.pollutant_id, sum(r.load_kg)
               FROM monitoring_channel c JOIN monitoring_rollup r ON r.channel_id = c.id
                 AND r."interval" = %s AND r.time >= %s AND r.time < %s AND r.load_kg IS NOT NULL
               WHERE c.park_id = %s AND c.outlet_id IS NOT NULL AND c.enterprise_id IS NOT NULL GROUP BY 1, 2""",
            [int(Interval.DAY), start, end, park_id],
        )
        return {(enterprise, pollutant): load for enterprise, pollutant, load in cursor.fetchall()}


def first_day_of_park(*, park_id: int) -> datetime | None:
    """Start of the oldest judged day."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT min(t.time) FROM monitoring_channel c CROSS JOIN LATERAL (
                   SELECT r.time FROM monitoring_rollup r WHERE r.channel_id = c.id AND r."interval" = %s ORDER BY r.time LIMIT 1) t
               WHERE c.park_id = %s""",
            [int(Interval.DAY), park_id],
        )
        row = cursor.fetchone()
    return row[0] if row else None
