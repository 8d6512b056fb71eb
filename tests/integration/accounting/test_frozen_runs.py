"""A frozen run gives the same bytes when it is computed again, whatever the library says; a correction is a list of differences."""

import io
import json
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from accounting.activity.services import certificates
from accounting.carbon.models import InventoryRun
from accounting.carbon.services.again import changes_between, compute_again
from accounting.carbon.services.inventories import run_inventory
from accounting.factors import services as factors
from parks.people.domain import Role
from tests.factories.accounting import JANUARY, make_line
from tests.factories.people import make_user
from tests.factories.register import make_enterprise

pytestmark = pytest.mark.django_db
POWER = {
    "code": "power",
    "kind": "electricity",
    "choices": {"region": "CN", "factor_year": "2023"},
    "values": {"bought": {"value": "100", "unit": "MWh", "uncertainty": "0.02"}},
}


def run(enterprise: Any, now: datetime, method: str = "GBT-32151.10-2023") -> InventoryRun:
    made = run_inventory(
        enterprise_id=enterprise.pk,
        enterprise=enterprise.name,
        first=JANUARY,
        last=JANUARY,
        method_id=method,
        by_id=None,
        now=now,
    )
    return InventoryRun.objects.get(pk=made.pk)


def furnished(now: datetime) -> Any:
    """Lines with defaults, own values, a pure substance, both routes of waste, and one that is refused."""
    enterprise = make_enterprise()
    make_line(enterprise=enterprise, now=now)
    make_line(enterprise=enterprise, now=now, code="own", values={
        "amount": {"value": "1", "unit": "t"}, "ncv": {"value": "50", "unit": "GJ/t"}, "cc": {"value": "0.0155", "unit": "tC/GJ"}})  # fmt: skip
    make_line(enterprise=enterprise, now=now, code="gas", choices={"fuel": "natural_gas"}, values={
        "amount": {"value": "2", "unit": "1e4 Nm3"}, "carbon": {"value": "5.9", "unit": "tC/1e4 Nm3"}})  # fmt: skip
    make_line(enterprise=enterprise, now=now, **POWER)
    make_line(
        enterprise=enterprise, now=now, **{**POWER, "code": "odd", "choices": {"region": "east", "factor_year": "1999"}}
    )
    make_line(enterprise=enterprise, now=now, code="acid", kind="nitric_acid", choices={"technology": "dual"})
    make_line(enterprise=enterprise, now=now, code="waste", kind="incineration", choices={"waste": "hazardous"})
    make_line(enterprise=enterprise, now=now, code="reactor", kind="feedstock", choices={}, values={}, groups={
        "feed": [{"amount": {"value": "100", "unit": "t"}, "substance": "ethylene"}],
        "product": [{"amount": {"value": "90", "unit": "t"}, "carbon": {"value": "0.8", "unit": "tC/t"}}]})  # fmt: skip
    return enterprise


@pytest.mark.parametrize("method", ["GBT-32151.10-2023", "CN-CHEM-2013", "GHGP-CHEM"])
def test_a_run_gives_the_same_bytes_after_factors_changed(now: datetime, method: str) -> None:
    enterprise = furnished(now)
    made = run(enterprise, now, method)
    for key, value in (
        ("fuel.B.lng.ncv", "60"),
        ("fuel.A.lng.ncv", "61"),
        ("gwp.AR5.N2O", "300"),
        ("carbon.ethylene", "0.9"),
    ):
        proposal = factors.propose(
            key=key, value=Decimal(value), source="test", valid_from=JANUARY, by_id=make_user().pk, now=now
        )
        factors.approve(factor_id=proposal.pk, by_id=make_user().pk, status="SECONDARY", now=now)

    again = compute_again(run=made)

    assert made.result["refused"], "one line is refused, and its words must not change either"
    assert made.result["code_version"] == again.code_now
    assert again.same, (again.parts, again.changes, again.error)
    assert run(enterprise, now, method).total != made.total


def test_a_run_of_before_everything_was_frozen_is_computed_again_too(now: datetime) -> None:
    enterprise = make_enterprise()
    make_line(enterprise=enterprise, now=now)
    made = run(enterprise, now)
    made.factors = [
        {name: one[name] for name in ("id", "version", "value", "unit", "status", "source")} for one in made.factors
    ]

    again = compute_again(run=made)

    assert again.parts == ()
    assert again.changes == ()


def test_a_damaged_run_says_what_differs(now: datetime) -> None:
    made = run(furnished(now), now)
    made.factors = [one | {"value": "60"} if one["id"] == "fuel.B.lng.ncv" else one for one in made.factors]

    again = compute_again(run=made)

    assert not again.same
    assert {change.line for change in again.changes} == {"boiler"}
    assert again.changes[0].inputs[0].startswith("ncv ")
    assert {"lines", "totals"} <= set(again.parts)


def test_the_list_of_changes_sums_to_the_difference_of_the_totals(now: datetime) -> None:
    enterprise = furnished(now)
    first = run(enterprise, now)
    make_line(enterprise=enterprise, now=now, values={"amount": {"value": "2", "unit": "t"}})
    make_line(
        enterprise=enterprise,
        now=now,
        code="second",
        kind="heat",
        choices={},
        values={"bought": {"value": "10", "unit": "GJ"}},
    )
    second = run(enterprise, now)

    changes = {change.line: change for change in changes_between(first.result, second.result)}

    assert set(changes) == {"boiler", "second.bought"}
    assert changes["boiler"].inputs == ("amount 1 → 2 t",)
    assert changes["second.bought"].before is None
    assert round(sum(change.difference for change in changes.values()), 6) == second.total - first.total


def test_certificates_cover_the_market_view_and_are_frozen(now: datetime) -> None:
    """100 MWh bought, 40 proven: the rest of 60 MWh counts at the residual number of 2023."""
    enterprise = make_enterprise()
    make_line(enterprise=enterprise, now=now, **POWER)
    before = run(enterprise, now)
    certificates.retire(
        enterprise_id=enterprise.pk, month=JANUARY, line_code="power", number="GEC-9", mwh=Decimal(40), acquisition="bought",
        attribute="wind", proof="contract", by_id=None, now=now,
    )  # fmt: skip

    made = run(enterprise, now)

    market = {r.pk: next(x for x in r.result["lines"] if x["category"] == "ELECTRICITY_MARKET") for r in (before, made)}
    assert Decimal(market[made.pk]["tonnes"]) == Decimal(market[before.pk]["tonnes"]) * Decimal("0.6")
    assert made.total == before.total, "the statutory total takes the location's number"
    assert made.inputs[0]["certificates"][0]["id"] == "GEC-9"
    assert compute_again(run=made).same


def test_exports_hold_the_run_and_pages_show_again_and_changes(now: datetime, client: Client) -> None:
    import openpyxl

    enterprise = furnished(now)
    first = run(enterprise, now)
    make_line(enterprise=enterprise, now=now, values={"amount": {"value": "2", "unit": "t"}})
    made = run(enterprise, now)
    client.force_login(make_user(role=Role.REPORTER, enterprise=enterprise))

    files = {
        kind: client.get(reverse("inventory_file", args=[made.pk, kind])).content for kind in ("csv", "xlsx", "json")
    }
    again = client.get(reverse("inventory_again", args=[made.pk]))
    changes = client.get(reverse("inventory_changes", args=[made.pk]))

    assert json.loads(files["json"])["result"]["totals"] == made.result["totals"]
    assert b"boiler" in files["csv"]
    book = openpyxl.load_workbook(io.BytesIO(files["xlsx"]))
    assert [row[1].value for row in book.worksheets[0].iter_rows() if row[0].value == "总量 total tCO2e"] == [
        made.result["totals"]["total"]
    ]
    assert again.context["again"].same
    assert changes.context["other"].pk == first.pk
    assert [change.line for change in changes.context["changes"]] == ["boiler"]
    foreign = run(furnished(now), now)
    assert client.get(reverse("inventory_changes", args=[made.pk]) + f"?against={foreign.pk}").status_code == 404


def test_the_command_says_same_bytes(now: datetime) -> None:
    run(furnished(now), now)
    out = io.StringIO()

    call_command("recompute_inventories", stdout=out)

    assert "same bytes" in out.getvalue()
