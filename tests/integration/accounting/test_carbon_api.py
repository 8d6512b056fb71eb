"""The API of activity data, inventories, factors and stand-alone cases. Expected numbers from the project's notes on carbon."""

import io
import json
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounting.activity.models import ActivityLine
from accounting.activity.services import uploads
from accounting.carbon.models import InventoryRun
from monitoring.intake.models import Receipt
from parks.people.domain import Role
from parks.people.services import accounts
from tests.factories.accounting import JANUARY, accept_all, close_month, make_line
from tests.factories.people import make_user
from tests.factories.register import make_enterprise

pytestmark = pytest.mark.django_db
JSON = "application/json"
Caller = Callable[..., Client]


@pytest.fixture
def enterprise() -> Any:
    return make_enterprise()


@pytest.fixture
def key(enterprise: Any, now: datetime) -> Caller:
    """A program with a key of the enterprise that has these scopes."""

    def made(*scopes: str) -> Client:
        admin = make_user(role=Role.PARK_ADMIN, park=enterprise.park)
        _, secret = accounts.create_token(
            by=admin, park_id=enterprise.park_id, enterprise_id=enterprise.pk, name="k", scopes=list(scopes), now=datetime.now(now.tzinfo)
        )  # fmt: skip
        return Client(headers={"Authorization": f"Bearer {secret}"})

    return made


def post(client: Client, address: str, data: Any, **more: Any) -> Any:
    return client.post(address, data if isinstance(data, bytes) else json.dumps(data), content_type=JSON, **more)


def line(**overrides: Any) -> dict[str, Any]:
    content = {
        "month": "2026-01",
        "code": "boiler",
        "kind": "combustion",
        "choices": {"fuel": "lng"},
        "values": {"amount": {"value": "1", "unit": "t"}},
    }
    return content | overrides


def send(client: Client, now: datetime, *lines: Any, **more: Any) -> dict[str, Any]:
    """Post lines, let the worker read them, and ask for the receipt."""
    answer = post(client, "/api/v1/activity/", {"lines": lines}, **more)
    assert answer.status_code == 202, answer.content
    uploads.process(job_id=Receipt.objects.get(pk=answer.json()["receipt"]).job_id or 0, now=now)
    found: dict[str, Any] = client.get(answer.headers["Location"]).json()
    return found


def test_lines_go_in_against_a_receipt_and_come_out_again(key: Caller, now: datetime, enterprise: Any) -> None:
    client = key("activity:read", "activity:write")

    first = send(client, now, line(), line(code="odd", values={"amount": {"value": "1", "unit": "GJ"}}))
    again = send(client, now, line())
    lines = client.get("/api/v1/activity/?from=2026-01&to=2026-01").json()
    rows = client.get(f"/api/v1/activity/uploads/{first['receipt']}/").json()

    assert (first["state"], first["new"], first["refused"], again["same"]) == ("DONE", 1, 1, 1)
    assert [(row["row"], row["rule"]) for row in first["refused_rows"]] == [(2, "activity.unit")]
    assert lines["enterprise"] == enterprise.pk
    assert [(row["row"], row["outcome"], row["code"]) for row in rows] == [(1, "new", "boiler")]
    assert [(one["code"], one["values"]["amount"]["value"], one["source"]) for one in lines["lines"]] == [
        ("boiler", "1", "UPLOADED")
    ]
    assert client.get("/api/v1/activity/?from=2026-02").json()["lines"] == []


def test_the_same_idempotency_key_gives_the_same_receipt(key: Caller, now: datetime) -> None:
    client = key("activity:write")
    head = {"headers": {"Idempotency-Key": "night-1"}}

    one, other = (post(client, "/api/v1/activity/", {"lines": [line()]}, **head).json()["receipt"] for _ in range(2))
    conflict = post(client, "/api/v1/activity/", {"lines": []}, **head)

    assert one == other
    assert (conflict.status_code, conflict.json()["code"]) == (409, "upload.key_reused")


def test_a_table_goes_in_by_the_api(key: Caller, now: datetime) -> None:
    file = io.BytesIO(b"month,code,kind,value,unit,fuel\n2026-01,boiler,combustion,2,t,lng\n")
    file.name = "a.csv"

    answer = key("activity:write").post("/api/v1/activity/files/", {"file": file})
    uploads.process(job_id=Receipt.objects.get(pk=answer.json()["receipt"]).job_id or 0, now=now)

    assert answer.status_code == 202
    assert ActivityLine.objects.get().values["amount"]["value"] == "2"


@pytest.mark.parametrize(
    ("scope", "method", "address"),
    [
        ("observations:read", "get", "/api/v1/activity/"), ("observations:read", "get", "/api/v1/inventories/"),
        ("observations:read", "get", "/api/v1/factors/"), ("observations:write", "post", "/api/v1/activity/"),
        ("activity:write", "post", "/api/v1/observations/"), ("activity:read", "get", "/api/v1/channels/"),
        ("activity:read", "get", "/api/v1/inventories/"), ("activity:read", "post", "/api/v1/inventories/"),
        ("inventories:read", "get", "/api/v1/activity/"), ("activity:read", "post", "/api/v1/account/"),
        ("activity:write", "get", "/api/v1/activity/"),
    ],
)  # fmt: skip
def test_a_key_reaches_no_further_than_its_scopes(key: Caller, scope: str, method: str, address: str) -> None:
    client = key(scope)

    answer = client.get(address) if method == "get" else post(client, address, {"lines": [], "observations": []})

    assert answer.status_code == 403


def test_a_key_neither_reads_nor_writes_another_enterprise(key: Caller, now: datetime) -> None:
    neighbour = make_enterprise()
    make_line(enterprise=neighbour, now=now)
    client = key("activity:read", "activity:write", "inventories:read")

    assert client.get(f"/api/v1/activity/?enterprise={neighbour.pk}").status_code == 403
    assert post(client, f"/api/v1/activity/?enterprise={neighbour.pk}", {"lines": []}).status_code == 403


@pytest.mark.parametrize(("method", "tonnes"), [("CN-CHEM-2013", "2.325"), ("GBT-32151.10-2023", "3.183")])
def test_a_tonne_of_lng_by_edition(key: Caller, now: datetime, method: str, tonnes: str) -> None:
    client = key("activity:write", "inventories:read")
    send(client, now, line())

    made = post(client, "/api/v1/inventories/", {"first": "2026-01", "last": "2026-01", "method": method})
    read = client.get(made.headers["Location"]).json()
    listed = client.get("/api/v1/inventories/").json()

    assert made.status_code == 201
    assert Decimal(read["total"]).quantize(Decimal("0.001")) == Decimal(tonnes)
    assert read["result"]["lines"][0]["equation"] == "C2"
    assert {f["id"] for f in read["factors"]} >= {"gwp.SAR.CO2" if method == "CN-CHEM-2013" else "gwp.AR5.CO2"}
    assert [one["id"] for one in listed["inventories"]] == [made.json()["id"]]


@pytest.mark.parametrize(
    ("gwp_set", "tonnes"), [("SAR", 248_000), ("AR4", 238_400), ("AR5", 212_000), ("AR6", 218_400)]
)
def test_a_hundred_kilotonnes_of_nitric_acid_by_set_of_potentials(
    key: Caller, now: datetime, gwp_set: str, tonnes: int
) -> None:
    client = key("activity:write", "inventories:read")
    acid = line(
        code="acid",
        kind="nitric_acid",
        choices={"technology": "dual"},
        values={"amount": {"value": "100", "unit": "kt"}},
    )
    send(client, now, acid)

    made = post(client, "/api/v1/inventories/", {"first": "2026-01", "last": "2026-01", "gwp_set": gwp_set}).json()

    assert Decimal(made["total"]) == tonnes


def test_two_lines_that_share_a_factor_have_its_error_in_common(key: Caller) -> None:
    """60 + 40 t, activity to 5 %, the factor to 10 %: 10.63 % and not 8.06 %."""

    def case(meter: str) -> dict[str, Any]:
        ef = {"value": "1", "uncertainty": "0.10"} | ({"meter": meter} if meter else {})
        lines = [
            {"id": a, "kind": "process_factor", "values": {"amount": {"value": a, "uncertainty": "0.05"}, "ef": ef}}
            for a in ("60", "40")
        ]
        return {"format": "tongjian-case/1", "statutory": [{"enterprise": "A", "period": "2025", "lines": lines}]}

    client = key("inventories:read")

    shared, apart = (post(client, "/api/v1/account/", case(meter)).json() for meter in ("lab", ""))

    assert shared["errors"] == []
    assert float(shared["statutory"]["uncertainty"]["relative"]) * 100 == pytest.approx(10.63, abs=0.005)
    assert float(apart["statutory"]["uncertainty"]["relative"]) * 100 == pytest.approx(8.06, abs=0.005)


@pytest.mark.parametrize(
    ("allocation", "steam", "power"),
    [
        ({"rule": "EFFICIENCY"}, 0.0464, 0.382),
        ({"rule": "ENERGY"}, 0.0635, 0.229),
        ({"rule": "EXERGY", "parameters": {"temperature_c": 200}}, 0.0427, 0.416),
    ],
)
def test_one_power_station_under_three_allocations(
    key: Caller, allocation: dict[str, Any], steam: float, power: float
) -> None:
    """80 kt, 100 GWh and 900 TJ: the split changes, the sum never."""
    month = {
        "month": "2025-01",
        "streams": [{"id": "steam", "kind": "HEAT", "unit": "GJ", "demand": 900_000},
                    {"id": "power", "kind": "POWER", "unit": "GWh", "demand": 100}],
        "nodes": [{"id": "chp", "enterprise": "e", "outputs": {"steam": 900_000, "power": 100}, "direct": {"CO2": 80_000},
                   "allocation": allocation}],
    }  # fmt: skip

    answer = post(
        key("inventories:read"), "/api/v1/account/", {"format": "tongjian-case/1", "park": {"months": [month]}}
    ).json()
    factors = answer["park"]["months"][0]["factors"]

    assert factors["steam"]["CO2"] == pytest.approx(steam, abs=5e-5)
    assert factors["power"]["CO2"] / 1000 == pytest.approx(power, abs=5e-4)
    assert factors["steam"]["CO2"] * 900_000 + factors["power"]["CO2"] * 100 == pytest.approx(80_000)


def test_a_case_is_answered_as_the_command_answers_it_and_writes_nothing(key: Caller) -> None:
    from django.core.management import call_command

    from accounting.carbon.rendering.cases import SCHEMA

    file = SCHEMA.parent / "cases" / "park_loop.json"
    client, out = key("inventories:read"), io.StringIO()
    client.get("/api/v1/factors/?word=none")

    with CaptureQueriesContext(connection) as queries:
        answer = post(client, "/api/v1/account/", file.read_bytes())
    call_command("account", str(file), stdout=out)

    assert answer.content.decode() == out.getvalue().rstrip("\n")
    assert not [q for q in queries if q["sql"].split()[0] in ("INSERT", "DELETE")]


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"format": "other"}', b"\xff", b"{" * 5_000])
def test_what_is_no_case_is_refused_with_its_path(key: Caller, body: bytes) -> None:
    answer = post(key("inventories:read"), "/api/v1/account/", body)

    assert answer.status_code == 422


def test_a_case_that_is_too_large_is_refused(key: Caller) -> None:
    client = key("inventories:read")
    draws = {"format": "tongjian-case/1", "statutory": [], "monte_carlo": {"draws": 1_000_000, "seed": 1}}

    answers = [post(client, "/api/v1/account/", b" " * (1024**2 + 1)), post(client, "/api/v1/account/", draws)]

    assert [(a.status_code, a.json()["code"]) for a in answers] == [(422, "case.too_large")] * 2


def test_months_are_listed_and_moved_by_people_only(key: Caller, now: datetime, enterprise: Any) -> None:
    make_line(enterprise=enterprise, now=now)
    approver, auditor = Client(), Client()
    approver.force_login(make_user(role=Role.APPROVER, enterprise=enterprise))
    verifier = make_user(role=Role.AUDITOR, park=enterprise.park)
    auditor.force_login(verifier)
    address = f"/api/v1/months/{enterprise.pk}/2026-01/"

    by_key = post(key("activity:write", "activity:read"), address, {"step": "CLOSE"})
    closed = post(approver, address, {"step": "CLOSE"})
    early = post(auditor, address, {"step": "VERIFY"})
    accept_all(enterprise=enterprise, now=now, by=verifier)
    verified = post(auditor, address, {"step": "VERIFY"})
    bare = post(approver, address, {"step": "REOPEN"})
    listed = key("activity:read").get("/api/v1/months/").json()

    assert by_key.status_code == 403
    assert (closed.status_code, closed.json()["state"]) == (200, "CLOSED")
    assert (early.status_code, early.json()["code"]) == (409, "month.not_reviewed")
    assert (verified.status_code, verified.json()["state"]) == (200, "VERIFIED")
    assert (bare.status_code, bare.json()["code"]) == (422, "month.reason")
    assert [(row["month"], row["state"], row["lines"]) for row in listed] == [("2026-01", "VERIFIED", 1)]


def test_closing_names_the_findings_that_need_a_comment(now: datetime, enterprise: Any, client: Client) -> None:
    from datetime import date

    make_line(
        enterprise=enterprise, now=now, month=date(2025, 12, 1), values={"amount": {"value": "1000", "unit": "t"}}
    )
    make_line(enterprise=enterprise, now=now)
    client.force_login(make_user(role=Role.APPROVER, enterprise=enterprise))
    address = f"/api/v1/months/{enterprise.pk}/2026-01/"

    refused = post(client, address, {"step": "CLOSE"})
    closed = post(client, address, {"step": "CLOSE", "comments": {"unit_jump:boiler": "one boiler stood still"}})

    assert (refused.status_code, refused.json()["details"]) == (422, {"findings": ["unit_jump:boiler"]})
    assert closed.json()["state"] == "CLOSED"


def test_a_closed_month_refuses_lines_by_the_api(key: Caller, now: datetime, enterprise: Any) -> None:
    make_line(enterprise=enterprise, now=now)
    close_month(enterprise=enterprise, now=now)

    receipt = send(key("activity:write"), now, line(code="late"))

    assert [(row["field"], row["rule"]) for row in receipt["refused_rows"]] == [("month", "month.closed")]


def test_factors_are_listed_by_filter_and_read_with_all_versions(key: Caller) -> None:
    client = key("inventories:read")

    found = client.get("/api/v1/factors/?family=GWP&word=AR5.CH4").json()
    one = client.get("/api/v1/factors/gwp.AR5.CH4/").json()

    assert [f["key"] for f in found["factors"]] == ["gwp.AR5.CH4"]
    assert [(f["version"], f["value"], f["in_force"]) for f in one] == [(1, "28", True)]
    assert client.get("/api/v1/factors/nothing/").status_code == 404


def test_inventories_of_a_neighbour_are_not_there(key: Caller, now: datetime) -> None:
    from accounting.carbon.services.inventories import run_inventory

    neighbour = make_enterprise()
    make_line(enterprise=neighbour, now=now)
    run = run_inventory(
        enterprise_id=neighbour.pk,
        enterprise="n",
        first=JANUARY,
        last=JANUARY,
        method_id="CN-CHEM-2013",
        by_id=None,
        now=now,
    )
    client = key("inventories:read")

    assert client.get(f"/api/v1/inventories/{run.pk}/").status_code == 404
    assert client.get(f"/api/v1/inventories/?enterprise={neighbour.pk}").json() == {"inventories": [], "complete": True}
    assert InventoryRun.objects.count() == 1


def test_the_list_of_lines_asks_as_often_for_fifty_lines_as_for_five(
    key: Caller, now: datetime, enterprise: Any
) -> None:
    client = key("activity:read")

    def counted(lines: int) -> int:
        for number in range(lines):
            make_line(enterprise=enterprise, now=now, code=f"b-{lines}-{number}")
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/api/v1/activity/").status_code == 200
        return len(queries)

    counted(1)
    assert counted(5) == counted(50) <= 5


def test_stand_alone_cases_have_a_budget_of_their_own(key: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    from parks.portal.throttling import PerAccount

    monkeypatch.setattr(PerAccount, "rate", "2/min", raising=False)
    client = key("inventories:read")
    case = {"format": "tongjian-case/1", "statutory": []}

    answers = [post(client, "/api/v1/account/", case) for _ in range(3)]

    assert [a.status_code for a in answers] == [200, 200, 429]
    assert answers[2].json()["details"]["wait_seconds"] > 0
    assert client.get("/api/v1/factors/?word=none").status_code == 200
