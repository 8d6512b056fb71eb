"""Traces by a worker's task: facts frozen, what goes in and comes out, and what cannot be traced."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.db.utils import DatabaseError
from django.urls import reverse
from jsonschema import Draft202012Validator

from monitoring.tracing.domain.case.building import event_of
from monitoring.tracing.models import Trace
from monitoring.tracing.services import incidents
from monitoring.tracing.services.gathering import NothingToTrace
from monitoring.tracing.services.runs import ask_for_trace, computed_again, run_trace
from parks.people.access import build_scope
from parks.people.domain import Role
from parks.register.services import register
from tests.factories.people import make_user
from tests.factories.permits import make_permit_limit
from tests.factories.register import make_park
from tests.integration.monitoring.scene import BENZENE, START, place

pytestmark = pytest.mark.django_db


def validator() -> Draft202012Validator:
    file = Path("monitoring/reference/trace_case.schema.json")
    return Draft202012Validator(json.loads(file.read_text(encoding="utf-8")))


def test_the_stack_that_gave_off_is_named_and_the_case_repeats(answered: Any) -> None:
    scene, _, row = answered

    assert row.state == "DONE"
    assert row.answer["verdict"] == "named"
    assert row.answer["named"] == [str(scene.guilty.pk)]
    rate = row.answer["candidates"][0]["rate"]
    assert rate["unit"] == "kg/h"
    assert rate["p5"] < 20.0 < rate["p95"]
    assert row.answer["supposed"][0]["id"] == str(scene.guilty.pk)
    assert computed_again(row=row)


def test_what_went_in_and_came_out_cannot_be_changed(answered: Any) -> None:
    _, _, row = answered

    for change in ({"case": {}}, {"digest": "0" * 64}, {"answer": {}}, {"state": "WAITING"}):
        with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
            Trace.objects.filter(pk=row.pk).update(**change)
    with pytest.raises(DatabaseError, match="Cannot delete"), transaction.atomic():
        row.delete()


def test_what_outlets_emit_rules_points_out_and_premises_stand_beside_the_stacks(answered: Any) -> None:
    scene, incident, _ = answered
    with transaction.atomic():
        now = START + timedelta(hours=8)
        silent, other, named, sums, permitted, mixed = scene.outlets
        for outlet, codes in (
            (other, ["a21026"]),
            (named, [BENZENE]),
            (sums, ["a24088"]),
            (mixed, ["a24088", "a24046"]),
        ):
            register.update_outlet(outlet_id=outlet.pk, by_id=None, handled_codes=codes)
        make_permit_limit(outlet=permitted, pollutant_id=BENZENE)
        corners = [place(point) for point in ((-200, -100), (200, -100), (200, 100), (-200, 100), (-200, -100))]
        ring = [[one["lon"], one["lat"]] for one in corners]
        register.update_enterprise(
            enterprise_id=scene.firms[0].pk, by_id=None, site={"type": "Polygon", "coordinates": [ring]}
        )

        row = ask_for_trace(scope=scene.scope, incident_id=incident.pk, now=now)
        known = {one["id"]: one for one in row.case["candidates"]}
        prior = dict(zip(known, event_of(case=row.case, number=0).case.prior, strict=True))
        premises = known[f"e{scene.firms[0].pk}"]
        drawn = scene.client(scene.officer).get(reverse("trace_map", args=[row.pk]), {"map": "seen"}).content.decode()

        grounds = [known[str(one.pk)]["ground"] for one in scene.outlets]
        assert grounds == ["UNKNOWN", "NOT_HANDLED", "HANDLED", "UNKNOWN", "PERMITTED", "NOT_HANDLED"]
        assert {str(one.pk) for one in scene.outlets if prior[str(one.pk)] == 0.0} == {str(other.pk), str(mixed.pk)}
        assert prior[str(silent.pk)] > 0
        assert "2 of 7 points are ruled out" in row.case["note"]
        assert (premises["kind"], premises["width_m"]) == ("PREMISES", pytest.approx(283, abs=1))
        assert row.places["candidates"][premises["id"]] == [None, scene.firms[0].pk]
        assert validator().is_valid(row.case)
        assert "厂区无组织排放" in drawn
        transaction.set_rollback(True)


def test_a_trace_whose_worker_died_is_computed_by_the_next(answered: Any) -> None:
    scene, incident, _ = answered
    with transaction.atomic():
        now = START + timedelta(hours=8)
        row = ask_for_trace(scope=scene.scope, incident_id=incident.pk, now=now)
        Trace.objects.filter(pk=row.pk).update(state="RUNNING", started_at=now)

        run_trace(trace_id=row.pk, now=now + timedelta(minutes=5), clock=lambda: now)
        early = Trace.objects.get(pk=row.pk).state
        run_trace(trace_id=row.pk, now=now + timedelta(minutes=20), clock=lambda: now)

        assert early == "RUNNING"
        assert Trace.objects.get(pk=row.pk).state == "DONE"
        transaction.set_rollback(True)


def test_without_minute_wind_nothing_is_traced_and_the_reason_is_said() -> None:
    park = make_park()
    officer = make_user(role=Role.OFFICER, park=park)
    scope = build_scope(user_id=officer.pk)
    made = incidents.open_incident(
        scope=scope, park_id=park.pk, kind="MANUAL", pollutant=BENZENE, title="t", told="", start=START, end=START + timedelta(hours=1),
        now=START + timedelta(hours=2),
    )  # fmt: skip

    with pytest.raises(NothingToTrace, match="minute"):
        ask_for_trace(scope=scope, incident_id=made.pk, now=START + timedelta(hours=2))
