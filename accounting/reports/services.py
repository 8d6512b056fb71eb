"""Issuing reports. A report is frozen when it is issued; other facts make a new revision."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime

from django.db import IntegrityError, connection, transaction

from accounting.reports.domain.daily import content, digest_of
from accounting.reports.domain.definitions import DAILY, Definition, days_due
from accounting.reports.models import Report
from accounting.reports.rendering import document, workbook
from accounting.reports.selectors import facts_of_day, first_day, last_day, newest_revision
from parks.catalogue.domain.periods import park_zone
from parks.register.selectors.places import park_facts

LOCK = 0x7265  # advisory lock: one process issues at a time


def issue(*, park_id: int, definition: Definition, day: date, by_id: int | None, now: datetime) -> Report:
    """Issue the report of one local day. When the facts are those of the newest revision, that one is returned."""
    facts = facts_of_day(park_id=park_id, day=day)
    due_hours = len(list(facts.period.hours()))
    said = content(
        park=facts.park, day=day, zone_name=facts.zone_name, version=definition.version, due_hours=due_hours,
        places=facts.places, hours=facts.hours, days=facts.days, limit_at=facts.limit_at, allowances=facts.allowances,
        rules=facts.rules,
    )  # fmt: skip
    digest = digest_of(said)
    known = newest_revision(park_id=park_id, kind=definition.code, day=day)
    if known is not None and known.digest == digest:
        return known
    revision = known.revision + 1 if known else 1
    pdf, missing = document.render(said, digest=digest, revision=revision, stamp=facts.period.end)
    xlsx = workbook.render(said, digest=digest, revision=revision, stamp=facts.period.end)
    try:
        with transaction.atomic():
            return Report.objects.create(
                park_id=park_id, kind=definition.code, version=definition.version, day=day, revision=revision, issued_at=now,
                issued_by_id=by_id, content=said, digest=digest, pdf=pdf, xlsx=xlsx, missing_glyphs="".join(sorted(missing))[:200],
            )  # fmt: skip
    except IntegrityError:
        found = newest_revision(park_id=park_id, kind=definition.code, day=day)
        if found is None:
            raise
        return found  # another process was faster


def issue_due(*, park_id: int, now: datetime) -> list[Report]:
    """Issue every daily report of a park that is due, in order; once, however often this is called."""
    park = park_facts(park_id=park_id)
    with advisory_lock() as mine:
        if not mine:
            return []
        due = days_due(
            definition=DAILY, last=last_day(park_id=park_id, kind=DAILY.code),
            first=first_day(park_id=park_id, zone_name=park.time_zone), now=now, zone=park_zone(park.time_zone),
        )  # fmt: skip
        return [issue(park_id=park_id, definition=DAILY, day=day, by_id=None, now=now) for day in due]


@contextmanager
def advisory_lock() -> Iterator[bool]:
    """Hold the lock of issuing; gives whether it was free."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        mine = bool(cursor.fetchone()[0])
    try:
        yield mine
    finally:
        if mine:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
