"""Local days of hours and local months of days; days as the logger reported them where hours are too few."""

from datetime import datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from monitoring.series.domain import rollups as domain
from monitoring.series.domain.readings import Interval
from monitoring.series.domain.validity import RuleSet
from monitoring.series.domain.verdicts import Reason, Verdict
from monitoring.series.selectors.channels import Facts, facts_of, rule_sets
from monitoring.series.services.hours import add_loads
from monitoring.series.services.rollup_rows import empty_rollups, fetch, fixed, native, pair_key
from monitoring.series.services.storing import HOUR_US, microseconds, moment_of
from parks.catalogue.domain.periods import day_bounds, month_bounds, park_zone


def bounds(
    *, times: NDArray[np.int64], zone: NDArray[np.str_], interval: Interval
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Start and end of the local day or month that holds each time [microseconds since 2000-01-01 UTC]."""
    start, end = np.zeros(len(times), dtype=np.int64), np.zeros(len(times), dtype=np.int64)
    for name in np.unique(zone):
        local = park_zone(str(name))
        mine = zone == name
        moments, back = np.unique(times[mine], return_inverse=True)
        found: list[tuple[int, int]] = []
        for us in moments.tolist():
            # They come in order, so most lie in the period of the one before.
            found.append(found[-1] if found and us < found[-1][1] else bounds_of(us, local, interval))
        table = np.array(found, dtype=np.int64)[back]
        start[mine], end[mine] = table[:, 0], table[:, 1]
    return start, end


@lru_cache(maxsize=4096)
def bounds_of(us: int, zone: ZoneInfo, interval: Interval) -> tuple[int, int]:
    day = moment_of(us).astimezone(zone).date()
    period = day_bounds(day, zone) if interval is Interval.DAY else month_bounds(day, zone)
    return microseconds(period.start), microseconds(period.end)


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
    *, interval: Interval, channel: NDArray[np.int64], time: NDArray[np.int64], parts: NDArray[Any] | None = None,
    facts: Facts | None = None, rules: dict[int, RuleSet] | None = None,
) -> NDArray[Any]:  # fmt: skip
    """Days of hours, or months of days.

    Args:
        parts: the shorter periods, sorted; facts, rules: those of the channels. All are read where they are not at hand.
    """
    facts = facts_of(channel_ids=np.unique(channel).tolist()) if facts is None else facts
    rules = rule_sets() if rules is None else rules
    at = facts.index(channel)
    rows = empty_rollups(channel=channel, interval=interval, time=time)
    rows["rule"] = facts.rule[at]
    below = Interval.HOUR if interval is Interval.DAY else Interval.DAY
    start, end = bounds(times=time, zone=facts.zone[at], interval=interval)
    if parts is None:
        starts, ends = [moment_of(us) for us in start], [moment_of(us) for us in end]
        parts = fetch(PARTS, PARTS_SQL, [channel.tolist(), starts, ends, int(below), min(starts), max(ends)])
        if interval is Interval.DAY:
            from_reported_days(rows=rows, days=starts)
    if len(parts):
        from_parts(rows=rows, parts=parts, interval=interval, facts=facts, at=at, rules=rules, start=start, end=end)
    if interval is Interval.DAY:
        add_reported_loads(rows=rows, facts=facts, at=at, hours=(end - start) / HOUR_US)
    return rows


def from_parts(
    *, rows: NDArray[Any], parts: NDArray[Any], interval: Interval, facts: Facts, at: NDArray[np.intp],
    rules: dict[int, RuleSet], start: NDArray[np.int64], end: NDArray[np.int64],
) -> None:  # fmt: skip
    """Fill periods from the shorter ones inside them; a day that the logger reported may stand."""
    channel, time = rows["channel_id"], rows["time"]
    below = Interval.HOUR if interval is Interval.DAY else Interval.DAY
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


def add_reported_loads(*, rows: NDArray[Any], facts: Facts, at: NDArray[np.intp], hours: NDArray[np.float64]) -> None:
    """Volumes and loads of days that the logger reported: day mean x day volume, exact where the mean is flow-weighted."""
    reported = rows["basis"] == Interval.DAY
    if reported.any():
        trial = rows.copy()
        add_loads(rows=trial, facts=facts, at=at, interval=Interval.DAY, hours=hours)
        for name in ("volume_m3", "load_kg", "verdict", "reason"):
            rows[name][reported] = trial[name][reported]


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
