"""One row of an upload: which channel, interval, time and numbers it means, or why it is refused."""

import math
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection

from monitoring.series.domain.readings import NAN, Interval
from monitoring.series.domain.validity import FLAGS

FUTURE = timedelta(minutes=10)
OLDEST = timedelta(days=3 * 366)
INTERVALS = {
    "realtime": Interval.REALTIME, "实时": Interval.REALTIME, "minute": Interval.MINUTE, "分钟": Interval.MINUTE,
    "hour": Interval.HOUR, "小时": Interval.HOUR, "时": Interval.HOUR, "day": Interval.DAY, "日": Interval.DAY, "天": Interval.DAY,
}  # fmt: skip
NUMBERS = ("value", "minimum", "maximum", "total", "converted")


@dataclass(frozen=True, slots=True)
class Place:
    """A channel that an upload may write to."""

    channel_id: int
    scale: float
    low: float
    high: float
    rule: int


class Refused(Exception):
    """One row is not taken: field, rule and value say why."""

    def __init__(self, field: str, rule: str, value: object, message: str) -> None:
        super().__init__(message)
        self.field, self.rule, self.value, self.message = field, rule, str(value)[:120], message


PLACES = """
SELECT o.code, c.pollutant_id, c.id, c.scale, c.low, c.high, r.number
FROM monitoring_channel c JOIN parks_outlet o ON o.id = c.outlet_id JOIN parks_pollutant p ON p.code = c.pollutant_id
JOIN monitoring_validityrule r ON r.valid_to IS NULL AND r.medium = CASE WHEN p.medium IN ('AIR', 'WATER') THEN p.medium ELSE 'OTHER' END
WHERE c.is_active AND o.enterprise_id = %s ORDER BY c.logger_id NULLS LAST"""


def places_of(*, enterprise_id: int) -> dict[tuple[str, str], Place]:
    """Channels of an enterprise by outlet code and factor code; a hand-kept channel goes before a logger's."""
    with connection.cursor() as cursor:
        cursor.execute(PLACES, [enterprise_id])
        return {
            (outlet, factor): Place(channel, scale, NAN if low is None else low, NAN if high is None else high, rule)
            for outlet, factor, channel, scale, low, high, rule in cursor.fetchall()
        }


def row_of(*, item: dict[str, Any], places: dict[tuple[str, str], Place], zone: Any, now: datetime) -> tuple[Any, ...]:
    """One row as (place, interval, time, numbers, flag). Raises Refused with field, rule and value."""
    for name in ("outlet", "factor", "interval", "time"):
        if item.get(name) in (None, ""):
            raise Refused(name, "required", "", f"{name} is missing")
    key = (str(item["outlet"]).strip().upper(), str(item["factor"]).strip())
    place = places.get(key)
    if place is None:
        known = any(outlet == key[0] for outlet, _ in places)
        field, value = ("factor", key[1]) if known else ("outlet", key[0])
        raise Refused(field, "channel.unknown", value, "the register has no such channel for your enterprise")
    interval = INTERVALS.get(str(item["interval"]).strip().lower())
    if interval is None:
        raise Refused("interval", "choice", item["interval"], "one of realtime, minute, hour, day")
    time = time_of(item["time"], zone)
    if time > now + FUTURE or time < now - OLDEST:
        raise Refused(
            "time", "time.impossible", item["time"], "the time lies in the future or more than three years back"
        )
    if interval is not Interval.REALTIME and time != on_grid(time, interval, zone):
        raise Refused(
            "time", "time.off_grid", item["time"], "the time must be the start of the minute, hour or local day"
        )
    flag = str(item.get("flag") or "").strip().upper()
    if flag not in FLAGS:
        raise Refused("flag", "flag.unknown", flag, "not a flag of HJ 212")
    numbers = tuple(number_of(item.get(name), name) for name in NUMBERS)
    if all(math.isnan(n) for n in numbers) and flag in ("", "N"):
        raise Refused("value", "required", "", "value is missing, and no flag says why")
    return place, interval, time, numbers, flag


def number_of(value: Any, field: str) -> float:
    if value is None or value == "":
        return NAN
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise Refused(field, "number", value, "not a number")
    try:
        number = float(value)
    except ValueError:
        number = NAN
    if not math.isfinite(number) or (isinstance(value, str) and "_" in value):
        raise Refused(field, "number", value, "not a finite number")
    return number


def time_of(value: Any, zone: Any) -> datetime:
    """A moment: ISO 8601 with an offset, or local time of the park without one."""
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day)  # noqa: DTZ001  (made aware below)
    if not isinstance(value, datetime):
        value = written_time(str(value).strip().replace("/", "-"))
    aware: datetime = value if value.tzinfo else value.replace(tzinfo=zone)
    return aware


def written_time(text: str) -> datetime:
    """ISO 8601, or as spreadsheets print it: 2026-1-31 8:00."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    for form in ("%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d"):
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007  (made aware by the caller)
        except ValueError:
            continue
    raise Refused("time", "time.format", text, "a time such as 2026-01-31 08:00")


def key_of(row: tuple[Any, ...]) -> tuple[int, int, datetime]:
    """What two rows of one upload may not share: channel, interval and time."""
    return row[0].channel_id, int(row[1]), row[2]


def on_grid(time: datetime, interval: Interval, zone: Any) -> datetime:
    local = time.astimezone(zone).replace(second=0, microsecond=0)
    if interval >= Interval.HOUR:
        local = local.replace(minute=0)
    return local.replace(hour=0) if interval is Interval.DAY else local
