"""Water tracing in the portal: bytes of a network and of readings in, nodes with probability out, for those whom it concerns."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.db.utils import DatabaseError
from django.test import Client
from django.urls import reverse

from deploy.bench.sewers import case_of
from monitoring.tracing.domain.releases.library import Library
from monitoring.tracing.models import WaterIncident, WaterLibrary, WaterNetwork, WaterTrace
from monitoring.tracing.services import hydraulics
from monitoring.tracing.tasks import hydraulics_due, water_due
from parks.people.domain import Role
from tests.factories.people import make_user
from tests.factories.register import make_enterprise, make_park

pytestmark = pytest.mark.django_db
INP = """[JUNCTIONS]
A 0 1
B 0 1
C 0 1
[RESERVOIRS]
R 100
[PIPES]
1 R A 100 200 100
2 A B 100 200 100
3 B C 100 200 100
[COORDINATES]
A 1 0
B 2 0
C 3 0
R 0 0
[END]
"""


def client_of(user: Any) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def sent(client: Client, text: str) -> WaterNetwork:
    file = SimpleUploadedFile("sewer.json", text.encode())
    answer = client.post(reverse("water_network_new"), {"name": "北片污水管网", "file": file})
    assert answer.status_code == 302, answer.content.decode()
    return WaterNetwork.objects.latest("pk")


def table_of(case: dict[str, Any], more: str = "") -> bytes:
    """Readings of a generated case as people send them."""
    start = datetime.fromisoformat(case["readings"]["start"])
    rows = [
        f"{start + timedelta(seconds=600 * k):%Y-%m-%d %H:%M},{one['manhole']},{value},mg/L"
        for one in case["readings"]["manholes"]
        for k, value in enumerate(one["values_mg_l"])
    ]
    return ("time,node,value,unit\n" + "\n".join(rows) + "\n" + more).encode()


def opened(client: Client, network: WaterNetwork, table: bytes) -> WaterIncident:
    given = {
        "title": "苯酚超标",
        "kind": "COMPLAINT",
        "network": network.pk,
        "substance": "phenol",
        "floor": "0.05",
        "file": SimpleUploadedFile("r.csv", table),
    }
    answer = client.post(reverse("water_new"), given)
    assert answer.status_code == 302, answer.content.decode()
    return WaterIncident.objects.latest("pk")


@pytest.fixture
def scene() -> Any:
    """A park whose plant C2 let phenol in, by particles and not by the engine."""
    park = make_park()
    seed = next(seed for seed in range(8000, 8100) if case_of(seed=seed)[1]["source"] == "C2")
    case, truth = case_of(seed=seed)
    guilty = make_enterprise(park=park, name="Plant C2")
    officer = client_of(make_user(role=Role.OFFICER, park=park))
    network = sent(officer, json.dumps({key: case[key] for key in ("format", "manholes", "pipes")}))
    incident = opened(
        officer, network, table_of(case, "2025-03-04 00:00,nowhere,1,mg/L\n2025-03-04 00:05,J1,much,mg/L\n")
    )
    water_due()
    return park, officer, guilty, incident, truth


def test_the_plant_that_let_it_in_is_named_with_its_mass_and_bad_rows_are_told(scene: Any) -> None:
    _, officer, guilty, incident, truth = scene

    trace = WaterTrace.objects.get(incident=incident)
    page = officer.get(reverse("water_incident", args=[incident.pk])).content.decode()

    assert (trace.state, trace.answer["named"]) == ("DONE", ["C2"])
    mass = trace.answer["candidates"][0]["mass_kg"]
    assert mass["p5"] <= truth["mass_kg"] <= mass["p95"]
    assert incident.refused == [[194, "node", "node.unknown"], [195, "value", "number"]]
    assert reverse("enterprise", args=[guilty.pk]) in page
    assert trace.digest[:16] in page
    assert officer.get(reverse("water_case", args=[trace.pk])).json() == trace.case


def test_inputs_answers_and_revisions_cannot_be_changed(scene: Any) -> None:
    incident = scene[3]
    trace = WaterTrace.objects.get(incident=incident)

    for rows, change in (
        (WaterTrace.objects.filter(pk=trace.pk), {"case": {}}),
        (WaterNetwork.objects.all(), {"text": ""}),
    ):
        with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
            rows.update(**change)


def test_the_same_file_is_the_same_revision(scene: Any) -> None:
    park, officer, _, incident, _ = scene

    assert sent(officer, incident.network.text).pk == incident.network_id
    assert WaterNetwork.objects.filter(park=park).count() == 1


def test_an_enterprise_sees_it_when_it_is_asked_with_its_own_nodes_only_and_may_answer(scene: Any) -> None:
    park, officer, guilty, incident, _ = scene
    firm, other = (
        client_of(make_user(role=Role.REPORTER, enterprise=one)) for one in (guilty, make_enterprise(park=park))
    )
    page, step = reverse("water_incident", args=[incident.pk]), reverse("water_step", args=[incident.pk])

    before = firm.get(page).status_code
    officer.post(step, {"step": "ASKED", "text": "请说明", "enterprise": guilty.pk})
    seen = firm.get(page).content.decode()
    firm.post(step, {"step": "ANSWER", "text": "阀门泄漏"})
    officer.post(step, {"step": "CONFIRMED", "text": "现场核实", "enterprise": guilty.pk})

    assert before == 404
    assert other.get(page).status_code == 404
    assert "Plant C2" in seen
    assert "Plant C1" not in seen
    incident.refresh_from_db()
    assert (incident.state, incident.enterprise_id) == ("CONFIRMED", guilty.pk)
    assert [one.kind for one in incident.steps.order_by("pk")] == ["OPENED", "ASKED", "ANSWER", "CONFIRMED"]


@pytest.mark.parametrize("text", ["{}", "{", "[JUNCTIONS]\nA 0\n[PIPES]\n1 A X 1 1 1\n", '{"format": "tongjian-trace-water/1", "manholes": [{"id": "a"}], "pipes": [{"id": "p", "from": "a", "to": "b", "length_m": 1, "diameter_mm": 1, "slope": 1}]}'])  # fmt: skip
def test_a_file_that_is_no_network_is_refused_in_words(text: str) -> None:
    officer = client_of(make_user(role=Role.OFFICER, park=make_park()))

    answer = officer.post(reverse("water_network_new"), {"name": "x", "file": SimpleUploadedFile("x", text.encode())})

    assert answer.status_code == 200
    assert "note bad" in answer.content.decode() or "errorlist" in answer.content.decode()
    assert not WaterNetwork.objects.exists()


def test_a_network_under_pressure_gets_its_responses_once_and_never_a_single_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The solver stands for EPANET: each node's water reaches C an hour after that of the next."""
    calls = []

    def solver(text: str, sensors: Any, progress: Any) -> Library:
        calls.append(text)
        found = np.zeros((3, 48, 1, 289), dtype=np.float32)
        for node, delay in enumerate((3, 2, 0)):
            for hour in range(48):
                found[node, hour, 0, (hour + delay) * 6 + 1 : (hour + delay) * 6 + 7 + node] = 100.0 + 40 * node
        progress(3, 3)
        return Library("", ("A", "B", "C"), ("C",), 3600.0, 600.0, found)

    monkeypatch.setattr(hydraulics, "_solver", [solver])
    officer = client_of(make_user(role=Role.OFFICER, park=make_park()))
    network = sent(officer, INP)
    begin = datetime(2026, 3, 4, 6, 10, tzinfo=UTC)
    rows = [f"{(begin + timedelta(minutes=10 * k)).isoformat()},C,{20 if 6 <= k < 12 else 0},mg/L" for k in range(40)]
    incident = opened(officer, network, ("time,node,value,unit\n" + "\n".join(rows)).encode())
    water_due()
    waits = officer.get(reverse("water_incident", args=[incident.pk])).content.decode()
    hydraulics_due()

    trace, library = WaterTrace.objects.get(incident=incident), WaterLibrary.objects.get(network=network)
    assert (library.state, library.done, library.total, library.sensors) == ("DONE", 3, 3, ["C"])
    assert trace.state == "DONE", trace.error
    assert trace.answer["verdict"] in ("several", "cannot tell")
    assert len(calls) == 2
    assert "单位响应" in waits
    assert officer.get(reverse("water_network", args=[network.pk])).status_code == 200
