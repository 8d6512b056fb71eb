"""The way of a frame, step by step, without processes: door, journal, work, roll-up, problems."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection

from monitoring.alarms import services as alarms
from monitoring.hj212.codes import Version
from monitoring.hj212.encode import data_segment, wrap
from monitoring.intake.domain import JobKind
from monitoring.intake.gateway.registry import Registry
from monitoring.intake.gateway.session import Session
from monitoring.intake.services import journal, processing
from monitoring.intake.services.processing import Processed
from monitoring.series.services import rolling
from parks.register.models import Logger
from parks.register.selectors.loggers import known_loggers

HOUR = datetime(2026, 3, 18, 1, tzinfo=UTC)


def upload(logger: Logger, time: datetime, factors: dict[str, Any], *, cn: str = "2051", **fields: Any) -> bytes:
    """A frame as this logger sends it, at the moment `time` unless QN is named."""
    fields = {"qn": time, "password": logger.password, "version": Version.V2017} | fields
    key = bytes.fromhex(logger.sm4_key) if fields["version"] is Version.V2025 else b""
    return wrap(data_segment(cn=cn, mn=logger.mn, time=time, factors=factors, **fields), key=key)


def minutes(
    logger: Logger, value: float, *, count: int = 60, start: datetime = HOUR, factor: str = "a21026", flag: str = "N"
) -> list[bytes]:
    """Minute frames that say the same again and again."""
    return [upload(logger, start + timedelta(minutes=i), {factor: {"Avg": value, "Flag": flag}}) for i in range(count)]


def send(frames: Iterable[bytes], *, at: datetime) -> list[bytes]:
    """Bring frames to the door at a moment; returns the answers that go out once they are journalled."""
    session = Session(registry=Registry(loggers=known_loggers()), peer="192.0.2.7:40001")
    waiting = [w for frame in frames for w in session.receive(frame, answered=lambda answer, count: None)]
    waiting += session.close(answered=lambda answer, count: None)
    if waiting:
        journal.ensure_months(moment=at)
        journal.write(entries=[replace(w.entry, received_at=at) for w in waiting], kind=JobKind.FRAMES, now=at)
    return [w.answer for w in waiting if w.answer]


def work(*, now: datetime) -> list[Processed]:
    """Process all that waits."""
    done = []
    while job_ids := processing.claim(kind=JobKind.FRAMES, now=now):
        done.append(processing.process(job_ids=job_ids, now=now))
    return done


def roll(*, now: datetime) -> None:
    """Roll up all that is due and judge it."""
    for step in (rolling.roll_hours, rolling.roll_days, rolling.roll_months):
        while len(rolled := step(now=now, quiet_s=0.0)):
            if step is not rolling.roll_months:
                alarms.evaluate(rolled=rolled, now=now)


def through(frames: Iterable[bytes], *, at: datetime) -> None:
    send(frames, at=at)
    work(now=at)
    roll(now=at)


def rows(sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()


def one(sql: str, *parameters: Any) -> Any:
    ((value,),) = rows(sql, *parameters)
    return value
