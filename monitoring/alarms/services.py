"""Raising and clearing problems. Late data raises nothing: a problem is about now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction

from monitoring.alarms.domain import ProblemKind, Severity, compare, severity_of, silent_after_s
from monitoring.alarms.models import Problem, ProblemEvent
from monitoring.series.domain.readings import Interval
from monitoring.series.domain.verdicts import Verdict
from monitoring.series.services.rolling import Rolled
from monitoring.series.services.storing import moment_of
from parks.catalogue.domain.periods import day_of, park_zone
from parks.permits.selectors import LimitInForce, limits_in_force

LATE = timedelta(hours=3)
STUCK_HOURS = 2


@dataclass(frozen=True, slots=True)
class Seen:
    """The newest rolled period of a channel."""

    channel_id: int
    park_id: int
    enterprise_id: int | None
    outlet_id: int | None
    pollutant: str
    time: datetime
    value: float | None
    converted: float | None
    minimum: float | None
    maximum: float | None
    verdict: int


SEEN = """
SELECT DISTINCT ON (c.id) c.id, c.park_id, c.enterprise_id, c.outlet_id, c.pollutant_id, r.time, r.value, r.converted,
       r.minimum, r.maximum, r.verdict
FROM unnest(%s::bigint[], %s::timestamptz[]) AS k (channel_id, time)
JOIN monitoring_rollup r ON r.channel_id = k.channel_id AND r."interval" = %s AND r.time = k.time AND r.time >= %s
JOIN monitoring_channel c ON c.id = r.channel_id
ORDER BY c.id, r.time DESC"""


def newest(*, rolled: Rolled, since: datetime) -> list[Seen]:
    with connection.cursor() as cursor:
        times = [moment_of(us) for us in rolled.times]
        cursor.execute(SEEN, [rolled.channel_ids.tolist(), times, int(rolled.interval), since])
        return [Seen(*row) for row in cursor.fetchall()]


@transaction.atomic
def evaluate(*, rolled: Rolled, now: datetime) -> frozenset[int]:
    """Compare freshly rolled periods with their limits, and look for stuck analysers.

    Returns:
        Parks in which something was raised or cleared.
    """
    hourly = rolled.interval is Interval.HOUR
    seen = newest(rolled=rolled, since=now - (LATE if hourly else timedelta(days=2)))
    if not seen:
        return frozenset()
    limits = limits_by_channel(seen=seen, period="HOUR" if hourly else "DAY")
    open_now = open_problems(channel_ids=[s.channel_id for s in seen], interval=rolled.interval)
    changed: set[int] = set()
    for one in seen:
        limit = limits.get((one.outlet_id or 0, one.pollutant))
        if check_limit(
            one=one,
            limit=limit,
            known=open_now.get((one.channel_id, ProblemKind.LIMIT_EXCEEDED.value)),
            rolled=rolled,
            now=now,
        ):
            changed.add(one.park_id)
    if hourly:
        changed |= check_stuck(seen=seen, open_now=open_now, now=now)
    return frozenset(changed)


def limits_by_channel(*, seen: Sequence[Seen], period: str) -> dict[tuple[int, str], LimitInForce]:
    at = max(one.time for one in seen)
    outlets = {one.outlet_id for one in seen if one.outlet_id}
    found = limits_in_force(outlet_ids=outlets, at=at, day=day_of(at, park_zone()))
    return {(limit.outlet_id, limit.pollutant): limit for limit in found if limit.period == period}


def open_problems(*, channel_ids: Sequence[int], interval: Interval) -> dict[tuple[int, str], Problem]:
    found = Problem.objects.select_for_update().filter(
        channel__in=channel_ids, interval=int(interval), cleared_at__isnull=True
    )
    return {(problem.channel_id or 0, problem.kind): problem for problem in found}


def check_limit(*, one: Seen, limit: LimitInForce | None, known: Problem | None, rolled: Rolled, now: datetime) -> bool:
    """Raise, renew or clear the exceedance of one channel. Only valid means are judged."""
    if limit is None or one.verdict != Verdict.VALID:
        return False
    value = one.converted if limit.reference_o2 is not None and one.converted is not None else one.value
    if value is None:
        return False
    found = compare(value=value, maximum=limit.maximum, minimum=limit.minimum)
    if not found.exceeded:
        return known is not None and clear(problem=known, value=value, now=now)
    bound = limit.maximum if value > limit.maximum else limit.minimum
    if known is None:
        problem = Problem.objects.create(
            kind=ProblemKind.LIMIT_EXCEEDED.value, severity=severity_of(times=found.times).value, park_id=one.park_id,
            enterprise_id=one.enterprise_id, channel_id=one.channel_id, rule=limit.rule[:120], interval=int(rolled.interval),
            period_at=one.time, value=value, limit=bound, times=found.times, worst=value, raised_at=now, seen_at=now,
        )  # fmt: skip
        ProblemEvent.objects.create(problem=problem, at=now, event="raised", value=value, note=limit.rule[:200])
        return True
    return renew(problem=known, one=one, value=value, times=found.times, bound=bound, now=now)


def renew(
    *, problem: Problem, one: Seen, value: float, times: float | None, bound: float | None, now: datetime
) -> bool:
    """Another period, or the same one computed anew, shows the same problem."""
    if problem.period_at is not None and one.time < problem.period_at:
        return False
    another = problem.period_at != one.time
    severity = severity_of(times=times).value
    worse = severity != problem.severity and severity == Severity.CRITICAL.value
    problem.count += another
    problem.period_at, problem.value, problem.times, problem.limit, problem.seen_at = one.time, value, times, bound, now
    below = bound is not None and value < bound
    worst = value if problem.worst is None else problem.worst
    problem.worst = min(worst, value) if below else max(worst, value)
    if worse:
        problem.severity = severity
        ProblemEvent.objects.create(problem=problem, at=now, event="worse", value=value)
    problem.save()
    return another or worse


def clear(*, problem: Problem, value: float | None, now: datetime) -> bool:
    problem.cleared_at, problem.seen_at = now, now
    problem.save(update_fields=["cleared_at", "seen_at"])
    ProblemEvent.objects.create(problem=problem, at=now, event="cleared", value=value)
    return True


# Judged in the unit and with the decimals in which the logger shows its values.
FLAT = """
SELECT r.channel_id FROM monitoring_rollup r JOIN monitoring_channel c ON c.id = r.channel_id
JOIN parks_pollutant p ON p.code = c.pollutant_id
WHERE r.channel_id = ANY(%s) AND r."interval" = 2 AND r.time > %s AND r.time <= %s
GROUP BY r.channel_id, p.decimals, c.scale
HAVING count(*) FILTER (WHERE r.coverage >= 0.75) >= %s
   AND round((min(r.minimum) / c.scale)::numeric, p.decimals) = round((max(r.maximum) / c.scale)::numeric, p.decimals)
   AND round((max(r.maximum) / c.scale)::numeric, p.decimals) <> 0"""


def check_stuck(*, seen: Sequence[Seen], open_now: dict[tuple[int, str], Problem], now: datetime) -> set[int]:
    """Analysers whose every reading of the last hours was the same, other than zero."""
    last = max(one.time for one in seen)
    with connection.cursor() as cursor:
        cursor.execute(FLAT, [[one.channel_id for one in seen], last - timedelta(hours=STUCK_HOURS), last, STUCK_HOURS])
        flat = {row[0] for row in cursor.fetchall()}
    changed = set()
    for one in seen:
        known = open_now.get((one.channel_id, ProblemKind.VALUE_STUCK.value))
        if one.channel_id in flat and known is None:
            problem = Problem.objects.create(
                kind=ProblemKind.VALUE_STUCK.value, severity=Severity.WARNING.value, park_id=one.park_id,
                enterprise_id=one.enterprise_id, channel_id=one.channel_id, rule=f"no change for {STUCK_HOURS} h",
                interval=int(Interval.HOUR), period_at=one.time, value=one.value, raised_at=now, seen_at=now,
            )  # fmt: skip
            ProblemEvent.objects.create(problem=problem, at=now, event="raised", value=one.value)
            changed.add(one.park_id)
        elif one.channel_id not in flat and known is not None and one.minimum != one.maximum:
            clear(problem=known, value=one.value, now=now)
            changed.add(one.park_id)
    return changed


SILENCE = """
SELECT l.id, l.park_id, l.enterprise_id, l.realtime_interval_s, l.minute_interval_min, s.last_frame_at
FROM parks_logger l JOIN monitoring_loggerstate s ON s.logger_id = l.id
WHERE l.is_active AND s.last_frame_at IS NOT NULL"""


@transaction.atomic
def watch_loggers(*, now: datetime) -> frozenset[int]:
    """Raise a problem for each logger that has said nothing for too long; clear it when it speaks again."""
    with connection.cursor() as cursor:
        cursor.execute(SILENCE)
        rows = cursor.fetchall()
    known = {
        problem.logger_id: problem
        for problem in Problem.objects.select_for_update().filter(
            kind=ProblemKind.LOGGER_SILENT.value, cleared_at__isnull=True
        )
    }
    changed = set()
    for logger_id in known.keys() - {row[0] for row in rows}:  # switched off meanwhile: nobody waits for it any more
        clear(problem=known[logger_id], value=None, now=now)
        changed.add(known[logger_id].park_id)
    for logger_id, park_id, enterprise_id, realtime_s, minutes, heard_at in rows:
        silent = (now - heard_at).total_seconds() > silent_after_s(
            realtime_interval_s=realtime_s, minute_interval_min=minutes
        )
        problem = known.get(logger_id)
        if silent and problem is None:
            problem = Problem.objects.create(
                kind=ProblemKind.LOGGER_SILENT.value, severity=Severity.WARNING.value, park_id=park_id,
                enterprise_id=enterprise_id, logger_id=logger_id, rule="no frame for three intervals", period_at=heard_at,
                raised_at=now, seen_at=now,
            )  # fmt: skip
            ProblemEvent.objects.create(problem=problem, at=now, event="raised")
            changed.add(park_id)
        elif not silent and problem is not None:
            clear(problem=problem, value=None, now=now)
            changed.add(park_id)
    return frozenset(changed)
