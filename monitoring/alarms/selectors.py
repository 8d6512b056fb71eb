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


@dataclass(frozen=True, slots=True)
class Figures:
    """Key figures of a park, as far as the viewer may see it."""

    outlets: int
    points_ok: int
    points_off: int
    exceeded: int
    silent: int
    stuck: int
    loggers: int
    loggers_heard: int
    frames_today: int
    valid_share: float | None


FIGURES = """
WITH mine AS (
    SELECT id, logger_id FROM monitoring_channel
    WHERE park_id = %(park)s AND is_active AND (park_id = ANY(%(parks)s) OR enterprise_id = ANY(%(own)s))
), open AS (
    SELECT kind FROM monitoring_problem WHERE park_id = %(park)s AND cleared_at IS NULL
      AND (park_id = ANY(%(parks)s) OR enterprise_id = ANY(%(own)s))
), boxes AS (
    SELECT l.id, s.last_frame_at FROM parks_logger l LEFT JOIN monitoring_loggerstate s ON s.logger_id = l.id
    WHERE l.park_id = %(park)s AND l.is_active AND (l.park_id = ANY(%(parks)s) OR l.enterprise_id = ANY(%(own)s))
), hours AS (
    SELECT count(*) FILTER (WHERE r.verdict = 0) AS good, count(*) FILTER (WHERE r.reason NOT IN (19, 21, 22)) AS due
    FROM mine JOIN monitoring_rollup r ON r.channel_id = mine.id AND r."interval" = 2
      AND r.time >= %(since)s AND r.time < %(until)s
)
SELECT (SELECT count(*) FROM open WHERE kind = 'LIMIT_EXCEEDED'), (SELECT count(*) FROM open WHERE kind = 'LOGGER_SILENT'),
       (SELECT count(*) FROM open WHERE kind = 'VALUE_STUCK'), (SELECT count(*) FROM boxes),
       (SELECT count(*) FROM boxes WHERE last_frame_at >= %(fresh)s),
       (SELECT COALESCE(sum(received), 0) FROM monitoring_intakeminute WHERE park_id = %(park)s AND park_id = ANY(%(parks)s)
           AND minute >= %(since)s),
       (SELECT good::float / NULLIF(due, 0) FROM hours)"""


def figures_of(*, scope: Scope, park_id: int, now: datetime) -> Figures:
    """Key figures of the last 24 hours. Two queries."""
    states = point_states(scope=scope, park_id=park_id, now=now)
    everything = [*states.outlets.values(), *states.stations.values()]
    whole_hour = now.replace(minute=0, second=0, microsecond=0)
    with connection.cursor() as cursor:
        cursor.execute(
            FIGURES,
            {
                "park": park_id, "parks": sorted(scope.park_ids), "own": sorted(scope.enterprise_ids),
                "since": whole_hour - timedelta(hours=24), "until": whole_hour, "fresh": now - timedelta(minutes=10),
            },
        )  # fmt: skip
        exceeded, silent, stuck, loggers, heard, frames, share = cursor.fetchone()
    return Figures(
        outlets=len(states.outlets), points_ok=everything.count("ok"), points_off=everything.count("off"), exceeded=exceeded,
        silent=silent, stuck=stuck, loggers=loggers, loggers_heard=heard, frames_today=frames, valid_share=share,
    )  # fmt: skip
