"""Water incidents from the readings of stations: what counts, what is left out, traced again, decided, printed, and over the API."""

import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import transaction
from django.db.utils import DatabaseError, IntegrityError
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from deploy.bench.sewers import case_of
from monitoring.alarms.models import Problem
from monitoring.tracing.models import WaterBlindTest, WaterGauge, WaterIncident, WaterNetwork, WaterTrace
from monitoring.tracing.services import blind
from monitoring.tracing.tasks import water_due
from parks.people.domain import Role
from parks.people.services import accounts
from tests.factories.people import make_user
from tests.factories.register import make_enterprise, make_logger, make_park, make_station
from tests.factories.series import make_channel, store_values
from tests.integration.monitoring.test_water import client_of, sent

pytestmark = pytest.mark.django_db
ARSENIC = "w20119"  # kept in ug/L, so that a trace has to convert it
START = datetime(2026, 3, 3, 16, 0, tzinfo=UTC)  # midnight in the park
ALWAYS, BROKEN = 0.2, 999.0  # mg/L
FAULT = 13


@pytest.fixture
def scene() -> Any:
    """A park whose plant C2 let arsenic in, by particles and not by the engine, with two stations in the sewer that saw it."""
    park = make_park()
    seed = next(seed for seed in range(8000, 8100) if case_of(seed=seed)[1]["source"] == "C2")
    case, truth = case_of(seed=seed)
    text = json.dumps({key: case[key] for key in ("format", "manholes", "pipes")}).replace('"phenol"', f'"{ARSENIC}"')
    user = make_user(role=Role.OFFICER, park=park)
    officer = client_of(user)
    guilty, other = make_enterprise(park=park, name="Plant C2"), make_enterprise(park=park, name="Plant C1")
    network = sent(officer, text)
    channels = {}
    for one in case["readings"]["manholes"]:
        station = make_station(park=park, kind="SEWER", code=f"W-{one['manhole']}")
        channel = make_channel(logger=make_logger(station=station), pollutant=ARSENIC, reported_unit="ug/L")
        values = [round(1000.0 * (ALWAYS + max(v, 0.0)), 3) for v in one["values_mg_l"]]
        verdict, reason = [0] * len(values), [0] * len(values)
        values[3], verdict[3], reason[3] = 1000.0 * BROKEN, 1, FAULT
        times = [START + timedelta(minutes=10 * k) for k in range(len(values))]
        store_values(
            channel=channel, times=times, values=values, verdict=verdict, reason=reason, now=START + timedelta(days=1)
        )
        officer.post(reverse("water_bind", args=[network.pk]), {"place": f"s{station.pk}", "node": one["manhole"]})
        channels[one["manhole"]] = channel
    return SimpleNamespace(
        park=park, user=user, officer=officer, guilty=guilty, other=other, network=network, truth=truth, channels=channels, case=case
    )  # fmt: skip


def opened(scene: Any, **more: Any) -> WaterIncident:
    given = {
        "title": "进水砷升高", "kind": "ALARM", "network": scene.network.pk, "pollutant": ARSENIC, "start": "2026-03-04T00:00",
        "end": "2026-03-04T16:00",
    }  # fmt: skip
    answer = scene.officer.post(reverse("water_stations"), given | more)
    assert answer.status_code == 302, answer.content.decode()
    return WaterIncident.objects.latest("pk")


@pytest.fixture
def answered(scene: Any) -> Any:
    scene.incident = opened(scene)
    water_due()
    scene.trace = WaterTrace.objects.get(incident=scene.incident)
    return scene


def test_readings_are_converted_invalid_ones_left_out_and_named_and_the_plant_is_found(answered: Any) -> None:
    trace, case = answered.trace, answered.trace.case

    assert (trace.state, trace.answer["named"], trace.stage) == ("DONE", ["C2"], "answer")
    wwtp = next(one for one in case["readings"]["manholes"] if one["manhole"] == "WWTP")
    given = next(one for one in answered.case["readings"]["manholes"] if one["manhole"] == "WWTP")["values_mg_l"]
    assert wwtp["values_mg_l"][3] is None, "the reading of a broken instrument"
    assert max(v for v in wwtp["values_mg_l"] if v is not None) == pytest.approx(max(given) + ALWAYS, rel=1e-6)
    assert wwtp["background_mg_l"] == pytest.approx(ALWAYS, abs=0.05)
    # A mean of ten minutes from midnight stands for five minutes past.
    assert case["readings"]["start"] == "2026-03-04T00:05:00+08:00"
    assert {one["node"]: one["left_out"] for one in trace.sources["channels"]} == {"WWTP": {"13": 1}, "J1": {"13": 1}}
    assert (
        trace.answer["candidates"][0]["mass_kg"]["p5"]
        <= answered.truth["mass_kg"]
        <= trace.answer["candidates"][0]["mass_kg"]["p95"]
    )


def test_the_page_says_stations_and_what_was_left_out(answered: Any) -> None:
    page = answered.officer.get(reverse("water_incident", args=[answered.incident.pk])).content.decode()

    assert reverse("point", args=[answered.channels["WWTP"].pk]) in page
    assert "仪器故障" in page or "故障" in page
    assert "本结果是线索，不是证据" in page or "不是证据" in page


def test_frozen_readings_do_not_follow_later_corrections_but_another_trace_does(answered: Any) -> None:
    first = answered.trace
    store_values(
        channel=answered.channels["J1"], times=[START + timedelta(minutes=30)], values=[1000.0 * ALWAYS], now=START + timedelta(days=2), submission=2
    )  # fmt: skip

    answered.officer.post(
        reverse("water_trace_again", args=[answered.incident.pk]), {"ruled_out": ["C2"], "before_h": "3"}
    )
    water_due()

    first.refresh_from_db()
    second = WaterTrace.objects.latest("pk")
    page = answered.officer.get(reverse("water_incident", args=[answered.incident.pk])).content.decode()
    older = answered.officer.get(
        reverse("water_incident", args=[answered.incident.pk]), {"trace": first.pk}
    ).content.decode()
    assert first.answer["named"] == ["C2"]
    assert {one["node"]: one["left_out"] for one in second.sources["channels"]} == {"WWTP": {"13": 1}, "J1": {}}
    assert (second.case["options"]["ruled_out"], second.case["options"]["before_h"]) == (["C2"], 3.0)
    assert {"id": "C2", "reason": "An inspection has ruled it out."} in second.answer["excluded"]
    assert f"?trace={first.pk}" in page
    assert first.digest[:16] in older


def test_a_confirmed_node_names_its_enterprise_and_counts_in_the_next_case(answered: Any) -> None:
    step = reverse("water_step", args=[answered.incident.pk])
    answered.officer.post(step, {"step": "NOTE", "text": "检查井有异味", "node": "C2"})
    answered.officer.post(step, {"step": "CONFIRMED", "text": "现场取样一致", "node": "C2"})

    answered.incident.refresh_from_db()
    following = WaterTrace.objects.get(incident=opened(answered))
    counts = {one["id"]: one.get("confirmed_cases", 0) for one in following.case["manholes"]}
    assert (answered.incident.state, answered.incident.node, answered.incident.enterprise) == (
        "CONFIRMED",
        "C2",
        answered.guilty,
    )
    assert [one.node for one in answered.incident.steps.order_by("pk")] == ["", "C2", "C2"]
    assert (counts["C2"], sum(counts.values())) == (1, 1)
    refused = answered.officer.post(step, {"step": "REJECTED", "text": "又一次"})
    assert "又一次" in refused.content.decode(), "words that were not taken stay in the form"

    answered.officer.post(step, {"step": "REOPENED", "text": "复检不符"})
    answered.incident.refresh_from_db()
    assert (answered.incident.state, answered.incident.node, answered.incident.enterprise) == ("OPEN", "", None)


def test_a_waiting_trace_is_followed_and_the_page_loads_anew_when_it_is_over(scene: Any) -> None:
    incident = opened(scene)
    trace = WaterTrace.objects.get(incident=incident)
    state = reverse("water_state", args=[trace.pk])

    page = scene.officer.get(reverse("water_incident", args=[incident.pk])).content.decode()
    waiting = scene.officer.get(state)
    water_due()
    over = scene.officer.get(state)

    assert f'hx-get="{state}"' in page
    assert "HX-Refresh" not in waiting.headers
    assert over.headers["HX-Refresh"] == "true"


def test_the_dossier_says_node_inputs_and_that_it_is_no_proof(answered: Any, tmp_path: Any) -> None:
    answered.officer.post(
        reverse("water_step", args=[answered.incident.pk]), {"step": "ASKED", "text": "请说明当日工况", "enterprise": answered.guilty.pk}
    )  # fmt: skip

    answer = answered.officer.get(reverse("water_dossier", args=[answered.trace.pk]))
    again = answered.officer.get(reverse("water_dossier", args=[answered.trace.pk]))
    (tmp_path / "d.pdf").write_bytes(answer.content)
    text = "".join(page.extract_text() for page in PdfReader(tmp_path / "d.pdf").pages).replace("\n", "")

    assert answer.content == again.content
    for words in (
        "Plant C2",
        "线索，不是证据",
        "请说明当日工况",
        "没有随机种子",
        answered.trace.digest,
        answered.network.digest,
        answered.trace.code_version,
    ):
        assert words in text, words


def test_no_station_no_readings_no_incident(scene: Any) -> None:
    answer = scene.officer.post(
        reverse("water_stations"),
        {"title": "x", "kind": "MANUAL", "network": scene.network.pk, "pollutant": ARSENIC, "start": "2026-03-01T00:00", "end": "2026-03-01T16:00"},
    )  # fmt: skip

    assert answer.status_code == 200
    assert "请另选时段" in answer.content.decode()
    assert not WaterIncident.objects.exists()


def test_a_station_stands_at_one_node_of_a_revision_and_of_its_own_park(scene: Any) -> None:
    gauge = WaterGauge.objects.filter(network=scene.network).order_by("pk")[0]
    bind = reverse("water_bind", args=[scene.network.pk])
    far = make_station(park=make_park(), kind="SEWER")

    scene.officer.post(bind, {"place": f"s{gauge.station_id}", "node": "J2"})
    scene.officer.post(bind, {"place": f"s{gauge.station_id}", "node": "nowhere"})
    scene.officer.post(bind, {"place": f"s{far.pk}", "node": "J2"})
    gauge.refresh_from_db()
    moved = gauge.node
    scene.officer.post(bind, {"place": f"s{gauge.station_id}", "node": ""})

    assert moved == "J2"
    assert WaterGauge.objects.filter(network=scene.network).count() == 1


def test_the_database_keeps_the_rules(answered: Any) -> None:
    gauge = WaterGauge.objects.filter(network=answered.network)
    for rows, change, kind in (
        (gauge, {"station": None}, IntegrityError),
        (WaterIncident.objects.all(), {"node": "C2"}, IntegrityError),
        (WaterIncident.objects.all(), {"began_at": None}, IntegrityError),
        (WaterTrace.objects.all(), {"sources": {}}, DatabaseError),
    ):
        with pytest.raises(kind), transaction.atomic():
            rows.update(**change)


def test_an_alarm_of_wastewater_leads_to_the_sewer_with_its_hours(scene: Any) -> None:
    problem = Problem.objects.create(
        kind="LIMIT_EXCEEDED", severity="WARNING", park=scene.park, channel=scene.channels["WWTP"], rule="r", interval=2,
        period_at=START + timedelta(hours=8), value=4.0, limit=1.0, times=3.0, worst=4.0, raised_at=START, seen_at=START,
    )  # fmt: skip

    page = scene.officer.get(reverse("problem", args=[problem.pk])).content.decode()
    form = scene.officer.get(reverse("water_stations"), {"problem": problem.pk}).content.decode()

    assert f"{reverse('water_stations')}?problem={problem.pk}" in page
    assert reverse("incident_new") not in page
    # three hours to either side of four in the afternoon minus eight: midnight plus eight hours
    assert 'value="2026-03-04T05:00"' in form
    assert 'value="2026-03-04T11:00"' in form


def test_a_blind_test_hides_its_truth_until_there_is_an_answer(scene: Any) -> None:
    start = START + timedelta(seconds=scene.truth["start_s"])
    truth = {"node": "C2", "mass_kg": scene.truth["mass_kg"], "start": start.isoformat()}
    test = blind.keep_water(
        network=scene.network, key="one", kind="STEADY", names=("含砷废水", "arsenic"), pollutant=ARSENIC, start=START,
        end=START + timedelta(hours=16), truth=truth,
    )  # fmt: skip
    page = reverse("blind_tests")

    before = scene.officer.get(page).content.decode()
    scene.officer.post(reverse("blind_trace"), {"water": test.pk})
    water_due()
    after = scene.officer.get(page).content.decode()

    assert f"{scene.truth['mass_kg']:.1f}" not in before
    assert f"{scene.truth['mass_kg']:.1f}" in after
    assert "state-ok" in after
    assert WaterBlindTest.objects.get().incident_id is not None
    trace = WaterTrace.objects.get()
    assert "truth" not in json.dumps([trace.case, trace.sources])


def test_programs_open_list_and_trace_and_an_enterprise_sees_what_concerns_it(answered: Any) -> None:
    given = {
        "network": answered.network.pk, "kind": "MANUAL", "title": "接口新建", "pollutant": ARSENIC, "start": "2026-03-04T00:00:00+08:00",
        "end": "2026-03-04T16:00:00+08:00",
    }  # fmt: skip
    made = answered.officer.post(reverse("api_water_incidents"), given, content_type="application/json")
    again = answered.officer.post(
        reverse("api_water_traces"),
        {"incident": made.json()["id"], "ruled_out": ["C2"]},
        content_type="application/json",
    )
    water_due()
    listed = answered.officer.get(reverse("api_water_incidents")).json()
    detail = answered.officer.get(reverse("api_water_trace", args=[again.json()["id"]])).json()
    answered.officer.post(
        reverse("water_step", args=[answered.incident.pk]), {"step": "ASKED", "text": "请说明", "enterprise": answered.guilty.pk}
    )  # fmt: skip
    _, secret = accounts.create_token(
        by=answered.user,
        park_id=answered.park.pk,
        enterprise_id=answered.guilty.pk,
        name="t",
        scopes=["incidents:read"],
        now=START,
    )
    key = Client(headers={"Authorization": f"Bearer {secret}"})

    assert (made.status_code, again.status_code) == (201, 202)
    assert {one["id"] for one in listed} == {made.json()["id"], answered.incident.pk}
    assert (detail["state"], detail["case"]["options"]["ruled_out"]) == ("DONE", ["C2"])
    mine = key.get(reverse("api_water_incidents")).json()
    assert [(one["id"], one["newest_trace"]) for one in mine] == [(answered.incident.pk, None)]
    assert key.get(reverse("api_water_incident", args=[made.json()["id"]])).status_code == 404
    assert key.get(reverse("api_water_trace", args=[again.json()["id"]])).status_code == 404
    assert (
        key.post(
            reverse("api_water_traces"), {"incident": answered.incident.pk}, content_type="application/json"
        ).status_code
        == 403
    )


def test_a_time_without_end_or_too_long_is_refused_by_code(answered: Any) -> None:
    given = {
        "network": answered.network.pk,
        "kind": "MANUAL",
        "title": "x",
        "pollutant": ARSENIC,
        "start": "2026-03-04T00:00:00+08:00",
    }

    codes = [
        answered.officer.post(
            reverse("api_water_incidents"), given | {"end": end}, content_type="application/json"
        ).json()["code"]
        for end in ("2026-03-03T00:00:00+08:00", "2026-03-09T00:00:00+08:00")
    ]

    assert codes == ["tracing.no_time", "tracing.too_long"]


def test_a_revision_is_kept_once(scene: Any) -> None:
    assert WaterNetwork.objects.filter(park=scene.park).count() == 1
