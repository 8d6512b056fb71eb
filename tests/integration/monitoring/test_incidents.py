"""An incident from the alarm to the decision: facts frozen, traced by a worker's task, seen by those whom it concerns."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.db.utils import DatabaseError
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from jsonschema import Draft202012Validator
from pypdf import PdfReader

from deploy.bench.releases import Kind, Release, release
from monitoring.tracing.domain.case.building import event_of
from monitoring.tracing.domain.case.reading import TooShort
from monitoring.tracing.domain.physics.amounts import UnknownUnit
from monitoring.tracing.models import Incident, StepFile, Trace
from monitoring.tracing.services import incidents
from monitoring.tracing.services.gathering import NothingToTrace
from monitoring.tracing.services.runs import ask_for_trace, computed_again, run_trace
from monitoring.tracing.tasks import traces_due
from parks.people.access import build_scope
from parks.people.domain import Role
from parks.register.services import register
from tests.factories.people import make_user
from tests.factories.permits import make_permit_limit
from tests.factories.register import make_enterprise, make_logger, make_outlet, make_park, make_station
from tests.factories.series import make_channel, store_values

pytestmark = pytest.mark.django_db

START = datetime(2026, 5, 11, 16, 0, tzinfo=UTC)  # midnight in Beijing, as the generator has it
GENTLE = Kind(offset=1.0, meander=2.0, widths=0.1, flicker=0.1, drift=5e-9, gain=0.02, gaps=0.02)
LAT, LON = 30.7, 121.3
METRE_NORTH, METRE_EAST = 1 / 111_195, 1 / (111_195 * np.cos(np.radians(LAT)))
BENZENE = "a25002"


def validator() -> Draft202012Validator:
    file = Path("monitoring/reference/trace_case.schema.json")
    return Draft202012Validator(json.loads(file.read_text(encoding="utf-8")))


def place(point: Any) -> dict[str, float]:
    return {"lat": LAT + point[1] * METRE_NORTH, "lon": LON + point[0] * METRE_EAST}


class Scene:
    """A park whose stations read what one of six stacks gave off, by physics that the engine does not have."""

    def __init__(self) -> None:
        self.made: Release = release(
            seed=9003, kind=GENTLE, candidates=6, sensors=6, side=700.0, rates_kg_h=(20.0,), minutes=720
        )
        self.park = make_park(lat=LAT, lon=LON)
        self.firms = [make_enterprise(park=self.park) for _ in range(2)]
        self.outlets = [
            make_outlet(enterprise=self.firms[k % 2], stack_height_m=float(point[2]), **place(point))
            for k, point in enumerate(self.made.candidates)
        ]
        mast = make_station(park=self.park, kind="WEATHER", height_m=10.0, **place((0.0, 0.0)))
        self.stored(mast, "a01007", "m/s", self.made.speed)
        self.stored(mast, "a01008", "deg", self.made.from_deg)
        for number, point in enumerate(self.made.sensors):
            fence = make_station(park=self.park, kind="FENCE", height_m=3.0, **place(point))
            self.stored(fence, BENZENE, "mg/m3", self.made.values[:, number] * 1e6)
        self.officer = make_user(role=Role.OFFICER, park=self.park)
        self.scope = build_scope(user_id=self.officer.pk)

    def stored(self, station: Any, pollutant: str, unit: str, values: Any) -> None:
        channel = make_channel(
            logger=make_logger(outlet=None, station=station, park=self.park), pollutant=pollutant, reported_unit=unit
        )
        known = [(START + timedelta(minutes=n), float(v)) for n, v in enumerate(values) if np.isfinite(v)]
        store_values(
            channel=channel, times=[t for t, _ in known], values=[v for _, v in known], now=START + timedelta(hours=13)
        )

    @property
    def guilty(self) -> Any:
        return self.outlets[self.made.active[0]]

    def opened(self, hours: float = 12.0) -> Incident:
        return incidents.open_incident(
            scope=self.scope, park_id=self.park.pk, kind="COMPLAINT", pollutant=BENZENE, title="气味投诉", told="北门有溶剂味",
            start=START, end=START + timedelta(hours=hours), now=START + timedelta(hours=13),
        )  # fmt: skip

    def client(self, user: Any) -> Client:
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client


@pytest.fixture(scope="module")
def answered(django_db_setup: Any, django_db_blocker: Any) -> Any:
    """One scene, traced once; its rows are taken back at the end."""
    with django_db_blocker.unblock(), transaction.atomic():
        scene = Scene()
        incident = scene.opened()
        row = ask_for_trace(scope=scene.scope, incident_id=incident.pk, now=START + timedelta(hours=8))
        traces_due()
        yield scene, incident, Trace.objects.get(pk=row.pk)
        transaction.set_rollback(True)


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


def test_the_page_shows_who_how_much_and_on_which_readings(answered: Any) -> None:
    scene, incident, row = answered
    client = scene.client(scene.officer)

    page = client.get(reverse("trace", args=[row.pk])).content.decode()
    supposed = client.get(reverse("trace", args=[row.pk]), {"what_if": str(scene.outlets[0].pk)})
    case = client.get(reverse("trace_case", args=[row.pk])).json()

    assert reverse("outlet", args=[scene.guilty.pk]) in page
    assert all(reverse("point", args=[pk]) in page for pk in row.places["sensors"].values())
    assert row.digest[:16] in page
    assert supposed.status_code == 200
    assert case == row.case
    assert client.get(reverse("incident", args=[incident.pk])).status_code == 200
    assert client.get(reverse("trace", args=[row.pk]), {"what_if": "no"}).status_code == 404


def test_the_first_map_is_there_before_any_worker_has_begun_and_asks_its_question(answered: Any) -> None:
    scene, incident, _ = answered
    with transaction.atomic():
        row = ask_for_trace(scope=scene.scope, incident_id=incident.pk, now=START + timedelta(hours=8))
        client = scene.client(scene.officer)

        page = client.get(reverse("trace", args=[row.pk])).content.decode()
        drawn = client.get(reverse("trace_map", args=[row.pk]))

        assert Trace.objects.get(pk=row.pk).state == "WAITING"
        assert reverse("trace_map", args=[row.pk]) in page
        assert "空气从哪里来？" in page
        text = drawn.content.decode()
        assert "空气从哪里来？" in text
        assert "不是可能性，也不是证据" in text
        classes = drawn.context["chart"]["plan"]["cells"]
        assert all(one["data"] for one in classes[:3])
        transaction.set_rollback(True)


def test_the_map_of_what_could_have_been_seen_names_every_point_with_its_smallest_rate(answered: Any) -> None:
    scene, _, row = answered

    drawn = scene.client(scene.officer).get(reverse("trace_map", args=[row.pk]), {"map": "seen"})

    text = drawn.content.decode()
    assert "这样的风里，什么能被看见？" in text
    assert all(reverse("outlet", args=[one.pk]) in text for one in scene.outlets)
    rates = {one["outlet"]: one["rate"] for one in drawn.context["points"]}
    assert 0 < rates[scene.guilty.pk] < 20.0  # it gave off 20 kg/h and was seen
    unseen = drawn.context["chart"]["plan"]["cells"][-1]
    assert unseen["mark"] == "cross"


def test_a_place_on_that_map_says_which_readings_stand_behind_it(answered: Any) -> None:
    scene, _, row = answered
    client = scene.client(scene.officer)
    layer = client.get(reverse("trace_map", args=[row.pk]), {"map": "seen"}).context["chart"]["plan"]["cells"]
    east, north, rate = layer[1]["data"][0]

    with CaptureQueriesContext(connection) as queries:
        drawn = client.get(reverse("trace_cell", args=[row.pk]), {"east": east, "north": north})
    beside = client.get(reverse("trace_cell", args=[row.pk]), {"east": 1e7, "north": "nan"})

    readings = drawn.context["readings"]
    assert drawn.context["rate"] == pytest.approx(rate, rel=0.06)  # the map rounds to two digits
    assert readings[1]["rate"] == pytest.approx(drawn.context["rate"])
    assert [one["decides"] for one in readings[:3]] == [False, True, False]
    assert all(reverse("point", args=[one["channel"]]) in drawn.content.decode() for one in readings)
    assert all(one["end"] - one["begin"] == timedelta(minutes=10) for one in readings)
    assert "不在图内" in beside.content.decode()
    assert len(queries) <= 10


def test_the_page_shows_step_by_step_how_far_a_trace_is(answered: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    scene, incident, row = answered
    client, seen = scene.client(scene.officer), []
    with transaction.atomic():
        now = START + timedelta(hours=8)
        waiting = ask_for_trace(scope=scene.scope, incident_id=incident.pk, now=now)

        def computed(*, case: Any, progress: Any) -> Any:
            for stage in ("background", "sampling"):
                progress(stage)
                seen.append(client.get(reverse("trace_state", args=[waiting.pk])).content.decode())
            return row.answer

        monkeypatch.setattr("monitoring.tracing.services.runs.answer_of", computed)
        run_trace(trace_id=waiting.pk, now=now, clock=lambda: now)

        assert "第 1 步，共 6 步" in seen[0]
        assert "第 3 步，共 6 步" in seen[1]
        assert "▸ 风、误差与来源联合抽样" in seen[1]
        assert "✓ 各站点的背景" in seen[1]
        assert client.get(reverse("trace_state", args=[waiting.pk])).headers["HX-Refresh"] == "true"
        transaction.set_rollback(True)


@pytest.mark.parametrize(
    ("error", "chinese"),
    [
        (TooShort(path="/"), "风与读数的共同时段不足三个时间步。"),
        (UnknownUnit(unit="dpm"), "单位为 dpm 的读数无法换算为质量浓度。"),
        (RuntimeError("boom"), "计算中断；原因见后台任务日志。"),
    ],
)
def test_why_a_trace_failed_is_said_in_the_language_of_the_page(
    answered: Any, monkeypatch: pytest.MonkeyPatch, error: Exception, chinese: str
) -> None:
    scene, incident, _ = answered
    with transaction.atomic():
        now = START + timedelta(hours=8)
        row = ask_for_trace(scope=scene.scope, incident_id=incident.pk, now=now)

        def fails(**_: Any) -> Any:
            raise error

        monkeypatch.setattr("monitoring.tracing.services.runs.answer_of", fails)
        run_trace(trace_id=row.pk, now=now, clock=lambda: now)
        page = scene.client(scene.officer).get(reverse("trace", args=[row.pk])).content.decode()
        kept = Trace.objects.get(pk=row.pk)

        assert kept.error_code.startswith("tracing.")
        assert f"</strong> {chinese}</div>" in page
        transaction.set_rollback(True)


def test_a_refusal_to_trace_is_said_in_chinese_alone() -> None:
    park = make_park()
    officer = make_user(role=Role.OFFICER, park=park)
    made = incidents.open_incident(
        scope=build_scope(user_id=officer.pk), park_id=park.pk, kind="MANUAL", pollutant=BENZENE, title="t", told="", start=START,
        end=START + timedelta(hours=1), now=START + timedelta(hours=2),
    )  # fmt: skip
    client = Client()
    client.force_login(officer, backend="django.contrib.auth.backends.ModelBackend")

    page = client.post(reverse("incident_trace", args=[made.pk]), follow=True).content.decode()

    assert "园区没有站点测得这些分钟的风。" in page
    assert "No station" not in page


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


def test_the_dossier_says_who_is_likely_and_that_it_is_no_proof(answered: Any, tmp_path: Any) -> None:
    scene, _, row = answered

    answer = scene.client(scene.officer).get(reverse("trace_dossier", args=[row.pk]))
    (tmp_path / "d.pdf").write_bytes(answer.content)
    text = "".join(page.extract_text() for page in PdfReader(tmp_path / "d.pdf").pages)

    assert scene.guilty.code in text
    assert "线索，不是证据" in text
    assert row.digest in text.replace("\n", "")


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
