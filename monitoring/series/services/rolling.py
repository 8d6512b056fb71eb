"""Roll-ups: hours of observations, local days of hours, local months of days, with verdicts, coverage and loads.

What is due stands in a table. A run takes due periods under lock, reads everything inside them anew, and writes what
differs; so it can run twice, late, or after a crash, and gives the same rows.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.db import connection, transaction
from numpy.typing import NDArray

from monitoring.series.domain import rollups as domain
from monitoring.series.domain.corrections import to_reference_o2
from monitoring.series.domain.readings import Interval
from monitoring.series.domain.validity import RuleSet
from monitoring.series.domain.verdicts import Reason, Verdict
from monitoring.series.selectors.channels import Facts, facts_of, rule_sets
from monitoring.series.services.partitions import ensure_partitions
from monitoring.series.services.storing import COPY_HEAD, COPY_TAIL, HOUR_US, microseconds, moment_of
from parks.catalogue.domain.periods import day_bounds, month_bounds, park_zone

MOST_PERIODS = 20_000
QUIET_S = 1.0
LOCK = 0x746B  # advisory lock: one run at a time, so that none writes what another has just read anew
LONGEST_WAIT_S = 10.0


@dataclass(frozen=True, slots=True)
class Rolled:
    """Periods that were rolled up: parallel arrays of channel and start (microseconds since 2000-01-01 UTC)."""

    interval: Interval
    channel_ids: NDArray[np.int64]
    times: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.channel_ids)


def take_due(
    *, interval: Interval, now: datetime, quiet_s: float = QUIET_S
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Take due periods: those that were quiet for a moment, and those that have waited long. Runs inside the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        cursor.execute(
            """DELETE FROM monitoring_due WHERE (channel_id, "interval", time) IN (
                   SELECT channel_id, "interval", time FROM monitoring_due
                   WHERE "interval" = %s AND (marked_at <= %s OR first_at <= %s)
                   ORDER BY channel_id, time LIMIT %s FOR UPDATE SKIP LOCKED)
               RETURNING channel_id, time""",
            [int(interval), now - timedelta(seconds=quiet_s), now - timedelta(seconds=LONGEST_WAIT_S), MOST_PERIODS],
        )
        rows = cursor.fetchall()
    channel = np.array([row[0] for row in rows], dtype=np.int64)
    time = np.array([microseconds(row[1]) for row in rows], dtype=np.int64)
    order = np.lexsort((time, channel))
    return channel[order], time[order]


def roll_hours(*, now: datetime, quiet_s: float = QUIET_S) -> Rolled:
    """Roll up due hours; marks the local days they lie in. Empty when nothing is due."""
    ensure_partitions(tables=["monitoring_rollup"], times=[now])
    with transaction.atomic():
        channel, time = take_due(interval=Interval.HOUR, now=now, quiet_s=quiet_s)
        if not len(channel):
            return Rolled(Interval.HOUR, channel, time)
        facts = facts_of(channel_ids=np.unique(channel).tolist())
        asked = pair_key(channel, time)
        channel, time = with_dependents(channel=channel, time=time, facts=facts)
        rows = hour_rows(channel=channel, time=time, facts=facts, rules=rule_sets())
        rows = without_idle(rows=rows, asked=asked)
        write_rollups(rows=rows, now=now)
        mark_longer(rows=rows, interval=Interval.DAY, now=now)
        return Rolled(Interval.HOUR, rows["channel_id"], rows["time"])


def with_dependents(
    *, channel: NDArray[np.int64], time: NDArray[np.int64], facts: Facts
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Add the other channels of an outlet for hours in which its flow or oxygen changed: their loads depend on it."""
    at = facts.index(channel)
    drives = facts.is_air_flow | facts.is_water_flow | facts.is_oxygen
    driving = drives[at] & (facts.outlet[at] > 0)
    if not driving.any():
        return channel, time
    siblings: dict[int, NDArray[np.int64]] = {
        int(outlet): facts.ids[(facts.outlet == outlet)] for outlet in np.unique(facts.outlet[at][driving])
    }
    more_channel, more_time = [channel], [time]
    for outlet, ids in siblings.items():
        hours = np.unique(time[driving & (facts.outlet[at] == outlet)])
        more_channel.append(np.repeat(ids, len(hours)))
        more_time.append(np.tile(hours, len(ids)))
    pairs = np.unique(np.stack([np.concatenate(more_channel), np.concatenate(more_time)]), axis=1)
    return pairs[0], pairs[1]


def without_idle(*, rows: NDArray[Any], asked: NDArray[np.int64]) -> NDArray[Any]:
    """Drop hours that were only taken along and hold nothing: a channel that sends no hours shall not get empty ones.

    An hour that stands in the table already is kept, so that it is brought up to date.
    """
    keys = pair_key(rows["channel_id"], rows["time"])
    idle = ~np.isin(keys, asked) & (rows["verdict"] == Verdict.MISSING) & (rows["reason"] == Reason.NO_DATA)
    if not idle.any():
        return rows
    stored = stored_hours(channel=rows["channel_id"][idle], time=rows["time"][idle])
    kept: NDArray[np.bool_] = ~idle | np.isin(keys, pair_key(stored["channel"], stored["time"]))
    return np.asarray(rows[kept])


def fixed(*columns: tuple[str, str]) -> np.dtype[Any]:
    """Layout of a binary COPY row of fixed-width columns."""
    return np.dtype([("n", ">i2")] + [f for name, kind in columns for f in ((f"_{name}", ">i4"), (name, kind))])


def fetch(layout: np.dtype[Any], sql: str, parameters: list[Any]) -> NDArray[Any]:
    """Rows of a query whose columns are of fixed width and never null, through binary COPY."""
    with (
        connection.wrap_database_errors,
        connection.cursor() as cursor,
        cursor.copy(f"COPY ({sql}) TO STDOUT (FORMAT BINARY)", parameters) as copy,
    ):
        data = b"".join(bytes(part) for part in copy)
    count = (len(data) - len(COPY_HEAD) - len(COPY_TAIL)) // layout.itemsize
    return np.frombuffer(data, dtype=layout, offset=len(COPY_HEAD), count=count)


OBSERVED = fixed(
    ("channel", ">i8"), ("hour", ">i8"), ("interval", ">i2"), ("time", ">i8"), ("value", ">f8"), ("minimum", ">f8"),
    ("maximum", ">f8"), ("converted", ">f8"), ("total", ">f8"), ("verdict", ">i2"), ("reason", ">i2"),
)  # fmt: skip
# The array of intervals lets one index scan serve each key.
OBSERVATIONS = """
SELECT k.channel_id, k.time, o."interval", o.time, COALESCE(o.value, 'NaN'), COALESCE(o.minimum, 'NaN'),
       COALESCE(o.maximum, 'NaN'), COALESCE(o.converted, 'NaN'), COALESCE(o.total, 'NaN'), o.verdict, o.reason
FROM unnest(%s::bigint[], %s::timestamptz[]) AS k (channel_id, time)
JOIN monitoring_observation o ON o.channel_id = k.channel_id AND o."interval" = ANY ('{0,1,2}')
     AND o.time >= k.time AND o.time < k.time + interval '1 hour'
     AND o.time >= %s AND o.time < %s
ORDER BY 1, 2, 3, 4"""

ROLLUP = np.dtype(
    [("channel_id", "i8"), ("interval", "i2"), ("time", "i8")]
    + [(name, "f8") for name in ("value", "minimum", "maximum", "converted", "coverage")]
    + [(name, "i2") for name in ("verdict", "reason", "rule", "basis")]
    + [(name, "f8") for name in ("load_kg", "volume_m3", "reported_total")]
)
NUMBERS = ("value", "minimum", "maximum", "converted", "load_kg", "volume_m3", "reported_total")


def empty_rollups(*, channel: NDArray[np.int64], interval: Interval, time: NDArray[np.int64]) -> NDArray[Any]:
    """Roll-ups of periods without data."""
    rows = np.zeros(len(channel), dtype=ROLLUP)
    rows["channel_id"], rows["interval"], rows["time"] = channel, int(interval), time
    for name in NUMBERS:
        rows[name] = np.nan
    rows["verdict"], rows["reason"] = int(Verdict.MISSING), int(Reason.NO_DATA)
    return rows


def hour_rows(
    *, channel: NDArray[np.int64], time: NDArray[np.int64], facts: Facts, rules: dict[int, RuleSet]
) -> NDArray[Any]:
    """Hours of channels from what was observed in them.

    Minute records come first; where there are none, real-time values stand in for their minutes; where too little of
    either arrived, the hour that the logger itself reported is taken if it is valid.
    """
    rows = empty_rollups(channel=channel, interval=Interval.HOUR, time=time)
    at = facts.index(channel)
    rows["rule"] = facts.rule[at]
    starts = [moment_of(us) for us in time]
    seen = fetch(OBSERVED, OBSERVATIONS, [channel.tolist(), starts, min(starts), max(starts) + timedelta(hours=1)])
    if len(seen):
        key = np.searchsorted(pair_key(channel, time), pair_key(seen["channel"], seen["hour"]))
        from_records(rows=rows, seen=seen, key=key, facts=facts, at=at, rules=rules)
        from_reported(rows=rows, seen=seen, key=key)
    convert_to_reference_oxygen(rows=rows, facts=facts, at=at, rules=rules)
    add_loads(rows=rows, facts=facts, at=at)
    return rows


def pair_key(channel: NDArray[np.int64], time: NDArray[np.int64]) -> NDArray[np.int64]:
    """One sortable number for channel and hour: hours since 2000 fit in 2^24 until the year 3900."""
    return channel.astype(np.int64) * (1 << 24) + time.astype(np.int64) // HOUR_US + (1 << 22)


def from_records(
    *, rows: NDArray[Any], seen: NDArray[Any], key: NDArray[np.intp], facts: Facts, at: NDArray[np.intp],
    rules: dict[int, RuleSet],
) -> None:  # fmt: skip
    """Fill hours from minute records, or from real-time values where an hour has no minute record."""
    has_minutes = np.zeros(len(rows), dtype=bool)
    has_minutes[key[seen["interval"] == Interval.MINUTE]] = True
    wanted = np.where(has_minutes[key], Interval.MINUTE, Interval.REALTIME)
    chosen = seen["interval"] == wanted
    if not chosen.any():
        return
    part, group = seen[chosen], key[chosen]
    starts = np.flatnonzero(np.r_[True, group[1:] != group[:-1]])
    hours = group[starts]
    stands_for = np.where(part["interval"] == Interval.MINUTE, facts.minutes[at[group]], facts.realtime[at[group]])
    needed = np.array([rules[int(n)].min_minutes for n in rows["rule"][hours]], dtype=np.int16)
    mean = domain.hours_from_minutes(
        value=native(part["value"]), minimum=native(part["minimum"]), maximum=native(part["maximum"]),
        converted=native(part["converted"]), verdict=part["verdict"].astype(np.int16),
        reason=part["reason"].astype(np.int16), minutes=stands_for, starts=starts, kind=facts.kind[at[hours]],
        min_minutes=needed,
    )  # fmt: skip
    for name in ("value", "minimum", "maximum", "converted", "coverage", "verdict", "reason"):
        rows[name][hours] = getattr(mean, name)
    rows["basis"][hours] = wanted[chosen][starts]
    totals = native(part["total"])
    total = domain.sums(totals, ~np.isnan(totals), starts)
    any_total = np.add.reduceat((~np.isnan(totals)).astype(float), starts) > 0
    rows["reported_total"][hours] = np.where(any_total, total, np.nan)


def from_reported(*, rows: NDArray[Any], seen: NDArray[Any], key: NDArray[np.intp]) -> None:
    """Take the logger's own hour where finer data is missing or too thin, and its total where the minutes gave none."""
    own = seen["interval"] == Interval.HOUR
    part, hours = seen[own], key[own]
    valid = part["verdict"] == Verdict.VALID
    nothing = rows["verdict"][hours] == Verdict.MISSING
    thin = (rows["verdict"][hours] == Verdict.INVALID) & (rows["reason"][hours] == Reason.TOO_FEW_MINUTES) & valid
    take = nothing | thin
    target, source = hours[take], part[take]
    for name in ("value", "minimum", "maximum", "converted"):
        rows[name][target] = source[name]
    rows["coverage"][target] = (source["verdict"] == Verdict.VALID).astype(float)
    rows["verdict"][target] = source["verdict"]
    rows["reason"][target] = np.where(source["verdict"] == Verdict.VALID, int(Reason.REPORTED), source["reason"])
    rows["basis"][target] = int(Interval.HOUR)
    rows["reported_total"][hours] = np.where(np.isnan(part["total"]), rows["reported_total"][hours], part["total"])


def native(values: NDArray[Any]) -> NDArray[np.float64]:
    return values.astype(np.float64)


def partner(*, rows: NDArray[Any], facts: Facts, at: NDArray[np.intp], is_partner: NDArray[np.bool_]) -> NDArray[Any]:
    """For each row, the hour of its outlet's partner channel (flow, oxygen): from this batch, else as stored."""
    of_outlet = {int(o): int(c) for o, c in zip(facts.outlet[is_partner], facts.ids[is_partner], strict=True) if o > 0}
    ids = np.array([of_outlet.get(int(o), 0) for o in facts.outlet[at]], dtype=np.int64)
    found = empty_rollups(channel=ids, interval=Interval.HOUR, time=rows["time"])
    needed = ids > 0
    if not needed.any():
        return found
    keys = pair_key(rows["channel_id"], rows["time"])
    place = np.minimum(np.searchsorted(keys, pair_key(ids, rows["time"])), len(rows) - 1)
    here = needed & (rows["channel_id"][place] == ids) & (rows["time"][place] == rows["time"])
    found[here] = rows[place[here]]
    away = needed & ~here
    if away.any():
        stored = stored_hours(channel=ids[away], time=rows["time"][away])
        if len(stored):
            wanted = pair_key(ids[away], rows["time"][away])
            known = pair_key(stored["channel"], stored["time"])
            position = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
            hit = known[position] == wanted
            target = np.flatnonzero(away)[hit]
            for name in ("value", "verdict", "reason", "volume_m3"):
                found[name][target] = stored[name][position[hit]]
    return found


STORED = fixed(
    ("channel", ">i8"), ("time", ">i8"), ("value", ">f8"), ("verdict", ">i2"), ("reason", ">i2"), ("volume_m3", ">f8")
)
STORED_HOURS = """
SELECT r.channel_id, r.time, COALESCE(r.value, 'NaN'), r.verdict, r.reason, COALESCE(r.volume_m3::float8, 'NaN')
FROM (SELECT DISTINCT * FROM unnest(%s::bigint[], %s::timestamptz[])) AS k (channel_id, time)
JOIN monitoring_rollup r ON r.channel_id = k.channel_id AND r."interval" = 2 AND r.time = k.time
     AND r.time >= %s AND r.time <= %s
ORDER BY 1, 2"""


def stored_hours(*, channel: NDArray[np.int64], time: NDArray[np.int64]) -> NDArray[Any]:
    starts = [moment_of(us) for us in time]
    return fetch(STORED, STORED_HOURS, [channel.tolist(), starts, min(starts), max(starts)])


def convert_to_reference_oxygen(
    *, rows: NDArray[Any], facts: Facts, at: NDArray[np.intp], rules: dict[int, RuleSet]
) -> None:
    """Converted value where the channel has a reference oxygen and the logger sent none; a plant full of air does not run."""
    reference = facts.reference_o2[at]
    concerned = ~np.isnan(reference)
    if not concerned.any():
        return
    oxygen = partner(rows=rows, facts=facts, at=at, is_partner=facts.is_oxygen)
    measured = np.where(oxygen["verdict"] == Verdict.VALID, oxygen["value"], np.nan)
    own = to_reference_o2(concentration=rows["value"], o2=measured, reference=reference)
    rows["converted"] = np.where(concerned & np.isnan(rows["converted"]), own, rows["converted"])
    highest = np.array([rules[int(n)].highest_o2 for n in rows["rule"]])
    with np.errstate(invalid="ignore"):
        idle = concerned & (measured > highest) & (rows["verdict"] == Verdict.VALID)
    rows["verdict"][idle], rows["reason"][idle] = int(Verdict.INVALID), int(Reason.NOT_RUNNING)


def add_loads(*, rows: NDArray[Any], facts: Facts, at: NDArray[np.intp]) -> None:
    """Volume of flow channels, and load = concentration x volume of valid hours. Zero flow excuses water concentrations."""
    valid = rows["verdict"] == Verdict.VALID
    air, water = facts.is_air_flow[at], facts.is_water_flow[at]
    rows["volume_m3"] = np.where(
        valid & air, rows["value"] * 3600.0, np.where(valid & water, rows["value"] * 3.6, np.nan)
    )
    concerned = (facts.kg_factor[at] > 0) & (facts.outlet[at] > 0)
    if not concerned.any():
        return
    for is_flow, per_hour in ((facts.is_air_flow, 3600.0), (facts.is_water_flow, 3.6)):
        flow = partner(rows=rows, facts=facts, at=at, is_partner=is_flow)
        known = concerned & (flow["verdict"] == Verdict.VALID)
        volume = np.where(known, flow["value"] * per_hour, np.nan)
        load = rows["value"] * volume * facts.kg_factor[at]
        rows["load_kg"] = np.where(known & valid, load, rows["load_kg"])
        rows["volume_m3"] = np.where(known, volume, rows["volume_m3"])
        if is_flow is facts.is_water_flow:
            still = known & (flow["value"] <= 0.0)
            rows["verdict"][still], rows["reason"][still] = int(Verdict.INVALID), int(Reason.ZERO_FLOW)
            rows["load_kg"][still] = 0.0


WRITTEN: tuple[tuple[str, str], ...] = (
    ("channel_id", ">i8"), ("interval", ">i2"), ("time", ">i8"), ("value", ">f8"), ("minimum", ">f8"), ("maximum", ">f8"),
    ("converted", ">f8"), ("coverage", ">f8"), ("verdict", ">i2"), ("reason", ">i2"), ("rule", ">i2"), ("basis", ">i2"),
    ("load_kg", ">f8"), ("volume_m3", ">f8"), ("reported_total", ">f8"),
)  # fmt: skip
KINDS = {">i8": "bigint", ">i2": "smallint", ">f8": "float8"}
STAGING = ", ".join(f'"{name}" {"timestamptz" if name == "time" else KINDS[kind]}' for name, kind in WRITTEN)
EXACT = {"load_kg": "numeric(20, 6)", "volume_m3": "numeric(20, 3)", "reported_total": "numeric(20, 6)"}
SELECTED = ", ".join(
    f"NULLIF({name}, 'NaN')::{EXACT[name]}"
    if name in EXACT
    else f"NULLIF({name}, 'NaN')"
    if name in NUMBERS
    else f'"{name}"'
    for name, _ in WRITTEN
)
CHANGING = [name for name, _ in WRITTEN[3:]]
UPSERT = f"""
INSERT INTO monitoring_rollup ({", ".join(f'"{n}"' for n, _ in WRITTEN)}, computed_at)
SELECT {SELECTED}, %s FROM staging_rollup ORDER BY channel_id, "interval", time
ON CONFLICT (channel_id, "interval", time) DO UPDATE SET {", ".join(f"{n} = EXCLUDED.{n}" for n in CHANGING)},
    computed_at = EXCLUDED.computed_at
WHERE ({", ".join("monitoring_rollup." + n for n in CHANGING)}) IS DISTINCT FROM ({", ".join("EXCLUDED." + n for n in CHANGING)})"""


def write_rollups(*, rows: NDArray[Any], now: datetime) -> int:
    """Write roll-ups that differ from what stands there. Returns how many were written."""
    layout = fixed(*WRITTEN)
    table = np.zeros(len(rows), dtype=layout)
    table["n"] = len(WRITTEN)
    for name, kind in WRITTEN:
        table[f"_{name}"] = np.dtype(kind).itemsize
        table[name] = rows[name]
    with connection.wrap_database_errors, connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE IF NOT EXISTS staging_rollup ({STAGING}) ON COMMIT DELETE ROWS")
        cursor.execute("TRUNCATE staging_rollup")
        with cursor.copy("COPY staging_rollup FROM STDIN (FORMAT BINARY)") as copy:
            copy.write(COPY_HEAD + table.tobytes() + COPY_TAIL)
        cursor.execute(UPSERT, [now])
        return int(cursor.rowcount)


def mark_longer(*, rows: NDArray[Any], interval: Interval, now: datetime) -> None:
    """Mark the local days (or months) that hold the rows."""
    if not len(rows):
        return
    facts = facts_of(channel_ids=np.unique(rows["channel_id"]).tolist())
    start, _ = bounds(times=rows["time"], zone=facts.zone[facts.index(rows["channel_id"])], interval=interval)
    pairs = np.unique(np.stack([rows["channel_id"], start]), axis=1)
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO monitoring_due (channel_id, "interval", time, first_at, marked_at)
               SELECT c, %s, t, %s, %s FROM unnest(%s::bigint[], %s::timestamptz[]) AS k (c, t)
               ON CONFLICT (channel_id, "interval", time) DO UPDATE SET marked_at = EXCLUDED.marked_at""",
            [int(interval), now, now, pairs[0].tolist(), [moment_of(us) for us in pairs[1]]],
        )


def bounds(
    *, times: NDArray[np.int64], zone: NDArray[np.str_], interval: Interval
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Start and end of the local day or month that holds each time [microseconds since 2000-01-01 UTC]."""
    start, end = np.zeros(len(times), dtype=np.int64), np.zeros(len(times), dtype=np.int64)
    for name in np.unique(zone):
        local = park_zone(str(name))
        mine = zone == name
        moments, back = np.unique(times[mine], return_inverse=True)
        found = []
        for us in moments:
            day = moment_of(us).astimezone(local).date()
            period = day_bounds(day, local) if interval is Interval.DAY else month_bounds(day, local)
            found.append((microseconds(period.start), microseconds(period.end)))
        table = np.array(found, dtype=np.int64)[back]
        start[mine], end[mine] = table[:, 0], table[:, 1]
    return start, end


def roll_days(*, now: datetime, quiet_s: float = QUIET_S) -> Rolled:
    """Roll up due local days; marks their months."""
    return roll_longer(interval=Interval.DAY, now=now, quiet_s=quiet_s)


def roll_months(*, now: datetime, quiet_s: float = QUIET_S) -> Rolled:
    """Roll up due local months."""
    return roll_longer(interval=Interval.MONTH, now=now, quiet_s=quiet_s)


@transaction.atomic
def roll_longer(*, interval: Interval, now: datetime, quiet_s: float) -> Rolled:
    channel, time = take_due(interval=interval, now=now, quiet_s=quiet_s)
    if len(channel):
        rows = longer_rows(interval=interval, channel=channel, time=time)
        write_rollups(rows=rows, now=now)
        if interval is Interval.DAY:
            mark_longer(rows=rows, interval=Interval.MONTH, now=now)
    return Rolled(interval, channel, time)


PARTS = fixed(
    ("channel", ">i8"), ("start", ">i8"), ("time", ">i8"), ("value", ">f8"), ("minimum", ">f8"), ("maximum", ">f8"),
    ("converted", ">f8"), ("verdict", ">i2"), ("reason", ">i2"), ("load_kg", ">f8"), ("volume_m3", ">f8"),
    ("reported_total", ">f8"),
)  # fmt: skip
PARTS_SQL = """
SELECT k.channel_id, k.start, r.time, COALESCE(r.value, 'NaN'), COALESCE(r.minimum, 'NaN'), COALESCE(r.maximum, 'NaN'),
       COALESCE(r.converted, 'NaN'), r.verdict, r.reason, COALESCE(r.load_kg::float8, 'NaN'),
       COALESCE(r.volume_m3::float8, 'NaN'), COALESCE(r.reported_total::float8, 'NaN')
FROM unnest(%s::bigint[], %s::timestamptz[], %s::timestamptz[]) AS k (channel_id, start, stop)
JOIN monitoring_rollup r ON r.channel_id = k.channel_id AND r."interval" = %s AND r.time >= k.start AND r.time < k.stop
     AND r.time >= %s AND r.time < %s
ORDER BY 1, 2, 3"""


def longer_rows(
    *, interval: Interval, channel: NDArray[np.int64], time: NDArray[np.int64], parts: NDArray[Any] | None = None
) -> NDArray[Any]:
    """Days of hours, or months of days. `parts` may bring the shorter periods, sorted, where they are at hand."""
    facts = facts_of(channel_ids=np.unique(channel).tolist())
    rules = rule_sets()
    at = facts.index(channel)
    rows = empty_rollups(channel=channel, interval=interval, time=time)
    rows["rule"] = facts.rule[at]
    below = Interval.HOUR if interval is Interval.DAY else Interval.DAY
    start, end = bounds(times=time, zone=facts.zone[at], interval=interval)
    starts, ends = [moment_of(us) for us in start], [moment_of(us) for us in end]
    if parts is None:
        parts = fetch(PARTS, PARTS_SQL, [channel.tolist(), starts, ends, int(below), min(starts), max(ends)])
        if interval is Interval.DAY:
            from_reported_days(rows=rows, days=starts)
    if not len(parts):
        return rows
    group = np.searchsorted(pair_key(channel, time), pair_key(parts["channel"], parts["start"]))
    first = np.flatnonzero(np.r_[True, group[1:] != group[:-1]])
    hit = group[first]
    unit_us = HOUR_US if below is Interval.HOUR else 24 * HOUR_US
    due = np.round((end[hit] - start[hit]) / unit_us)
    needed = np.array(
        [needed_rows(rules[int(rows["rule"][g])], interval, float(d)) for g, d in zip(hit, due, strict=True)]
    )
    weighted = facts.flow_weighted[at[group]] & (below is Interval.HOUR)
    mean = domain.longer_periods(
        value=native(parts["value"]), minimum=native(parts["minimum"]), maximum=native(parts["maximum"]),
        converted=native(parts["converted"]), verdict=parts["verdict"].astype(np.int16),
        reason=parts["reason"].astype(np.int16), starts=first, kind=facts.kind[at[hit]],
        weights=np.where(weighted, native(parts["volume_m3"]), 1.0), needed=needed, due=due,
        too_few=Reason.TOO_FEW_HOURS if interval is Interval.DAY else Reason.TOO_FEW_DAYS,
    )  # fmt: skip
    lost = np.add.reduceat(
        ((parts["verdict"] == Verdict.INVALID) & (parts["reason"] != Reason.TOO_FEW_MINUTES)).astype(float), first
    )
    taken = ~prefers_reported(rows=rows[hit], verdict=mean.verdict, thin=due - lost >= needed)
    for name in ("value", "minimum", "maximum", "converted", "coverage", "verdict", "reason"):
        rows[name][hit[taken]] = getattr(mean, name)[taken]
    rows["basis"][hit[taken]] = int(below)
    for name in ("load_kg", "volume_m3", "reported_total"):
        values = native(parts[name])
        there = ~np.isnan(values)
        some = np.add.reduceat(there.astype(float), first) > 0
        rows[name][hit] = np.where(some, domain.sums(values, there, first), rows[name][hit])
    return rows


def prefers_reported(*, rows: NDArray[Any], verdict: NDArray[np.int16], thin: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether a day stays as the logger reported it: no hour counts, or hours are only too few to make a day."""
    reported: NDArray[np.bool_] = rows["basis"] == Interval.DAY
    better: NDArray[np.bool_] = (rows["verdict"] == Verdict.VALID) & (verdict != Verdict.VALID) & thin
    kept: NDArray[np.bool_] = reported & ((verdict == Verdict.MISSING) | better)
    return kept


REPORTED = fixed(
    ("channel", ">i8"), ("time", ">i8"), ("value", ">f8"), ("minimum", ">f8"), ("maximum", ">f8"), ("converted", ">f8"),
    ("total", ">f8"), ("verdict", ">i2"), ("reason", ">i2"),
)  # fmt: skip
REPORTED_SQL = """
SELECT o.channel_id, o.time, COALESCE(o.value, 'NaN'), COALESCE(o.minimum, 'NaN'), COALESCE(o.maximum, 'NaN'),
       COALESCE(o.converted, 'NaN'), COALESCE(o.total, 'NaN'), o.verdict, o.reason
FROM unnest(%s::bigint[], %s::timestamptz[]) AS k (channel_id, time)
JOIN monitoring_observation o ON o.channel_id = k.channel_id AND o."interval" = 3 AND o.time = k.time
     AND o.time >= %s AND o.time <= %s
ORDER BY 1, 2"""


def from_reported_days(*, rows: NDArray[Any], days: list[datetime]) -> None:
    """Days as the logger reported them; days with enough hours of their own are overwritten by what the hours give."""
    found = fetch(REPORTED, REPORTED_SQL, [rows["channel_id"].tolist(), days, min(days), max(days)])
    if len(found):
        take_reported_days(rows=rows, found=found)


def take_reported_days(*, rows: NDArray[Any], found: NDArray[Any]) -> None:
    hit = np.searchsorted(pair_key(rows["channel_id"], rows["time"]), pair_key(found["channel"], found["time"]))
    for name in ("value", "minimum", "maximum", "converted"):
        rows[name][hit] = found[name]
    valid = found["verdict"] == Verdict.VALID
    rows["coverage"][hit] = valid.astype(float)
    rows["verdict"][hit] = found["verdict"]
    rows["reason"][hit] = np.where(valid, int(Reason.REPORTED), found["reason"])
    rows["reported_total"][hit] = found["total"]
    rows["basis"][hit] = int(Interval.DAY)


def needed_rows(rule: RuleSet, interval: Interval, due: float) -> float:
    """Valid rows a day or month needs: a number, or a share of what is due."""
    if rule.share > 0:
        return rule.share * due
    if interval is Interval.DAY:
        return float(rule.min_hours)
    return float(rule.min_days_february if due <= 29 else rule.min_days)
