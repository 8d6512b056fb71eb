"""Incidents of several substances: what may be traced together, what is frozen, and who is named."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.db import transaction
from django.db.utils import DatabaseError, IntegrityError
from django.urls import reverse
from jsonschema import Draft202012Validator

from monitoring.tracing.domain.case.building import event_of
from monitoring.tracing.models import Incident, IncidentCompanion, Trace
from monitoring.tracing.services import incidents
from monitoring.tracing.services.companions import CountedTwice, TooManyTogether, offered
from monitoring.tracing.services.gathering import NotMeasured
from monitoring.tracing.services.runs import answer_of, ask_for_trace, computed_again
from parks.people.domain import Role
from parks.register.services import register
from tests.factories.people import make_user
from tests.integration.monitoring.joint_scene import MIX, NOW, OTHER, OWN, mass_of, traced_jointly
from tests.integration.monitoring.scene import START

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def traced(django_db_setup: Any, django_db_blocker: Any) -> Iterator[Any]:
    with django_db_blocker.unblock(), traced_jointly() as made:
        yield made


def test_the_right_neighbour_is_named_that_one_substance_does_not_tell_from_the_other(traced: Any) -> None:
    scene, incident, row = traced
    with transaction.atomic():
        alone = ask_for_trace(scope=scene.scope, incident_id=incident.pk, now=NOW, companions=())
        by_one = answer_of(case=alone.case)
        transaction.set_rollback(True)

    assert (row.answer["verdict"], row.answer["named"]) == ("named", [str(scene.guilty.pk)])
    assert row.answer["together"] == list(MIX)
    assert by_one["named"] == []
    chance = {one["id"]: one["probability"] for one in row.answer["candidates"]}
    assert chance[str(scene.neighbour.pk)] < 0.1
    rates = mass_of(row.answer, str(scene.guilty.pk))
    assert rates / rates.sum() == pytest.approx(np.array(OWN), abs=0.1)


def test_what_each_point_is_known_to_emit_is_frozen_with_its_source_and_certainty(traced: Any) -> None:
    scene, _, row = traced
    known = {one["id"]: one.get("profile") for one in row.case["candidates"]}
    places = row.places["profiles"]
    schema = Path("monitoring/reference/trace_case.schema.json").read_text(encoding="utf-8")

    entered, unverified, permitted, monitored = (
        str(one.pk) for one in (scene.guilty, scene.neighbour, scene.permitted, scene.monitored)
    )

    assert [places[one]["origin"] for one in (entered, unverified, permitted, monitored)] == [
        "MEASURED", "UNVERIFIED", "PERMITTED", "MONITORED",
    ]  # fmt: skip
    assert [known[one]["certainty"] for one in (entered, unverified, permitted, monitored)] == [116.4, 60.0, 20.0, 60.0]
    assert known[entered]["shares"] == dict(zip(MIX, OWN, strict=True))
    assert known[unverified]["shares"] == dict(zip(MIX, OTHER, strict=True))
    assert known[permitted]["shares"] == {MIX[0]: 2.0, MIX[1]: 1.0, MIX[2]: 1.0}
    assert list(known[monitored]["shares"].values()) == pytest.approx([1 / 8, 2 / 8, 5 / 8])
    assert known[str(scene.silent.pk)] is None
    assert (places[entered]["profile"], places[permitted]["permit"]) == (scene.profile.pk, scene.permit.pk)
    assert places[monitored]["channels"] == {code: one.pk for code, one in scene.instruments.items()}
    assert "检测报告 2026-017" in known[entered]["source"]
    assert row.case["events"] == [{"id": "1", "together": list(MIX)}]
    assert row.places["channels"].keys() == set(MIX)
    assert Draft202012Validator(json.loads(schema)).is_valid(row.case)


def test_the_frozen_case_computes_the_same_answer_again(traced: Any) -> None:
    assert computed_again(row=traced[2])


def test_what_was_traced_together_cannot_be_changed(traced: Any) -> None:
    scene, incident, row = traced
    with transaction.atomic():
        waiting = ask_for_trace(scope=scene.scope, incident_id=incident.pk, now=NOW)
        for change in ({"companions": []}, {"places": {}}):
            with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
                Trace.objects.filter(pk=waiting.pk).update(**change)
        transaction.set_rollback(True)
    with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
        IncidentCompanion.objects.filter(incident=incident).update(pollutant_id="a21026")
    with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
        IncidentCompanion.objects.filter(incident=incident).delete()
    with pytest.raises(IntegrityError), transaction.atomic():
        IncidentCompanion.objects.create(incident=incident, pollutant_id=MIX[1])
    with pytest.raises(IntegrityError, match="no companion of itself"), transaction.atomic():
        IncidentCompanion.objects.create(incident=incident, pollutant_id=MIX[0])
    with pytest.raises(IntegrityError, match="at_most_twelve_together"), transaction.atomic():
        Trace.objects.create(
            incident=incident, case={}, places={}, digest="0" * 64, asked_at=NOW, companions=["x"] * 12
        )
    assert row.companions == list(MIX[1:])


def test_nothing_is_traced_together_that_was_not_measured_or_would_count_twice(traced: Any) -> None:
    scene, incident, _ = traced
    before = Incident.objects.count()

    for companions, refused in (
        (["a21026"], NotMeasured),  # no station measures sulphur dioxide
        (["a24088"], CountedTwice),  # benzene is a part of it
        ([f"x{n}" for n in range(12)], TooManyTogether),
    ):
        with pytest.raises(refused), transaction.atomic():
            scene.joint(*companions)
        with pytest.raises(refused), transaction.atomic():
            ask_for_trace(scope=scene.scope, incident_id=incident.pk, now=NOW, companions=companions)

    assert Incident.objects.count() == before


def test_offered_is_what_a_station_of_the_map_measured_in_that_time(traced: Any) -> None:
    scene, _, _ = traced
    asked = {"scope": scene.scope, "park_id": scene.park.pk, "pollutant": MIX[0]}
    with transaction.atomic():
        scene.stored(scene.stations[0], "a25038", "mg/m3", np.full(480, 0.1))
        scene.stored(scene.stations[0], "a24088", "mg/m3", np.full(480, 0.1))

        during = offered(**asked, start=START, end=START + timedelta(hours=8))
        later = offered(**asked, start=START + timedelta(hours=9), end=START + timedelta(hours=12))

        assert [(one.pollutant, one.stations) for one in during] == [(MIX[1], 6), (MIX[2], 6), ("a25038", 1)]
        assert later == []
        transaction.set_rollback(True)


def test_a_companion_of_one_station_is_traced_too(traced: Any) -> None:
    scene, incident, _ = traced
    with transaction.atomic():
        scene.stored(scene.stations[0], "a25038", "mg/m3", scene.values[:, 0, 1] * 1e6)

        row = ask_for_trace(scope=scene.scope, incident_id=incident.pk, now=NOW, companions=["a25038"])
        values, _hidden = event_of(case=row.case, number=0).case.every

        assert row.places["channels"]["a25038"].keys() == {scene.stations[0].code}
        assert np.isfinite(values[:, 0, 1]).any()
        assert not np.isfinite(values[:, 1:, 1]).any()
        transaction.set_rollback(True)


def test_a_point_that_holds_one_of_them_stays_in_and_one_that_holds_none_drops_out(traced: Any) -> None:
    scene, incident, _ = traced
    with transaction.atomic():
        one_of_them, none_of_them = scene.silent, scene.permitted
        register.update_outlet(outlet_id=one_of_them.pk, by_id=None, handled_codes=[MIX[1]])
        register.update_outlet(outlet_id=none_of_them.pk, by_id=None, handled_codes=["a21026"])
        register.update_outlet(outlet_id=scene.monitored.pk, by_id=None, handled_codes=[MIX[2]])

        row = ask_for_trace(scope=scene.scope, incident_id=incident.pk, now=NOW)
        known = {one["id"]: one for one in row.case["candidates"]}
        case = event_of(case=row.case, number=0).case
        prior = dict(zip(known, case.prior, strict=True))
        shares = dict(zip(known, case.companions.shares, strict=True))

        assert known[str(one_of_them.pk)]["ground"] == "HANDLED"
        assert known[str(one_of_them.pk)]["grounds"] == {
            MIX[0]: "NOT_HANDLED",
            MIX[1]: "HANDLED",
            MIX[2]: "NOT_HANDLED",
        }
        assert list(shares[str(one_of_them.pk)]) == [0.0, 1.0, 0.0]
        assert prior[str(one_of_them.pk)] > 0 == prior[str(none_of_them.pk)]
        assert "profile" not in known[str(none_of_them.pk)]
        assert "profile" not in known[str(scene.monitored.pk)]  # all that it emits of them is one substance
        transaction.set_rollback(True)


def test_a_profile_that_lacks_a_substance_gives_way_to_the_next_source(traced: Any) -> None:
    scene, incident, _ = traced
    with transaction.atomic():
        scene.entered(scene.monitored, (0.5, 0.5), "检测报告，缺二甲苯")

        three = ask_for_trace(scope=scene.scope, incident_id=incident.pk, now=NOW)
        two = ask_for_trace(scope=scene.scope, incident_id=incident.pk, now=NOW, companions=[MIX[1]])

        assert three.places["profiles"][str(scene.monitored.pk)]["origin"] == "MONITORED"
        assert two.places["profiles"][str(scene.monitored.pk)]["origin"] == "MEASURED"
        transaction.set_rollback(True)


def test_without_companions_the_case_is_that_of_one_substance(traced: Any) -> None:
    scene, incident, _ = traced
    with transaction.atomic():
        row = ask_for_trace(scope=scene.scope, incident_id=incident.pk, now=NOW, companions=())

        assert "events" not in row.case
        assert row.companions == []
        assert {one["substance"] for one in row.case["observations"]} == {MIX[0]}
        assert not any("profile" in one or "grounds" in one for one in row.case["candidates"])
        transaction.set_rollback(True)


def test_the_api_opens_with_companions_lists_them_and_takes_another_choice(traced: Any) -> None:
    scene, _, _ = traced
    client = scene.client(scene.officer)
    window = {"start": START.isoformat(), "end": (START + timedelta(hours=8)).isoformat()}
    body = {"park": scene.park.pk, "kind": "MANUAL", "title": "t", "pollutant": MIX[0], **window}
    with transaction.atomic():
        choice = client.get("/api/v1/incidents/companions/", {"park": scene.park.pk, "pollutant": MIX[0], **window})
        made = client.post(
            "/api/v1/incidents/", body | {"together_with": list(MIX[1:])}, content_type="application/json"
        )
        plain = client.post("/api/v1/incidents/", body, content_type="application/json").json()
        refused = client.post(
            "/api/v1/incidents/", body | {"together_with": ["a21026"]}, content_type="application/json"
        )
        number = made.json()["id"]
        usual, other = (
            client.post("/api/v1/traces/", {"incident": number, **more}, content_type="application/json").json()
            for more in ({}, {"together_with": [MIX[2]]})
        )
        listed = {one["id"]: one for one in client.get("/api/v1/incidents/").json()}
        traces = {one["id"]: one["together_with"] for one in client.get("/api/v1/traces/").json()}
        transaction.set_rollback(True)

    assert [one["pollutant"] for one in choice.json()] == list(MIX[1:])
    assert (made.status_code, made.json()["together_with"]) == (201, list(MIX[1:]))
    assert (listed[number]["together_with"], plain["together_with"]) == (list(MIX[1:]), [])
    assert refused.status_code == 422
    assert (refused.json()["code"], refused.json()["details"]) == ("tracing.not_measured", {"substance": "a21026"})
    assert (traces[usual["id"]], traces[other["id"]]) == (list(MIX[1:]), [MIX[2]])


def test_an_enterprise_that_is_asked_sees_its_own_point_and_nobody_elses_profile(traced: Any) -> None:
    scene, incident, row = traced
    with transaction.atomic():
        firm = scene.guilty.enterprise
        incidents.ask(scope=scene.scope, incident_id=incident.pk, enterprise_id=firm.pk, text="请说明", now=NOW)
        client = scene.client(make_user(role=Role.REPORTER, enterprise=firm))

        page = client.get(reverse("incident", args=[incident.pk])).content.decode()
        closed = [
            client.get(address).status_code
            for address in (
                reverse("trace", args=[row.pk]), reverse("trace_map", args=[row.pk]), reverse("source_profiles"), reverse("incident_companions"),
                "/api/v1/incidents/companions/?" + f"park={scene.park.pk}&pollutant={MIX[0]}&start=2026-05-11T16:00Z&end=2026-05-11T18:00Z",
            )
        ]  # fmt: skip

        assert "速率为各物质之和" in page
        assert reverse("outlet", args=[scene.guilty.pk]) in page
        assert scene.neighbour.code not in page
        assert "检测报告" not in page
        assert set(closed) <= {403, 404}
        transaction.set_rollback(True)
