"""Issuing the daily report: once for the same facts, again for others, caught up after a stop."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounting.reports.domain.definitions import DAILY
from accounting.reports.models import Report
from accounting.reports.services import issue, issue_due
from monitoring.series.models import Channel
from parks.people.domain import Role
from parks.permits.models import Quota, SpecialPeriod
from tests.factories.people import make_user
from tests.factories.series import make_channel
from tests.integration.accounting.facts import DAY, NAME, report_hours, reporting_channel

pytestmark = pytest.mark.django_db
THE_17TH = date(2026, 3, 17)
BROKEN = [10.0] * 20 + [42.0, 10.0]  # 22 hours, one of them over 35


@pytest.fixture
def channel(now: datetime) -> Channel:
    found = reporting_channel()
    report_hours(found, at=now, values=BROKEN)
    return found


def issued(channel: Channel, now: datetime, day: date = THE_17TH) -> Report:
    return issue(park_id=channel.park_id, definition=DAILY, day=day, by_id=None, now=now)


def test_report_says_what_the_loggers_measured(channel: Channel, now: datetime) -> None:
    told = issued(channel, now).content

    assert (told["park"], told["day"], told["hours_due"], told["hours_valid"]) == (NAME, "2026-03-17", 24, 22)
    (row,) = told["exceedances"]
    assert (row["value"], row["limit"], row["times"], row["enterprise"]) == (
        42.0,
        35.0,
        pytest.approx(0.2),
        "瀚澜乙烯有限公司",
    )
    assert datetime.fromisoformat(row["time"]) == DAY + timedelta(hours=20)
    assert [(row["logger"], row["missing"]) for row in told["silent"]] == [("一号数采仪", 2)]


def test_same_facts_give_the_same_row(channel: Channel, now: datetime) -> None:
    first = issued(channel, now)
    again = issued(channel, now + timedelta(hours=5))

    assert (again.pk, again.revision, again.issued_at) == (first.pk, 1, now)
    assert Report.objects.count() == 1


def test_late_data_give_a_second_revision_and_the_first_stays_as_it_was(channel: Channel, now: datetime) -> None:
    first = issued(channel, now)
    before = bytes(first.pdf)

    report_hours(channel, at=now + timedelta(hours=1), values=[50.0, 10.0], start=DAY + timedelta(hours=22))
    second = issued(channel, now + timedelta(hours=2))

    assert (second.revision, second.content["hours_valid"], len(second.content["exceedances"])) == (2, 24, 2)
    first.refresh_from_db()
    assert (first.revision, len(first.content["exceedances"]), bytes(first.pdf)) == (1, 1, before)


def test_two_issues_of_the_same_facts_are_the_same_bytes(channel: Channel, now: datetime) -> None:
    first = issued(channel, now)
    documents = (bytes(first.pdf), bytes(first.xlsx))
    first.delete()

    again = issued(channel, now + timedelta(days=40))

    assert (bytes(again.pdf), bytes(again.xlsx)) == documents


def test_load_of_the_year_stands_against_the_quota(channel: Channel, now: datetime) -> None:
    permit = channel.enterprise.permits.get()
    Quota.objects.create(permit=permit, pollutant_id="a21026", year=2026, tonnes=100)

    (row,) = issued(channel, now).content["quotas"]

    # no flow is measured here, so that nothing is known to have been emitted
    assert (row["quota_t"], row["emitted_t"], row["used"]) == ("100", "0.0000", 0.0)


def test_special_period_that_begins_at_noon_judges_the_afternoon_only(now: datetime) -> None:
    channel = reporting_channel()
    report_hours(channel, at=now, values=[20.0] * 24)
    noon = DAY + timedelta(hours=12)
    SpecialPeriod.objects.create(
        park=channel.park, name="橙色预警", starts_at=noon, ends_at=noon + timedelta(days=3), share=0.5
    )

    told = issued(channel, now).content["exceedances"]

    # half of 35 is 17.5, which 20 exceeds in the twelve hours from noon
    assert [datetime.fromisoformat(row["time"]) for row in told] == [noon + timedelta(hours=n) for n in range(12)]
    assert {(row["limit"], row["rule"].split(" · ")[-1]) for row in told} == {(17.5, "橙色预警")}


def test_other_parks_do_not_stand_in_the_report(channel: Channel, now: datetime) -> None:
    other = reporting_channel()
    report_hours(other, at=now, values=[99.0] * 24)

    told = issued(channel, now).content

    assert (told["channels"], len(told["exceedances"])) == (1, 1)


def test_three_days_of_standstill_are_caught_up_once_and_in_order(now: datetime) -> None:
    channel = reporting_channel()
    report_hours(channel, at=DAY, values=[10.0] * 20, start=DAY - timedelta(days=1))
    (first,) = issue_due(park_id=channel.park_id, now=DAY + timedelta(hours=2))
    later = DAY + timedelta(days=3, hours=2)

    caught_up = issue_due(park_id=channel.park_id, now=later)

    assert first.day == date(2026, 3, 16)
    assert [report.day for report in caught_up] == [date(2026, 3, n) for n in (17, 18, 19)]
    assert [report.pk for report in caught_up] == sorted(report.pk for report in caught_up)
    assert issue_due(park_id=channel.park_id, now=later + timedelta(minutes=1)) == []


def test_park_without_data_gets_no_report(now: datetime) -> None:
    assert issue_due(park_id=make_channel().park_id, now=now) == []


def test_two_reports_of_one_revision_cannot_exist(channel: Channel, now: datetime) -> None:
    report = issued(channel, now)
    report.pk = None

    with pytest.raises(IntegrityError), transaction.atomic():
        report.save(force_insert=True)


def test_page_lists_the_report_and_gives_the_documents_as_they_were_issued(
    client: Any, channel: Channel, now: datetime
) -> None:
    report = issued(channel, now)
    client.force_login(
        make_user(role=Role.AUDITOR, park=channel.park), backend="django.contrib.auth.backends.ModelBackend"
    )

    page = client.get(reverse("report", args=[report.pk])).content.decode()
    pdf = client.get(reverse("report_file", args=[report.pk, "pdf"]))
    xlsx = client.get(reverse("report_file", args=[report.pk, "xlsx"]))

    assert report.digest[:16] in client.get(reverse("reports")).content.decode()
    assert "42.00" in page
    assert reverse("derivation", args=[channel.pk, "hour", int((DAY + timedelta(hours=20)).timestamp() * 1000)]) in page
    assert (pdf.content, xlsx.content) == (bytes(report.pdf), bytes(report.xlsx))
    assert pdf.headers["Content-Disposition"] == 'inline; filename="daily-20260317-r1.pdf"'


@pytest.mark.parametrize("day", ["", "yesterday", "2026-02-30", "0001-01-01", "9999-12-31"])
def test_impossible_day_is_refused_with_a_page(client: Any, channel: Channel, day: str) -> None:
    client.force_login(
        make_user(role=Role.OFFICER, park=channel.park), backend="django.contrib.auth.backends.ModelBackend"
    )

    answer = client.post(reverse("report_issue"), {"day": day})

    assert answer.status_code == 422
    assert 'href="/"' in answer.content.decode()
    assert not Report.objects.exists()


def test_officer_issues_the_report_of_a_past_day_under_their_name(client: Any, channel: Channel) -> None:
    officer = make_user(role=Role.OFFICER, park=channel.park)
    client.force_login(officer, backend="django.contrib.auth.backends.ModelBackend")

    client.post(reverse("report_issue"), {"day": "2026-03-17"})

    assert Report.objects.get().issued_by == officer
