"""A broken rule stands at its field, in the language of the page, and what was typed is kept."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from parks.people.domain import Role
from parks.people.models import User
from parks.permits.models import Permit
from parks.register.models import Enterprise, Outlet
from tests.factories.people import make_user
from tests.factories.permits import make_permit, make_permit_limit
from tests.factories.register import credit_code, make_enterprise, make_logger, make_outlet, make_park

pytestmark = pytest.mark.django_db


@pytest.fixture
def park() -> Any:
    return make_park()


@pytest.fixture
def client(park: Any) -> Client:
    found = Client()
    found.force_login(make_user(role=Role.PARK_ADMIN, park=park), backend="django.contrib.auth.backends.ModelBackend")
    return found


def errors_of(answer: Any) -> dict[str, list[str]]:
    assert answer.status_code == 200, "the form is shown again"
    return {name: list(messages) for name, messages in answer.context["form"].errors.items()}


COMPANY = {"name": "瀚澜乙烯有限公司", "uscc": credit_code(77), "industry_code": "2614"}


def test_enterprise_is_entered(client: Client, park: Any) -> None:
    answer = client.post(reverse("enterprise_new"), COMPANY)

    made = Enterprise.objects.get()
    assert answer.headers["Location"] == reverse("enterprise", args=[made.pk])
    assert (made.park, made.uscc) == (park, COMPANY["uscc"])


def test_wrong_credit_code_stands_at_its_field_in_chinese_and_keeps_the_input(client: Client) -> None:
    wrong = COMPANY["uscc"][:17] + ("0" if COMPANY["uscc"][17] != "0" else "1")

    answer = client.post(reverse("enterprise_new"), COMPANY | {"uscc": wrong})

    errors = errors_of(answer)
    assert list(errors) == ["uscc"]
    assert "校验码" in errors["uscc"][0]
    page = answer.content.decode()
    assert f'value="{wrong}"' in page
    assert 'value="瀚澜乙烯有限公司"' in page
    assert not Enterprise.objects.exists()


@pytest.mark.parametrize(
    ("change", "field"),
    [({"industry_code": "chem"}, "industry_code"), ({"lon": "121.3"}, "lon"), ({"lat": "95", "lon": "1"}, "lat"), ({"name": ""}, "name")],
)  # fmt: skip
def test_broken_rule_of_an_enterprise_stands_at_its_field(client: Client, change: dict[str, str], field: str) -> None:
    errors = errors_of(client.post(reverse("enterprise_new"), COMPANY | change))

    assert list(errors) == [field]


def test_second_enterprise_of_a_code_is_refused_at_the_code(client: Client) -> None:
    client.post(reverse("enterprise_new"), COMPANY)

    assert list(errors_of(client.post(reverse("enterprise_new"), COMPANY))) == ["uscc"]


def test_outlet_code_of_a_wrong_shape_is_refused_at_the_code(client: Client, park: Any) -> None:
    enterprise = make_enterprise(park=park)

    errors = errors_of(client.post(reverse("outlet_new", args=[enterprise.pk]), {"code": "AA1", "name": "x"}))

    assert list(errors) == ["code"]
    assert not Outlet.objects.exists()


def test_permit_that_overlaps_is_refused_with_a_message_and_one_that_follows_is_taken(
    client: Client, park: Any
) -> None:
    first = make_permit(enterprise=make_enterprise(park=park))
    fields = {"enterprise": first.enterprise_id, "number": "P-2", "valid_from": "2028-12-31", "valid_to": "2031-01-01"}

    errors = errors_of(client.post(reverse("permit_new"), fields))
    client.post(reverse("permit_new"), fields | {"valid_from": "2029-01-01"})

    assert errors == {"valid_from": ["该企业另有许可证的有效期与此重叠。"]}
    assert list(Permit.objects.order_by("valid_from").values_list("number", flat=True)) == [first.number, "P-2"]


def test_permit_that_ends_before_it_begins_is_refused(client: Client, park: Any) -> None:
    fields = {
        "enterprise": make_enterprise(park=park).pk,
        "number": "P",
        "valid_from": "2026-01-01",
        "valid_to": "2025-01-01",
    }

    assert errors_of(client.post(reverse("permit_new"), fields))
    assert not Permit.objects.exists()


def test_permit_of_an_enterprise_of_another_park_cannot_be_entered(client: Client) -> None:
    fields = {"enterprise": make_enterprise().pk, "number": "P", "valid_from": "2026-01-01", "valid_to": "2027-01-01"}

    assert list(errors_of(client.post(reverse("permit_new"), fields))) == ["enterprise"]


def test_limit_of_an_unknown_factor_or_a_foreign_outlet_is_refused_at_its_field(client: Client, park: Any) -> None:
    outlet = make_outlet(enterprise=make_enterprise(park=park))
    permit = make_permit_limit(outlet=outlet).permit
    fields = {"outlet": outlet.pk, "pollutant": "a21002", "period": "HOUR", "maximum": "50", "unit": "mg/m3"}
    address = reverse("limit_new", args=[permit.pk])

    assert list(errors_of(client.post(address, fields | {"pollutant": "zzz"}))) == ["pollutant"]
    assert list(errors_of(client.post(address, fields | {"outlet": make_outlet().pk}))) == ["outlet"]
    assert client.post(address, fields).status_code == 302
    assert permit.limits.count() == 2


def test_quota_of_a_year_that_has_one_is_refused_with_a_message(client: Client, park: Any) -> None:
    permit = make_permit(enterprise=make_enterprise(park=park))
    address, fields = reverse("quota_new", args=[permit.pk]), {"pollutant": "a21002", "year": "2026", "tonnes": "120.5"}

    assert client.post(address, fields).status_code == 302
    assert errors_of(client.post(address, fields))
    assert permit.quotas.count() == 1


def test_taken_user_name_is_told_at_its_field(client: Client, park: Any) -> None:
    make_user(username="zhang.san")

    errors = errors_of(client.post(reverse("person_new"), {"username": "zhang.san", "role": "OFFICER"}))

    assert errors == {"username": ["用户名已被使用。"]}
    assert User.objects.filter(username="zhang.san").count() == 1


def test_enterprise_role_without_an_enterprise_is_refused_and_no_account_is_made(client: Client) -> None:
    errors = errors_of(client.post(reverse("person_new"), {"username": "li.si", "role": "REPORTER"}))

    assert "企业" in errors["role"][0]
    assert not User.objects.filter(username="li.si").exists()


def test_channel_of_an_unknown_factor_or_unit_is_refused(client: Client, park: Any) -> None:
    logger = make_logger(outlet=make_outlet(enterprise=make_enterprise(park=park)))
    address = reverse("channel_new", args=[logger.pk])

    assert list(errors_of(client.post(address, {"factor": "zzz"}))) == ["factor"]
    assert list(errors_of(client.post(address, {"factor": "a21026", "reported_unit": "m3/h"}))) == ["reported_unit"]
    assert client.post(address, {"factor": "a21026", "reported_unit": "ug/m3"}).status_code == 302
