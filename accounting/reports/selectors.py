"""Reading reports, and the facts that a report is made of."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Max, QuerySet

from accounting.reports.domain.daily import KG_PER_TONNE, Allowance, Limit, LimitAt, Measured, Place
from accounting.reports.models import Report
from monitoring.series.domain.readings import Interval
from monitoring.series.selectors.channels import rule_sets
from monitoring.series.selectors.days import channels_of_park, first_day_of_park, loads_of_park, rolled_of_park
from parks.catalogue.domain.errors import NotFound
from parks.catalogue.domain.periods import Period, day_bounds, day_of, park_zone, year_bounds
from parks.people.domain import Scope
from parks.permits.selectors import limits_in_force, quotas_of_year, special_periods_of
from parks.register.selectors.places import park_facts


def visible_reports(*, scope: Scope, park_id: int) -> QuerySet[Report]:
    """Reports of parks that the viewer sees as a whole, newest day first. Documents are not loaded."""
    rows = Report.objects.filter(park_id=park_id, park_id__in=scope.park_ids).defer("pdf", "xlsx", "content")
    return rows.select_related("issued_by").order_by("-day", "kind", "-revision")


def report_of(*, scope: Scope, report_id: int) -> Report:
    """One report. Raises NotFound outside the viewer's parks."""
    found = Report.objects.filter(pk=report_id, park_id__in=scope.park_ids).select_related("park", "issued_by").first()
    if found is None:
        raise NotFound
    return found


def last_day(*, park_id: int, kind: str) -> date | None:
    """Day of the newest report of a kind."""
    found: date | None = Report.objects.filter(park=park_id, kind=kind).aggregate(day=Max("day"))["day"]
    return found


def newest_revision(*, park_id: int, kind: str, day: date) -> Report | None:
    return Report.objects.filter(park=park_id, kind=kind, day=day).order_by("-revision").first()


def first_day(*, park_id: int, zone_name: str) -> date | None:
    """First local day with data."""
    moment = first_day_of_park(park_id=park_id)
    return None if moment is None else day_of(moment, park_zone(zone_name))


@dataclass(frozen=True, slots=True)
class DayFacts:
    """Arguments of the daily report's content."""

    park: str
    zone_name: str
    period: Period
    places: dict[int, Place]
    hours: list[Measured]
    days: list[Measured]
    limit_at: LimitAt
    allowances: list[Allowance]
    rules: list[str]


def facts_of_day(*, park_id: int, day: date) -> DayFacts:
    """Everything the daily report rests on."""
    park = park_facts(park_id=park_id)
    zone = park_zone(park.time_zone)
    period = day_bounds(day, zone)
    places = {
        c.id: Place(c.id, c.enterprise_id, c.enterprise, c.outlet_id, c.code, c.point, c.pollutant, c.pollutant_name, c.unit, c.logger_id, c.logger)
        for c in channels_of_park(park_id=park_id, start=period.start, end=period.end)
    }  # fmt: skip
    hours = rolled_of_park(park_id=park_id, interval=Interval.HOUR, start=period.start, end=period.end)
    days = rolled_of_park(park_id=park_id, interval=Interval.DAY, start=period.start, end=period.end)
    used = {fact.rule for fact in (*hours, *days)}
    codes = [rule.code for number, rule in rule_sets().items() if number in used]
    return DayFacts(
        park.name, park.time_zone, period, places, measured(hours), measured(days),
        limits_of_day(park_id=park_id, outlet_ids={p.outlet_id for p in places.values() if p.outlet_id}, period=period, day=day),
        allowances_of(park_id=park_id, day=day, period=period, zone_name=park.time_zone, places=places), codes,
    )  # fmt: skip


def measured(facts: list[Any]) -> list[Measured]:
    return [Measured(f.channel_id, f.time, f.value, f.converted, f.verdict, f.reason, f.load_kg) for f in facts]


def limits_of_day(*, park_id: int, outlet_ids: set[int], period: Period, day: date) -> LimitAt:
    """Limits by outlet, pollutant, averaging period and time. They change within a day only where a special period begins or ends."""
    marks = {period.start}
    for special in special_periods_of(park_id=park_id).filter(starts_at__lt=period.end, ends_at__gt=period.start):
        marks |= {moment for moment in (special.starts_at, special.ends_at) if moment in period}
    tables: list[tuple[datetime, dict[tuple[int, str, str], Limit]]] = []
    for mark in sorted(marks):
        rows = limits_in_force(outlet_ids=outlet_ids, at=mark, day=day)
        tables.append(
            (
                mark,
                {
                    (r.outlet_id, r.pollutant, r.period): Limit(r.maximum, r.minimum, r.reference_o2, r.rule)
                    for r in rows
                },
            )
        )

    def limit_at(outlet_id: int, pollutant: str, averaging: str, time: datetime) -> Limit | None:
        table = next((table for mark, table in reversed(tables) if mark <= time), tables[0][1])
        return table.get((outlet_id, pollutant, averaging))

    return limit_at


def allowances_of(
    *, park_id: int, day: date, period: Period, zone_name: str, places: dict[int, Place]
) -> list[Allowance]:
    """Yearly quotas with what was emitted from the first of January to the end of the day."""
    year = year_bounds(day.year, park_zone(zone_name))
    so_far = loads_of_park(park_id=park_id, start=year.start, end=period.end)
    today = loads_of_park(park_id=park_id, start=period.start, end=period.end)
    total: dict[tuple[int, str], Allowance] = {}
    channels: dict[tuple[int | None, str], list[int]] = defaultdict(list)
    for place in places.values():
        if place.outlet_id is not None:
            channels[(place.enterprise_id, place.pollutant)].append(place.channel)
    quota_sum: dict[tuple[int, str], Decimal] = defaultdict(Decimal)
    for quota in quotas_of_year(park_id=park_id, year=day.year):
        key = (quota.permit.enterprise_id, quota.pollutant_id)
        quota_sum[key] += quota.tonnes
        total[key] = Allowance(
            quota.permit.enterprise.name, quota.pollutant_id, quota.pollutant.name, quota_sum[key],
            so_far.get(key, Decimal(0)) / KG_PER_TONNE, today.get(key, Decimal(0)),
            tuple(channels[key]),
        )  # fmt: skip
    return list(total.values())
