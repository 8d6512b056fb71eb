"""Reading problems, and the state of points that follows from them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Q, QuerySet

from monitoring.alarms.domain import ProblemKind
from monitoring.alarms.models import Problem
from parks.catalogue.domain.errors import NotFound
from parks.people.domain import Scope

FRESH = timedelta(hours=2)


def visible_problems(*, scope: Scope) -> QuerySet[Problem]:
    """Problems the viewer may see, newest first."""
    return (
        Problem.objects.filter(Q(park__in=scope.park_ids) | Q(enterprise__in=scope.enterprise_ids))
        .select_related(
            "enterprise",
            "channel__pollutant",
            "channel__outlet",
            "channel__station",
            "logger__outlet",
            "logger__station",
        )
        .order_by("-raised_at", "-pk")
    )


def problems_of(
    *, scope: Scope, park_id: int, open_only: bool = True, kind: str = "", enterprise_id: int | None = None
) -> QuerySet[Problem]:
    found = visible_problems(scope=scope).filter(park=park_id)
    if open_only:
        found = found.filter(cleared_at__isnull=True)
    if kind in ProblemKind.__members__:
        found = found.filter(kind=kind)
    return found.filter(enterprise=enterprise_id) if enterprise_id else found


def problem_of(*, scope: Scope, problem_id: int) -> Problem:
    """One problem. Raises NotFound outside the viewer's scope."""
    found = visible_problems(scope=scope).filter(pk=problem_id).first()
    if found is None:
        raise NotFound
    return found


@dataclass(frozen=True, slots=True)
class PointStates:
    """State of each outlet and station: bad (limit exceeded), warn (silent or stuck), ok, off (no data for two hours)."""

    outlets: Mapping[int, str]
    stations: Mapping[int, str]


STATES = """
SELECT c.outlet_id, c.station_id,
       CASE WHEN bool_or(p.kind = 'LIMIT_EXCEEDED') THEN 'bad'
            WHEN bool_or(p.kind IS NOT NULL) THEN 'warn'
            WHEN max(l.time) >= %s THEN 'ok' ELSE 'off' END
FROM monitoring_channel c
LEFT JOIN LATERAL (SELECT max(x.time) AS time FROM monitoring_latest x WHERE x.channel_id = c.id AND x."interval" < 3) l ON true
LEFT JOIN monitoring_problem p ON p.cleared_at IS NULL AND (p.channel_id = c.id OR p.logger_id = c.logger_id)
WHERE c.is_active AND c.park_id = %s AND (c.park_id = ANY(%s) OR c.enterprise_id = ANY(%s))
GROUP BY 1, 2"""


def point_states(*, scope: Scope, park_id: int, now: datetime) -> PointStates:
    """State of every point of a park that the viewer may see. One query."""
    outlets: dict[int, str] = {}
    stations: dict[int, str] = {}
    with connection.cursor() as cursor:
        cursor.execute(STATES, [now - FRESH, park_id, sorted(scope.park_ids), sorted(scope.enterprise_ids)])
        for outlet_id, station_id, state in cursor.fetchall():
            if outlet_id:
                outlets[outlet_id] = state
            elif station_id:
                stations[station_id] = state
    return PointStates(outlets, stations)
