"""Mobile monitoring in the portal: bytes of a track in, a drive with its peaks and its trace out, for the park alone."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.db.utils import DatabaseError
from django.test import Client
from django.urls import reverse

from monitoring.series.domain.readings import Interval
from monitoring.tracing.models import Drive, DriveReading, DriveTrace
from monitoring.tracing.tasks import drives_due
from parks.people.domain import Role
from tests.factories.people import make_user
from tests.factories.register import make_enterprise, make_logger, make_outlet, make_park, make_station
from tests.factories.series import make_channel, store_values
from tests.factories.tracing import LAT, LON, POINTS, TRUE, at, drive_case
from tests.factories.workbooks import make_workbook

pytestmark = pytest.mark.django_db
SUBSTANCE = "a25002"  # benzene
BROKEN = [
    "2026-05-11 12:00:00,{lon},{lat},viel,ug/m3",
    "2026-05-11 12:00:30,1.0,2.0,3,ug/m3",
    "noon,{lon},{lat},3,furlong",
]


def client_of(user: Any) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def table_of(case: dict[str, Any], start: datetime, *more: str) -> bytes:
    """The readings of a case as an analyser writes them, every fourth second."""
    track = case["track"]
    parts = zip(
        track["seconds"][::4], track["longitude"][::4], track["latitude"][::4], track["ug_m3"][::4], strict=True
    )
    rows = [
        f"{(start + timedelta(seconds=s)).isoformat()},{lon:.7f},{lat:.7f},{value:.3f},ug/m3"
        for s, lon, lat, value in parts
    ]
    return "\n".join(["时间,经度,纬度,浓度,单位", *rows, *(one.format(lon=LON, lat=LAT) for one in more)]).encode()


def sent(client: Client, data: bytes, name: str = "track.csv") -> Any:
    given = {
        "title": "北侧走航",
        "pollutant": SUBSTANCE,
        "vehicle": "苏J12345",
        "inlet_delay_s": "0",
        "receiver_lag_s": "0",
    }
    return client.post(reverse("drive_new"), given | {"file": SimpleUploadedFile(name, data)})


@pytest.fixture
def scene() -> Any:
    """A park with twelve stacks, of which one gave off two days ago while a vehicle drove along the east."""
    case = drive_case()
    start = datetime.now(UTC).replace(hour=4, minute=0, second=0, microsecond=0) - timedelta(days=2)  # noon in Shanghai
    park = make_park(lon=LON, lat=LAT)
    firm = make_enterprise(park=park, name="甲化工")
    places = [at(*one) for one in POINTS]
    outlets = [
        make_outlet(enterprise=firm, lon=one["longitude"], lat=one["latitude"], stack_height_m=3.0, code=f"DA{n:03d}") for n, one in enumerate(places)
    ]  # fmt: skip
    mast = make_station(park=park, kind="WEATHER", code="M01", lon=LON, lat=LAT, height_m=10.0)
    now, wind = datetime.now(UTC), case["wind"]
    for name, values in (("a01007", wind["speed_m_s"]), ("a01008", wind["from_deg"])):
        times = [start + timedelta(minutes=n - 10) for n in range(60)]
        store_values(
            channel=make_channel(logger=make_logger(station=mast), pollutant=name),
            times=times,
            values=values,
            now=now,
            interval=Interval.MINUTE,
        )
    officer = client_of(make_user(role=Role.OFFICER, park=park))
    return park, officer, outlets, start, case


def test_a_track_becomes_a_drive_and_rows_that_do_not_hold_are_named(scene: Any) -> None:
    _, officer, _, start, case = scene

    answer = sent(officer, table_of(case, start, *BROKEN))
    made = Drive.objects.get()
    page = officer.get(answer.headers["Location"]).content.decode()

    assert (made.count, made.began_at, made.ended_at) == (600, start, start + timedelta(seconds=2396))
    assert made.refused[0] == [602, "value", "number"]
    assert [603, "longitude", "track.far"] in made.refused
    assert [604, "unit", "track.unit"] in made.refused
    assert DriveReading.objects.filter(drive=made).count() == 600
    assert DriveReading.objects.get(drive=made, time=start).value == pytest.approx(case["track"]["ug_m3"][0], abs=5e-4)
    for text in ("北侧走航", "苏J12345", "604", made.digest[:16]):
        assert text in page
    assert officer.get(reverse("drive_file", args=[made.pk])).content == table_of(case, start, *BROKEN)


def test_the_same_file_is_the_same_drive(scene: Any) -> None:
    _, officer, _, start, case = scene
    first, second = (sent(officer, table_of(case, start)).headers["Location"] for _ in range(2))

    assert first == second
    assert (Drive.objects.count(), DriveReading.objects.count()) == (1, 600)


def test_a_workbook_is_read_like_a_table(scene: Any) -> None:
    _, officer, _, start, case = scene
    rows = [line.split(",") for line in table_of(case, start).decode().splitlines()[:40]]
    cells = [[time, float(lon), float(lat), float(value), unit] for time, lon, lat, value, unit in rows[1:]]
    sent(officer, make_workbook(cells, header=rows[0]), name="track.xlsx")

    assert Drive.objects.get().count == 39


def test_the_stack_behind_the_plume_is_named_as_a_lead(scene: Any) -> None:
    _, officer, outlets, start, case = scene
    place = sent(officer, table_of(case, start)).headers["Location"]
    drive = Drive.objects.get()
    officer.post(reverse("drive_trace", args=[drive.pk]))
    waiting = officer.get(place).content.decode()
    drives_due()
    trace = DriveTrace.objects.get()
    page = officer.get(place).content.decode()

    assert f'hx-get="{reverse("drive_state", args=[trace.pk])}"' in waiting
    assert officer.get(reverse("drive_state", args=[trace.pk])).headers["HX-Refresh"] == "true"
    assert trace.state == "DONE", trace.error
    assert trace.answer["candidates"][0]["id"] == str(outlets[TRUE].pk)
    assert trace.answer["named"] == [str(outlets[TRUE].pk)]
    assert reverse("outlet", args=[outlets[TRUE].pk]) in page
    assert "线索" in page
    assert officer.get(reverse("drive_case", args=[trace.pk])).json() == trace.case


def test_without_minutes_of_wind_a_trace_is_refused_in_words(scene: Any) -> None:
    _, officer, _, start, case = scene
    sent(officer, table_of(case, start - timedelta(days=1)))
    answer = officer.post(reverse("drive_trace", args=[Drive.objects.get().pk]), follow=True)

    assert not DriveTrace.objects.exists()
    assert "风" in answer.content.decode()
    assert "note" in answer.content.decode()


@pytest.mark.parametrize(
    ("name", "data"), [("t.csv", b"a,b\n1,2\n"), ("t.xlsx", b"PK\x03\x04broken"), ("t.csv", b"\xff\xfe\x00")]
)
def test_a_file_that_is_no_track_is_refused_in_words(scene: Any, name: str, data: bytes) -> None:
    answer = sent(scene[1], data, name=name)

    assert answer.status_code == 200
    assert "note bad" in answer.content.decode() or "errorlist" in answer.content.decode()
    assert not Drive.objects.exists()


def test_what_was_sent_cannot_be_changed(scene: Any) -> None:
    _, officer, _, start, case = scene
    sent(officer, table_of(case, start))

    for rows, change in ((Drive.objects.all(), {"title": "x"}), (DriveReading.objects.all(), {"value": 0.0})):
        with pytest.raises(DatabaseError, match="pgtrigger"), transaction.atomic():
            rows.update(**change)
    with pytest.raises(DatabaseError, match="pgtrigger"), transaction.atomic():
        DriveReading.objects.all().delete()


def test_an_enterprise_sees_no_drives(scene: Any) -> None:
    park, officer, _, start, case = scene
    place = sent(officer, table_of(case, start)).headers["Location"]
    firm = client_of(make_user(role=Role.REPORTER, enterprise=make_enterprise(park=park)))
    abroad = client_of(make_user(role=Role.OFFICER, park=make_park()))

    assert (firm.get(place).status_code, firm.get(reverse("drives")).status_code) == (403, 403)
    assert abroad.get(place).status_code == 404
