"""Spills in a river in the portal: a reach entered, readings of stations frozen, a worker's answer, who sees and says what."""

import json
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.db.utils import DatabaseError, IntegrityError
from django.test import Client
from django.urls import reverse
from jsonschema import Draft202012Validator
from pypdf import PdfReader

from monitoring.management.commands.trace import answer_of, case_schema
from monitoring.tracing.models import (
    RiverDecay,
    RiverPlace,
    RiverReach,
    WaterGauge,
    WaterIncident,
    WaterNetwork,
    WaterTrace,
)
from monitoring.tracing.services import blind
from monitoring.tracing.tasks import water_due
from parks.people.domain import Role
from parks.people.services import accounts
from parks.register.models import Enterprise
from tests.factories.people import make_user
from tests.factories.register import make_enterprise, make_logger, make_park, make_station
from tests.factories.rivers import KG, SPILL_M, STATIONS, river_case
from tests.factories.series import make_channel, store_values
from tests.integration.monitoring.test_water import client_of

pytestmark = pytest.mark.django_db
PHENOLS, CYANIDE = "w23002", "w21016"
START = datetime(2026, 6, 1, 0, 0, tzinfo=UTC)  # of the readings; the spill began 25 minutes later
FAULT = 13
FORM = {
    "name": "东河下段", "source": "2026 年 5 月实测", "valid_from": "2026-05-01", "valid_to": "2026-07-01", "length_m": "5000", "slope": "0.0003", "width_m": "30",
    "depth_m": "1.5", "speed_low": "0.4", "speed_high": "0.62", "flow_low": "", "flow_high": "", "dispersion_low": "1.5", "dispersion_high": "15",
}  # fmt: skip
HEAD = "kind,id,chainage_m,enterprise,substances,decay_per_day\n"
TABLE = HEAD + (
    "station,A,3000,,,\nstation,B,4200,,,\noutfall,DW-1,400,Plant far,w23002,\noutfall,DW-2,1200,Plant two,w23002 w21016,\n"
    "outfall,DW-3,2200,Plant other,w21016,\ndecay,w21016,,,,0.4\n"
)


def entered(client: Client, table: str | None = TABLE, like: int | None = None, **more: str) -> Any:
    given: dict[str, Any] = FORM | more
    if table is not None:
        given["file"] = SimpleUploadedFile("reach.csv", table.encode())
    return client.post(reverse("water_river_new") + (f"?like={like}" if like else ""), given)


@pytest.fixture
def reach() -> Any:
    """A park with a reach of a river, three enterprises on it and two stations in it."""
    park = make_park()
    user = make_user(role=Role.OFFICER, park=park)
    plants = [make_enterprise(park=park, name=name) for name in ("Plant two", "Plant far", "Plant other")]
    channels = {}
    for code in STATIONS:
        station = make_station(park=park, kind="RIVER", code=code)
        channels[code] = make_channel(logger=make_logger(station=station), pollutant=PHENOLS)
    client = client_of(user)
    answer = entered(client)
    assert answer.status_code == 302, answer.content.decode()
    return SimpleNamespace(
        park=park, user=user, client=client, plants=plants, channels=channels, network=WaterNetwork.objects.get()
    )


@pytest.fixture
def answered(reach: Any) -> Any:
    """Readings of a spill at DW-2, made by particles in a parabolic flow; one of them broken. The truth: 50 kg at 08:25."""
    for one in river_case()["stations"]:
        values = list(one["values_mg_l"])
        verdict, reason = [0] * len(values), [0] * len(values)
        values[3], verdict[3], reason[3] = 999.0, 1, FAULT
        times = [START + timedelta(seconds=one["interval_s"] * k) for k in range(len(values))]
        store_values(
            channel=reach.channels[one["id"]], times=times, values=values, verdict=verdict, reason=reason, now=START + timedelta(days=1)
        )  # fmt: skip
    reach.incident = opened(reach)
    water_due()
    reach.trace = WaterTrace.objects.get()
    return reach


def opened(reach: Any, **more: Any) -> WaterIncident:
    given = {
        "title": "河水挥发酚升高", "kind": "ALARM", "network": reach.network.pk, "pollutant": PHENOLS, "start": "2026-06-01T08:00", "end": "2026-06-01T11:30",
    }  # fmt: skip
    answer = reach.client.post(reverse("water_stations"), given | more)
    assert answer.status_code == 302, answer.content.decode()
    return WaterIncident.objects.latest("pk")


def page_of(reach: Any, client: Client | None = None) -> str:
    return (client or reach.client).get(reverse("water_incident", args=[reach.incident.pk])).content.decode()


def test_a_reach_is_kept_as_rows_with_its_stations_bound_by_their_codes(reach: Any) -> None:
    row = RiverReach.objects.get()

    assert (row.length_m, row.speed_high, row.flow_low, row.valid_to) == (5000.0, 0.62, None, date(2026, 7, 1))
    assert [(one.code, one.chainage_m) for one in RiverPlace.objects.order_by("chainage_m")] == [
        ("DW-1", 400.0), ("DW-2", 1200.0), ("DW-3", 2200.0), ("A", 3000.0), ("B", 4200.0),
    ]  # fmt: skip
    assert RiverPlace.objects.get(code="DW-2").enterprise == reach.plants[0]
    assert RiverPlace.objects.get(code="DW-2").substances == [CYANIDE, PHENOLS]
    assert RiverDecay.objects.get().per_day == 0.4
    assert {one.node: one.station.code for one in WaterGauge.objects.all()} == {"A": "A", "B": "B"}
    page = reach.client.get(reverse("water_network", args=[reach.network.pk])).content.decode()
    assert "2026 年 5 月实测" in page
    assert "18.00 – 27.90" in page, "flow: 0.4 and 0.62 m/s through 45 m2"


def test_the_same_numbers_are_the_same_revision_and_a_new_one_takes_over_what_stands_there(reach: Any) -> None:
    entered(reach.client)
    assert WaterNetwork.objects.count() == 1

    answer = entered(
        reach.client, None, reach.network.pk, speed_low="0.8", speed_high="1.0", valid_from="2026-07-01", valid_to=""
    )

    made = WaterNetwork.objects.latest("pk")
    assert answer.status_code == 302
    assert made.pk != reach.network.pk
    assert made.reach.speed_low == 0.8
    assert RiverPlace.objects.filter(reach=made.pk).count() == 5
    assert RiverReach.objects.get(pk=reach.network.pk).speed_low == 0.4


@pytest.mark.parametrize(
    ("table", "more", "said"),
    [
        ("station,A,6000,,,", {}, "第 2 行，chainage_m"),
        ("station,A,3000,,,\noutfall,X,100,Nobody,,", {}, "第 3 行，enterprise"),
        ("station,A,3000,,,\noutfall,X,100,Plant two,w99999,", {}, "第 3 行，substances"),
        ("station,A,3000,,,\noutfall,A,100,,,", {}, "第 3 行，id"),
        ("station,A,much,,,", {}, "第 2 行，chainage_m"),
        ("pond,A,3000,,,", {}, "第 2 行，kind"),
        ("station,A,3000,,,\ndecay,w23002,,,,-1", {}, "第 3 行，decay_per_day"),
        ("outfall,X,100,,,", {}, "没有测站"),
        ("station,A,3000,,,\nstation,B,3000,,,", {}, "同一里程"),
        ("station,A,3000,,,", {"speed_low": "", "speed_high": ""}, "平均流速或流量"),
        ("station,A,3000,,,", {"speed_high": "0.1"}, "上限不低于下限"),
        ("station,A,3000,,,", {"dispersion_high": ""}, "上限和下限"),
        ("station,A,3000,,,", {"width_m": "0"}, "大于零"),
        ("station,A,3000,,,", {"valid_to": "2026-05-01"}, "结束晚于开始"),
    ],
)
def test_what_does_not_hold_is_said_with_row_field_and_rule_and_nothing_is_kept(table: str, more: dict[str, str], said: str) -> None:  # fmt: skip
    park = make_park()
    make_enterprise(park=park, name="Plant two")
    client = client_of(make_user(role=Role.OFFICER, park=park))

    answer = entered(client, HEAD + table + "\n", **more)

    assert answer.status_code == 200
    assert said in answer.content.decode()
    assert not WaterNetwork.objects.exists()


def test_the_database_keeps_the_rules_by_itself(reach: Any) -> None:
    good = {name: getattr(RiverReach.objects.get(), name) for name in ("source", "valid_from", "length_m", "slope", "width_m", "depth_m", "speed_low", "speed_high")}  # fmt: skip
    other = WaterNetwork.objects.create(
        park=reach.park,
        kind="RIVER",
        name="n",
        text="",
        digest="1" * 64,
        layout={"nodes": [], "links": []},
        made_at=START,
    )
    sewer = WaterNetwork.objects.create(
        park=reach.park,
        kind="SEWER",
        name="n",
        text="",
        digest="2" * 64,
        layout={"nodes": [], "links": []},
        made_at=START,
    )
    wrong: list[dict[str, Any]] = [
        {"length_m": 0.0}, {"slope": -0.1}, {"width_m": 0.0}, {"depth_m": 0.0}, {"source": ""}, {"speed_low": None}, {"speed_low": 0.7}, {"speed_low": None, "speed_high": None},
        {"dispersion_low": 1.0}, {"flow_low": 3.0, "flow_high": 2.0}, {"valid_to": good["valid_from"]}, {"network": sewer},
    ]  # fmt: skip
    for change in wrong:
        with pytest.raises(IntegrityError), transaction.atomic():
            RiverReach.objects.create(**({"network": other} | good | change))
    row = RiverReach.objects.get()
    places: list[dict[str, Any]] = [
        {"chainage_m": -1.0}, {"chainage_m": 5000.1}, {"code": ""}, {"code": "A"}, {"kind": "STATION", "chainage_m": 3000.0}, {"kind": "STATION", "substances": []},
    ]  # fmt: skip
    for change in places:
        with pytest.raises(IntegrityError), transaction.atomic():
            RiverPlace.objects.create(**({"reach": row, "kind": "OUTFALL", "code": "N", "chainage_m": 10.0} | change))
    with pytest.raises(IntegrityError), transaction.atomic():
        RiverDecay.objects.create(reach=row, substance=PHENOLS, per_day=-0.1)
    for rows, field in ((RiverReach, "slope"), (RiverPlace, "chainage_m"), (RiverDecay, "per_day")):
        with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
            rows.objects.update(**{field: 1.0})
        with pytest.raises(DatabaseError, match=r"(?i)cannot.*delete"), transaction.atomic():
            rows.objects.all().delete()


def test_the_outfall_that_spilled_is_named_with_start_and_mass_and_readings_behind_it(answered: Any) -> None:
    trace = answered.trace
    first = trace.answer["candidates"][0]

    assert (trace.state, trace.stage, trace.answer["named"]) == ("DONE", "outfalls", ["DW-2"]), trace.error
    assert first["position_m"] == SPILL_M
    assert first["mass_kg"]["p5"] <= KG <= first["mass_kg"]["p95"]
    start = [datetime.fromisoformat(first["start"][name]) for name in ("p5", "p95")]
    assert start[0] - timedelta(minutes=2) <= START + timedelta(minutes=25) <= start[1] + timedelta(minutes=2)
    assert {one["node"]: one["left_out"] for one in trace.sources["channels"]} == {"A": {"13": 1}, "B": {"13": 1}}
    assert trace.case["river"]["revision"] == answered.network.digest
    assert trace.case["river"]["decay_per_day"] == 0.0, "the decay of another substance"
    page = page_of(answered)
    for words in (
        "一个排污口可能性较大", "Plant two", "不是证据", "每向上游 100 m", trace.digest[:16], answered.network.digest[:16],
        reverse("point", args=[answered.channels["A"].pk]), reverse("water_network", args=[answered.network.pk]), "仪器故障",
    ):  # fmt: skip
        assert words in page, words


def test_english_pages_call_the_owner_of_an_outfall_by_its_english_name(answered: Any) -> None:
    Enterprise.objects.filter(name="Plant two").update(name_en="Second Works")
    place = reverse("water_incident", args=[answered.incident.pk])

    chinese = page_of(answered)
    answered.client.cookies["django_language"] = "en"
    english = answered.client.get(place).content.decode()

    assert "Second Works" in english
    assert "Second Works" not in chinese
    assert answered.trace.answer["candidates"][0]["enterprise"] == "Plant two"


def test_the_frozen_case_holds_to_the_schema_and_the_command_and_a_recomputation_answer_alike(answered: Any) -> None:
    case = answered.client.get(reverse("water_case", args=[answered.trace.pk])).json()
    told = answer_of(text=json.dumps(case))

    again = answered.client.post(reverse("water_recompute", args=[answered.trace.pk]), follow=True).content.decode()

    assert list(Draft202012Validator(case_schema("trace_river_case")).iter_errors(case)) == []
    assert told["errors"] == []
    assert {name: value for name, value in told["events"][0].items() if name != "seconds"} == answered.trace.answer
    assert "逐位一致" in again or "完全一致" in again


def test_the_dossier_says_outfall_grounds_inputs_and_that_it_is_no_proof(answered: Any, tmp_path: Any) -> None:
    answered.client.post(
        reverse("water_step", args=[answered.incident.pk]), {"step": "ASKED", "text": "请说明当日工况", "enterprise": answered.plants[0].pk}
    )  # fmt: skip

    answer = answered.client.get(reverse("water_dossier", args=[answered.trace.pk]))
    again = answered.client.get(reverse("water_dossier", args=[answered.trace.pk]))
    (tmp_path / "d.pdf").write_bytes(answer.content)
    text = "".join(page.extract_text() for page in PdfReader(tmp_path / "d.pdf").pages).replace("\n", "")

    assert answer.content == again.content
    for words in (
        "Plant two", "线索，不是证据", "请说明当日工况", "2026 年 5 月实测", "随机种子 1", answered.trace.digest, answered.network.digest,
        answered.trace.code_version,
    ):  # fmt: skip
        assert words in text, words


def test_another_seed_and_a_cleared_outfall_make_another_trace_and_the_first_stays(answered: Any) -> None:
    answered.client.post(
        reverse("water_trace_again", args=[answered.incident.pk]), {"ruled_out": ["DW-2"], "seed": "7", "before_h": "2"}
    )
    water_due()

    first, second = WaterTrace.objects.order_by("pk")
    assert first.answer["named"] == ["DW-2"]
    assert second.case["options"] == {"seed": 7, "ruled_out": ["DW-2"]}
    assert second.case["search"]["earliest"] == "2026-06-01T06:01:00+08:00"
    assert {"id": "DW-2", "reason": "An inspection has ruled it out."} in second.answer["excluded"]
    assert "DW-2" not in second.answer["named"]
    with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
        WaterTrace.objects.filter(pk=first.pk).update(case={})
    with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
        WaterTrace.objects.filter(pk=first.pk).update(answer={})


def test_an_enterprise_sees_it_when_it_is_asked_with_its_own_outfall_only_and_may_answer(answered: Any) -> None:
    firm, other = (
        client_of(make_user(role=Role.REPORTER, enterprise=one)) for one in (answered.plants[0], answered.plants[2])
    )
    step = reverse("water_step", args=[answered.incident.pk])

    before = firm.get(reverse("water_incident", args=[answered.incident.pk])).status_code
    answered.client.post(step, {"step": "ASKED", "text": "请说明", "enterprise": answered.plants[0].pk})
    seen = page_of(answered, firm)
    firm.post(step, {"step": "ANSWER", "text": "阀门泄漏"})
    answered.client.post(step, {"step": "CONFIRMED", "text": "现场核实", "node": "DW-2"})

    assert before == 404
    assert other.get(reverse("water_incident", args=[answered.incident.pk])).status_code == 404
    assert "DW-2" in seen
    for hidden in ("DW-1", "DW-3", "Plant far", "Plant other", answered.trace.digest[:16]):
        assert hidden not in seen, hidden
    answered.incident.refresh_from_db()
    assert (answered.incident.state, answered.incident.node, answered.incident.enterprise) == ("CONFIRMED", "DW-2", answered.plants[0])  # fmt: skip
    assert [one.kind for one in answered.incident.steps.order_by("pk")] == ["OPENED", "ASKED", "ANSWER", "CONFIRMED"]
    following = WaterTrace.objects.get(incident=opened(answered))
    assert {one["id"]: one.get("confirmed_cases", 0) for one in following.case["outfalls"]} == {"DW-1": 0, "DW-2": 1, "DW-3": 0}  # fmt: skip


def test_one_station_alone_answers_that_it_cannot_tell_and_says_why(answered: Any) -> None:
    rows = ["time,node,value,unit"] + [
        f"{START + timedelta(seconds=120 * k):%Y-%m-%d %H:%M}+00:00,A,{value},mg/L"
        for k, value in enumerate(river_case()["stations"][0]["values_mg_l"])
    ]
    given = {
        "title": "一个测站", "kind": "MANUAL", "network": answered.network.pk, "substance": "phenol", "floor": "0.05",
        "file": SimpleUploadedFile("r.csv", "\n".join([*rows, "2026-06-01 08:00,DW-1,1,mg/L"]).encode()),
    }  # fmt: skip
    assert answered.client.post(reverse("water_new"), given).status_code == 302
    water_due()

    answered.incident = WaterIncident.objects.latest("pk")
    trace = WaterTrace.objects.latest("pk")
    page = page_of(answered)
    assert answered.incident.refused == [[102, "node", "node.unknown"]], "an outfall is no station"
    assert trace.state == "DONE", trace.error
    assert trace.answer["verdict"] == "cannot tell"
    assert "地点和时间无法区分" in page
    assert all("substances" not in one for one in trace.case["outfalls"]), "the catalogue does not know this word"


def test_a_revision_that_does_not_hold_then_is_refused_in_words(answered: Any) -> None:
    entered(answered.client, None, answered.network.pk, valid_from="2026-06-02", valid_to="")
    newer = WaterNetwork.objects.latest("pk")

    answer = answered.client.post(
        reverse("water_stations"),
        {"title": "x", "kind": "MANUAL", "network": newer.pk, "pollutant": PHENOLS, "start": "2026-06-01T08:00", "end": "2026-06-01T11:30"},
    )  # fmt: skip

    assert answer.status_code == 200
    assert "2026-06-02" in answer.content.decode()
    assert WaterIncident.objects.count() == 1


def test_programs_open_and_trace_a_river_like_any_water_and_a_key_sees_what_concerns_it(answered: Any) -> None:
    given = {
        "network": answered.network.pk, "kind": "MANUAL", "title": "接口新建", "pollutant": PHENOLS, "start": "2026-06-01T08:00:00+08:00",
        "end": "2026-06-01T11:30:00+08:00",
    }  # fmt: skip
    made = answered.client.post(reverse("api_water_incidents"), given, content_type="application/json")
    asked = answered.client.post(
        reverse("api_water_traces"), {"incident": made.json()["id"], "seed": 3, "ruled_out": ["DW-1"]}, content_type="application/json"
    )  # fmt: skip
    wrong = answered.client.post(
        reverse("api_water_traces"),
        {"incident": made.json()["id"], "ruled_out": ["A"]},
        content_type="application/json",
    )
    detail = answered.client.get(reverse("api_water_trace", args=[asked.json()["id"]])).json()
    _, secret = accounts.create_token(
        by=answered.user, park_id=answered.park.pk, enterprise_id=answered.plants[0].pk, name="t", scopes=["incidents:read"], now=START
    )  # fmt: skip
    key = Client(headers={"Authorization": f"Bearer {secret}"})

    assert (made.status_code, asked.status_code, wrong.status_code) == (201, 202, 404)
    assert detail["case"]["options"] == {"seed": 3, "ruled_out": ["DW-1"]}
    assert detail["case"]["format"] == "tongjian-trace-river/1"
    assert key.get(reverse("api_water_incidents")).json() == []


def test_a_blind_test_in_a_river_is_scored_when_it_is_answered(answered: Any) -> None:
    truth = {"node": "DW-2", "mass_kg": KG, "start": (START + timedelta(minutes=25)).isoformat()}
    test = blind.keep_water(
        network=answered.network, key="one", kind="STEADY", names=("含酚废水", "phenol"), pollutant=PHENOLS, start=START,
        end=START + timedelta(hours=3, minutes=20), truth=truth,
    )  # fmt: skip

    answered.client.post(reverse("blind_trace"), {"water": test.pk})
    before = answered.client.get(reverse("blind_tests")).content.decode()
    water_due()
    after = answered.client.get(reverse("blind_tests")).content.decode()

    assert f"{KG:.1f}" not in before
    assert f"{KG:.1f}" in after
    assert "state-ok" in after
