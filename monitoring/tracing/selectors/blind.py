"""Reading blind tests and the newest answer to each."""

from dataclasses import dataclass

from django.db.models import QuerySet

from monitoring.tracing.domain.scoring import Place, Scored, scored
from monitoring.tracing.domain.water.scoring import WaterScored, water_scored
from monitoring.tracing.models import BlindTest, Trace, WaterBlindTest, WaterTrace
from parks.catalogue.domain.errors import NotFound
from parks.people.domain import Scope


@dataclass(frozen=True, slots=True)
class Row:
    """A blind test, its newest trace, and how the newest answer stands to the truth."""

    test: BlindTest
    trace: Trace | None
    scored: Scored | None

    @property
    def listed(self) -> tuple[Place, ...]:
        """Places a table has a line for: all that lies outside has one."""
        every = self.scored.places if self.scored is not None else ()
        return every[:1] if self.test.kind == "OUTSIDE" else every


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


@dataclass(frozen=True, slots=True)
class WaterRow:
    """A blind test in the sewer, its newest trace, and how the newest answer stands to the truth."""

    test: WaterBlindTest
    trace: WaterTrace | None
    scored: WaterScored | None


def visible_water_blind_tests(*, scope: Scope) -> QuerySet[WaterBlindTest]:
    rows = WaterBlindTest.objects.filter(park__in=scope.park_ids).select_related("pollutant", "network")
    return rows.order_by("began_at", "pk")


def water_blind_test_of(*, scope: Scope, test_id: int) -> WaterBlindTest:
    """One test. Raises NotFound outside the viewer's reach."""
    found = visible_water_blind_tests(scope=scope).filter(pk=test_id).first()
    if found is None:
        raise NotFound
    return found


def water_blind_rows(*, scope: Scope, park_id: int) -> list[WaterRow]:
    """All tests in the sewers of a park with their scores; two queries."""
    tests = list(visible_water_blind_tests(scope=scope).filter(park=park_id))
    opened = [one.incident_id for one in tests if one.incident_id]
    newest = {
        one.incident_id: one for one in WaterTrace.objects.filter(incident__in=opened).defer("case").order_by("pk")
    }
    rows = []
    for test in tests:
        trace = newest.get(test.incident_id) if test.incident_id else None
        answer = trace.answer if trace is not None else None
        score = water_scored(kind=test.kind, truth=test.truth, answer=answer) if answer is not None else None
        rows.append(WaterRow(test, trace, score))
    return rows
