"""Life of an incident: opened, talked about, decided. Every step stays, with who and when."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from monitoring.alarms.selectors import problem_of
from monitoring.tracing.domain.files import check_sizes, judged
from monitoring.tracing.models import DECIDED, Incident, IncidentCompanion, IncidentStep, StepFile
from monitoring.tracing.selectors.incidents import incident_of
from monitoring.tracing.services.companions import checked
from parks.catalogue.domain.errors import Invalid, NotFound
from parks.people.domain import Scope
from parks.register.selectors.places import enterprise_of, outlet_of

LONGEST = timedelta(days=3)
AROUND = timedelta(hours=3)  # before and after the hour of an alarm


class BadIncident(Invalid):
    """The incident cannot be entered so."""

    code = "tracing.bad_incident"


class NoTime(BadIncident):
    """The end lies after the beginning and not ahead of now."""

    code = "tracing.no_time"


class TooLong(BadIncident):
    """An incident lasts three days at most; open one for each event."""

    code = "tracing.too_long"


class Decided(BadIncident):
    """This incident was decided already; reopen it first."""

    code = "tracing.decided"


class NotDecided(BadIncident):
    """This incident is open."""

    code = "tracing.not_decided"


class NoWords(BadIncident):
    """Say why, in words."""

    code = "tracing.no_words"


def window_of_problem(*, scope: Scope, problem_id: int) -> tuple[str, datetime, datetime]:
    """Pollutant and the hours around an alarm. Raises NotFound outside the viewer's reach and where no channel is behind it."""
    found = problem_of(scope=scope, problem_id=problem_id)
    if found.channel is None:
        raise NotFound
    at = (found.period_at or found.raised_at).replace(minute=0, second=0, microsecond=0)
    return found.channel.pollutant_id, at - AROUND, at + AROUND


@transaction.atomic
def open_incident(
    *, scope: Scope, park_id: int, kind: str, pollutant: str, title: str, told: str, start: datetime, end: datetime, now: datetime,
    problem_id: int | None = None, companions: Sequence[str] = (),
) -> Incident:  # fmt: skip
    """Enter an incident.

    Args:
        companions: substances that it is traced together with unless told otherwise.

    Raises:
        NoTime, TooLong: its time is no time, lies ahead, or is too long. NotFound: the problem is not the viewer's.
        NotMeasured, CountedTwice, TooManyTogether: the companions cannot be traced with it.
    """
    if not start < end <= now + timedelta(minutes=1):
        raise NoTime(end=end.isoformat())
    if end - start > LONGEST:
        raise TooLong(end=end.isoformat())
    if problem_id is not None:
        problem_of(scope=scope, problem_id=problem_id)
    others = checked(scope=scope, park_id=park_id, pollutant=pollutant, companions=companions, start=start, end=end)
    made = Incident.objects.create(
        park_id=park_id, kind=kind, pollutant_id=pollutant, title=title, told=told, began_at=start, ended_at=end, opened_at=now,
        opened_by_id=scope.user_id, problem_id=problem_id,
    )  # fmt: skip
    IncidentCompanion.objects.bulk_create(IncidentCompanion(incident=made, pollutant_id=code) for code in others)
    _step(made, "OPENED", scope, now, told)
    return made


@transaction.atomic
def note(*, scope: Scope, incident_id: int, text: str, now: datetime) -> None:
    """Add words of the park."""
    _step(_own(scope, incident_id), "NOTE", scope, now, text)


@transaction.atomic
def ask(*, scope: Scope, incident_id: int, enterprise_id: int, text: str, now: datetime) -> None:
    """Ask an enterprise for its account; from then on it sees the incident and its own points in it."""
    found = _own(scope, incident_id)
    asked = enterprise_of(scope=scope, enterprise_id=enterprise_id)
    if asked.park_id != found.park_id:
        raise NotFound
    _step(found, "ASKED", scope, now, text, asked.pk)


@transaction.atomic
def answer(
    *, scope: Scope, incident_id: int, text: str, now: datetime, files: Sequence[tuple[str, bytes]] = ()
) -> None:
    """The account of an enterprise that was asked.

    Args:
        files: names and contents; the same content twice is kept once.

    Raises:
        NotFound: nobody asked this enterprise. WrongKind, WrongSize, TooMany: a file cannot be taken; nothing is written.
    """
    check_sizes(sizes=[(name, len(content)) for name, content in files])
    kept = {one.digest: one for one in (judged(name=name, content=content) for name, content in files)}
    found = incident_of(scope=scope, incident_id=incident_id)
    asked = IncidentStep.objects.filter(incident=found, kind="ASKED", enterprise__in=scope.enterprise_ids).first()
    if asked is None:
        raise NotFound
    step = _step(found, "ANSWER", scope, now, text, asked.enterprise_id)
    StepFile.objects.bulk_create(
        StepFile(
            step=step, name=one.name, media_type=one.media_type, digest=one.digest, size=len(one.content), content=one.content
        )
        for one in kept.values()
    )  # fmt: skip


@transaction.atomic
def decide(
    *, scope: Scope, incident_id: int, confirmed: bool, outlet_id: int | None, text: str, now: datetime, enterprise_id: int | None = None
) -> None:  # fmt: skip
    """Say what an inspection found. A confirmed outlet, or premises that leaked, count in the prior of later traces.

    Args:
        outlet_id: of the source; enterprise_id: of the source where it was the premises and no outlet.

    Raises:
        Decided: it was decided already. NoWords: nothing is said.
    """
    found = _own(scope, incident_id)
    if found.state in DECIDED:
        raise Decided
    if confirmed and outlet_id is not None:
        outlet = outlet_of(scope=scope, outlet_id=outlet_id)
        if outlet.enterprise.park_id != found.park_id:
            raise NotFound
        found.outlet, found.enterprise = outlet, outlet.enterprise
    elif confirmed and enterprise_id is not None:
        found.enterprise = enterprise_of(scope=scope, enterprise_id=enterprise_id)
        if found.enterprise.park_id != found.park_id:
            raise NotFound
    found.state = "CONFIRMED" if confirmed else "REJECTED"
    found.save(update_fields=["state", "outlet", "enterprise"])
    _step(found, found.state, scope, now, text)


@transaction.atomic
def reopen(*, scope: Scope, incident_id: int, text: str, now: datetime) -> None:
    """Take a decision back. Raises NotDecided where there is none, NoWords where nothing is said."""
    found = _own(scope, incident_id)
    if found.state not in DECIDED:
        raise NotDecided
    found.state, found.outlet, found.enterprise = "OPEN", None, None
    found.save(update_fields=["state", "outlet", "enterprise"])
    _step(found, "REOPENED", scope, now, text)


def _own(scope: Scope, incident_id: int) -> Incident:
    """An incident of a park that the viewer sees as a whole, held until the step is written."""
    found = incident_of(scope=scope, incident_id=incident_id)
    if found.park_id not in scope.park_ids:
        raise NotFound
    return Incident.objects.select_for_update().get(pk=found.pk)


def _step(
    incident: Incident, kind: str, scope: Scope, now: datetime, text: str, enterprise_id: int | None = None
) -> IncidentStep:
    if kind != "OPENED" and not text.strip():
        raise NoWords(text=text)
    return IncidentStep.objects.create(
        incident=incident, kind=kind, at=now, by_id=scope.user_id, text=text.strip(), enterprise_id=enterprise_id
    )
