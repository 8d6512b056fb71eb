"""Entering and changing the register: rules at their fields, authors in the trail, nothing across enterprises."""

import io
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import Client
from django.urls import reverse

from parks.catalogue.domain.errors import NotFound
from parks.people.domain import Role
from parks.people.models import AuditEntry, Membership, User
from parks.register.domain.identifiers import WrongCreditCode
from parks.register.models import Enterprise, Outlet, Park, Unit
from parks.register.services import register
from parks.register.services.rows import BrokenRule
from tests.factories.people import make_user
from tests.factories.register import make_enterprise, make_outlet, make_park

pytestmark = pytest.mark.django_db
HUAWEI = "914403001922038216"  # from its public filings


def make_unit(enterprise: Enterprise, code: str = "PU01") -> Unit:
    return Unit.objects.create(enterprise=enterprise, kind="PROCESS", code=code, name="裂解")


def test_credit_code_of_a_known_company_is_taken_and_tidied() -> None:
    made = register.create_enterprise(by_id=None, park=make_park(), name="x", uscc=f" {HUAWEI} ", industry_code="C2614")

    assert made.uscc == HUAWEI


@pytest.mark.parametrize("code", ["914403001922038215", "91440300192203821", ""])
def test_wrong_credit_code_is_refused_on_entry_and_on_change(code: str) -> None:
    enterprise = make_enterprise()

    with pytest.raises(WrongCreditCode):
        register.create_enterprise(by_id=None, park=enterprise.park, name="x", uscc=code, industry_code="2614")
    with pytest.raises(WrongCreditCode):
        register.update_enterprise(enterprise_id=enterprise.pk, by_id=None, uscc=code)
    assert Enterprise.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"code": "XX001", "medium": "AIR"}, "code"), ({"code": "DW001", "medium": "AIR"}, "code"),
        ({"stack_height_m": 0.0}, "stack_height_m"), ({"diameter_m": -1.0}, "diameter_m"), ({"lon": 200.0, "lat": 30.0}, "lon"),
        ({"lon": 120.0}, "lon"), ({"name": ""}, "name"), ({"medium": "SOIL"}, "medium"), ({"colour": "red"}, "colour"),
    ],
)  # fmt: skip
def test_broken_rule_of_an_outlet_names_its_field(fields: dict[str, Any], field: str) -> None:
    good = {"enterprise": make_enterprise(), "code": "DA001", "name": "x", "medium": "AIR"}

    with pytest.raises(BrokenRule) as refused:
        register.create_outlet(by_id=None, **good | fields)

    assert field in refused.value.details
    assert not Outlet.objects.exists()


def test_second_outlet_of_a_code_is_refused_at_one_enterprise_and_not_at_another() -> None:
    outlet = make_outlet(code="DA001")
    register.create_outlet(by_id=None, enterprise=make_enterprise(), code="DA001", name="x", medium="AIR")

    with pytest.raises(BrokenRule) as refused:
        register.create_outlet(by_id=None, enterprise=outlet.enterprise, code="DA001", name="x", medium="AIR")

    assert "code" in refused.value.details


def test_units_of_another_enterprise_are_not_linked_and_nothing_is_half_written() -> None:
    enterprise, stranger = make_enterprise(), make_unit(make_enterprise())
    mine = make_unit(enterprise)

    with pytest.raises(BrokenRule) as refused:
        register.create_outlet(
            by_id=None, enterprise=enterprise, code="DA001", name="x", medium="AIR", unit_ids=[mine.pk, stranger.pk]
        )
    with pytest.raises(BrokenRule):
        register.create_unit(
            by_id=None, enterprise=enterprise, kind="TREATMENT", code="TA1", name="x", upstream_ids=[stranger.pk]
        )

    assert refused.value.details == {"unit_ids": [stranger.pk]}
    assert not Outlet.objects.exists()
    assert Unit.objects.filter(enterprise=enterprise).get() == mine


def test_outlet_is_linked_to_units_of_its_enterprise() -> None:
    enterprise = make_enterprise()
    process = make_unit(enterprise)
    scrubber = register.create_unit(
        by_id=None, enterprise=enterprise, kind="TREATMENT", code="TA1", name="x", upstream_ids=[process.pk]
    )

    outlet = register.create_outlet(
        by_id=None, enterprise=enterprise, code="DA001", name="x", medium="AIR", unit_ids=[scrubber.pk]
    )

    assert list(outlet.units.all()) == [scrubber]
    assert list(scrubber.upstream.all()) == [process]


def test_unit_does_not_feed_itself() -> None:
    unit = make_unit(make_enterprise())

    with pytest.raises(BrokenRule):
        register.update_unit(unit_id=unit.pk, by_id=None, upstream_ids=[unit.pk])


def test_enterprise_never_moves_to_another_park() -> None:
    enterprise, other = make_enterprise(), make_park()

    for fields in ({"park": other}, {"park_id": other.pk}):
        with pytest.raises(BrokenRule):
            register.update_enterprise(enterprise_id=enterprise.pk, by_id=None, **fields)


def test_changing_what_is_not_there_is_not_found() -> None:
    with pytest.raises(NotFound):
        register.update_station(station_id=2**40, by_id=None, name="x")


def test_change_carries_its_author_with_before_and_after() -> None:
    officer, outlet = make_user(), make_outlet(stack_height_m=40.0)

    register.update_outlet(outlet_id=outlet.pk, by_id=officer.pk, stack_height_m=45.0)

    entry = AuditEntry.objects.order_by("-pk")[0]
    assert (entry.actor_id, entry.action, entry.row_key) == (officer.pk, "outlet.update", str(outlet.pk))
    assert (entry.before["stack_height_m"], entry.after["stack_height_m"]) == (40, 45)
    assert (entry.park_id, entry.enterprise_id) == (outlet.enterprise.park_id, outlet.enterprise_id)


def test_password_and_key_of_a_logger_do_not_stand_in_the_trail() -> None:
    park = make_park()

    register.create_logger(by_id=None, park=park, mn="MN1", password="hush-hush", sm4_key="0123456789abcdef" * 2)

    told = str(list(AuditEntry.objects.values_list("before", "after")))
    assert "hush-hush" not in told
    assert "0123456789abcdef" not in told


def begin(**options: Any) -> str:
    told = io.StringIO()
    given = {"code": "lanyu", "name": "岚屿化工园区", "province": "江苏省", "no_input": True}
    call_command("create_park", stdout=told, **given | options)
    return told.getvalue()


def test_create_park_begins_a_park_with_an_administrator_who_can_log_in(client: Any) -> None:
    told = begin(lon="120.75", lat="33.2")

    park, user = Park.objects.get(code="lanyu"), User.objects.get(username="admin-lanyu")
    password = told.split("password:")[1].split()[0]
    assert (park.name, park.lon, park.lat, park.time_zone) == ("岚屿化工园区", 120.75, 33.2, "Asia/Shanghai")
    assert Membership.objects.get(user=user).role == Role.PARK_ADMIN.value
    assert client.login(request=None, username="admin-lanyu", password=password)
    assert client.get("/").status_code == 200


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"code": None}, "--code is missing"), ({"code": "no blanks"}, "code"), ({"lon": "120"}, "both --lon and --lat"),
        ({"lon": "east", "lat": "1"}, "no number of degrees"), ({"lon": "200", "lat": "1"}, "outside"), ({"name": ""}, "name"),
    ],
)  # fmt: skip
def test_create_park_says_what_is_wrong_and_leaves_nothing_behind(options: dict[str, Any], why: str) -> None:
    with pytest.raises(CommandError, match=why):
        begin(**options)

    assert not Park.objects.exists()
    assert not User.objects.exists()


def test_create_park_a_second_time_is_refused() -> None:
    begin()

    with pytest.raises(CommandError, match="code"):
        begin()
    with pytest.raises(CommandError, match="user name is taken"):
        begin(code="other", username="admin-lanyu")
    assert Park.objects.count() == 1


def test_what_an_outlet_may_emit_is_chosen_on_its_form_and_shown_on_its_page() -> None:
    outlet = make_outlet(medium="AIR", name="尾气")
    officer = make_user(role=Role.OFFICER, park=outlet.enterprise.park)
    client = Client()
    client.force_login(officer, backend="django.contrib.auth.backends.ModelBackend")
    address = reverse("outlet_edit", args=[outlet.pk])
    sent = {"code": outlet.code, "name": "尾气", "is_active": "on", "handled": ["a25002", "a24046"]}

    before = client.get(reverse("outlet", args=[outlet.pk])).content.decode()
    saved = client.post(address, sent)
    page = client.get(reverse("outlet", args=[outlet.pk])).content.decode()
    chosen = client.get(address).context["form"]["handled"].value()

    assert "可能排放" in before
    assert "尚不清楚" in before
    assert saved.status_code == 302
    assert "氯乙烯" in page
    assert sorted(chosen) == ["a24046", "a25002"]


@pytest.mark.parametrize("codes", [["w01018"], ["a25002", "nonsense"]])
def test_an_outlet_emits_no_pollutant_of_another_medium_and_none_that_is_unknown(codes: list[str]) -> None:
    outlet = make_outlet(medium="AIR")
    register.update_outlet(outlet_id=outlet.pk, by_id=None, handled_codes=["a25003"])

    with pytest.raises(BrokenRule) as refused, transaction.atomic():
        register.update_outlet(outlet_id=outlet.pk, by_id=None, handled_codes=codes)

    assert refused.value.details["handled"] == [f"unknown: {codes[-1]}"]
    assert list(outlet.handled.values_list("pk", flat=True)) == ["a25003"]
