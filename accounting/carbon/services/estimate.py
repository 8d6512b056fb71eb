"""What the park emits now, before anybody enters a month: the newest balanced month, moved by the stacks that measure.

Each node keeps the mean hourly emission of the balanced month. Where its stacks measure CO2, the hour's measured mass over its mean in
that month scales it. The rest stands still until its data come, and the share that moves is shown.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from accounting.activity.domain.derived import Measure
from accounting.activity.selectors import derivations_of_park
from accounting.carbon.selectors.balances import newest_solved
from monitoring.series.domain.readings import Interval
from monitoring.series.selectors.history import values_of
from monitoring.series.selectors.sums import hour_sums
from parks.catalogue.domain.periods import day_of, month_bounds, park_zone

HOURS = 72
HOUR = timedelta(hours=1)
COUNTED = (0, 2)  # verdicts of hours that are valid, or suspect and counted


@dataclass(frozen=True, slots=True)
class Driver:
    """A node whose stacks measure: its mean of the balanced month [t CO2e/h], and the channels."""

    node: str
    rate: float
    mean: float  # of the measured mass in the balanced month [kg/h]
    channels: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Estimate:
    """The park by the hour [t CO2e/h] and the running month so far [t CO2e]; always of state ESTIMATED."""

    base: date  # the balanced month that it rests on
    month: date
    hours: tuple[datetime, ...]
    total: tuple[float, ...]
    moved: tuple[float | None, ...]  # the part that measuring stacks move; None where one of them is missing
    so_far: float
    elapsed: int  # h
    measured_share: float  # of `so_far` that measuring stacks move
    drivers: tuple[Driver, ...]


def estimate(*, park_id: int, now: datetime) -> Estimate | None:
    """None while no month of the park is balanced."""
    base = newest_solved(park_id=park_id)
    if base is None:
        return None
    bounds, zone = month_bounds(base.month, park_zone()), park_zone()
    length = (bounds.end - bounds.start) / HOUR
    month = day_of(now, zone).replace(day=1)
    end = now.replace(minute=0, second=0, microsecond=0)
    drivers = drivers_of(park_id=park_id, month=month, nodes=base.result["nodes"], start=bounds.start, end=bounds.end)
    rate = float(base.total or 0) / length
    still = rate - sum(one.rate for one in drivers)
    times = tuple(end - n * HOUR for n in range(HOURS, 0, -1))
    moved = moved_hours(drivers, times, end)
    start = month_bounds(month, zone).start
    elapsed = max(0, int((end - start) / HOUR))
    driven = sum(one.rate * elapsed * ratio_over(one, start, end) for one in drivers)
    so_far = still * elapsed + driven
    flat = sum(one.rate for one in drivers)
    return Estimate(
        base.month, month, times, tuple(still + (flat if one is None else one) for one in moved), tuple(moved), so_far, elapsed,
        driven / so_far if so_far else 0.0, drivers,
    )  # fmt: skip


def drivers_of(
    *, park_id: int, month: date, nodes: dict[str, dict[str, float]], start: datetime, end: datetime
) -> tuple[Driver, ...]:
    """Nodes of the balanced month with stacks that measure mass."""
    channels: defaultdict[str, list[int]] = defaultdict(list)
    for row in derivations_of_park(park_id=park_id, month=month):
        if row.node is not None and row.measure == Measure.LOAD.value and row.node.code in nodes:
            channels[row.node.code].append(row.channel_id)
    sums = hour_sums(channel_ids=[one for ids in channels.values() for one in ids], start=start, end=end)
    hours = (end - start) / HOUR
    found = []
    for node, ids in sorted(channels.items()):
        if all(sums[one].load_hours for one in ids):
            mean = sum(float(sums[one].load_kg) / sums[one].load_hours for one in ids)
            found.append(Driver(node, nodes[node]["direct"] / hours, mean, tuple(ids)))
    return tuple(one for one in found if one.mean > 0)


def ratio_over(driver: Driver, start: datetime, end: datetime) -> float:
    """Measured mass of a period over that of the balanced month; 1 where nothing was measured."""
    sums = hour_sums(channel_ids=driver.channels, start=start, end=end)
    if not all(one.load_hours for one in sums.values()):
        return 1.0
    return sum(float(one.load_kg) / one.load_hours for one in sums.values()) / driver.mean


def moved_hours(drivers: tuple[Driver, ...], times: tuple[datetime, ...], end: datetime) -> list[float | None]:
    """What the measuring stacks make of each hour [t CO2e/h]; None where one of them does not count."""
    parts: list[list[float | None]] = []
    for one in drivers:
        loads: list[dict[datetime, float]] = [
            {
                v.time: float(v.load_kg)
                for v in values_of(channel_id=channel, interval=Interval.HOUR, start=times[0], end=end)
                if v.load_kg is not None and v.verdict in COUNTED
            }
            for channel in one.channels
        ]
        parts.append(
            [
                one.rate * sum(load[t] for load in loads) / one.mean if all(t in load for load in loads) else None
                for t in times
            ]
        )
    return [
        None if any(part[n] is None for part in parts) or not parts else sum(part[n] or 0.0 for part in parts)
        for n in range(len(times))
    ]
