"""Lists ask the database as often for fifty rows as for five."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounting.activity.services import lines as activity
from accounting.carbon.services import inventories
from monitoring.alarms.models import Problem
from monitoring.intake.models import LoggerState, Quarantine
from parks.people.domain import Role
from tests.factories.people import make_user
from tests.factories.permits import make_permit_limit
from tests.factories.register import make_enterprise, make_logger, make_outlet, make_park, make_station
from tests.factories.series import make_channel
from tests.journeys.world import make_drive, make_fingerprints, make_plan, submit

pytestmark = pytest.mark.django_db
LISTS = {  # with the most queries each may need
    "/": 30, "/overview/part/": 15, "/map.geojson": 20, "/enterprises/": 12, "/outlets/": 14, "/problems/": 12, "/problems/?state=all": 12,
    "/intake/": 18, "/intake/quarantine/": 12, "/series/": 12, "/series/?word=a21026": 12, "/audit/": 12, "/permits/": 14,
    "/people/": 14, "/keys/": 12, "/uploads/": 12, "/reports/": 12, "/catalogue/": 12, "/catalogue/limits/": 12,
    "/api/v1/channels/": 8, "/api/v1/latest/": 8, "/api/v1/inventories/": 5, "/api/v1/factors/": 5, "/carbon/uploads/": 12, "/traces/siting/": 12, "/traces/fingerprints/": 12, "/traces/fingerprints/profiles/": 12, "/drives/": 12,
}  # fmt: skip


def furnish(park: Any, *, count: int, now: datetime) -> None:
    """Enterprises with one of everything that a list shows."""
    for n in range(count):
        enterprise = make_enterprise(park=park, lon=121.3 + n / 1000, lat=30.7)
        outlet = make_outlet(enterprise=enterprise, lon=121.3 + n / 1000, lat=30.7)
        logger = make_logger(outlet=outlet)
        channel = make_channel(logger=logger)
        make_permit_limit(outlet=outlet)
        make_user(role=Role.REPORTER, enterprise=enterprise)
        station = make_station(park=park)
        make_plan(park=park, station=station, by=None, now=now)
        make_fingerprints(park=park, station=station, by=None, now=now)
        make_drive(park=park, number=enterprise.pk, by=None, now=now)
        LoggerState.objects.create(logger=logger, last_frame_at=now)
        for cleared in (None, now):
            Problem.objects.create(
                kind="LIMIT_EXCEEDED", severity="WARNING", park=park, enterprise=enterprise, channel=channel, rule="r", interval=2,
                period_at=now, value=40.0, limit=35.0, times=0.14, worst=40.0, raised_at=now - timedelta(hours=1), seen_at=now, cleared_at=cleared,
            )  # fmt: skip
        activity.enter_line(
            enterprise_id=enterprise.pk,
            month=date(2026, 1, 1),
            code="heat",
            kind="heat",
            values={"bought": "1"},
            by_id=None,
            now=now,
        )
        inventories.run_inventory(
            enterprise_id=enterprise.pk, enterprise=enterprise.name, first=date(2026, 1, 1), last=date(2026, 1, 1),
            method_id="GBT-32151.10-2023", by_id=None, now=now,
        )  # fmt: skip
        Quarantine.objects.create(
            park_id=park.pk, logger_id=logger.pk, mn=logger.mn, code="factor.unmapped", subject="a21002", detail="", first_at=now, last_at=now,
            last_submission_id=submit(park=park, logger=logger, now=now).id,
        )  # fmt: skip


def test_lists_ask_as_often_for_fifty_rows_as_for_five() -> None:
    park, now = make_park(), datetime.now(UTC)
    client = Client()
    client.force_login(make_user(role=Role.PARK_ADMIN, park=park), backend="django.contrib.auth.backends.ModelBackend")

    def counted(address: str) -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            answer = client.get(address)
        assert answer.status_code == 200, address
        return len(queries)

    furnish(park, count=5, now=now)
    client.get("/")  # whatever is looked up once a process
    few = {address: counted(address) for address in LISTS}
    furnish(park, count=45, now=now)
    many = {address: counted(address) for address in LISTS}

    assert {a: (few[a], many[a]) for a in LISTS if few[a] != many[a]} == {}
    assert {a: many[a] for a in LISTS if many[a] > LISTS[a]} == {}
