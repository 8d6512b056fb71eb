"""English pages show the English names of the register; what is frozen keeps the names it was frozen with."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone, translation

from monitoring.tracing.models import Incident, Trace
from monitoring.tracing.views.fingerprint_pages import _in_language
from monitoring.tracing.views.names import in_language, points_in_language
from monitoring.tracing.views.water_charts import network_plan
from parks.people.access import scope_of
from parks.people.domain import Role
from tests.factories.people import make_user
from tests.factories.register import make_enterprise, make_outlet, make_park

pytestmark = pytest.mark.django_db


@pytest.fixture
def traced() -> tuple[Any, Any, Any]:
    """A trace with a stack, the premises beside it and a stack whose English name nobody entered."""
    park, now = make_park(), timezone.now()
    plant = make_enterprise(park=park, name="瀚澜乙烯有限公司", name_en="Hanlan Ethylene")
    stack = make_outlet(enterprise=plant, code="DA001", name="裂解炉烟囱", name_en="Cracking furnace stack")
    plain = make_outlet(enterprise=make_enterprise(park=park, name="无名公司"), code="DA002", name="排放口")
    candidates = [
        {"id": "1", "kind": "STACK", "name": "DA001 裂解炉烟囱", "enterprise": plant.name},
        {"id": "e1", "kind": "PREMISES", "name": "厂区无组织排放", "enterprise": plant.name},
        {"id": "2", "kind": "STACK", "name": "DA002 排放口", "enterprise": "无名公司"},
    ]
    owners = {"1": [stack.pk, plant.pk], "e1": [None, plant.pk], "2": [plain.pk, plain.enterprise_id]}
    answer = {
        "candidates": [{"id": one["id"], "enterprise": one["enterprise"]} for one in candidates],
        "enterprises": [{"enterprise": plant.name, "points": ["1", "e1"]}],
    }
    incident = Incident.objects.create(
        park=park, kind="MANUAL", pollutant_id="a25002", title="t", began_at=now - timedelta(hours=1), ended_at=now, opened_at=now,
    )  # fmt: skip
    row = Trace.objects.create(
        incident=incident, case={"candidates": candidates}, places={"candidates": owners}, answer=answer, digest="", asked_at=now,
    )  # fmt: skip
    return row, scope_of(viewer=make_user(role=Role.OFFICER, park=park)), owners


def test_points_and_enterprises_of_a_trace_have_their_english_names_on_english_pages(traced: Any) -> None:
    row, scope, _owners = traced

    with translation.override("en"):
        shown = in_language(row=Trace.objects.get(pk=row.pk), scope=scope)

    assert [(one["name"], one["enterprise"]) for one in shown.case["candidates"]] == [
        ("DA001 Cracking furnace stack", "Hanlan Ethylene"), ("premises, not through a stack", "Hanlan Ethylene"), ("DA002 排放口", "无名公司"),
    ]  # fmt: skip
    assert [one["enterprise"] for one in shown.answer["candidates"]] == [
        "Hanlan Ethylene",
        "Hanlan Ethylene",
        "无名公司",
    ]
    assert shown.answer["enterprises"][0]["enterprise"] == "Hanlan Ethylene"
    assert Trace.objects.get(pk=row.pk).case == row.case


def test_chinese_pages_keep_what_was_frozen_and_points_with_owners_are_named_alike(traced: Any) -> None:
    row, scope, owners = traced
    with translation.override("zh-hans"):
        assert in_language(row=Trace.objects.get(pk=row.pk), scope=scope).case == row.case

    case = {"candidates": [one | {"owner": owners[one["id"]]} for one in row.case["candidates"]]}
    with translation.override("en"):
        points_in_language(case=case, scope=scope)

    assert [one["enterprise"] for one in case["candidates"]] == ["Hanlan Ethylene", "Hanlan Ethylene", "无名公司"]


def test_substances_of_a_doubt_are_named_as_on_the_page() -> None:
    species = [{"name": "苯", "shown": "Benzene"}, {"name": "苯乙烯", "shown": "Styrene"}]

    assert _in_language({"code": "faint", "details": {"substances": "苯乙烯、苯"}}, species)["details"] == {"substances": "Styrene、Benzene"}  # fmt: skip


def test_nodes_of_a_plan_carry_the_name_that_the_page_has_for_who_discharges_there() -> None:
    nodes = [
        {"id": "M1", "x": 0.0, "y": 0.0, "enterprise": "瀚澜乙烯有限公司"},
        {"id": "M2", "x": 9.0, "y": 0.0, "enterprise": "无名公司"},
    ]

    plan = network_plan(
        layout={"nodes": nodes, "links": [["M1", "M2"]]}, answer=None, read=[], shown={"瀚澜乙烯有限公司": "Hanlan Ethylene"},
    )  # fmt: skip

    names = {item["name"].strip() for series in plan["options"]["series"] for item in series["data"] if "name" in item}
    assert names == {"M1 Hanlan Ethylene", "M2 无名公司"}
