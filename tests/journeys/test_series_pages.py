"""What people see of a series: the point, where a value comes from, the explorer and its exports."""

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse

from monitoring.series.models import Channel
from parks.people.domain import Role
from tests.factories.people import make_user
from tests.factories.permits import make_permit_limit
from tests.factories.register import make_enterprise, make_logger, make_outlet, make_station
from tests.factories.series import make_channel
from tests.integration.monitoring.pipeline import minutes, through, upload

pytestmark = pytest.mark.django_db
NASTY = '=HYPERLINK("http://evil.example";"x")'


@pytest.fixture
def hour() -> datetime:
    """The last whole hour but one: pages show what is near the present."""
    return datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=2)


@pytest.fixture
def channel(hour: datetime) -> Channel:
    """Sixty minutes of 50 mg/m3 where 35 are allowed, the 30th of them corrected from 80."""
    enterprise = make_enterprise(name=NASTY)
    outlet = make_outlet(enterprise=enterprise, name="+排放口")
    make_permit_limit(outlet=outlet, maximum=35.0, source="GB 31571-2015")
    found = make_channel(logger=make_logger(outlet=outlet))
    later = hour + timedelta(minutes=90)
    at = hour + timedelta(minutes=30)
    first = upload(found.logger, at, {"a21026": {"Avg": 80.0, "Flag": "N"}}, qn=at - timedelta(seconds=20))
    through([first], at=hour + timedelta(minutes=31))
    through(minutes(found.logger, 50.0, start=hour), at=later)
    return found


@pytest.fixture
def client(channel: Channel) -> Client:
    found = Client()
    found.force_login(
        make_user(role=Role.OFFICER, park=channel.park), backend="django.contrib.auth.backends.ModelBackend"
    )
    found.post(reverse("set_language"), {"language": "en"})
    return found


def text_of(answer: Any) -> str:
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def test_point_page_shows_value_limit_verdict_and_permit(client: Client, channel: Channel) -> None:
    answer = client.get(reverse("point", args=[channel.pk]))
    text = text_of(answer)

    assert re.search(r"Last value 50\.00 mg/m³", text)
    assert re.search(r"Limit · hour mean 35\.00 mg/m³", text)
    assert "GB 31571-2015" in text
    assert "● valid" in text
    assert answer.context["chart"]["limits"] == [{"value": 35.0, "label": "35"}]
    assert len(answer.context["chart"]["series"][0]["points"]) == 60


def test_point_without_a_limit_says_so(client: Client, channel: Channel) -> None:
    other = make_channel(logger=channel.logger, pollutant="a21002")

    assert "No permit in force names a limit" in text_of(client.get(reverse("point", args=[other.pk])))


def derivation(client: Client, channel: Channel, interval: str, at: datetime) -> str:
    return text_of(client.get(reverse("derivation", args=[channel.pk, interval, int(at.timestamp() * 1000)])))


def test_origin_of_an_hour_shows_rule_and_sixty_parts(client: Client, channel: Channel, hour: datetime) -> None:
    text = derivation(client, channel, "hour", hour)

    assert re.search(r"Value 50\.00 mg/m³", text)
    assert "Made from 60 × minute" in text
    assert "Coverage 100.0 %" in text
    assert "HJ 75-2017" in text
    assert text.count("origin") == 60


def test_origin_of_a_corrected_minute_shows_the_version_it_replaced_and_the_frame(
    client: Client, channel: Channel, hour: datetime
) -> None:
    at = hour + timedelta(minutes=30)
    text = derivation(client, channel, "minute", at)
    page = client.get(reverse("derivation", args=[channel.pk, "minute", int(at.timestamp() * 1000)])).content.decode()

    assert re.search(r"As it was sent Value 50\.00 mg/m³", text)
    assert "Versions that are not in force" in text
    assert "80.00" in text
    frame = re.search(r'Came in with</dt><dd><a href="(/intake/frames/\d+/)"', page)
    assert frame is not None
    assert "a21026-Avg=50" in text_of(client.get(frame[1]))


@pytest.mark.parametrize("at", ["0", "253402300799000", "99999999999999999999"])
@pytest.mark.parametrize("interval", ["minute", "hour", "day", "month", "century"])
def test_origin_of_a_value_that_never_was_is_not_found(
    client: Client, channel: Channel, interval: str, at: str
) -> None:
    assert client.get(f"/points/{channel.pk}/{interval}/{at}/").status_code in (404, 422)


def test_address_of_the_explorer_is_a_permalink(client: Client, channel: Channel, hour: datetime) -> None:
    day = (hour + timedelta(hours=8)).date()
    address = f"{reverse('explorer')}?c={channel.pk}&interval=hour&from={day}&to={day}"
    colleague = Client()
    colleague.force_login(
        make_user(role=Role.AUDITOR, park=channel.park), backend="django.contrib.auth.backends.ModelBackend"
    )

    mine, theirs = client.get(address).context, colleague.get(address).context

    assert (mine["found"][0].id, mine["first"], mine["last"]) == (channel.pk, day, day)
    assert mine["chart"]["series"][0]["points"] == theirs["chart"]["series"][0]["points"]
    assert mine["table"][0]["summary"] == {"mean": 50.0, "low": 50.0, "high": 50.0, "share": 1.0}


def test_explorer_of_series_that_one_may_not_see_is_not_found(channel: Channel) -> None:
    reporter = Client()
    reporter.force_login(make_user(role=Role.REPORTER), backend="django.contrib.auth.backends.ModelBackend")

    assert reporter.get(f"{reverse('explorer')}?c={channel.pk}").status_code == 404


def test_search_of_the_explorer_finds_outlets_and_stations(client: Client, channel: Channel) -> None:
    station = make_station(park=channel.park, name="厂界七号站")
    fence = make_channel(logger=make_logger(station=station), pollutant="a24088")

    def offered(word: str) -> list[int]:
        return [one.id for one in client.get(reverse("explorer"), {"word": word}).context["offers"]]

    assert offered("厂界七号") == [fence.pk]
    assert offered(station.code) == [fence.pk]
    assert offered("a21026") == [channel.pk]
    assert offered("100%") == []


def export(client: Client, channel: Channel, kind: str, hour: datetime, interval: str = "hour") -> bytes:
    day = (hour + timedelta(hours=8)).date()
    answer = client.get(
        reverse("series_export", args=[kind]), {"c": channel.pk, "interval": interval, "from": day, "to": day}
    )
    assert answer.status_code == 200
    return answer.content


def test_csv_export_holds_no_formula_and_the_numbers(client: Client, channel: Channel, hour: datetime) -> None:
    rows = list(csv.reader(io.StringIO(export(client, channel, "csv", hour).decode("utf-8-sig"), newline="")))

    (row,) = rows[1:]
    assert row[0] == (hour + timedelta(hours=8)).strftime("%Y-%m-%d %H:%M:%S")
    assert row[1] == "'" + NASTY
    assert float(row[7]) == 50.0
    assert not [cell for row in rows for cell in row if cell[:1] in "=+@\t\r" and cell]


def test_xlsx_export_holds_no_formula_and_numbers_as_numbers(client: Client, channel: Channel, hour: datetime) -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(export(client, channel, "xlsx", hour)))["series"]

    assert [cell.data_type for cell in sheet[2]][:8] == ["d", "s", "s", "s", "s", "s", "s", "n"]
    assert (sheet["B2"].value, sheet["H2"].value) == (NASTY, 50)
    assert not [cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]


def test_negative_value_stays_a_number_in_both_exports(client: Client, channel: Channel, hour: datetime) -> None:
    cold = make_channel(logger=channel.logger, pollutant="a01001", reported_unit="degC")
    through(minutes(channel.logger, -3.5, start=hour, factor="a01001"), at=hour + timedelta(minutes=100))

    rows = list(csv.reader(io.StringIO(export(client, cold, "csv", hour).decode("utf-8-sig"), newline="")))
    sheet = openpyxl.load_workbook(io.BytesIO(export(client, cold, "xlsx", hour)))["series"]

    assert rows[1][7] == "-3.5"
    assert (sheet["H2"].value, sheet["H2"].data_type) == (-3.5, "n")


def test_upload_template_names_points_without_formulas(client: Client, channel: Channel) -> None:
    answer = client.get(reverse("upload_template", args=["xlsx"]))

    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert NASTY in {cell.value for cell in cells}
    assert not [cell for cell in cells if cell.data_type == "f"]
