"""The history of the demonstration park: hours and days as the loggers would have reported them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from deploy.demo.facts import LoggerPlan
from deploy.demo.noise import Flags, Floats
from deploy.demo.series import Generator, Records, hours_of
from monitoring.series.domain.readings import Interval
from monitoring.series.domain.rollups import ARITHMETIC, means
from monitoring.series.domain.validity import judge
from monitoring.series.selectors.channels import KINDS, WATER_FLOW
from monitoring.series.services.storing import HOUR_US, Rows
from parks.catalogue.domain.periods import day_bounds, day_of, park_zone

HOURLY_DAYS, DAILY_DAYS = 90, 400
BY_VOLUME = ("w01018", "w21003", "w21001", "w21011")
GOOD_HOURS = 18  # of a day, for the logger to call it normal: 75 %


@dataclass(frozen=True, slots=True)
class Span:
    """What the history covers."""

    first_day: datetime  # local midnight, in UTC
    first_hour: datetime
    end: datetime

    @property
    def days(self) -> list[datetime]:
        """Starts of the local days, the unfinished one of today included. China has one offset all year."""
        return [self.first_day + timedelta(days=n) for n in range(-(-(self.end - self.first_day) // timedelta(days=1)))]


def span(now: datetime) -> Span:
    end = now.replace(minute=0, second=0, microsecond=0)
    midnight = day_bounds(day_of(now, park_zone()), park_zone()).start
    return Span(midnight - timedelta(days=DAILY_DAYS), midnight - timedelta(days=HOURLY_DAYS), end)


@dataclass(frozen=True, slots=True)
class Origin:
    """What all rows of a logger have in common."""

    channel_ids: NDArray[np.int64]  # in the order of the logger's factors
    rule: NDArray[np.int16]
    submission_id: int
    asserted_at: int


def past_of(generator: Generator, plan: LoggerPlan, covered: Span, origin: Origin) -> tuple[Rows, Rows]:
    """Hours and days of one logger, sorted by channel and time."""
    first, middle, end = (hours_of(moment) for moment in (covered.first_day, covered.first_hour, covered.end))
    t = np.arange(first, end, dtype=np.float64) + 0.5
    records = generator.records(plan, t, length_h=1.0)
    arrived = ~records.silence.silent | records.silence.late
    recent = t > middle
    hours = hour_rows(plan, records, t, arrived & recent, origin)
    return hours, day_rows(plan, part(records, ~recent), t[~recent], arrived[~recent], origin)


def minutes_of(generator: Generator, plan: LoggerPlan, origin: Origin) -> Rows | None:
    """Minutes of a station in the times of the releases that concern it, as it would have sent them; None of others."""
    windows = windows_of(generator, plan.station.kind) if plan.station is not None else []
    if not windows:
        return None
    step = plan.minute_interval_min / 60.0
    t = np.concatenate(
        [np.arange(round(first / step), round(last / step)) * step + step / 2 for first, last in windows]
    )
    records = generator.records(plan, t, length_h=step, fine=True)
    kept = part(records, ~records.silence.silent | records.silence.late)
    starts = np.round((t[~records.silence.silent | records.silence.late] - step / 2) * 60.0).astype(np.int64) * (
        HOUR_US // 60
    )
    nothing = np.full_like(kept.value, np.nan)
    numbers = np.stack([kept.value, kept.minimum, kept.maximum, nothing, kept.converted, nothing, nothing])
    return judged(plan, numbers, kept.flag.astype("S1"), starts, Interval.MINUTE, origin)


def windows_of(generator: Generator, kind: str) -> list[tuple[float, float]]:
    """Beginnings and ends [h since 2000-01-01 UTC]."""
    if kind in ("FENCE", "WEATHER"):
        return [(one.start, one.end) for one in generator.hidden]
    if kind == "SEWER" and generator.sewer is not None:
        return [(one.start, one.end) for one in generator.sewer.spills]
    if kind == "RIVER" and generator.river is not None:
        return [(one.start, one.end) for one in generator.river.spills]
    return []


def part(records: Records, which: Flags) -> Records:
    return Records(
        records.value[:, which], records.minimum[:, which], records.maximum[:, which], records.total[:, which],
        records.converted[:, which], records.flag[:, which], records.silence,
    )  # fmt: skip


def hour_rows(plan: LoggerPlan, records: Records, t: Floats, which: Flags, origin: Origin) -> Rows:
    """One row for each hour that arrived."""
    kept = part(records, which)
    low = np.divide(kept.minimum, kept.value, out=np.ones_like(kept.value), where=kept.value != 0)
    high = np.divide(kept.maximum, kept.value, out=np.ones_like(kept.value), where=kept.value != 0)
    numbers = np.stack(
        [
            kept.value,
            kept.minimum,
            kept.maximum,
            kept.total,
            kept.converted,
            kept.converted * low,
            kept.converted * high,
        ]
    )
    starts = np.round(t[which] - 0.5).astype(np.int64) * HOUR_US
    return judged(plan, numbers, kept.flag.astype("S1"), starts, Interval.HOUR, origin)


def judged(
    plan: LoggerPlan, numbers: NDArray[np.float64], flag: NDArray[np.bytes_], starts: NDArray[np.int64],
    interval: Interval, origin: Origin,
) -> Rows:  # fmt: skip
    """Rows of statistics x factors x periods, judged as readings that arrive are judged."""
    factors, periods = numbers.shape[1:]
    flat = np.round(numbers.reshape(len(numbers), -1), 6)
    limits = np.array([(f.low, f.high) for f in plan.factors])
    verdict, reason = judge(
        value=flat[0], flag=flag.ravel(), of_2005=np.full(factors * periods, plan.edition == 2005),
        low=np.repeat(limits[:, 0], periods), high=np.repeat(limits[:, 1], periods),
    )  # fmt: skip
    size = factors * periods
    return Rows(
        channel_id=np.repeat(origin.channel_ids, periods), interval=np.full(size, int(interval), dtype=np.int16),
        time=np.tile(starts, factors), numbers=flat, flag=flag.ravel(), verdict=verdict, reason=reason,
        rule=np.repeat(origin.rule, periods), submission_id=np.full(size, origin.submission_id, dtype=np.int64),
        asserted_at=np.full(size, origin.asserted_at, dtype=np.int64),
    )  # fmt: skip


def day_rows(plan: LoggerPlan, records: Records, t: Floats, arrived: Flags, origin: Origin) -> Rows:
    """Days as a logger makes them of its hours; days of which nothing is left are not sent."""
    factors, days = len(plan.factors), len(t) // 24
    good = (records.flag == "N") & arrived
    counted = good.reshape(factors, days, 24)
    enough = counted.sum(axis=2) >= GOOD_HOURS
    volume = next((records.total[i] for i, f in enumerate(plan.factors) if f.code == WATER_FLOW), None)
    value, converted = (day_means(plan, source, good, volume, days) for source in (records.value, records.converted))
    low = np.where(counted, records.minimum.reshape(factors, days, 24), np.inf).min(axis=2)
    high = np.where(counted, records.maximum.reshape(factors, days, 24), -np.inf).max(axis=2)
    there = ~np.isnan(records.total) & arrived
    total = np.where(there, records.total, 0.0).reshape(factors, days, 24).sum(axis=2)
    total[~there.reshape(factors, days, 24).any(axis=2)] = np.nan
    nothing = np.full((factors, days), np.nan)
    numbers = np.stack([value, low, high, total, converted, nothing, nothing])
    numbers[~np.isfinite(numbers)] = np.nan
    flag = np.where(enough, b"N", b"D").astype("S1")
    starts = np.round(t[::24] - 0.5).astype(np.int64) * HOUR_US
    rows = judged(plan, numbers, flag, starts, Interval.DAY, origin)
    return rows.take(np.flatnonzero(~np.isnan(rows.numbers[0])))


def day_means(
    plan: LoggerPlan, source: NDArray[np.float64], good: Flags, volume: Floats | None, days: int
) -> NDArray[np.float64]:
    """Means of days, by the averaging of each factor; water concentrations are weighted by volume."""
    factors = len(plan.factors)
    kind = np.repeat(np.array([KINDS.get(f.code, ARITHMETIC) for f in plan.factors], dtype=np.int8), days)
    weights = np.ones_like(source)
    if volume is not None:
        for row, factor in enumerate(plan.factors):
            if factor.code in BY_VOLUME:
                weights[row] = volume
    starts = np.arange(factors * days) * 24
    found = means(source.ravel(), good.ravel(), starts, kind, weights.ravel())
    return np.asarray(found.reshape(factors, days))


def newest(rows: Rows) -> Rows:
    """The last row of each channel; rows are sorted by channel and time."""
    if not len(rows):
        return rows
    last = np.r_[rows.channel_id[1:] != rows.channel_id[:-1], True]
    return rows.take(np.flatnonzero(last))
