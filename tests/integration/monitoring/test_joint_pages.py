"""What people see of several substances that were traced together: forms, answer, maps, dossier."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pypdf import PdfReader

from monitoring.tracing.models import Incident, Trace
from parks.catalogue.domain.periods import park_zone
from tests.integration.monitoring.joint_scene import MIX, traced_jointly
from tests.integration.monitoring.scene import START

pytestmark = pytest.mark.django_db
LOCAL = "%Y-%m-%dT%H:%M"


@pytest.fixture(scope="module")
def traced(django_db_setup: Any, django_db_blocker: Any) -> Iterator[Any]:
    with django_db_blocker.unblock(), traced_jointly() as made:
        yield made


def window(hours: float = 8.0) -> dict[str, str]:
    zone = park_zone()
    return {
        "start": START.astimezone(zone).strftime(LOCAL), "end": (START + timedelta(hours=hours)).astimezone(zone).strftime(LOCAL),
    }  # fmt: skip


def test_the_form_offers_what_was_measured_and_opens_with_what_is_ticked(traced: Any) -> None:
    scene, _, _ = traced
    client = scene.client(scene.officer)
    with transaction.atomic():
        offered = client.get(
            reverse("incident_companions"), {"pollutant": MIX[0], "together": [MIX[1]], **window()}
        ).content.decode()
        nothing = client.get(
            reverse("incident_companions"),
            {"pollutant": MIX[0], "start": "2026-01-01T00:00", "end": "2026-01-01T08:00"},
        ).content.decode()
        no_time = client.get(reverse("incident_companions"), {"pollutant": MIX[0]}).content.decode()
        sent = {
            "title": "联合",
            "kind": "COMPLAINT",
            "pollutant": MIX[0],
            "told": "",
            "together": list(MIX[1:]),
            **window(),
        }
        page = client.post(reverse("incident_new"), sent, follow=True).content.decode()
        made = Incident.objects.get(title="联合")
        frozen = made.traces.get()

        assert f'value="{MIX[1]}" checked' in offered
        assert f'value="{MIX[2]}">' in offered
        assert f'value="{MIX[0]}"' not in offered
        assert "6 个站点" in offered
        assert "没有测得可与其联合溯源的其他物质" in nothing
        assert "请选择不超过三天的时段" in no_time
        assert [one.pollutant_id for one in made.companions.order_by("pk")] == list(MIX[1:])
        assert frozen.case["events"][0]["together"] == list(MIX)
        assert "与以下物质联合溯源" in page
        assert "甲苯 + 二甲苯" in page
        transaction.set_rollback(True)


def test_a_substance_that_was_not_measured_is_refused_in_words_and_nothing_is_opened(traced: Any) -> None:
    scene, _, _ = traced
    with transaction.atomic():
        sent = {
            "title": "拒绝",
            "kind": "COMPLAINT",
            "pollutant": MIX[0],
            "told": "",
            "together": ["a21026"],
            **window(),
        }
        page = scene.client(scene.officer).post(reverse("incident_new"), sent).content.decode()

        assert "没有站点具有足够的 a21026 分钟数据" in page
        assert not Incident.objects.filter(title="拒绝").exists()
        transaction.set_rollback(True)


def test_another_trace_takes_another_choice_from_the_page_of_the_incident(traced: Any) -> None:
    scene, incident, row = traced
    client = scene.client(scene.officer)
    with transaction.atomic():
        page = client.get(reverse("incident", args=[incident.pk])).content.decode()
        client.post(reverse("incident_trace", args=[incident.pk]), {"choice": "1", "together": [MIX[2]]})
        there = client.post(reverse("incident_trace", args=[incident.pk]), {"choice": "1"})
        made = list(Trace.objects.filter(incident=incident).exclude(pk=row.pk).order_by("pk"))
        chosen = [one.companions for one in made]

        assert there.headers["Location"] == reverse("trace", args=[made[-1].pk])
        assert page.count(" checked> ") == 2
        assert chosen == [[MIX[2]], []]
        transaction.set_rollback(True)


def test_the_answer_says_what_was_traced_together_and_leads_to_every_profile(traced: Any) -> None:
    scene, _, row = traced
    client = scene.client(scene.officer)
    with transaction.atomic():
        for one in row.answer["candidates"]:  # all of them are worth a line
            assert one["by_substance"]
        answer = client.get(reverse("trace", args=[row.pk]))
        page = answer.content.decode()
        profile = client.get(reverse("source_profiles"), {"profile": scene.profile.pk}).content.decode()

        assert "联合溯源" in page
        assert "苯 + 甲苯 + 二甲苯" in page
        first = answer.context["composed"][0]
        assert first["point"]["id"] == str(scene.guilty.pk)
        assert [part["registered_share"] for part in first["parts"]] == pytest.approx([0.6, 0.3, 0.1], abs=1e-3)
        assert f"{reverse('source_profiles')}?profile={scene.profile.pk}" in page
        assert "检测报告 2026-017" in page
        assert f"源 {scene.guilty.code}" in profile
        assert f"源 {scene.neighbour.code}" not in profile
        # A reading that speaks names its substance and leads to the series of that substance.
        spoken = answer.context["rows"][0]["evidence_for"][0]
        assert spoken["channel"] == row.places["channels"][spoken["substance"]][spoken["sensor"]]


def test_permit_and_instruments_are_a_click_away(traced: Any) -> None:
    scene, _, row = traced
    from monitoring.tracing.views.together import composed
    from parks.catalogue.selectors import names_of

    known = {one["id"]: one for one in row.case["candidates"]}
    rows = [one | {"point": known[one["id"]]} for one in row.answer["candidates"]]
    found = {
        one["point"]["id"]: one["profile"]
        for one in composed(row=row, rows=rows, substances=names_of(codes=MIX).values())
    }

    assert found[str(scene.permitted.pk)]["url"] == reverse("permit", args=[scene.permit.pk])
    assert [url for _named, url in found[str(scene.monitored.pk)]["channels"]] == [
        reverse("point", args=[one.pk]) for one in scene.instruments.values()
    ]
    assert found[str(scene.silent.pk)] is None


def test_replay_supposition_and_maps_show_the_substance_that_is_asked_for(traced: Any) -> None:
    scene, _, row = traced
    client, address = scene.client(scene.officer), reverse("trace", args=[row.pk])
    pages = {code: client.get(address, {"substance": code}) for code in MIX}
    usual = client.get(address)
    asked = client.get(address, {"substance": MIX[2], "what_if": str(scene.neighbour.pk)})
    maps = {
        (layer, code): client.get(reverse("trace_map", args=[row.pk]), {"map": layer, "substance": code})
        for layer in ("from", "seen") for code in (MIX[0], MIX[2])
    }  # fmt: skip

    assert usual.context["shown"].code == MIX[0]
    assert usual.context["told"]["substance"] == MIX[0]
    for number, code in enumerate(MIX):
        told = pages[code].context["told"]
        assert told["substance"] == code
        observed = np.array([[np.nan if v is None else v for v in block] for block in told["observed"]])
        read = scene.values[..., number] * 1e9
        assert np.nanmean(observed) == pytest.approx(np.nanmean(read), rel=0.1)  # its readings and no others
    assert len({str(pages[code].context["replay"]) for code in MIX}) == 3
    assert asked.context["told"]["id"] == str(scene.neighbour.pk)
    assert asked.context["told"]["substance"] == MIX[2]
    assert "· 二甲苯</h2>" in asked.content.decode()
    for layer in ("from", "seen"):
        benzene, xylene = maps[layer, MIX[0]], maps[layer, MIX[2]]
        assert "· 二甲苯</h2>" in xylene.content.decode()
        assert benzene.context["chart"]["plan"]["cells"] != xylene.context["chart"]["plan"]["cells"]
    east, north, _rate = maps["seen", MIX[2]].context["chart"]["plan"]["cells"][2]["data"][0]
    cell = client.get(reverse("trace_cell", args=[row.pk]), {"east": east, "north": north, "substance": MIX[2]})
    assert cell.context["readings"]
    assert {one["channel"] for one in cell.context["readings"]} <= set(row.places["channels"][MIX[2]].values())
    assert client.get(address, {"substance": "nothing"}).context["shown"].code == MIX[0]


def test_a_point_that_emits_none_of_the_shown_substance_is_said_to(traced: Any) -> None:
    scene, _, row = traced
    known = next(one for one in row.case["candidates"] if one["id"] == str(scene.silent.pk))
    from monitoring.tracing.views.traces import tried

    told = row.answer["supposed"][0] | {"id": known["id"]}
    known["grounds"] = known["grounds"] | {MIX[0]: "NOT_HANDLED"}

    assert tried(row=row, alone=told, shown=MIX[0])["told_emits_none"]
    assert not tried(row=row, alone=told, shown=MIX[1])["told_emits_none"]


def test_the_dossier_names_all_substances_with_profiles_and_rates(traced: Any, tmp_path: Any) -> None:
    scene, _, row = traced

    answer = scene.client(scene.officer).get(reverse("trace_dossier", args=[row.pk]))
    (tmp_path / "d.pdf").write_bytes(answer.content)
    text = "".join(page.extract_text() for page in PdfReader(tmp_path / "d.pdf").pages).replace("\n", "")

    assert "联合溯源：苯、甲苯、二甲苯" in text
    assert "源谱中占比" in text
    assert "检测报告 2026-017" in text
    assert f"{scene.permit.number} · 2026" in text
    assert "无已知源谱" in text
    assert scene.guilty.code in text


def test_the_list_of_incidents_asks_as_often_for_many_as_for_few(traced: Any) -> None:
    scene, _, _ = traced
    client = scene.client(scene.officer)
    with transaction.atomic():
        counts = []
        for _more in range(2):
            with CaptureQueriesContext(connection) as queries:
                page = client.get(reverse("incidents")).content.decode()
            with CaptureQueriesContext(connection) as asked:
                client.get("/api/v1/incidents/")
            counts.append((len(queries), len(asked)))
            for _ in range(5):
                scene.joint()

        assert "苯 + 甲苯 + 二甲苯" in page
        assert counts[0] == counts[1]
        assert counts[1][0] <= 12
        assert counts[1][1] <= 8
        transaction.set_rollback(True)
