"""From a packet to readings.

Loggers repeat the same names in the same order, frame after frame. The tuple of names of a frame is its shape; a shape
is understood once and its plan kept, so that a known shape costs little more than turning text into numbers.
"""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from monitoring.hj212.codes import CARRIED, COMMANDS, FLAGS_2005, FLAGS_2017, REQUESTS, SCALARS, STATISTICS, Version
from monitoring.hj212.packets import Packet
from monitoring.hj212.profiles import STANDARD, Dialect
from monitoring.series.domain.readings import NAN, Interval, Reading

MOST_SHAPES = 4_096
MOST_TIMES = 8_192
PLACES = ("value", "minimum", "maximum", "total", "converted", "converted_min", "converted_max", "flag")
FLAG = PLACES.index("flag")
INF, MINUS_INF = float("inf"), float("-inf")
FLAG_TEXTS = FLAGS_2017 | FLAGS_2005


class Plan(NamedTuple):
    """Where the numbers of a shape stand. One tuple of eight positions a factor; the last position holds nothing."""

    factors: tuple[tuple[str, tuple[int, ...]], ...]
    time: int  # position of DataTime, -1 when absent
    problems: tuple[str, ...]


class Mapped(NamedTuple):
    """Readings of a packet and codes of what could not be read."""

    readings: list[Reading]
    problems: tuple[str, ...]
    time: datetime | None


_plans: dict[tuple[str, ...], Plan] = {}
_times: dict[tuple[str, Interval, Dialect], tuple[datetime | None, str]] = {}


def readings_of(packet: Packet, *, dialect: Dialect = STANDARD) -> Mapped:
    """Readings of an upload. Units are the sender's; times are UTC starts of periods.

    A packet that is no data upload gives no readings. Nothing here raises: what is odd becomes a problem code, with the
    name it is about behind a colon.
    """
    command = COMMANDS.get(packet.header.cn)
    if command is None:
        return Mapped([], () if packet.header.cn in REQUESTS else ("cn.unknown",), None)
    if command.kind != "UPLOAD" or command.interval is None or packet.header.cn in ("2021", "2041"):
        return Mapped([], (), None)
    names, values = items(packet.body)
    plan = _plans.get(names) or compile_plan(names)
    moment, trouble = period_start(values[plan.time] if plan.time >= 0 else "", command.interval, dialect)
    problems = plan.problems if not trouble else (*plan.problems, trouble)
    if moment is None:
        return Mapped([], problems, None)
    readings, odd = read(plan, values, command.interval, moment)
    flags = FLAGS_2005 if packet.header.version is Version.V2005 else FLAGS_2017
    for reading in readings:
        if reading.flag and reading.flag not in flags:
            odd.append(f"flag.unknown:{reading.factor}")
    return Mapped(readings, (*problems, *odd) if odd else problems, moment)


def items(body: str) -> tuple[tuple[str, ...], list[str]]:
    """Names and values of CP. `;` and `,` separate alike, because the standard's own examples mix them."""
    parts = body.replace(",", ";").replace("=", ";").split(";")
    if len(parts) & 1 and not parts[-1].strip():
        parts.pop()
    names = tuple(parts[::2])
    if len(parts) & 1 == 0 and names in _plans:
        values = parts[1::2]
    else:
        # A shape not seen before is read item by item, so that a missing `=` or `;` spoils one item and not the rest.
        pairs = [item.partition("=") for item in body.replace(",", ";").split(";") if item.strip()]
        names = tuple(name for name, _equals, _value in pairs)
        values = [value for _name, _equals, value in pairs]
    values.append("")
    return names, values


def compile_plan(names: tuple[str, ...]) -> Plan:
    """Understand a shape, and keep the plan."""
    places: dict[str, list[int]] = {}
    problems: list[str] = []
    time = -1
    for position, raw in enumerate(names):
        name = raw.strip()
        if name.lower() == "datatime":
            time = position
            continue
        if name.lower() in SCALARS:
            continue
        factor, dash, statistic = name.rpartition("-")
        if not dash:
            problems.append(f"name.unknown:{name[:40]}")
            continue
        kind = STATISTICS.get(statistic.lower())
        if kind is None:
            if statistic.lower() not in CARRIED:
                problems.append(f"statistic.unknown:{name[:40]}")
            continue
        row = places.setdefault(factor.strip(), [-1] * len(PLACES))
        place = PLACES.index(kind)
        if row[place] >= 0:
            problems.append(f"name.duplicate:{name[:40]}")
        row[place] = position
    plan = Plan(tuple((factor, tuple(row)) for factor, row in places.items()), time, tuple(problems))
    if len(_plans) >= MOST_SHAPES:
        _plans.clear()
    _plans[names] = plan
    return plan


def read(plan: Plan, values: list[str], interval: Interval, moment: datetime) -> tuple[list[Reading], list[str]]:
    readings: list[Reading] = []
    odd: list[str] = []
    # Python reads 1_000, nan and inf as numbers; a logger that sends them is read number by number.
    careless = any("_" in value or "n" in value or "N" in value for value in values if value not in FLAG_TEXTS)
    for factor, row in plan.factors:
        v, low, high, total, z, zlow, zhigh, flag = row
        try:
            numbers = (
                float(values[v]) if v >= 0 else NAN,
                float(values[low]) if low >= 0 else NAN,
                float(values[high]) if high >= 0 else NAN,
                float(values[total]) if total >= 0 else NAN,
                float(values[z]) if z >= 0 else NAN,
                float(values[zlow]) if zlow >= 0 else NAN,
                float(values[zhigh]) if zhigh >= 0 else NAN,
            )
            if careless or INF in numbers or MINUS_INF in numbers:
                raise ValueError
        except ValueError:
            numbers, bad = careful(row, values)  # type: ignore[assignment]
            odd.extend(f"value.unreadable:{factor}-{name}" for name in bad)
        mark = values[flag].strip().upper() if flag >= 0 else ""
        readings.append(Reading(factor, interval, moment, *numbers, mark[:1]))
    return readings, odd


def careful(row: tuple[int, ...], values: list[str]) -> tuple[tuple[float, ...], list[str]]:
    """Number by number: an empty text or a dash is an absent value, other text is reported, infinities are no values."""
    numbers: list[float] = []
    bad: list[str] = []
    for name, position in zip(PLACES[:FLAG], row, strict=False):
        text = values[position].strip() if position >= 0 else ""
        found = NAN
        if text not in ("", "-", "--"):
            try:
                found = float(text) if "_" not in text else NAN
            except ValueError:
                found = NAN
            if found - found != 0.0:  # NaN or infinite
                bad.append(name)
                found = NAN
        numbers.append(found)
    return tuple(numbers), bad


def period_start(text: str, interval: Interval, dialect: Dialect) -> tuple[datetime | None, str]:
    """UTC start of the period that DataTime names, and a problem code when it is odd."""
    key = (text, interval, dialect)
    found = _times.get(key)
    if found is None:
        found = _period_start(text.strip(), interval, dialect)
        if len(_times) >= MOST_TIMES:
            _times.clear()
        _times[key] = found
    return found


def _period_start(text: str, interval: Interval, dialect: Dialect) -> tuple[datetime | None, str]:
    if not text:
        return None, "datatime.missing"
    local = local_time(text, dialect.zone)
    if local is None:
        return None, "datatime.unreadable"
    return to_period_start(local, interval, dialect)


def to_period_start(local: datetime, interval: Interval, dialect: Dialect) -> tuple[datetime | None, str]:
    """UTC start of the period, and whether the label stood off the grid."""
    exact = local
    if interval is Interval.MINUTE:
        local = local.replace(second=0, microsecond=0)
        back = timedelta(minutes=dialect.minute_interval_min)
    elif interval is Interval.HOUR:
        local = local.replace(minute=0, second=0, microsecond=0)
        back = timedelta(hours=1)
    elif interval is Interval.DAY:
        local = local.replace(hour=0, minute=0, second=0, microsecond=0)
        back = timedelta(days=1)
    else:
        return local.astimezone(UTC), ""
    trouble = "" if exact == local else "datatime.off_grid"
    if dialect.label_end:
        local = local - back if not trouble else local
    return local.astimezone(UTC), trouble


def local_time(text: str, zone: ZoneInfo) -> datetime | None:
    """yyyyMMddHHmmss with milliseconds or without seconds; separators of careless loggers are dropped."""
    digits = text if text.isdigit() else "".join(c for c in text if c.isdigit() and c.isascii())
    if len(digits) not in (12, 14, 17, 18) or not digits.isascii():
        return None
    try:
        year, month, day = int(digits[:4]), int(digits[4:6]), int(digits[6:8])
        second = int(digits[12:14] or 0)
        micro = int(digits[14:17] or 0) * 1000
        return datetime(year, month, day, int(digits[8:10]), int(digits[10:12]), second, micro, tzinfo=zone)
    except ValueError:
        return None


def qn_time(qn: str, zone: ZoneInfo) -> datetime | None:
    """When the sender made a frame, in UTC; None when QN does not tell."""
    moment = local_time(qn, zone) if qn else None
    return None if moment is None else moment.astimezone(UTC)
