"""Tables and batches of activity data: what is right is entered, what is wrong is named, nothing happens twice."""

import io
import json
from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounting.activity.models import ActivityLine, Certificate, TakenRow
from accounting.activity.services import uploads
from accounting.activity.services.uploads import kind_of
from monitoring.intake.models import Receipt, Submission
from monitoring.intake.services.uploads import Sender
from parks.people.domain import Role
from tests.factories.accounting import close_month, make_line, make_node, make_stream
from tests.factories.people import make_user
from tests.factories.register import make_enterprise

pytestmark = pytest.mark.django_db
HEAD = "month,code,kind,field,value,unit,fuel,choices,node,stream,uncertainty,quality\n"


def send(enterprise: Any, now: datetime, data: bytes, *, name: str = "a.csv") -> Receipt:
    sender = Sender(enterprise.park_id, enterprise.pk)
    receipt, _ = uploads.accept(
        sender=sender, kind=kind_of(name=name, data=data), data=data, name=name, key="", peer="", now=now
    )
    uploads.process(job_id=receipt.job_id, now=now)
    receipt.refresh_from_db()
    return receipt


def table(*rows: str) -> bytes:
    return (HEAD + "\n".join(rows) + "\n").encode()


def batch(*lines: Any) -> bytes:
    return json.dumps({"lines": lines}).encode()


def counts(receipt: Receipt) -> tuple[str, int, int, int, int]:
    return receipt.state, receipt.new, receipt.changed, receipt.same, receipt.refused


def rules(receipt: Receipt) -> dict[int, tuple[str, str]]:
    return {row.row: (row.field, row.rule) for row in receipt.refused_rows.order_by("row")}


def test_rows_of_one_code_make_a_line_and_the_same_file_again_changes_nothing(now: datetime) -> None:
    enterprise = make_enterprise()
    make_node(enterprise=enterprise, code="chp")
    data = table(
        "2026-01,boiler,combustion,,12.5,t,lng,,chp,,2,1",
        "2026-01,boiler,combustion,ncv,51.2,GJ/t,,,,,,",
        "2026-01,power,electricity,bought,1000,MWh,,region=CN; factor_year=2023,,,,",
    )

    first, again = send(enterprise, now, data), send(enterprise, now, data)

    boiler = ActivityLine.objects.get(code="boiler")
    assert (counts(first), counts(again)) == (("DONE", 3, 0, 0, 0), ("DONE", 0, 0, 3, 0))
    assert boiler.values["amount"] == {"value": "12.5", "unit": "t", "uncertainty": "0.02"}
    assert (boiler.values["ncv"]["value"], boiler.source, boiler.quality) == ("51.2", "UPLOADED", 1)
    assert boiler.node is not None
    assert boiler.node.code == "chp"
    assert [(row.row, row.outcome) for row in TakenRow.objects.filter(receipt=first)] == [
        (2, "new"),
        (3, "new"),
        (4, "new"),
    ]
    assert bytes(Submission.objects.get(job_id=first.job_id).raw) == data


@pytest.mark.parametrize(
    ("row", "field", "rule"),
    [
        ("2026-01,x,alchemy,amount,1,t,,,,,,", "kind", "activity.unknown_kind"),
        ("2026-01,x,combustion,,1,t,phlogiston,,,,,", "fuel", "activity.unknown_fuel"),
        ("2026-01,x,combustion,,1,GJ,lng,,,,,", "amount", "activity.unit"),
        ("2026-01,x,combustion,,1,t,natural_gas,,,,,", "amount", "activity.unit"),
        ("2026-01,x,combustion,,-1,t,lng,,,,,", "amount", "activity.negative"),
        ("2026-01,x,combustion,,one,t,lng,,,,,", "amount", "activity.number"),
        ("2026-01,x,combustion,colour,1,t,lng,,,,,", "colour", "activity.unknown_field"),
        ("2026-01,x,combustion,,1,t,,,,,,", "fuel", "activity.missing"),
        ("2026-01,x,combustion,,1,t,lng,,moon,,,", "node", "activity.unknown_node"),
        ("2026-01,x,flow,used,1,t,,,,moon,,", "stream", "activity.unknown_stream"),
        ("2026-01,x,flow,used,1,t,,,,,,", "stream", "activity.missing"),
        ("2026-01,x,electricity,bought,1,MWh,,region=atlantis,,,,", "region", "activity.unknown_choice"),
        ("2026-13,x,combustion,,1,t,lng,,,,,", "month", "month.form"),
        ("2025-12,x,combustion,,1,t,lng,,,,,", "month", "month.closed"),
        ("2026-01,x,combustion,,1,t,lng,,,,,9", "quality", "row.form"),
        ("2026-01,x,combustion,,,t,lng,,,,,", "amount", "required"),
    ],
)
def test_a_row_that_cannot_be_used_is_refused_with_its_rule_and_the_others_count(
    now: datetime, row: str, field: str, rule: str
) -> None:
    enterprise = make_enterprise()
    december = datetime(2025, 12, 1).date()  # noqa: DTZ001
    make_line(enterprise=enterprise, now=now, month=december, code="old")
    close_month(enterprise=enterprise, now=now, month=december)

    receipt = send(enterprise, now, table(row, "2026-01,good,combustion,,1,t,lng,,,,,"))

    assert rules(receipt) == {2: (field, rule)}
    assert receipt.new == 1


def test_the_refusal_of_a_unit_names_both_units(now: datetime) -> None:
    receipt = send(make_enterprise(), now, table("2026-01,x,combustion,,1,t,natural_gas,,,,,"))

    message = receipt.refused_rows.get().message
    assert "given in t" in message
    assert "needed in 1e4 Nm3" in message


def test_a_share_above_one_and_a_factor_that_is_not_there_are_refused(now: datetime) -> None:
    receipt = send(make_enterprise(), now, table(
        "2026-01,a,carbonate,amount,1,t,,substance=CaCO3,,,,", "2026-01,a,carbonate,purity,1.2,1,,,,,,",
        "2026-01,b,carbonate,amount,1,t,,substance=Kryptonite,,,,",
    ))  # fmt: skip
    batch_receipt = send(
        make_enterprise(), now, name="a.json",
        data=batch({"month": "2026-01", "code": "x", "kind": "combustion", "choices": {"fuel": "lng"},
                    "values": {"amount": {"value": "1", "unit": "t"}, "ncv": {"value": "1", "factor": "fuel.Z.ncv"}}}),
    )  # fmt: skip

    assert rules(receipt) == {
        2: ("amount", "line.incomplete"),
        3: ("purity", "activity.fraction"),
        4: ("substance", "activity.unknown_choice"),
    }
    assert rules(batch_receipt) == {1: ("ncv", "activity.unknown_factor")}


def test_a_code_twice_with_another_value_is_refused_and_the_first_stands(now: datetime) -> None:
    enterprise = make_enterprise()

    receipt = send(enterprise, now, table("2026-01,b,combustion,,1,t,lng,,,,,", "2026-01,b,combustion,,2,t,lng,,,,,"))

    assert rules(receipt) == {3: ("amount", "row.twice")}
    assert ActivityLine.objects.get(enterprise=enterprise).values["amount"]["value"] == "1"


def test_repeated_fields_make_a_carbon_balance(now: datetime) -> None:
    enterprise = make_enterprise()

    receipt = send(enterprise, now, table(
        "2026-01,r,feedstock,feed.1.amount,100,t,,,,,,", "2026-01,r,feedstock,feed.1.substance,ethylene,,,,,,,",
        "2026-01,r,feedstock,product.1.amount,90,t,,,,,,", "2026-01,r,feedstock,product.1.carbon,0.8,tC/t,,,,,,",
    ))  # fmt: skip

    line = ActivityLine.objects.get(enterprise=enterprise)
    assert counts(receipt) == ("DONE", 4, 0, 0, 0)
    assert line.groups["feed"] == [{"amount": {"value": "100", "unit": "t"}, "substance": "ethylene"}]


def test_a_certificate_is_used_once(now: datetime) -> None:
    enterprise, other = make_enterprise(), make_enterprise()
    power = {
        "month": "2026-01", "code": "power", "kind": "electricity", "choices": {"region": "CN", "factor_year": "2023"},
        "values": {"bought": {"value": "10", "unit": "MWh"}},
        "certificates": [{"id": "GEC-1", "mwh": "4", "acquisition": "bought", "attribute": "wind", "proof": "contract 7"}],
    }  # fmt: skip

    first = send(enterprise, now, batch(power), name="a.json")
    again = send(enterprise, now, batch(power), name="a.json")
    second = send(other, now, batch(power), name="a.json")
    bare = send(other, now, batch({**power, "certificates": [{"id": "GEC-2", "mwh": "4"}]}), name="a.json")

    assert (counts(first), counts(again)) == (("DONE", 1, 0, 0, 0), ("DONE", 0, 0, 1, 0))
    assert rules(second) == {1: ("certificates", "energy.certificate_twice")}
    assert rules(bare) == {1: ("certificates", "energy.certificate_without_proof")}
    assert [c.enterprise_id for c in Certificate.objects.all()] == [enterprise.pk]
    assert not ActivityLine.objects.filter(enterprise=other).exists()


@pytest.mark.parametrize(
    "item",
    [7, [], {"month": []}, {"month": "2026-01", "code": "x", "kind": "heat", "values": []},
     {"month": "2026-01", "code": "x", "kind": "heat", "values": {"bought": [1]}},
     {"month": "2026-01", "code": "x", "kind": "heat", "values": {"bought": "1e999999"}},
     {"month": "2026-01", "code": "x", "kind": "heat", "note": "\x00", "values": {"bought": "1"}},
     {"month": "2026-01", "code": "x", "kind": "heat", "note": "\ud800", "values": {"bought": "1"}},
     {"month": "2026-01", "code": "x" * 61, "kind": "heat", "values": {"bought": "1"}},
     {"month": "2026-01", "code": "x", "kind": "feedstock", "groups": {"feed": [{"substance": {"a": 1}}]}},
     {"month": "2026-01", "code": "x", "kind": "heat", "values": {}, "choices": {"a": "b"}}],
)  # fmt: skip
def test_odd_items_refuse_themselves_alone(now: datetime, item: Any) -> None:
    good = {"month": "2026-01", "code": "good", "kind": "heat", "values": {"bought": {"value": "1", "unit": "GJ"}}}

    receipt = send(make_enterprise(), now, batch(item, good), name="a.json")

    assert counts(receipt) == ("DONE", 1, 0, 0, 1)


@pytest.mark.parametrize("data", [b"{", b'{"rows": []}', b'{"lines": {}}'])
def test_a_body_that_is_no_batch_fails_as_a_whole(now: datetime, data: bytes) -> None:
    assert send(make_enterprise(), now, data, name="a.json").state == "FAILED"


def test_a_crash_after_some_lines_loses_and_doubles_nothing(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    enterprise = make_enterprise()
    data = table("2026-01,a,combustion,,1,t,lng,,,,,", "2026-01,b,combustion,,1,t,lng,,,,,")
    sender = Sender(enterprise.park_id, enterprise.pk)
    receipt, _ = uploads.accept(
        sender=sender, kind=kind_of(name="a.csv", data=data), data=data, name="a.csv", key="", peer="", now=now
    )
    whole, calls = uploads.enter, []

    def dies_at_the_second(draft: Any, **more: Any) -> Any:
        calls.append(draft)
        if len(calls) == 2:
            raise RuntimeError
        return whole(draft, **more)

    monkeypatch.setattr(uploads, "enter", dies_at_the_second)
    with pytest.raises(RuntimeError):
        uploads.process(job_id=receipt.job_id or 0, now=now)
    uploads.process(job_id=receipt.job_id or 0, now=now)

    receipt.refresh_from_db()
    assert counts(receipt) == ("DONE", 2, 0, 0, 0)


def test_the_template_can_be_filled_and_sent(now: datetime, client: Client) -> None:
    import openpyxl

    enterprise = make_enterprise()
    make_stream(park=enterprise.park, code="steam-hp", name="高压蒸汽", unit="t")
    client.force_login(make_user(role=Role.REPORTER, enterprise=enterprise))
    book = openpyxl.load_workbook(io.BytesIO(client.get(reverse("activity_template", args=["xlsx"])).content))
    book.worksheets[0].append(["2026-01", "steam", "flow", "used", 12.5, "t"] + [None] * 6 + ["steam-hp"])
    file = io.BytesIO()
    book.save(file)

    receipt = send(enterprise, now, file.getvalue(), name="a.xlsx")
    names = {row[0].value for row in book["类型 kinds"].iter_rows(min_row=2)}

    assert counts(receipt) == ("DONE", 1, 0, 0, 0)
    assert {"combustion", "nitric_acid", "flow", "measured_mass"} <= names
    assert ActivityLine.objects.get(enterprise=enterprise).values == {"used": {"value": "12.5", "unit": "t"}}


def test_the_page_sends_and_the_receipt_shows_what_became_of_each_row(now: datetime, client: Client) -> None:
    enterprise, neighbour = make_enterprise(), make_enterprise()
    client.force_login(make_user(role=Role.REPORTER, enterprise=enterprise))
    data = table("2026-01,boiler,combustion,,1,t,lng,,,,,", "2026-01,x,combustion,,1,GJ,lng,,,,,")
    file = io.BytesIO(data)
    file.name = "a.csv"

    answer = client.post(reverse("activity_uploads"), {"enterprise": enterprise.pk, "file": file})
    receipt = Receipt.objects.get(enterprise=enterprise)
    uploads.process(job_id=receipt.job_id or 0, now=now)
    page = client.get(answer.headers["Location"]).content.decode()

    assert "boiler" in page
    assert "activity.unit" in page
    assert Receipt.objects.filter(enterprise=neighbour).count() == 0
    file.seek(0)
    refused = client.post(reverse("activity_uploads"), {"enterprise": neighbour.pk, "file": file})
    assert refused.status_code == 200
    assert Receipt.objects.filter(enterprise=neighbour).count() == 0
