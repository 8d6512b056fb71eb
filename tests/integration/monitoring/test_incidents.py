"""An incident from the alarm to the decision, seen by those whom it concerns."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.db.utils import DatabaseError
from django.urls import reverse

from monitoring.tracing.models import StepFile
from monitoring.tracing.services import incidents
from monitoring.tracing.services.runs import ask_for_trace
from parks.people.access import build_scope
from parks.people.domain import Role
from parks.register.services import register
from tests.factories.people import make_user
from tests.factories.register import make_park
from tests.integration.monitoring.scene import BENZENE, START, place

pytestmark = pytest.mark.django_db


def test_files_of_an_answer_are_for_the_park_and_that_enterprise(answered: Any) -> None:
    scene, incident, _ = answered
    with transaction.atomic():
        firm, other = scene.firms
        person, stranger = (make_user(role=Role.REPORTER, enterprise=one) for one in (firm, other))
        for one in (firm, other):
            incidents.ask(
                scope=scene.scope,
                incident_id=incident.pk,
                enterprise_id=one.pk,
                text="请说明",
                now=START + timedelta(hours=9),
            )
        address, client = reverse("incident_step", args=[incident.pk]), scene.client(person)
        good = [
            SimpleUploadedFile("巡检记录.pdf", b"%PDF-1.7 x"),
            SimpleUploadedFile("阀门.png", b"\x89PNG\r\n\x1a\nx"),
        ]
        bad = SimpleUploadedFile("a.pdf", b"<html>")

        told = client.post(address, {"step": "ANSWER", "text": "附件有误", "files": [bad]}).content.decode()
        refused = StepFile.objects.count()
        client.post(address, {"step": "ANSWER", "text": "见附件", "files": good})
        files = list(StepFile.objects.order_by("pk"))
        file = reverse("incident_file", args=[files[0].pk])
        got = client.get(file)

        assert refused == 0
        assert "“a.pdf”不是 PDF" in told
        assert "附件有误</textarea>" in told  # what was written is not lost
        assert not incident.steps.filter(text="附件有误").exists()
        assert {one.name for one in files} == {"巡检记录.pdf", "阀门.png"}
        assert got.content == b"%PDF-1.7 x"
        assert got.headers["Content-Disposition"].startswith("attachment")
        assert got.headers["Content-Type"] == "application/pdf"
        for who, visible in ((scene.officer, True), (person, True), (stranger, False)):
            assert (scene.client(who).get(file).status_code == 200) is visible
            assert (file in scene.client(who).get(reverse("incident", args=[incident.pk])).content.decode()) is visible
        with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
            files[0].delete()
        transaction.set_rollback(True)


def test_an_enterprise_sees_it_when_asked_with_its_own_points_only(answered: Any) -> None:
    scene, incident, row = answered
    with transaction.atomic():
        firm, other = scene.firms
        person, stranger = (make_user(role=Role.REPORTER, enterprise=one) for one in (firm, other))
        before = scene.client(person).get(reverse("incident", args=[incident.pk])).status_code
        incidents.ask(
            scope=scene.scope,
            incident_id=incident.pk,
            enterprise_id=firm.pk,
            text="请说明",
            now=START + timedelta(hours=9),
        )

        client = scene.client(person)
        page = client.get(reverse("incident", args=[incident.pk])).content.decode()
        client.post(reverse("incident_step", args=[incident.pk]), {"step": "ANSWER", "text": "阀门已更换"})
        steps = list(incident.steps.order_by("pk").values_list("kind", "by", "enterprise"))

        assert before == 404
        for outlet in scene.outlets:
            assert (reverse("outlet", args=[outlet.pk]) in page) == (outlet.enterprise_id == firm.pk)
        assert other.name not in page
        assert steps[-1] == ("ANSWER", person.pk, firm.pk)
        assert client.get(reverse("trace", args=[row.pk])).status_code == 404
        assert scene.client(stranger).get(reverse("incident", args=[incident.pk])).status_code == 404
        transaction.set_rollback(True)


def test_a_confirmed_source_counts_in_later_traces_and_a_decision_can_be_taken_back(answered: Any) -> None:
    scene, incident, _ = answered
    with transaction.atomic():
        now = START + timedelta(hours=10)
        incidents.decide(
            scope=scene.scope,
            incident_id=incident.pk,
            confirmed=True,
            outlet_id=scene.guilty.pk,
            text="现场检出",
            now=now,
        )
        later = ask_for_trace(scope=scene.scope, incident_id=incident.pk, now=now)
        counted = {one["id"]: one["confirmed_cases"] for one in later.case["candidates"]}
        with pytest.raises(incidents.BadIncident):
            incidents.decide(
                scope=scene.scope, incident_id=incident.pk, confirmed=False, outlet_id=None, text="x", now=now
            )
        incidents.reopen(scope=scene.scope, incident_id=incident.pk, text="复查", now=now)
        incident.refresh_from_db()

        assert counted[str(scene.guilty.pk)] == 1
        assert sum(counted.values()) == 1
        assert (incident.state, incident.outlet_id) == ("OPEN", None)
        transaction.set_rollback(True)


def test_premises_can_be_confirmed_and_count_in_later_traces(answered: Any) -> None:
    scene, incident, _ = answered
    with transaction.atomic():
        firm, now = scene.firms[0], START + timedelta(hours=10)
        ring = [[one["lon"], one["lat"]] for one in map(place, ((0, 0), (90, 0), (90, 90), (0, 0)))]
        register.update_enterprise(enterprise_id=firm.pk, by_id=None, site={"type": "Polygon", "coordinates": [ring]})
        client = scene.client(scene.officer)

        client.post(
            reverse("incident_step", args=[incident.pk]),
            {"step": "CONFIRMED", "text": "法兰泄漏", "outlet": f"e{firm.pk}"},
        )
        incident.refresh_from_db()
        page = client.get(reverse("incident", args=[incident.pk])).content.decode()
        later = ask_for_trace(scope=scene.scope, incident_id=incident.pk, now=now)

        assert (incident.state, incident.outlet_id, incident.enterprise_id) == ("CONFIRMED", None, firm.pk)
        assert "厂区，未经排气筒" in page
        assert {one["id"]: one["confirmed_cases"] for one in later.case["candidates"]}[f"e{firm.pk}"] == 1
        transaction.set_rollback(True)


@pytest.mark.parametrize(("start", "end"), [(0, 0), (2, 1), (0, 100), (0, 9)])
def test_a_time_that_is_none_is_refused(start: float, end: float) -> None:
    park = make_park()
    scope = build_scope(user_id=make_user(role=Role.OFFICER, park=park).pk)

    with pytest.raises(incidents.BadIncident):
        incidents.open_incident(
            scope=scope, park_id=park.pk, kind="MANUAL", pollutant=BENZENE, title="t", told="", start=START + timedelta(hours=start),
            end=START + timedelta(hours=end), now=START + timedelta(hours=8 if end != 100 else 200),
        )  # fmt: skip


def test_the_api_opens_and_lists_and_traces(answered: Any) -> None:
    scene, incident, row = answered
    client = scene.client(scene.officer)
    with transaction.atomic():
        body = {
            "park": scene.park.pk, "kind": "COMPLAINT", "title": "t", "pollutant": BENZENE, "start": START.isoformat(),
            "end": (START + timedelta(hours=6)).isoformat(),
        }  # fmt: skip

        made = client.post("/api/v1/incidents/", body, content_type="application/json")
        asked = client.post("/api/v1/traces/", {"incident": made.json()["id"]}, content_type="application/json")
        listed = client.get("/api/v1/incidents/").json()
        whole = client.get(f"/api/v1/traces/{row.pk}/").json()

        assert made.status_code == 201
        assert asked.status_code == 202
        assert {incident.pk, made.json()["id"]} <= {one["id"] for one in listed}
        assert whole["case"] == row.case
        assert whole["answer"]["named"] == [str(scene.guilty.pk)]
        transaction.set_rollback(True)
