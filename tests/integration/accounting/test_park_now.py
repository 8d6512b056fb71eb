"""The running month before its data come. Expected numbers by hand."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounting.activity.domain.derived import Measure
from accounting.activity.services import derivations
from accounting.carbon.services.estimate import estimate
from monitoring.series.models import Rollup
from monitoring.series.services.partitions import BY_TIME, ensure_partitions
from parks.people.domain import Role
from tests.factories.people import make_user
from tests.factories.register import make_outlet
from tests.factories.series import make_channel
from tests.integration.accounting.test_park_balance import BOUGHT, LNG, MAY, Ground

pytestmark = pytest.mark.django_db
HOURS_OF_MAY = 744
NOON = datetime(2026, 6, 1, 4, 20, tzinfo=UTC)  # 12:20 local time: twelve hours of June are over


def hours(channel: Any, *, start: datetime, count: int, kg: float) -> None:
    ensure_partitions(tables=BY_TIME, times=[start, start + timedelta(hours=count)])
    Rollup.objects.bulk_create(
        Rollup(
            channel=channel, interval=2, time=start + timedelta(hours=n), value=1.0, load_kg=Decimal(str(kg)), verdict=0, reason=0, rule=1,
            basis=1, coverage=1.0, computed_at=start,
        )
        for n in range(count)
    )  # fmt: skip


def test_a_stack_that_measures_twice_as_much_doubles_its_node_and_nothing_else(ground: Ground) -> None:
    ground.told().balance()
    outlet = make_outlet(enterprise=ground.station)
    channel = make_channel(logger=None, outlet=outlet)
    derivations.set_derivation(
        enterprise_id=ground.station.pk, code="stack", kind="measured_load", field="mass", channel_id=channel.pk, unit="t", valid_from=MAY,
        measure=Measure.LOAD, scale=Decimal("0.001"), node_id=ground.nodes["chp"],
    )  # fmt: skip
    hours(channel, start=datetime(2026, 5, 20, tzinfo=UTC), count=48, kg=400.0)
    hours(channel, start=datetime(2026, 5, 31, 16, tzinfo=UTC), count=12, kg=800.0)

    found = estimate(park_id=ground.park.pk, now=NOON)

    assert found is not None
    assert (found.base, found.month, found.elapsed) == (MAY, date(2026, 6, 1), 12)
    assert found.so_far == pytest.approx(12 * (BOUGHT + 2 * LNG) / HOURS_OF_MAY, rel=1e-5)
    assert found.total[-1] == pytest.approx((BOUGHT + 2 * LNG) / HOURS_OF_MAY, rel=1e-5)
    assert found.measured_share == pytest.approx(2 * LNG / (BOUGHT + 2 * LNG), rel=1e-5)


def test_without_measuring_stacks_the_park_stands_at_its_mean(ground: Ground, client: Client) -> None:
    ground.told().balance()

    found = estimate(park_id=ground.park.pk, now=NOON)
    client.force_login(make_user(role=Role.AUDITOR, park=ground.park))

    assert found is not None
    assert found.so_far == pytest.approx(12 * (BOUGHT + LNG) / HOURS_OF_MAY, rel=1e-5)
    assert (found.measured_share, set(found.moved)) == (0.0, {None})
    assert client.get(reverse("park_now")).status_code == 200


def test_without_a_balance_there_is_no_estimate(ground: Ground) -> None:
    assert estimate(park_id=ground.park.pk, now=NOON) is None


@pytest.fixture
def ground(now: datetime) -> Ground:
    return Ground(now)
