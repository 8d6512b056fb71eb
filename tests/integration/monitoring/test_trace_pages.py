"""The pages of a trace: how far it is, who, the maps, the dossier, and why it failed."""

import inspect
import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pypdf import PdfReader

from monitoring.tracing.domain.case.reading import TooShort
from monitoring.tracing.domain.inference import judging
from monitoring.tracing.domain.physics.amounts import UnknownUnit
from monitoring.tracing.models import Trace
from monitoring.tracing.rendering import dossier
from monitoring.tracing.services import incidents
from monitoring.tracing.services.runs import ask_for_trace, run_trace
from monitoring.tracing.views import words
from parks.people.access import build_scope
from parks.people.domain import Role
from tests.factories.people import make_user
from tests.factories.register import make_park
from tests.integration.monitoring.scene import BENZENE, START

pytestmark = pytest.mark.django_db


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

        def computed(*, case: Any, progress: Any, answered: Any) -> Any:
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
        over = client.get(reverse("trace_state", args=[waiting.pk]))
        assert over.headers["HX-Retarget"] == "#trace"
        assert 'data-chart="replay"' in over.content.decode()
        transaction.set_rollback(True)


def test_the_answer_is_shown_before_the_likeliest_points_were_tried_alone(
    answered: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene, incident, row = answered
    client, pages = scene.client(scene.officer), {}
    with transaction.atomic():
        now = START + timedelta(hours=8)
        waiting = ask_for_trace(scope=scene.scope, incident_id=incident.pk, now=now)

        def fetched(name: str) -> Any:
            return client.get(reverse(name, args=[waiting.pk]))

        def computed(*, case: Any, progress: Any, answered: Any) -> Any:
            answered({name: value for name, value in row.answer.items() if name != "supposed"})
            progress("alone")
            pages.update({name: fetched(name) for name in ("trace_state", "trace", "trace_tried", "trace_dossier")})
            return row.answer

        monkeypatch.setattr("monitoring.tracing.services.runs.answer_of", computed)
        run_trace(trace_id=waiting.pk, now=now, clock=lambda: now)
        late, whole = fetched("trace_tried"), fetched("trace")

        assert pages["trace_state"].headers["HX-Retarget"] == "#trace"
        for page in (pages["trace"].content.decode(), pages["trace_state"].content.decode()):
            assert reverse("outlet", args=[scene.guilty.pk]) in page
            assert reverse("trace_tried", args=[waiting.pk]) in page
            assert 'data-chart="replay"' not in page
        assert "HX-Refresh" not in pages["trace_tried"].headers
        assert "正在逐一单独检验" in pages["trace_tried"].content.decode()
        assert pages["trace_dossier"].status_code == 302
        for page in (late.content.decode(), whole.content.decode()):
            assert 'data-chart="replay"' in page
            assert 'name="what_if"' in page
        assert reverse("trace_tried", args=[waiting.pk]) not in whole.content.decode()
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


def test_the_dossier_says_who_is_likely_and_that_it_is_no_proof(answered: Any, tmp_path: Any) -> None:
    scene, _, row = answered

    answer = scene.client(scene.officer).get(reverse("trace_dossier", args=[row.pk]))
    (tmp_path / "d.pdf").write_bytes(answer.content)
    text = "".join(page.extract_text() for page in PdfReader(tmp_path / "d.pdf").pages)

    assert scene.guilty.code in text
    assert "线索，不是证据" in text
    assert row.digest in text.replace("\n", "")


def test_every_reason_of_a_verdict_has_its_words_on_the_page_and_in_the_dossier() -> None:
    said = re.findall(r'(?<!")"([A-Z][^"{}]+\.)"', inspect.getsource(judging))
    reasons = {one for one in said if " " in one}

    assert len(reasons) >= 8
    assert reasons <= set(words.REASONS)
    assert reasons <= set(dossier.REASONS)
