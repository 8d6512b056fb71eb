"""Activity data from meters: sums of judged hours, what is missing stands in quality and uncertainty, people go first."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounting.activity.models import ActivityLine
from accounting.activity.services.derivations import ForeignChannel, derive_month, set_derivation
from accounting.carbon.services.inventories import run_inventory
from accounting.carbon.services.live import hourly, year_so_far
from monitoring.series.services.partitions import ensure_partitions
from parks.people.domain import Role
from tests.factories.accounting import close_month
from tests.factories.people import make_user
from tests.factories.register import make_enterprise, make_logger, make_outlet
from tests.factories.series import make_channel

pytestmark = pytest.mark.django_db
FEBRUARY = date(2026, 2, 1)
START = datetime(2026, 1, 31, 16, tzinfo=UTC)  # February begins in Shanghai
HOURS = 28 * 24


def roll(channel: Any, *, hours: int, value: float, first: int = 0, verdict: int = 0) -> None:
    """Judged hours as the roll-up writes them."""
    ensure_partitions(
        tables=["monitoring_rollup"], times=[START, START + timedelta(days=2), START + timedelta(days=40)]
    )
    times = [START + timedelta(hours=n) for n in range(first, first + hours)]
    with connection.cursor() as cursor:
        cursor.executemany(
            """INSERT INTO monitoring_rollup (channel_id, "interval", time, value, coverage, verdict, reason, rule, basis, load_kg,
                   volume_m3, computed_at)
               VALUES (%s, 2, %s, %s, 1, %s, 0, 1, 1, %s, %s, now())""",
            [(channel.pk, time, value, verdict, Decimal(str(value)) / 10, Decimal(str(value)) * 100) for time in times],
        )  # fmt: skip


@pytest.fixture
def channel() -> Any:
    enterprise = make_enterprise()
    return make_channel(logger=make_logger(outlet=make_outlet(enterprise=enterprise)))


def derive(channel: Any, now: datetime, **overrides: Any) -> dict[str, str]:
    fields = {"code": "power", "kind": "electricity", "field": "bought", "unit": "MWh", "scale": Decimal("0.001"),
              "choices": {"region": "CN", "factor_year": "2023"}, "valid_from": FEBRUARY, "uncertainty": Decimal("0.005")}  # fmt: skip
    set_derivation(enterprise_id=channel.enterprise_id, channel_id=channel.pk, **(fields | overrides))
    return derive_month(enterprise_id=channel.enterprise_id, month=FEBRUARY, now=now)


def line_of(channel: Any) -> ActivityLine:
    return ActivityLine.objects.get(enterprise=channel.enterprise_id, replaced_at=None)


def test_a_month_of_kilowatts_becomes_megawatt_hours(channel: Any, now: datetime) -> None:
    """672 h x 500 kW = 336 MWh."""
    roll(channel, hours=HOURS, value=500.0)

    outcome = derive(channel, now)

    line = line_of(channel)
    assert outcome == {"power": "new"}
    assert line.values["bought"] == {
        "value": "336",
        "unit": "MWh",
        "uncertainty": "0.0050",
        "meter": f"channel-{channel.pk}",
    }
    assert (line.source, line.quality, line.note) == ("DERIVED", 1, "672 / 672 h")


def test_missing_hours_count_like_the_mean_and_widen_the_uncertainty(channel: Any, now: datetime) -> None:
    """504 of 672 h: 75 % valid, quality 4, uncertainty sqrt(0.005^2 + 0.25^2) = 0.2500; the month is 336 MWh still."""
    roll(channel, hours=504, value=500.0)
    roll(channel, hours=100, value=9_999.0, first=504, verdict=1)

    derive(channel, now)

    line = line_of(channel)
    assert (line.values["bought"]["value"], line.values["bought"]["uncertainty"], line.quality) == ("336", "0.2500", 4)


def test_loads_and_volumes_are_summed_too_and_channels_add_up(channel: Any, now: datetime) -> None:
    from accounting.activity.domain.derived import Measure

    roll(channel, hours=HOURS, value=10.0)
    other = make_channel(logger=channel.logger, pollutant="a21002")
    roll(other, hours=HOURS, value=20.0)
    heat = {"code": "gas", "kind": "flare", "field": "volume", "unit": "1e4 Nm3", "choices": {}, "measure": Measure.VOLUME,
            "scale": Decimal("0.0001")}  # fmt: skip

    derive(channel, now, **heat)
    derive(other, now, **heat)

    # 672 h x (1,000 + 2,000) m3 = 201.6 x 10,000 m3
    assert line_of(channel).values["volume"]["value"] == "201.6"


def test_late_hours_make_another_version_and_the_same_hours_none(channel: Any, now: datetime) -> None:
    roll(channel, hours=600, value=500.0)
    derive(channel, now)
    roll(channel, hours=72, value=1_000.0, first=600)

    said = [derive_month(enterprise_id=channel.enterprise_id, month=FEBRUARY, now=now)["power"] for _ in range(2)]

    assert said == ["changed", "same"]
    assert line_of(channel).version == 2


def test_what_a_person_entered_is_left_alone_and_a_closed_month_too(channel: Any, now: datetime) -> None:
    from accounting.activity.services.lines import enter_line

    roll(channel, hours=HOURS, value=500.0)
    derive(channel, now)
    enter_line(
        enterprise_id=channel.enterprise_id, month=FEBRUARY, code="power", kind="electricity", by_id=None, now=now,
        values={"bought": {"value": "340", "unit": "MWh"}}, choices={"region": "CN", "factor_year": "2023"},
    )  # fmt: skip
    typed = derive_month(enterprise_id=channel.enterprise_id, month=FEBRUARY, now=now)
    set_derivation(enterprise_id=channel.enterprise_id, code="other", kind="electricity", field="bought", channel_id=channel.pk,
                   unit="MWh", valid_from=FEBRUARY, choices={"region": "CN"})  # fmt: skip
    close_month(enterprise=channel.enterprise, now=now, month=FEBRUARY)

    assert typed == {"power": "typed"}
    assert derive_month(enterprise_id=channel.enterprise_id, month=FEBRUARY, now=now)["other"] == "month.closed"


def test_a_month_that_runs_is_summed_as_far_as_it_has_run(channel: Any) -> None:
    roll(channel, hours=48, value=500.0)

    derive(channel, START + timedelta(hours=48, minutes=20))

    assert line_of(channel).values["bought"]["value"] == "24"
    assert line_of(channel).note == "48 / 48 h"


def test_nothing_measured_is_no_zero(channel: Any, now: datetime) -> None:
    assert derive(channel, now) == {"power": "derivation.nothing_measured"}
    assert not ActivityLine.objects.exists()


def test_a_channel_of_another_enterprise_is_refused(channel: Any, now: datetime) -> None:
    foreign = make_channel()

    with pytest.raises(ForeignChannel):
        set_derivation(enterprise_id=channel.enterprise_id, code="x", kind="heat", field="bought", channel_id=foreign.pk,
                       unit="GJ", valid_from=FEBRUARY)  # fmt: skip


def test_a_new_derivation_ends_the_one_before(channel: Any, now: datetime) -> None:
    roll(channel, hours=HOURS, value=500.0)
    derive(channel, now, valid_from=date(2025, 1, 1))

    derive(channel, now, scale=Decimal("0.002"))

    assert line_of(channel).values["bought"]["value"] == "672"


def test_the_line_links_to_its_meter_and_is_counted(channel: Any, now: datetime, client: Client) -> None:
    roll(channel, hours=HOURS, value=500.0)
    derive(channel, now)
    client.force_login(make_user(role=Role.REPORTER, enterprise=channel.enterprise))

    page = client.get(reverse("activity_line", args=[line_of(channel).pk])).content.decode()
    run = run_inventory(enterprise_id=channel.enterprise_id, enterprise="e", first=FEBRUARY, last=FEBRUARY,
                        method_id="GBT-32151.10-2023", by_id=None, now=now)  # fmt: skip

    assert reverse("point", args=[channel.pk]) in page
    assert run.total == Decimal("178.2816")  # 336 MWh x 0.5306 t/MWh


def test_a_derivation_is_set_and_ended_on_its_page(channel: Any, client: Client) -> None:
    client.force_login(make_user(role=Role.REPORTER, enterprise=channel.enterprise))
    page = reverse("activity_derivations", args=[channel.enterprise_id])

    answer = client.post(page, {
        "code": "steam", "target": "heat.bought", "channel": channel.pk, "measure": "MEAN", "scale": "1", "unit": "GJ", "valid_from": "2026-02-01",
    })  # fmt: skip
    shown = client.get(page)

    assert answer.status_code == 302, answer.context["form"].errors
    (row,) = shown.context["rows"]
    client.post(reverse("derivation_end", args=[channel.enterprise_id]), {"derivation": row["row"].pk})
    assert client.get(page).context["rows"] == [] or client.get(page).context["rows"][0]["row"].valid_to is not None


def test_the_year_so_far_says_how_firm_each_month_is(channel: Any, now: datetime, client: Client) -> None:
    """March runs: 24 h of 500 kW from its beginning; February is over and open, January closed."""
    from tests.factories.accounting import JANUARY, make_line

    march = datetime(2026, 2, 28, 16, tzinfo=UTC)
    make_line(enterprise=channel.enterprise, now=now)
    close_month(enterprise=channel.enterprise, now=now, month=JANUARY)
    make_line(enterprise=channel.enterprise, now=now, month=FEBRUARY)
    roll(channel, hours=48, value=500.0, first=HOURS)
    set_derivation(enterprise_id=channel.enterprise_id, channel_id=channel.pk, code="power", kind="electricity", field="bought",
                   unit="MWh", scale=Decimal("0.001"), choices={"region": "CN", "factor_year": "2023"}, valid_from=FEBRUARY)  # fmt: skip
    derive_month(enterprise_id=channel.enterprise_id, month=date(2026, 3, 1), now=march + timedelta(hours=48))

    months = year_so_far(enterprise_id=channel.enterprise_id, year=2026, now=march + timedelta(hours=48))
    (series,) = hourly(enterprise_id=channel.enterprise_id, now=march + timedelta(hours=48))

    assert [(one.month.month, one.state) for one in months] == [(1, "CLOSED"), (2, "PROVISIONAL"), (3, "ESTIMATED")]
    assert months[2].co2e == Decimal("12.7344")  # 24 MWh x 0.5306
    assert series.code == "power"
    assert series.co2e[:24] == (None,) * 24, "the days before were not measured"
    assert series.co2e[-1] == pytest.approx(0.2653)  # 0.5 MWh x 0.5306
    client.force_login(make_user(role=Role.REPORTER, enterprise=channel.enterprise))
    assert client.get(reverse("enterprise_live", args=[channel.enterprise_id]) + "?year=2026").status_code == 200


def test_a_certificate_is_retired_on_its_page_once(channel: Any, client: Client) -> None:
    client.force_login(make_user(role=Role.REPORTER, enterprise=channel.enterprise))
    page = reverse("enterprise_certificates", args=[channel.enterprise_id])
    given = {"number": "GEC-77", "mwh": "12.5", "acquisition": "绿电交易", "attribute": "风电", "proof": "合同 7", "month": "2026-02",
             "line_code": "power"}  # fmt: skip

    first = client.post(page, given)
    again = client.post(page, {**given, "mwh": "13"})

    assert first.status_code == 302
    assert again.context["form"].errors
    assert [row.number for row in client.get(page + "?year=2026").context["rows"]] == ["GEC-77"]
