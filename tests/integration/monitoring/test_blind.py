"""Blind tests: a known truth is kept apart, traced like any other incident, and shown only beside an answer."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from monitoring.tracing.models import BlindTest, Trace
from monitoring.tracing.services import blind
from monitoring.tracing.services.gathering import NothingToTrace
from parks.people.access import build_scope
from parks.people.domain import Role
from tests.factories.people import make_user
from tests.factories.register import make_enterprise, make_outlet, make_park

pytestmark = pytest.mark.django_db
START = datetime(2026, 5, 11, 16, 0, tzinfo=UTC)


def test_the_truth_shows_only_beside_an_answer_and_is_scored() -> None:
    park = make_park()
    outlet = make_outlet(enterprise=make_enterprise(park=park))
    officer = make_user(role=Role.OFFICER, park=park)
    truth = [{"outlet": outlet.pk, "lon": 121.0, "lat": 30.0, "kg_per_h": 10.0}]
    test = blind.keep(
        park_id=park.pk, key="one", kind="STEADY", names=("持续释放", "steady"), pollutant="a25002", start=START,
        end=START + timedelta(hours=6), truth=truth,
    )  # fmt: skip
    scope = build_scope(user_id=officer.pk)
    client = Client()
    client.force_login(officer, backend="django.contrib.auth.backends.ModelBackend")

    before = client.get(reverse("blind_tests")).content.decode()
    with pytest.raises(NothingToTrace):
        blind.trace_blind(scope=scope, test_id=test.pk, now=START + timedelta(hours=7))
    assert BlindTest.objects.get(pk=test.pk).incident_id is None, "nothing is left of a trace that could not begin"

    from monitoring.tracing.services.incidents import open_incident

    made = open_incident(
        scope=scope, park_id=park.pk, kind="MANUAL", pollutant="a25002", title="t", told="", start=START,
        end=START + timedelta(hours=6), now=START + timedelta(hours=7),
    )  # fmt: skip
    BlindTest.objects.filter(pk=test.pk).update(incident=made)
    rate = {"p5": 4.0, "p50": 8.0, "p95": 16.0, "unit": "kg/h"}
    answer = {
        "verdict": "named", "named": [str(outlet.pk)], "location": None,
        "candidates": [{"id": str(outlet.pk), "probability": 0.9, "rate": rate}],
    }  # fmt: skip
    Trace.objects.create(
        incident=made, state="DONE", case={}, places={}, digest="0" * 64, asked_at=START, finished_at=START, answer=answer
    )  # fmt: skip
    after = client.get(reverse("blind_tests")).content.decode()

    link = reverse("outlet", args=[outlet.pk])
    assert link not in before
    assert link in after
    assert "state-ok" in after
