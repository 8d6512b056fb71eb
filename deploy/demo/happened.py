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

    def note(
        self, plan: LoggerPlan, channel_ids: NDArray[np.int64], *, hours: NDArray[Any], days: NDArray[Any]
    ) -> None:
        """Periods of a logger in which a limit is exceeded or an analyser repeats itself, and those that follow."""
        of_hours, of_days = limits_of(plan, "HOUR"), limits_of(plan, "DAY")
        for channel, factor in zip(channel_ids.tolist(), plan.factors, strict=True):
            mine = hours[hours["channel_id"] == channel]
            flat = (mine["minimum"] == mine["maximum"]) & (mine["maximum"] > 0)
            seen = over(mine, of_hours.get(factor.code))
            seen[1:] |= flat[1:] & flat[:-1]
            follow(self.hours, channel, mine["time"], seen, HOUR_US)
            mine = days[days["channel_id"] == channel]
            follow(self.days, channel, mine["time"], over(mine, of_days.get(factor.code)), 24 * HOUR_US)


def follow(
    events: dict[int, set[int]], channel: int, times: NDArray[np.int64], seen: NDArray[np.bool_], step: int
) -> None:
    """Note the periods at which something is seen, and some more behind each."""
    last = int(times[-1]) if len(times) else 0
    for time in times[seen].tolist():
        for later in range(time, min(time + FOLLOWED * step, last) + 1, step):
            events.setdefault(later, set()).add(channel)


def limits_of(plan: LoggerPlan, period: str) -> dict[str, tuple[float, bool]]:
    if plan.outlet is None:
        return {}
    return {
        limit.factor: (limit.maximum * (SPECIAL_SHARE if limit.factor == SPECIAL_FACTOR else 1.0), limit.reference_o2 is not None)
        for limit in plan.outlet.limits if limit.period == period
    }  # fmt: skip


def over(rows: NDArray[Any], limit: tuple[float, bool] | None) -> NDArray[np.bool_]:
    """Which rows exceed a limit that is given with whether it holds at reference oxygen."""
    if limit is None:
        return np.zeros(len(rows), dtype=bool)
    maximum, with_o2 = limit
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
