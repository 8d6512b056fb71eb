"""Indicators of a park's year. Expected numbers by hand from the factors named."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounting.carbon.models import YearFact
from accounting.carbon.services import years
from parks.catalogue.domain.errors import Invalid
from parks.people.domain import Role
from tests.factories.people import make_user
from tests.integration.accounting.test_park_balance import BOUGHT, LNG, Ground

pytestmark = pytest.mark.django_db


@pytest.fixture
def ground(now: datetime) -> Ground:
    made = Ground(now).told()
    made.balance()
    return made


def test_the_core_indicator_is_energy_carbon_over_standard_coal(ground: Ground) -> None:
    """900 MWh x 0.1229 tce/MWh and 100 t of LNG x 51.498 GJ/t / 29.307 GJ/tce; the reference notes, sections 1.4 and 3.1."""
    shown = years.shown_year(park_id=ground.park.pk, year=2026)

    tce = 900 * 0.1229 + 100 * 51.498 / 29.307
    core = shown.indicators[0]
    assert float(core.value or 0) == pytest.approx((LNG + BOUGHT) / tce, rel=1e-6)
    assert core.limit is None, "a park of this size has no limit"


def test_what_nobody_entered_is_not_known_and_never_zero(ground: Ground) -> None:
    shown = years.shown_year(park_id=ground.park.pk, year=2026)

    water = next(one for one in shown.indicators if one.id == "water")
    assert (water.value, water.reached) == (None, None)
    assert water.missing == ("water_reused", "water_fresh")


def test_entered_numbers_need_a_source_and_must_be_possible(ground: Ground, now: datetime) -> None:
    def enter(name: str, value: str, source: str = "water company") -> Any:
        return years.enter_fact(
            park_id=ground.park.pk, year=2026, name=name, value=Decimal(value), source=source, by_id=None, now=now
        )

    enter("water_reused", "80")
    enter("water_fresh", "20")
    with pytest.raises(Invalid):
        enter("water_fresh", "20", source=" ")
    with pytest.raises(Invalid):
        enter("rainbows", "1")
    enter("waste_made", "100")
    enter("waste_from_stock", "0")
    with pytest.raises(Invalid):
        enter("waste_used", "101")

    shown = years.shown_year(park_id=ground.park.pk, year=2026)
    water = next(one for one in shown.indicators if one.id == "water")
    assert (water.value, water.reached) == (Decimal("0.8"), True)
    assert not YearFact.objects.filter(name="waste_used").exists()


def test_an_officer_enters_a_number_on_the_page(ground: Ground, client: Client) -> None:
    client.force_login(make_user(role=Role.OFFICER, park=ground.park))

    answer = client.post(reverse("fact_new"), {"year": 2026, "name": "water_fresh", "value": "20", "source": "meter"})
    page = client.get(reverse("park_year"), {"year": 2026}).content.decode()

    assert answer.status_code == 302
    assert "20.0" in page
