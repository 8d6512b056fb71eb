"""Limits and quotas in force."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection
from django.db.models import Q, QuerySet

from parks.catalogue.domain.errors import NotFound
from parks.people.domain import Scope
from parks.permits.models import Permit, Quota, SpecialPeriod


@dataclass(frozen=True, slots=True)
class LimitInForce:
    """A limit that applies at a moment, and where it comes from."""

    outlet_id: int
    pollutant: str
    period: str
    maximum: float
    minimum: float | None
    unit: str
    reference_o2: float | None
    permit: str
    permit_id: int
    source: str
    special: str  # name of the special period that tightened it, empty otherwise

    @property
    def rule(self) -> str:
        """What a person is told the limit rests on."""
        return " · ".join(part for part in (self.permit, self.source, self.special) if part)


LIMITS = """
SELECT l.outlet_id, l.pollutant_id, l.period, l.maximum * COALESCE(s.share, 1), l.minimum, l.unit, l.reference_o2,
       p.number, p.id, l.source, COALESCE(s.name, '')
FROM parks_permitlimit l
JOIN parks_permit p ON p.id = l.permit_id AND p.valid_from <= %s AND p.valid_to > %s
LEFT JOIN LATERAL (
    SELECT x.share, x.name FROM parks_specialperiod x
    WHERE x.park_id = p.park_id AND x.starts_at <= %s AND x.ends_at > %s
      AND (x.pollutant_id IS NULL OR x.pollutant_id = l.pollutant_id)
    ORDER BY x.share LIMIT 1) s ON true
WHERE l.outlet_id = ANY(%s)
ORDER BY l.outlet_id, l.pollutant_id, l.period"""


def limits_in_force(*, outlet_ids: Iterable[int], at: datetime, day: date) -> list[LimitInForce]:
    """Limits of outlets at a moment of a local day: those of the permit, tightened by the strictest special period."""
    with connection.cursor() as cursor:
        cursor.execute(LIMITS, [day, day, at, at, sorted(outlet_ids)])
        return [LimitInForce(*row) for row in cursor.fetchall()]


def visible_permits(*, scope: Scope) -> QuerySet[Permit]:
    """Permits the viewer may see."""
    return Permit.objects.filter(Q(park__in=scope.park_ids) | Q(enterprise__in=scope.enterprise_ids))


def quotas_of_year(*, park_id: int, year: int) -> QuerySet[Quota]:
    """Yearly quotas of a park."""
    return Quota.objects.filter(permit__park=park_id, year=year).select_related(
        "permit", "permit__enterprise", "pollutant"
    )


def permit_of(*, scope: Scope, permit_id: int) -> Permit:
    """One permit. Raises NotFound outside the viewer's scope."""
    found = visible_permits(scope=scope).select_related("enterprise").filter(pk=permit_id).first()
    if found is None:
        raise NotFound
    return found


def special_periods_of(*, park_id: int) -> QuerySet[SpecialPeriod]:
    """Special periods of a park, newest first. They apply to everybody and are no secret."""
    return SpecialPeriod.objects.filter(park=park_id).select_related("pollutant").order_by("-starts_at")
