"""Letting the problems of the past happen: the same rules, asked at the hours at which something changed."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deploy.demo.facts import LoggerPlan
from deploy.demo.granting import SPECIAL_FACTOR, SPECIAL_SHARE
from monitoring.alarms import services as alarms
from monitoring.series.domain.readings import Interval
from monitoring.series.domain.verdicts import Verdict
from monitoring.series.services.rolling import Rolled
from monitoring.series.services.storing import HOUR_US, moment_of

AFTER = {Interval.HOUR: timedelta(hours=1, minutes=2), Interval.DAY: timedelta(days=1, minutes=10)}
FOLLOWED = 5  # periods after an event, so that a later valid one can clear it


@dataclass
class Events:
    """Channels that must be looked at, by the period at which something is to be seen."""

    hours: dict[int, set[int]] = field(default_factory=dict)
    days: dict[int, set[int]] = field(default_factory=dict)

    def note_hours(self, plan: LoggerPlan, rows: NDArray[Any], channel_ids: NDArray[np.int64]) -> None:
        """Hours of a logger in which a limit is exceeded or an analyser repeats itself, and those that follow."""
        limits = limits_of(plan, "HOUR")
        for channel, factor in zip(channel_ids, plan.factors, strict=True):
            mine = rows[rows["channel_id"] == channel]
            seen = over(mine, *limits[factor.code]) if factor.code in limits else np.zeros(len(mine), dtype=bool)
            flat = (mine["minimum"] == mine["maximum"]) & (mine["maximum"] > 0)
            seen[1:] |= flat[1:] & flat[:-1]
            self.note(self.hours, int(channel), mine["time"], seen, HOUR_US)

    def note_days(self, plan: LoggerPlan, rows: NDArray[Any], channel_of: dict[str, int]) -> None:
        for code, (maximum, with_o2) in limits_of(plan, "DAY").items():
            if code in channel_of:
                mine = rows[rows["channel_id"] == channel_of[code]]
                self.note(self.days, channel_of[code], mine["time"], over(mine, maximum, with_o2), 24 * HOUR_US)

    @staticmethod
    def note(events: dict[int, set[int]], channel: int, times: NDArray[np.int64], seen: NDArray[np.bool_], step: int) -> None:  # fmt: skip
        last = int(times[-1]) if len(times) else 0
        for time in times[seen].tolist():
            for n in range(FOLLOWED + 1):
                if time + n * step <= last:
                    events.setdefault(time + n * step, set()).add(channel)


def limits_of(plan: LoggerPlan, period: str) -> dict[str, tuple[float, bool]]:
    if plan.outlet is None:
        return {}
    return {
        limit.factor: (limit.maximum * (SPECIAL_SHARE if limit.factor == SPECIAL_FACTOR else 1.0), limit.reference_o2 is not None)
        for limit in plan.outlet.limits if limit.period == period
    }  # fmt: skip


def over(rows: NDArray[Any], maximum: float, with_o2: bool) -> NDArray[np.bool_]:
    value = rows["converted"] if with_o2 else rows["value"]
    return np.asarray((rows["verdict"] == Verdict.VALID) & (np.nan_to_num(value) > maximum))


def let_happen(*, events: Events, until: datetime, step: Callable[[float], None]) -> None:
    """Evaluate the noted periods in their order, each with the clock of its own time."""
    calls = list(ordered(events))
    for number, (interval, time, channels) in enumerate(calls):
        rolled = Rolled(
            interval, np.array(sorted(channels), dtype=np.int64), np.full(len(channels), time, dtype=np.int64)
        )
        now = moment_of(time) + AFTER[interval]
        if now <= until:
            alarms.evaluate(rolled=rolled, now=now)
        step(number / len(calls))


def ordered(events: Events) -> Iterator[tuple[Interval, int, set[int]]]:
    for interval, found in ((Interval.HOUR, events.hours), (Interval.DAY, events.days)):
        for time in sorted(found):
            yield interval, time, found[time]
