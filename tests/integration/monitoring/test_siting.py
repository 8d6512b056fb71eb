"""Sensor siting in the portal: measured winds and the register in, sites with what they bring out, for the park alone."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError
from django.test import Client
from django.urls import reverse

from monitoring.series.domain.readings import Interval
from monitoring.series.services.partitions import ensure_partitions
from monitoring.tracing.models import SitingPlan
from monitoring.tracing.tasks import plans_due
from parks.people.domain import Role
from tests.factories.people import make_user
from tests.factories.register import make_enterprise, make_logger, make_outlet, make_park, make_station
from tests.factories.series import make_channel

pytestmark = pytest.mark.django_db
LON, LAT = 121.30, 30.70
EAST, NORTH = 0.0100, 0.0086  # some 957 m and 956 m in degrees
SUBSTANCE = "a25002"  # benzene


def corner(x: float, y: float) -> list[float]:
    return [LON + x * EAST, LAT + y * NORTH]


def hours(*, channel: Any, values: list[float], start: datetime) -> None:
    """Judged hours as the roll-up writes them."""
    times = [start + timedelta(hours=n) for n in range(len(values))]
    ensure_partitions(tables=["monitoring_rollup"], times=[times[0], times[-1]])
    with connection.cursor() as cursor:
        cursor.executemany(
            """INSERT INTO monitoring_rollup (channel_id, "interval", time, value, coverage, verdict, reason, rule, basis, computed_at)
               VALUES (%s, %s, %s, %s, 1, 0, 0, 1, 1, now())""",
            [(channel.pk, int(Interval.HOUR), time, value) for time, value in zip(times, values, strict=True)],
        )


@pytest.fixture
def scene() -> Any:
    """A square park, a stack in its middle, a fence station in the east; the wind blew from the west, and from the south by a third."""
    ring = [corner(x, y) for x, y in ((-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5), (-0.5, -0.5))]
    park = make_park(boundary={"type": "Polygon", "coordinates": [ring]})
    firm = make_enterprise(park=park, name="甲化工")
    outlet = make_outlet(enterprise=firm, lon=LON, lat=LAT, stack_height_m=4.0, code="DA001")
    fence = make_station(park=park, kind="FENCE", code="F01", lon=LON + 0.5 * EAST, lat=LAT)
    mast = make_station(
        park=park, kind="WEATHER", code="M01", lon=LON - 0.4 * EAST, lat=LAT - 0.4 * NORTH, height_m=10.0
    )
    make_channel(logger=make_logger(station=fence), pollutant=SUBSTANCE)
    wind = [make_channel(logger=make_logger(station=mast), pollutant=name) for name in ("a01007", "a01008")]
    last = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(days=2)
    start = last.replace(hour=16) - timedelta(days=11)  # midnight in Shanghai
    hours(channel=wind[0], values=[4.0] * 240, start=start)
    hours(channel=wind[1], values=[270.0, 270.0, 180.0] * 80, start=start)
    admin = Client()
    admin.force_login(make_user(role=Role.PARK_ADMIN, park=park), backend="django.contrib.auth.backends.ModelBackend")
    return park, admin, mast, start, outlet


def sent(scene: Any, **changes: Any) -> dict[str, Any]:
    _, _, mast, start, _ = scene
    first = (start + timedelta(hours=9)).date()
    return {
        "title": "下一步", "pollutant": SUBSTANCE, "station": mast.pk, "first": first, "last": first + timedelta(days=9), "step": "250", "step_shown": "250",
        "most": 1, "rate_kg_h": 10, "limit_ug_m3": 20, "often": 5, "apart": 50, "balance": 0, "calm_below_m_s": 0.5, "total_cloud_tenths": 5,
        "low_cloud_tenths": 3, "do": "solve",
    } | changes  # fmt: skip


def solved(scene: Any, **changes: Any) -> SitingPlan:
    answer = scene[1].post(reverse("siting_new"), sent(scene, **changes))
    assert answer.status_code == 302, answer.content.decode()
    plans_due()
    return SitingPlan.objects.latest("pk")


def test_the_new_sensor_goes_north_of_the_stack_where_the_south_wind_blows_to(scene: Any) -> None:
    plan = solved(scene, step="239", step_shown="239")  # a site stands due north of the stack
    page = scene[1].get(reverse("siting_plan", args=[plan.pk])).content.decode()

    assert plan.state == "DONE", plan.error
    assert plan.answer["before"]["seen"] == pytest.approx(
        2 / 3, abs=1e-4
    )  # the west winds, seen by the station in the east
    assert plan.answer["after"]["seen"] == pytest.approx(1.0, abs=1e-4)
    site = plan.answer["sites"][0]
    assert site["latitude"] == pytest.approx(LAT + 0.5 * NORTH, abs=1e-5)
    assert abs(site["longitude"] - LON) < 0.2 * EAST
    assert plan.answer["proven"]
    for text in (
        "66.7 %",
        "100.0 %",
        "DA001",
        plan.digest[:16],
        plan.code_version,
        reverse("outlet", args=[scene[4].pk]),
    ):
        assert text in page
    assert f"c={plan.channels[0]}&amp;c={plan.channels[1]}&amp;interval=hour&amp;from=" in page


def test_what_was_frozen_holds_winds_points_and_sites_and_cannot_be_changed(scene: Any) -> None:
    plan = solved(scene)
    case = scene[1].get(reverse("siting_case", args=[plan.pk])).json()

    assert (len(case["wind"]["speed_m_s"]), set(case["wind"]["from_deg"])) == (240, {270.0, 180.0})
    assert [one["owner"][0] for one in case["candidates"]] == [scene[4].pk]
    assert [one["id"] for one in case["standing"]] == ["F01"]
    assert {one["kind"] for one in case["sites"]} == {"FENCE", "STATION"}
    with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
        SitingPlan.objects.filter(pk=plan.pk).update(case={})
    with pytest.raises(DatabaseError, match="Cannot delete"), transaction.atomic():
        plan.delete()


def test_a_site_that_was_left_out_is_not_chosen(scene: Any) -> None:
    first = solved(scene).answer["sites"][0]["id"]
    again = solved(scene, out=[first])

    assert first not in [one["id"] for one in again.answer["sites"]]
    assert first in again.case["left_out"]


def test_with_another_distance_the_sites_are_shown_before_anything_is_frozen(scene: Any) -> None:
    answer = scene[1].post(reverse("siting_new"), sent(scene, step="500"))

    assert answer.status_code == 200
    assert not SitingPlan.objects.exists()
    assert "errorlist" in answer.content.decode()


def test_a_page_follows_its_plan_and_loads_anew_when_it_is_over(scene: Any) -> None:
    scene[1].post(reverse("siting_new"), sent(scene))
    plan = SitingPlan.objects.latest("pk")
    waiting = scene[1].get(reverse("siting_plan", args=[plan.pk])).content.decode()
    before = scene[1].get(reverse("siting_state", args=[plan.pk])).headers
    plans_due()
    after = scene[1].get(reverse("siting_state", args=[plan.pk])).headers

    assert f'hx-get="{reverse("siting_state", args=[plan.pk])}"' in waiting
    assert ("HX-Refresh" in before, after["HX-Refresh"]) == (False, "true")


def test_too_few_winds_and_a_missing_boundary_are_said_in_words(scene: Any) -> None:
    park, admin, _, start, _ = scene
    day = (start + timedelta(hours=9)).date()
    few = admin.post(
        reverse("siting_new"), sent(scene, last=day), headers={"Accept-Language": "zh-Hans"}
    ).content.decode()
    park.boundary = None
    park.save()
    bare = admin.get(reverse("siting_new"), headers={"Accept-Language": "zh-Hans"}).content.decode()

    assert "24 小时" in few
    assert "72 小时" in few
    assert "边界" in bare
    assert not SitingPlan.objects.exists()


def test_a_calm_period_sees_nothing_and_says_so(scene: Any) -> None:
    refused = scene[1].post(reverse("siting_new"), sent(scene, calm_below_m_s=4.5))

    assert refused.status_code == 200
    assert "note bad" in refused.content.decode()


def test_enterprises_and_officers_make_no_plans(scene: Any) -> None:
    park = scene[0]
    plan = solved(scene)
    for role, own, seen, make in (
        (Role.OFFICER, {"park": park}, 200, 403),
        (Role.REPORTER, {"enterprise": make_enterprise(park=park)}, 403, 403),
    ):
        client = Client()
        client.force_login(make_user(role=role, **own), backend="django.contrib.auth.backends.ModelBackend")
        assert client.get(reverse("siting_plan", args=[plan.pk])).status_code == seen
        assert client.get(reverse("siting_new")).status_code == make
