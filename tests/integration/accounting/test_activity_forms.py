"""Forms made from the declarations of the kinds: every kind can be entered, and what is refused stands at its field."""

from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounting.activity.domain.declared import DECLARED
from accounting.activity.domain.months import Step
from accounting.activity.models import ActivityLine
from accounting.activity.services import months
from accounting.carbon.domain.ledger import KINDS
from accounting.carbon.services import inventories
from parks.people.domain import Role
from tests.factories.accounting import JANUARY, accept_all, close_month, make_line, make_node, make_stream
from tests.factories.people import make_user
from tests.factories.register import make_enterprise

pytestmark = pytest.mark.django_db
COMMON = {"code": "x-1", "quality": "2"}
# One sensible entry of each kind, with numbers that can be followed by hand.
ENTRIES: dict[str, dict[str, str]] = {
    "combustion": {"c_fuel": "lng", "v_amount": "1", "v_amount_unit": "t"},
    "combustion_gas": {"c_fuel": "lng", "c_gas": "CH4", "v_amount": "1", "v_ef": "0.001"},
    "electricity": {"c_region": "CN", "c_factor_year": "2023", "v_bought": "10"},
    "heat": {"v_bought": "10", "v_sold": "3"},
    "hot_water": {"v_mass": "10", "v_temperature": "80"},
    "steam": {"v_mass": "10", "v_enthalpy": "2800"},
    "feedstock": {"g_feed_0_amount": "100", "g_feed_0_substance": "ethylene", "g_product_0_amount": "90", "g_product_0_carbon": "0.8"},
    "hydrogen": {"g_feed_0_amount": "100", "g_feed_0_carbon": "0.75", "g_product_0_amount": "30", "g_product_0_carbon": "0"},
    "other_products": {"g_feed_0_amount": "100", "g_feed_0_carbon": "0.75", "g_product_0_amount": "80", "g_product_0_carbon": "0.8"},
    "carbonate": {"c_substance": "CaCO3", "v_amount": "10"},
    "hcfc22": {"v_amount": "10"},
    "recovery": {"v_volume": "10", "v_purity": "99", "v_purity_unit": "%"},
    "process_factor": {"c_process": "carbide", "v_amount": "10"},
    "nitric_acid": {"c_technology": "dual", "v_amount": "100"},
    "adipic_acid": {"c_technology": "nitric_oxidation", "v_amount": "100"},
    "nitrous_other": {"c_product": "caprolactam", "v_amount": "100"},
    "catalytic_cracking": {"v_amount": "10"},
    "reforming_continuous": {"v_amount": "10"},
    "reforming_batch": {"v_amount": "10", "v_cf_before": "0.05", "v_cf_after": "0.01"},
    "catalyst_batch": {"v_amount": "10", "v_cf_before": "0.05", "v_cf_after": "0.01"},
    "fluid_coking": {"v_amount": "10"},
    "delayed_coking": {"v_amount": "10"},
    "calcining": {"v_green": "10", "v_carbon_green": "0.85", "v_calcined": "8", "v_carbon_calcined": "0.95"},
    "bitumen": {"v_amount": "10"},
    "ethylene_decoking": {"v_flow": "1000", "v_hours": "10", "v_co2_share": "0.1", "v_co_share": "0.01"},
    "ethylene_oxide": {"v_ethylene": "100", "v_oxide": "120"},
    "flare": {"v_volume": "1", "g_part_0_share": "0.9", "g_part_0_atoms": "1"},
    "flare_accident": {"c_plant": "refining", "v_flow": "1", "v_hours": "2"},
    "measured_load": {"v_mass": "120"},
    "measured_mass": {"v_concentration": "200", "v_flow": "1000", "v_hours": "10"},
    "measured_share": {"v_share": "12.5", "v_share_unit": "%", "v_flow": "1000", "v_hours": "10"},
    "wastewater_methane": {"c_treatment": "anaerobic_reactor", "v_water": "1000", "v_cod_in": "1", "v_cod_out": "0.1"},
    "wastewater_nitrous": {"v_nitrogen": "100"},
    "incineration": {"c_waste": "hazardous", "v_amount": "10"},
    "incineration_gas": {"c_furnace": "continuous_stoker", "c_gas": "CH4", "v_amount": "10"},
    "flow": {"v_used": "10", "v_used_unit": "MWh"},
}  # fmt: skip
METHODS = ("GBT-32151.10-2023", "CN-PETRO-2014", "GHGP-CHEM")


@pytest.fixture
def enterprise() -> Any:
    return make_enterprise()


@pytest.fixture
def reporter(client: Client, enterprise: Any) -> Client:
    client.force_login(make_user(role=Role.REPORTER, enterprise=enterprise))
    return client


def address(enterprise: Any, kind: str) -> str:
    return reverse("activity_new", args=[enterprise.pk, JANUARY, kind])


def test_every_kind_of_the_ledger_can_be_entered() -> None:
    assert set(DECLARED.kinds) == KINDS | {"flow"} == set(ENTRIES)


@pytest.mark.parametrize("kind", sorted(ENTRIES))
def test_a_form_of_each_kind_is_shown_entered_and_computed(
    reporter: Client, enterprise: Any, kind: str, now: datetime
) -> None:
    stream = make_stream(park=enterprise.park)
    extra = {"stream": str(stream.pk)} if kind == "flow" else {}

    shown = reporter.get(address(enterprise, kind))
    answer = reporter.post(address(enterprise, kind), COMMON | ENTRIES[kind] | extra)

    assert shown.status_code == 200
    assert answer.status_code == 302, answer.context["form"].errors
    page = reporter.get(answer.headers["Location"]).content.decode()
    if kind != "flow":
        assert ("tCO₂e" in page) == (kind not in ("incineration", "combustion_gas")), "which the method does not count"
        refused = [
            inventories.run_inventory(
                enterprise_id=enterprise.pk, enterprise="e", first=JANUARY, last=JANUARY, method_id=method, by_id=None, now=now
            ).result["refused"]
            for method in METHODS
        ]  # fmt: skip
        assert [] in refused


@pytest.mark.parametrize(("fuel", "unit", "said"), [("natural_gas", "t", "10⁴ Nm³"), ("diesel", "1e4 Nm3", "须用 t")])
def test_a_fuel_in_the_unit_of_the_other_basis_is_refused_at_its_field(
    reporter: Client, enterprise: Any, fuel: str, unit: str, said: str
) -> None:
    answer = reporter.post(
        address(enterprise, "combustion"), {**COMMON, "c_fuel": fuel, "v_amount": "3", "v_amount_unit": unit}
    )

    assert said in answer.context["form"].errors["v_amount"][0]
    assert not ActivityLine.objects.exists()


def test_the_line_page_shows_what_the_line_comes_to(reporter: Client, enterprise: Any) -> None:
    """1 t LNG by the table of 2023: 3.183 t."""
    answer = reporter.post(address(enterprise, "combustion"), COMMON | ENTRIES["combustion"])

    page = reporter.get(answer.headers["Location"]).content.decode()

    assert "3.183" in page
    assert "fuel.B.lng.ncv" in page


def test_a_preview_shows_the_result_and_saves_nothing(reporter: Client, enterprise: Any) -> None:
    shown = reporter.post(address(enterprise, "combustion"), COMMON | ENTRIES["combustion"] | {"preview": "1"})
    refused = reporter.post(
        address(enterprise, "combustion"), COMMON | ENTRIES["combustion"] | {"preview": "1", "v_amount_unit": "1e4 Nm3"}
    )

    assert "3.183" in shown.content.decode()
    assert refused.context["form"].errors["v_amount"]
    assert not ActivityLine.objects.exists()


def test_a_correction_begins_with_what_was_entered(reporter: Client, enterprise: Any, now: datetime) -> None:
    node = make_node(enterprise=enterprise)
    line = make_line(
        enterprise=enterprise, now=now, node_id=node.pk,
        values={"amount": {"value": "12.5", "unit": "kg", "uncertainty": "0.02", "meter": "W-1"}},
    )  # fmt: skip

    form = reporter.get(address(enterprise, "combustion") + f"?line={line.pk}").context["form"]

    assert form.initial["v_amount"] == "12.5"
    assert (form.initial["v_amount_unit"], form.initial["v_amount_meter"], form.initial["node"]) == (
        "kg",
        "W-1",
        node.pk,
    )
    assert form.initial["v_amount_u"] == 2


def test_a_foreign_node_stream_or_line_cannot_be_used(reporter: Client, enterprise: Any, now: datetime) -> None:
    foreign = make_enterprise()
    node, line = make_node(enterprise=foreign), make_line(enterprise=foreign, now=now)

    answer = reporter.post(address(enterprise, "heat"), {**COMMON, **ENTRIES["heat"], "node": str(node.pk)})

    assert "node" in answer.context["form"].errors
    assert reporter.get(address(enterprise, "combustion") + f"?line={line.pk}").status_code == 404


def test_a_closed_month_says_so_and_takes_nothing(reporter: Client, enterprise: Any, now: datetime) -> None:
    make_line(enterprise=enterprise, now=now)
    close_month(enterprise=enterprise, now=now)

    answer = reporter.post(address(enterprise, "heat"), COMMON | ENTRIES["heat"])

    assert answer.context["form"].non_field_errors()
    assert ActivityLine.objects.count() == 1


def test_the_verifier_reviews_and_signs_on_the_page(client: Client, enterprise: Any, now: datetime) -> None:
    line = make_line(enterprise=enterprise, now=now, evidence=("invoice.pdf", b"%PDF"))
    inventories.run_inventory(
        enterprise_id=enterprise.pk,
        enterprise="e",
        first=JANUARY,
        last=JANUARY,
        method_id=METHODS[0],
        by_id=None,
        now=now,
    )
    close_month(enterprise=enterprise, now=now)
    client.force_login(make_user(role=Role.AUDITOR, park=enterprise.park))
    review = reverse("month_review", args=[enterprise.pk, JANUARY])
    move = reverse("month_move", args=[enterprise.pk, JANUARY])

    first = client.get(review).content.decode()
    client.post(move, {"step": "VERIFY"})
    unsigned = client.get(review).context["row"].state
    client.post(reverse("line_judge", args=[enterprise.pk, JANUARY]), {"line": line.pk, "verdict": "ACCEPTED"})
    client.post(move, {"step": "VERIFY"})
    signed = client.get(review)

    assert "3.183" in first
    assert "✓" in first, "computed again, it is what the inventory holds"
    assert "invoice.pdf" in first
    assert (unsigned, signed.context["row"].state) == ("CLOSED", "VERIFIED")
    assert len(signed.context["signatures"]) == 1


def test_a_reporter_cannot_review(reporter: Client, enterprise: Any, now: datetime) -> None:
    line = make_line(enterprise=enterprise, now=now)
    close_month(enterprise=enterprise, now=now)

    answer = reporter.post(
        reverse("line_judge", args=[enterprise.pk, JANUARY]), {"line": line.pk, "verdict": "ACCEPTED"}
    )

    assert answer.status_code == 403


def test_comments_on_the_page_close_a_month_with_findings(client: Client, enterprise: Any, now: datetime) -> None:
    from datetime import date

    february = date(2026, 2, 1)
    make_line(enterprise=enterprise, now=now, values={"amount": {"value": "5", "unit": "t"}})
    make_line(enterprise=enterprise, now=now, month=february, values={"amount": {"value": "5000", "unit": "t"}})
    client.force_login(make_user(role=Role.APPROVER, enterprise=enterprise))
    page, move = (reverse(name, args=[enterprise.pk, february]) for name in ("activity_month", "month_move"))

    shown = client.get(page).content.decode()
    client.post(move, {"step": "CLOSE"})
    still = client.get(page).context["state"]
    client.post(move, {"step": "CLOSE", "comment:unit_jump:boiler": "new boiler"})

    assert 'name="comment:unit_jump:boiler"' in shown
    assert (still, client.get(page).context["state"]) == ("OPEN", "CLOSED")
    accept_all(enterprise=enterprise, now=now, by=make_user(), month=february)


def test_pages_of_a_month_ask_as_often_for_forty_lines_as_for_five(
    client: Client, enterprise: Any, now: datetime
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client.force_login(make_user(role=Role.AUDITOR, park=enterprise.park))
    pages = [reverse(name, args=[enterprise.pk, JANUARY]) for name in ("activity_month", "month_review")]

    def counted(lines: int) -> list[int]:
        for number in range(lines):
            make_line(enterprise=enterprise, now=now, code=f"b-{lines}-{number}")
        month = close_month(enterprise=enterprise, now=now)
        found = []
        for page in pages:
            with CaptureQueriesContext(connection) as queries:
                assert client.get(page).status_code == 200
            found.append(len(queries))
        months.move_month(
            enterprise_id=enterprise.pk,
            month=JANUARY,
            step=Step.REOPEN,
            by_id=month.closed_by_id,
            now=now,
            reason="more",
        )
        return found

    counted(1)
    assert counted(5) == counted(40)
