"""The page that asks which wind brings a pollutant, on real hours of the tables."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from monitoring.series.models import Rollup
from monitoring.series.services.partitions import BY_TIME, ensure_partitions
from parks.people.domain import Role
from tests.factories.people import make_user
from tests.factories.register import make_logger, make_station
from tests.factories.series import make_channel

pytestmark = pytest.mark.django_db
HOURS = 240


def fill(channel: Any, end: datetime, values: list[float]) -> None:
    times = [end - timedelta(hours=n) for n in range(len(values), 0, -1)]
    ensure_partitions(tables=BY_TIME, times=times)
    Rollup.objects.bulk_create(
        Rollup(channel=channel, interval=2, time=t, value=v, verdict=0, reason=0, rule=1, basis=1, coverage=1.0, computed_at=end)
        for t, v in zip(times, values, strict=True)
    )  # fmt: skip


@pytest.fixture
def station(now: datetime, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A station whose benzene is high in the second half of ten days, while the wind blows from 92 deg; before from 271."""
    made = make_station()
    logger = make_logger(park=made.park, station=made, enterprise=None, outlet=None)
    end = now.replace(minute=0, second=0, microsecond=0)
    channels = {code: make_channel(logger=logger, pollutant=code) for code in ("a25002", "a01007", "a01008")}
    half = HOURS // 2
    fill(channels["a25002"], end, [1.0] * half + [50.0] * half)
    fill(channels["a01007"], end, [3.0] * HOURS)
    fill(channels["a01008"], end, [271.0] * half + [92.0] * half)
    monkeypatch.setattr("monitoring.tracing.views.receptor.timezone.now", lambda: now)
    return made, channels


def test_the_direction_of_high_hours_is_named_with_its_interval(station: Any, client: Client) -> None:
    made, channels = station
    client.force_login(make_user(role=Role.OFFICER, park=made.park))

    context = client.get(reverse("receptor", args=[channels["a25002"].pk]), {"percentile": "75"}).context

    rows = {row["share"].direction: row["share"] for row in context["rows"]}
    assert context["distinct"] == ["东"]
    assert (rows[90.0].hours, rows[90.0].share) == (HOURS // 2, 1.0)
    assert (rows[270.0].hours, rows[270.0].share) == (HOURS // 2, 0.0)
    assert (
        reverse("receptor", args=[channels["a25002"].pk])
        in client.get(reverse("station", args=[made.pk])).content.decode()
    )


def test_without_wind_the_page_says_what_to_register(client: Client, now: datetime) -> None:
    channel = make_channel()
    client.force_login(make_user(role=Role.OFFICER, park=channel.park))

    page = client.get(reverse("receptor", args=[channel.pk])).content.decode()

    assert "请登记有风速风向的气象站" in page
