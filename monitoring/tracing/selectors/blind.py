"""Reading blind tests and the newest answer to each."""

from dataclasses import dataclass

from django.db.models import QuerySet

from monitoring.tracing.domain.scoring import Scored, scored
from monitoring.tracing.models import BlindTest, Trace
from parks.catalogue.domain.errors import NotFound
from parks.people.domain import Scope


@dataclass(frozen=True, slots=True)
class Row:
    """A blind test, its newest trace, and how the newest answer stands to the truth."""

    test: BlindTest
    trace: Trace | None
    scored: Scored | None


def visible_blind_tests(*, scope: Scope) -> QuerySet[BlindTest]:
    return BlindTest.objects.filter(park__in=scope.park_ids).select_related("pollutant").order_by("began_at", "pk")


def blind_test_of(*, scope: Scope, test_id: int) -> BlindTest:
    """One test. Raises NotFound outside the viewer's reach."""
    found = visible_blind_tests(scope=scope).filter(pk=test_id).first()
    if found is None:
        raise NotFound
    return found


def blind_rows(*, scope: Scope, park_id: int) -> list[Row]:
    """All tests of a park with their scores; two queries."""
    tests = list(visible_blind_tests(scope=scope).filter(park=park_id))
    newest = {
        one.incident_id: one
        for one in Trace.objects.filter(incident__in=[t.incident_id for t in tests if t.incident_id]).defer("case").order_by("pk")
    }  # fmt: skip
    rows = []
    for test in tests:
        trace = newest.get(test.incident_id) if test.incident_id else None
        answer = trace.answer if trace is not None else None
        rows.append(
            Row(test, trace, scored(kind=test.kind, truth=test.truth, answer=answer) if answer is not None else None)
        )
    return rows
