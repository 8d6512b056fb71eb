"""The activity data of the demonstration park, in the real tables."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from accounting.activity.models import Month
from accounting.carbon.models import InventoryRun, ParkBalance
from accounting.carbon.services import balances
from accounting.factors.models import Factor
from deploy.demo.activity import months_of, write_activity
from deploy.demo.story import SEED, tell
from deploy.demo.tables import story_rows
from parks.people.domain import Role
from tests.factories.people import make_user
from tests.factories.register import make_enterprise, make_park

pytestmark = pytest.mark.django_db


NOW = datetime(2026, 4, 10, tzinfo=UTC)


@pytest.fixture
def park() -> Any:
    """The demonstration park with its activity data, without its history of measurements."""
    park, story = make_park(), tell(seed=SEED)
    slugs = {row["slug"] for row in story_rows("activity.csv")}
    enterprises = {slug: make_enterprise(park=park) for slug in slugs}
    names = ("reporter", "approver", "reporter2", "approver2", "officer", "auditor")
    people = {name: make_user(role=Role.PARK_ADMIN, park=park).pk for name in names}
    written = SimpleNamespace(park=park, enterprises=enterprises)
    write_activity(story=story, written=written, people=people, now=NOW)  # type: ignore[arg-type]
    return written


def test_thirteen_months_are_solved_with_real_loops_and_nothing_refused(park: Any) -> None:
    rows = list(ParkBalance.objects.order_by("month"))

    assert [row.month for row in rows] == months_of(NOW)
    assert len(rows) == 13
    for row in rows:
        assert row.result["problems"] == []
        assert row.result["lines"] == []
        assert row.result["solution"]["loops"] >= 2
        assert row.result["solution"]["residual"] <= 1e-12
        assert abs(row.result["park"]["gap"]["CO2e"]) < 1e-6
        assert abs(row.result["bridge"]["gap"]) <= 0.01

    hangs_together(rows[-1].result)
    frozen_stays_frozen(park, rows[-1])


def hangs_together(result: dict[str, Any]) -> None:
    """Conservation, no double count, and origins that sum to the factor."""
    whole = result["park"]
    assert whole["exports"]["CO2e"] + whole["ends"]["CO2e"] == pytest.approx(
        whole["direct"]["CO2e"] + whole["imports"]["CO2e"]
    )
    net = sum(one["direct"]["CO2e"] + one["in"]["CO2e"] - one["out"]["CO2e"] for one in result["enterprises"].values())
    assert net == pytest.approx(whole["ends"]["CO2e"], abs=1e-6)
    for stream, found in result["footprints"].items():
        assert sum(found["stages"].values()) == pytest.approx(result["factors"][stream]["CO2e"], abs=1e-9)
    chp = result["nodes"]["chp"]
    assert chp["direct"] > 100_000
    assert 0 < result["factors"]["steam-hp"]["CO2e"] < 0.11 < result["factors"]["power"]["CO2e"]
    residual = sum(abs(one["residual"]) for one in result["carbon"]["nodes"] if one["passed_on"] > 0)
    assert residual < 0.12 * result["carbon"]["imported"]


def frozen_stays_frozen(park: Any, row: ParkBalance) -> None:
    """I14: the case holds everything, so a later change of the library moves nothing."""
    Factor.objects.filter(key="grid.average.CN.2023").update(value="0.9")

    assert not balances.differs(balance=row)
    assert balances.run_balance(park_id=park.park.pk, month=row.month, by_id=None, now=NOW).pk != row.pk


def test_every_company_gets_an_inventory_without_refused_lines_and_states_follow_the_calendar(park: Any) -> None:
    runs = list(InventoryRun.objects.all())

    assert {run.enterprise_id for run in runs} == {one.pk for one in park.enterprises.values()}
    assert [run.result["refused"] for run in runs] == [[]] * len(runs)
    states = dict(
        Month.objects.filter(enterprise=park.enterprises["ethyl"]).order_by("month").values_list("month", "state")
    )
    assert [states[month] for month in months_of(NOW)] == ["VERIFIED"] * 12 + ["CLOSED"]
    assert ParkBalance.objects.get(month=months_of(NOW)[-1]).state == "PROVISIONAL"
    assert ParkBalance.objects.get(month=months_of(NOW)[-2]).state == "VERIFIED"
    assert ParkBalance.objects.get(month=months_of(NOW)[0]).state == "CLOSED", "taken over, and not reviewed here"
