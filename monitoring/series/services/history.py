"""Writing long histories at once: straight COPY into the large tables, judged and rolled up by the same rules as live data.

For moving in from another system and for demonstrations. Rows must be new: a key that exists already is an error.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np
from django.db import connection, transaction
from numpy.typing import NDArray

from monitoring.series.domain.readings import Interval
from monitoring.series.domain.validity import RuleSet
from monitoring.series.selectors.channels import Facts
from monitoring.series.services import hours, longer, rollup_rows
from monitoring.series.services.storing import COPY_HEAD, COPY_TAIL, HOUR_US, NUMBERS, Rows, keep_latest, microseconds

GROUP = 10_000  # PostgreSQL keeps numbers in groups of four decimal digits
WHOLE_GROUPS = 4
DECIMALS = {"load_kg": 6, "volume_m3": 3, "reported_total": 6}
ROLLED_NUMBERS = ("value", "minimum", "maximum", "converted", *DECIMALS)


class Column(NamedTuple):
    """One column of a COPY: big-endian or structured values of fixed width, and where it is NULL."""

    name: str
    values: NDArray[Any]
    null: NDArray[np.bool_] | None = None


def write_observations(*, rows: Rows) -> None:
    """Write judged observations as first versions."""
    columns = [
        Column("channel_id", rows.channel_id.astype(">i8")),
        Column("interval", rows.interval.astype(">i2")),
        Column("time", rows.time.astype(">i8")),
        *(Column(name, rows.numbers[i].astype(">f8"), np.isnan(rows.numbers[i])) for i, name in enumerate(NUMBERS)),
        Column("flag", np.where(rows.flag == b"", b"N", rows.flag).astype("S1")),
        *(Column(name, getattr(rows, name).astype(">i2")) for name in ("verdict", "reason", "rule")),
        Column("version", np.ones(len(rows), dtype=">i2")),
        *(Column(name, getattr(rows, name).astype(">i8")) for name in ("submission_id", "asserted_at")),
    ]
    copy_in("monitoring_observation", columns)


def write_rollups(*, rows: NDArray[Any], now: datetime) -> None:
    """Write roll-ups."""
    columns = [
        Column("channel_id", rows["channel_id"].astype(">i8")),
        Column("interval", rows["interval"].astype(">i2")),
        Column("time", rows["time"].astype(">i8")),
        *(Column(name, numeric(rows[name], DECIMALS[name]) if name in DECIMALS else rows[name].astype(">f8"), np.isnan(rows[name]))
          for name in ROLLED_NUMBERS),
        Column("coverage", rows["coverage"].astype(">f8")),
        *(Column(name, rows[name].astype(">i2")) for name in ("verdict", "reason", "rule", "basis")),
        Column("computed_at", np.full(len(rows), microseconds(now), dtype=">i8")),
    ]  # fmt: skip
    copy_in("monitoring_rollup", columns)


def numeric(values: NDArray[np.float64], decimals: int) -> NDArray[Any]:
    """Numbers in PostgreSQL's binary form of `numeric`, each with the same count of groups.

    The server drops leading and trailing zero groups itself.
    """
    places = -(-decimals // 4)
    scaled = np.round(np.nan_to_num(np.abs(values)) * 10.0**decimals).astype(np.int64) * 10 ** (4 * places - decimals)
    groups = WHOLE_GROUPS + places
    layout = np.dtype(
        [("count", ">i2"), ("weight", ">i2"), ("sign", ">u2"), ("scale", ">i2"), ("groups", ">i2", (groups,))]
    )
    table = np.zeros(len(values), dtype=layout)
    table["count"], table["weight"], table["scale"] = groups, WHOLE_GROUPS - 1, decimals
    table["sign"] = np.where(values < 0, 0x4000, 0)
    for place in range(groups - 1, -1, -1):
        scaled, table["groups"][:, place] = np.divmod(scaled, GROUP)
    return table


def copy_in(table: str, columns: Sequence[Column]) -> None:
    """COPY rows whose columns are of fixed width; rows with the same columns absent share one layout."""
    if not len(columns[0].values):
        return
    pattern = np.zeros(len(columns[0].values), dtype=np.int64)
    for bit, column in enumerate(columns):
        if column.null is not None:
            pattern |= column.null.astype(np.int64) << bit
    names = ", ".join(f'"{column.name}"' for column in columns)
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({names}) FROM STDIN (FORMAT BINARY)") as copy:
        copy.write(COPY_HEAD)
        for absent in np.unique(pattern):
            copy.write(encoded(columns, np.flatnonzero(pattern == absent), int(absent)))
        copy.write(COPY_TAIL)


def encoded(columns: Sequence[Column], index: NDArray[np.intp], absent: int) -> bytes:
    fields: list[tuple[str, Any]] = [("_n", ">i2")]
    present = []
    for bit, column in enumerate(columns):
        fields.append((f"_{column.name}", ">i4"))
        if not absent >> bit & 1:
            fields.append((column.name, column.values.dtype))
            present.append(column)
    rows = np.zeros(len(index), dtype=np.dtype(fields))
    rows["_n"] = len(columns)
    for column in columns:
        rows[f"_{column.name}"] = -1
    for column in present:
        rows[f"_{column.name}"] = column.values.dtype.itemsize
        rows[column.name] = column.values[index]
    return rows.tobytes()


def reported_hours(*, rows: Rows, facts: Facts, rules: dict[int, RuleSet]) -> NDArray[Any]:
    """Roll-ups of hours that the loggers reported themselves, with conversion and loads.

    All channels of an outlet must come in one call, because loads need the flow and conversion needs the oxygen.
    Rows are sorted by channel and time.
    """
    at = facts.index(rows.channel_id)
    found = rollup_rows.empty_rollups(channel=rows.channel_id, interval=Interval.HOUR, time=rows.time)
    found["rule"] = facts.rule[at]
    seen = np.zeros(len(rows), dtype=hours.OBSERVED)
    seen["interval"] = int(Interval.HOUR)
    for i, name in enumerate(NUMBERS):
        if name in ("value", "minimum", "maximum", "converted", "total"):
            seen[name] = rows.numbers[i]
    seen["verdict"], seen["reason"] = rows.verdict, rows.reason
    hours.from_reported(rows=found, seen=seen, key=np.arange(len(rows)))
    hours.convert_to_reference_oxygen(rows=found, facts=facts, at=at, rules=rules)
    hours.add_loads(rows=found, facts=facts, at=at)
    return found


def days_of_hours(*, hours: NDArray[Any], facts: Facts, rules: dict[int, RuleSet]) -> NDArray[Any]:
    """Roll-ups of the local days that hold rolled hours; these come sorted by channel and time."""
    if not len(hours):
        return hours
    start, _ = longer.bounds(
        times=hours["time"], zone=facts.zone[facts.index(hours["channel_id"])], interval=Interval.DAY
    )
    parts = np.zeros(len(hours), dtype=longer.PARTS)
    parts["channel"], parts["start"] = hours["channel_id"], start
    for name in ("time", "verdict", "reason", *ROLLED_NUMBERS):
        parts[name] = hours[name]
    first = np.flatnonzero(np.r_[True, (np.diff(start) != 0) | (np.diff(hours["channel_id"]) != 0)])
    return longer.longer_rows(
        interval=Interval.DAY, channel=hours["channel_id"][first], time=start[first], parts=parts, facts=facts, rules=rules
    )  # fmt: skip


def reported_days(*, rows: Rows, facts: Facts) -> NDArray[Any]:
    """Roll-ups of days that the loggers reported themselves, without hours of their own."""
    found = rollup_rows.empty_rollups(channel=rows.channel_id, interval=Interval.DAY, time=rows.time)
    found["rule"] = facts.rule[facts.index(rows.channel_id)]
    reported = np.zeros(len(rows), dtype=longer.REPORTED)
    reported["channel"], reported["time"] = rows.channel_id, rows.time
    for i, name in enumerate(NUMBERS):
        if name in ("value", "minimum", "maximum", "converted", "total"):
            reported[name] = rows.numbers[i]
    reported["verdict"], reported["reason"] = rows.verdict, rows.reason
    longer.take_reported_days(rows=found, found=reported)
    at = facts.index(rows.channel_id)
    start, end = longer.bounds(times=rows.time, zone=facts.zone[at], interval=Interval.DAY)
    longer.add_reported_loads(rows=found, facts=facts, at=at, hours=(end - start) / HOUR_US)
    return found


def write_months(
    *, channel_ids: Sequence[int], starts: Sequence[datetime], facts: Facts, rules: dict[int, RuleSet], now: datetime
) -> None:
    """Roll up months of channels from the days that are stored, and write those that hold any."""
    channel = np.repeat(np.array(sorted(channel_ids), dtype=np.int64), len(starts))
    time = np.tile(np.array([microseconds(start) for start in starts], dtype=np.int64), len(channel_ids))
    rows = longer.longer_rows(interval=Interval.MONTH, channel=channel, time=time, facts=facts, rules=rules)
    write_rollups(rows=rows[rows["basis"] > 0], now=now)


def note_latest(*, rows: Sequence[Rows], now: datetime) -> None:
    """Take rows as latest values."""
    for one in rows:
        keep_latest(rows=one, now=now)


def forget_orphans() -> None:
    """Delete histories whose channels do not exist: a load of two sessions was cut off between their commits."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT channel_id FROM monitoring_latest l "
            "WHERE NOT EXISTS (SELECT 1 FROM monitoring_channel c WHERE c.id = l.channel_id)"
        )
        ids = [row[0] for row in cursor.fetchall()]
        for table in ("monitoring_observation", "monitoring_rollup", "monitoring_latest") if ids else ():
            cursor.execute(f"DELETE FROM {table} WHERE channel_id = ANY(%s)", [ids])


def refresh_statistics() -> None:
    """Tell the planner of PostgreSQL what the tables hold now. A small sample tells enough of rows this regular."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL default_statistics_target = 20")
        cursor.execute("ANALYZE monitoring_observation, monitoring_rollup, monitoring_latest")
