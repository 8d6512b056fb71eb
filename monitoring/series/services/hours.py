"""Hours of what was observed in them: means, the logger's own hours, reference oxygen, loads."""

from datetime import timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitoring.series.domain import rollups as domain
from monitoring.series.domain.corrections import to_reference_o2
from monitoring.series.domain.readings import Interval
from monitoring.series.domain.validity import RuleSet
from monitoring.series.domain.verdicts import Reason, Verdict
from monitoring.series.selectors.channels import Facts
from monitoring.series.services.rollup_rows import empty_rollups, fetch, fixed, native, pair_key
from monitoring.series.services.storing import moment_of


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


def without_idle(*, rows: NDArray[Any], asked: NDArray[np.int64], interval: Interval = Interval.HOUR) -> NDArray[Any]:
    """Drop periods that were only taken along and hold nothing: a channel that sends none shall not get empty ones.

    A period that stands in the table already is kept, so that it is brought up to date.
    """
    keys = pair_key(rows["channel_id"], rows["time"])
    idle = ~np.isin(keys, asked) & (rows["verdict"] == Verdict.MISSING) & (rows["reason"] == Reason.NO_DATA)
    if not idle.any():
        return rows
    stored = stored_periods(channel=rows["channel_id"][idle], time=rows["time"][idle], interval=interval)
    kept: NDArray[np.bool_] = ~idle | np.isin(keys, pair_key(stored["channel"], stored["time"]))
    return np.asarray(rows[kept])


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


def partner(
    *, rows: NDArray[Any], facts: Facts, at: NDArray[np.intp], is_partner: NDArray[np.bool_],
    interval: Interval = Interval.HOUR,
) -> NDArray[Any]:  # fmt: skip
    """For each row, the period of its outlet's partner channel (flow, oxygen): from this batch, else as stored."""
    of_outlet = {int(o): int(c) for o, c in zip(facts.outlet[is_partner], facts.ids[is_partner], strict=True) if o > 0}
    ids = np.array([of_outlet.get(int(o), 0) for o in facts.outlet], dtype=np.int64)[at]
    found = empty_rollups(channel=ids, interval=interval, time=rows["time"])
    needed = ids > 0
    if not needed.any():
        return found
    keys = pair_key(rows["channel_id"], rows["time"])
    place = np.minimum(np.searchsorted(keys, pair_key(ids, rows["time"])), len(rows) - 1)
    here = needed & (rows["channel_id"][place] == ids) & (rows["time"][place] == rows["time"])
    found[here] = rows[place[here]]
    away = needed & ~here
    if away.any():
        stored = stored_periods(channel=ids[away], time=rows["time"][away], interval=interval)
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
STORED_PERIODS = """
SELECT r.channel_id, r.time, COALESCE(r.value, 'NaN'), r.verdict, r.reason, COALESCE(r.volume_m3::float8, 'NaN')
FROM (SELECT DISTINCT * FROM unnest(%s::bigint[], %s::timestamptz[])) AS k (channel_id, time)
JOIN monitoring_rollup r ON r.channel_id = k.channel_id AND r."interval" = %s AND r.time = k.time
     AND r.time >= %s AND r.time <= %s
ORDER BY 1, 2"""


def stored_periods(*, channel: NDArray[np.int64], time: NDArray[np.int64], interval: Interval) -> NDArray[Any]:
    starts = [moment_of(us) for us in time]
    return fetch(STORED, STORED_PERIODS, [channel.tolist(), starts, int(interval), min(starts), max(starts)])


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
    numbers, which = np.unique(rows["rule"], return_inverse=True)
    highest = np.array([rules[int(n)].highest_o2 for n in numbers])[which]
    with np.errstate(invalid="ignore"):
        idle = concerned & (measured > highest) & (rows["verdict"] == Verdict.VALID)
    rows["verdict"][idle], rows["reason"][idle] = int(Verdict.INVALID), int(Reason.NOT_RUNNING)


def add_loads(
    *, rows: NDArray[Any], facts: Facts, at: NDArray[np.intp], interval: Interval = Interval.HOUR,
    hours: NDArray[np.float64] | float = 1.0,
) -> None:  # fmt: skip
    """Volume of flow channels, and load = concentration x volume of valid periods. Zero flow excuses water concentrations.

    Args:
        hours: length of each period; days that only the logger reported have 23 to 25.
    """
    valid = rows["verdict"] == Verdict.VALID
    air, water = facts.is_air_flow[at], facts.is_water_flow[at]
    rows["volume_m3"] = np.where(
        valid & air, rows["value"] * 3600.0 * hours, np.where(valid & water, rows["value"] * 3.6 * hours, np.nan)
    )
    concerned = (facts.kg_factor[at] > 0) & (facts.outlet[at] > 0)
    if not concerned.any():
        return
    for is_flow, per_hour in ((facts.is_air_flow, 3600.0), (facts.is_water_flow, 3.6)):
        flow = partner(rows=rows, facts=facts, at=at, is_partner=is_flow, interval=interval)
        known = concerned & (flow["verdict"] == Verdict.VALID)
        volume = np.where(known, flow["value"] * per_hour * hours, np.nan)
        load = rows["value"] * volume * facts.kg_factor[at]
        rows["load_kg"] = np.where(known & valid, load, rows["load_kg"])
        rows["volume_m3"] = np.where(known, volume, rows["volume_m3"])
        if is_flow is facts.is_water_flow:
            still = known & (flow["value"] <= 0.0)
            rows["verdict"][still], rows["reason"][still] = int(Verdict.INVALID), int(Reason.ZERO_FLOW)
            rows["load_kg"][still] = 0.0
