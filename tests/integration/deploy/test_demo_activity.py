"""The activity data of the demonstration park, in the real tables."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from accounting.activity.models import Month
from accounting.carbon.models import InventoryRun
from deploy.demo.activity import write_activity
from deploy.demo.story import SEED, tell
from deploy.demo.tables import story_rows
from parks.people.domain import Role
from tests.factories.people import make_user
from tests.factories.register import make_enterprise, make_park

pytestmark = pytest.mark.django_db


def test_every_company_gets_an_inventory_without_refused_lines_and_states_follow_the_calendar() -> None:
    park, story = make_park(), tell(seed=SEED)
    slugs = {row["slug"] for row in story_rows("activity.csv")}
    written = SimpleNamespace(enterprises={slug: make_enterprise(park=park) for slug in slugs})
    people = {name: make_user(role=Role.PARK_ADMIN, park=park).pk for name in ("reporter", "approver", "auditor")}

    write_activity(story=story, written=written, people=people, now=datetime(2026, 4, 10, tzinfo=UTC))  # type: ignore[arg-type]

    runs = list(InventoryRun.objects.all())
    assert {run.enterprise_id for run in runs} == {one.pk for one in written.enterprises.values()}
    assert [run.result["refused"] for run in runs] == [[]] * len(slugs)
    assert {(run.first_month.month, run.last_month.month) for run in runs} == {(1, 3)}
    states = dict(Month.objects.order_by("month").values_list("month__month", "state"))
    assert states == {1: "VERIFIED", 2: "VERIFIED", 3: "CLOSED"}
