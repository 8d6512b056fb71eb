"""What a year comes to so far, month by month with how firm each number is, and hour by hour from the meters."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from accounting.activity.domain.derived import Measure
from accounting.activity.domain.months import MonthState, months_between
from accounting.activity.domain.quantities import FLOW, given_of
from accounting.activity.selectors import derivations_of, lines_in_force, months_of
from accounting.carbon.services.results import method_for, result_of
from accounting.factors.selectors.library import library_on
from monitoring.series.domain.readings import Interval
from monitoring.series.selectors.history import Value, values_of
from parks.catalogue.domain.periods import day_of, park_zone

HOURS = 72


@dataclass(frozen=True, slots=True)
class MonthSoFar:
    """t CO2e of a month. `state`: ESTIMATED while it runs, PROVISIONAL until it is closed, then CLOSED or VERIFIED."""

    month: date
    state: str
    co2e: Decimal | None  # None: nothing was entered
    lines: int
    refused: int  # lines that cannot be computed and do not count


@dataclass(frozen=True, slots=True)
class Hourly:
    """One source by the hour [t CO2e per h]; None where the hour does not count."""

    code: str
    hours: tuple[datetime, ...]
    co2e: tuple[float | None, ...]


def year_so_far(*, enterprise_id: int, year: int, now: datetime) -> list[MonthSoFar]:
    """Months of a year up to the running one, each line computed by the method of the enterprise."""
    today = day_of(now, park_zone())
    first, last = date(year, 1, 1), min(date(year, 12, 1), today.replace(day=1))
    states = months_of(enterprise_id=enterprise_id)
    rows = list(lines_in_force(enterprise_id=enterprise_id, first=first, last=last))
    library = library_on(day=last)
    found = []
    for month in months_between(first=first, last=last):
        mine = [line for line in rows if line.month == month and line.kind != FLOW]
        method = method_for(enterprise_id=enterprise_id, month=month, kind=mine[0].kind if mine else FLOW)
        results = [result_of(line=line, method=method, library=library) for line in mine]
        state = states[month].state if month in states else MonthState.OPEN.value
        if state == MonthState.OPEN.value:
            state = "ESTIMATED" if month == today.replace(day=1) else "PROVISIONAL"
        total = sum((one.co2e for one in results), Decimal(0)) if mine else None
        found.append(MonthSoFar(month, state, total, len(mine), sum(one.error is not None for one in results)))
    return found


def hourly(*, enterprise_id: int, now: datetime, hours: int = HOURS) -> list[Hourly]:
    """Sources that are measured, by the hour: what the channel adds x what the month's line came to per unit.

    The equations of fuels, power and heat are linear in their quantity, so a line's tonnes per unit hold for each hour.
    An hour that does not count gives a gap; the month's line takes it as the mean of the others.
    """
    month = day_of(now, park_zone()).replace(day=1)
    lines = {line.code: line for line in lines_in_force(enterprise_id=enterprise_id, first=month, last=month)}
    end = now.replace(minute=0, second=0, microsecond=0)
    times = tuple(end - timedelta(hours=n) for n in range(hours, 0, -1))
    library = library_on(day=month)
    found: dict[str, list[float | None]] = {}
    for row in derivations_of(enterprise_id=enterprise_id, month=month):
        line = lines.get(row.code)
        if line is None or line.kind == FLOW or row.field not in line.values:
            continue
        quantity = given_of(name=row.field, data=line.values[row.field]).value
        result = result_of(
            line=line, method=method_for(enterprise_id=enterprise_id, month=month, kind=line.kind), library=library
        )
        if not quantity or not result.co2e:
            continue
        per_unit = float(row.scale) * float(result.co2e) / float(quantity)
        values = values_of(channel_id=row.channel_id, interval=Interval.HOUR, start=times[0], end=end)
        found[row.code] = added(found.get(row.code), measured(values, Measure(row.measure), times, per_unit))
    return [Hourly(code, times, tuple(series)) for code, series in sorted(found.items())]


def measured(
    values: Sequence[Value], measure: Measure, times: Sequence[datetime], per_unit: float
) -> list[float | None]:
    by_time: dict[datetime, float | None] = {}
    for value in values:
        amount = value.value if measure is Measure.MEAN else value.load_kg if measure is Measure.LOAD else None
        by_time[value.time] = float(amount) * per_unit if amount is not None and value.verdict in (0, 2) else None
    return [by_time.get(time) for time in times]


def added(one: list[float | None] | None, other: list[float | None]) -> list[float | None]:
    if one is None:
        return other
    return [None if a is None or b is None else a + b for a, b in zip(one, other, strict=True)]
