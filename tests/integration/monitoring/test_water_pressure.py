"""Net3 through the portal with the real EPANET: an injection that others simulated, its demands known and not known."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from deploy.bench.net3 import DATA
from deploy.hydraulics import epanet, responses
from monitoring.tracing.models import WaterIncident, WaterLibrary, WaterNetwork, WaterTrace
from monitoring.tracing.services.hydraulics import NetworkTooLarge
from monitoring.tracing.tasks import hydraulics_due, water_due
from parks.catalogue.domain.periods import park_zone
from parks.people.domain import Role
from tests.factories.people import make_user
from tests.factories.register import make_park
from tests.integration.monitoring.test_water import client_of

pytestmark = pytest.mark.django_db
MIDNIGHT = datetime(2026, 3, 4, tzinfo=park_zone())


@pytest.fixture
def given() -> dict[str, Any]:
    """The first of the incidents that came with the network, simulated with WNTR by others."""
    if not DATA.is_dir():
        pytest.skip(f"the network Net3 is not at hand under {DATA}")
    try:
        epanet.shared_library(say=print)
    except epanet.NoEpanet as error:
        pytest.skip(f"no EPANET: {error}")
    found: dict[str, Any] = json.loads((DATA / "net3_incidents.json").read_text())
    return found | {"one": found["incidents"][0]}


def opened(officer: Client, network: WaterNetwork, given: dict[str, Any], *, known: bool) -> WaterTrace:
    rows = [
        f"{(MIDNIGHT + timedelta(seconds=seconds)).isoformat()},{sensor},{value},kg/m3"
        for sensor in given["sensors"]
        for seconds, value in zip(given["one"]["time_s"], given["one"]["conc_kg_m3"][sensor], strict=True)
    ]
    sent = {
        "title": "管网异味", "kind": "COMPLAINT", "network": network.pk, "substance": "tracer", "floor": "0.002",
        "file": SimpleUploadedFile("r.csv", ("time,node,value,unit\n" + "\n".join(rows)).encode()),
    }  # fmt: skip
    answer = officer.post(reverse("water_new"), sent | ({"demands_known": "on"} if known else {}))
    assert answer.status_code == 302, answer.content.decode()
    return WaterTrace.objects.get(incident=WaterIncident.objects.latest("pk"))


def test_net3_is_named_when_the_demands_are_known_and_nobody_alone_when_they_are_not(given: dict[str, Any]) -> None:
    officer = client_of(make_user(role=Role.OFFICER, park=make_park()))
    file = SimpleUploadedFile("Net3.inp", (DATA / "Net3.inp").read_bytes())
    officer.post(reverse("water_network_new"), {"name": "Net3", "file": file})
    network = WaterNetwork.objects.get()
    known, unknown = (opened(officer, network, given, known=one) for one in (True, False))

    water_due()
    known.refresh_from_db()
    waiting = known.state
    hydraulics_due()
    for row in (known, unknown):
        row.refresh_from_db()

    truth, library = given["one"]["truth"], WaterLibrary.objects.get()
    assert waiting == "WAITING", "the worker of all other work leaves networks under pressure alone"
    assert (library.state, library.done, library.total) == ("DONE", 92, 92), library.error
    assert (known.state, unknown.state) == ("DONE", "DONE"), known.error + unknown.error
    first = known.answer["candidates"][0]
    assert known.answer["named"] == [truth["node"]]
    assert first["start"]["p50"] == (MIDNIGHT + timedelta(seconds=truth["start_s"])).isoformat()
    mass = truth["mass_kg_per_s"] * truth["duration_s"]
    assert first["mass_kg"]["p5"] <= mass <= first["mass_kg"]["p95"]
    assert len(unknown.answer["named"]) != 1
    page = officer.get(reverse("water_incident", args=[unknown.incident_id])).content.decode()
    assert "不单独点名" in page
    assert officer.get(reverse("water_dossier", args=[known.pk])).content.startswith(b"%PDF")


def test_a_network_that_would_take_more_than_a_night_is_refused_with_its_figures() -> None:
    """3,323 nodes x 48 hours x 0.5 s = 22 hours; Net3 with 4,416 runs of 8 ms takes 35 s."""
    responses.refuse_long(seconds=0.008, runs=92 * 48)

    with pytest.raises(NetworkTooLarge) as refused:
        responses.refuse_long(seconds=0.5, runs=3_323 * 48)

    assert (refused.value.details["hours"], refused.value.details["most"]) == ("22", "6")


def test_a_refused_network_says_its_figures_on_its_page_and_its_trace_fails_by_code(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from monitoring.tracing.services import hydraulics
    from tests.integration.monitoring.test_water import INP

    def slow(text: str, sensors: Any, progress: Any) -> Any:
        responses.refuse_long(seconds=2.0, runs=20_000)

    monkeypatch.setattr(hydraulics, "_solver", [slow])
    officer = client_of(make_user(role=Role.OFFICER, park=make_park()))
    officer.post(reverse("water_network_new"), {"name": "x", "file": SimpleUploadedFile("x.inp", INP.encode())})
    network = WaterNetwork.objects.get()
    rows = [f"{(MIDNIGHT + timedelta(minutes=10 * k)).isoformat()},C,{k % 5},mg/L" for k in range(30)]
    table = SimpleUploadedFile("r.csv", ("time,node,value,unit\n" + "\n".join(rows)).encode())
    officer.post(
        reverse("water_new"),
        {"title": "x", "kind": "MANUAL", "network": network.pk, "substance": "s", "floor": "0.05", "file": table},
    )
    hydraulics_due()

    trace = WaterTrace.objects.get()
    pages = [
        officer.get(reverse("water_network", args=[network.pk])), officer.get(reverse("water_incident", args=[trace.incident_id])),
    ]  # fmt: skip
    # 20,000 runs of two seconds are eleven hours
    assert (trace.state, trace.error_code) == ("FAILED", "tracing.network_too_large")
    assert all("约需 11 小时" in page.content.decode() for page in pages)
