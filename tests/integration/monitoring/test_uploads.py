"""Uploads: receipts, refused rows, idempotency, and files that nobody should open."""

import gzip
import json
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from monitoring.intake import tasks
from monitoring.intake.domain import JobKind, SubmissionKind
from monitoring.intake.models import Job, Receipt, RefusedRow, Submission
from monitoring.intake.services import processing, uploads
from monitoring.intake.services.uploads import KeyReused, Sender
from monitoring.series.models import Channel, Observation
from tests.factories.register import make_outlet
from tests.factories.series import make_channel
from tests.factories.workbooks import make_workbook

pytestmark = pytest.mark.django_db
HOUR = datetime(2026, 3, 18, 1, tzinfo=UTC)


@pytest.fixture
def channel() -> Channel:
    return make_channel(logger=None, outlet=make_outlet(code="DA001"))


def sender(channel: Channel) -> Sender:
    return Sender(park_id=channel.park_id, enterprise_id=channel.enterprise_id)


def accept(channel: Channel, kind: SubmissionKind, data: bytes, *, key: str = "", now: datetime) -> Receipt:
    receipt, _ = uploads.accept(
        sender=sender(channel), kind=kind, data=data, name="x", key=key, peer="192.0.2.9", now=now
    )
    return receipt


def finish(receipt: Receipt, now: datetime) -> Receipt:
    for job_id in processing.claim(kind=JobKind.UPLOAD, now=now, most=1):
        uploads.process(job_id=job_id, now=now)
    receipt.refresh_from_db()
    return receipt


def item(**overrides: Any) -> dict[str, Any]:
    fields = {
        "outlet": "DA001",
        "factor": "a21026",
        "interval": "hour",
        "time": "2026-03-18T09:00:00+08:00",
        "value": 12.5,
    }
    return fields | overrides


def batch(*items: dict[str, Any]) -> bytes:
    return json.dumps({"observations": items}).encode()


def refused(receipt: Receipt) -> list[tuple[Any, ...]]:
    return list(RefusedRow.objects.filter(receipt=receipt).order_by("row").values_list("row", "field", "rule", "value"))


def counts(receipt: Receipt) -> tuple[int, ...]:
    return receipt.received, receipt.new, receipt.same, receipt.changed, receipt.refused


def test_upload_is_safe_before_it_is_worked_on(channel: Channel, now: datetime) -> None:
    data = batch(item())

    receipt = accept(channel, SubmissionKind.JSON, data, now=now)

    assert receipt.state == "WAITING"
    assert bytes(Submission.objects.get().raw) == data
    assert finish(receipt, now).state == "DONE"
    assert (Observation.objects.get().value, Observation.objects.get().time) == (12.5, HOUR)


def test_good_rows_are_kept_and_each_bad_row_is_named(channel: Channel, now: datetime) -> None:
    rows = [
        item(),
        item(outlet="DA999"),
        item(factor="a99999"),
        item(interval="fortnight"),
        item(time="yesterday"),
        item(time="2026-03-18T09:30:00+08:00"),
        item(time="2030-01-01T00:00:00+08:00"),
        item(time="2019-01-01T00:00:00+08:00"),
        item(value="twelve"),
        item(value=True),
        item(flag="Q"),
        item(value=None),
        item(value=99.0),
        {"outlet": "DA001"},
        "no row at all",
        item(time="2026-03-18T08:00:00+08:00", value=None, flag="D"),
    ]

    receipt = finish(accept(channel, SubmissionKind.JSON, batch(*rows), now=now), now)

    assert counts(receipt) == (16, 2, 0, 0, 14)
    assert refused(receipt) == [
        (2, "outlet", "channel.unknown", "DA999"), (3, "factor", "channel.unknown", "a99999"),
        (4, "interval", "choice", "fortnight"), (5, "time", "time.format", "yesterday"),
        (6, "time", "time.off_grid", "2026-03-18T09:30:00+08:00"), (7, "time", "time.impossible", "2030-01-01T00:00:00+08:00"),
        (8, "time", "time.impossible", "2019-01-01T00:00:00+08:00"), (9, "value", "number", "twelve"), (10, "value", "number", "True"),
        (11, "flag", "flag.unknown", "Q"), (12, "value", "required", ""), (13, "time", "row.duplicate", "2026-03-18T09:00:00+08:00"),
        (14, "factor", "required", ""), (15, "outlet", "required", ""),
    ]  # fmt: skip
    assert Observation.objects.get(time=HOUR).value == 12.5


def test_the_same_values_in_another_upload_are_counted_as_same_and_others_as_changed(
    channel: Channel, now: datetime
) -> None:
    finish(accept(channel, SubmissionKind.JSON, batch(item()), now=now), now)
    later = now + timedelta(minutes=1)

    second = finish(
        accept(channel, SubmissionKind.JSON, batch(item(), item(time="2026-03-18T08:00:00+08:00")), now=later), later
    )
    third = finish(
        accept(channel, SubmissionKind.JSON, batch(item(value=13.0)), now=later + timedelta(minutes=1)), later
    )

    assert counts(second) == (2, 1, 1, 0, 0)
    assert counts(third) == (1, 0, 0, 1, 0)
    assert Observation.objects.get(time=HOUR).value == 13.0


def test_upload_that_is_worked_on_twice_is_the_same_as_once(channel: Channel, now: datetime) -> None:
    receipt = finish(accept(channel, SubmissionKind.JSON, batch(item(), item(outlet="DA999")), now=now), now)

    uploads.process(job_id=receipt.job_id, now=now)

    receipt.refresh_from_db()
    assert receipt.received == receipt.new + receipt.same + receipt.changed + receipt.refused == 2
    assert len(refused(receipt)) == 1
    assert Observation.objects.count() == 1


def test_gzip_batch_is_read(channel: Channel, now: datetime) -> None:
    receipt = finish(accept(channel, SubmissionKind.JSON, gzip.compress(batch(item())), now=now), now)

    assert counts(receipt) == (1, 1, 0, 0, 0)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_csv_of_a_spreadsheet_program_is_read(channel: Channel, now: datetime, encoding: str) -> None:
    text = "某某化工有限公司三月\n排放口编号,因子编码,数据类型,监测时间,监测值（mg/m3）,标记\nDA001,a21026,小时,2026/3/18 9:00,12.5,N\n,,,,,\nda001,a21026,小时,2026/3/18 25:00,1,\n"

    receipt = finish(accept(channel, SubmissionKind.CSV, text.encode(encoding), now=now), now)

    assert counts(receipt) == (2, 1, 0, 0, 1)
    assert refused(receipt) == [(5, "time", "time.format", "2026-3-18 25:00")]
    assert Observation.objects.get().time == HOUR


def test_workbook_is_read_with_dates_as_dates(channel: Channel, now: datetime) -> None:
    rows = [
        ("DA001", "a21026", "小时", datetime(2026, 3, 18, 9), 12.5, "N"),  # noqa: DTZ001
        ("DA001", "a21026", "日", datetime(2026, 3, 17), 11.0, ""),  # noqa: DTZ001
        ("DA001", "a21026", "小时", "2026-03-18 08:00", "abc", "N"),
    ]  # fmt: skip

    receipt = finish(accept(channel, SubmissionKind.XLSX, make_workbook(rows), now=now), now)

    assert counts(receipt) == (3, 2, 0, 0, 1)
    assert refused(receipt) == [(4, "value", "number", "abc")]
    assert set(Observation.objects.values_list("time", flat=True)) == {HOUR, datetime(2026, 3, 16, 16, tzinfo=UTC)}


def test_formula_cells_do_no_harm(channel: Channel, now: datetime) -> None:
    data = make_workbook([("DA001", "a21026", "小时", "2026-03-18 09:00", "=1+1", "N")])

    receipt = finish(accept(channel, SubmissionKind.XLSX, data, now=now), now)

    assert receipt.state == "DONE"
    assert receipt.received == 1


@pytest.mark.parametrize("data", [b"no,header\n1,2\n", b"\xff\xfe\x00"])
def test_file_without_the_columns_fails_with_a_word_to_the_sender(channel: Channel, now: datetime, data: bytes) -> None:
    receipt = finish(accept(channel, SubmissionKind.CSV, data, now=now), now)

    assert receipt.state == "FAILED"
    assert receipt.error


@pytest.mark.parametrize("data", [b"{", b"[]", b'{"rows": []}', b'{"observations": 5}', b"[" * 100_000, b"\xff"])
def test_body_that_is_no_batch_fails_with_a_word_to_the_sender(channel: Channel, now: datetime, data: bytes) -> None:
    receipt = finish(accept(channel, SubmissionKind.JSON, data, now=now), now)

    assert receipt.state == "FAILED"
    assert receipt.error


def test_batch_over_ten_thousand_is_refused_as_a_whole(channel: Channel, now: datetime) -> None:
    receipt = finish(accept(channel, SubmissionKind.JSON, batch(*[item()] * 10_001), now=now), now)

    assert receipt.state == "FAILED"
    assert not Observation.objects.exists()


def test_job_that_keeps_failing_is_given_up_and_says_so(
    channel: Channel, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    receipt = accept(channel, SubmissionKind.JSON, batch(item()), now=now)
    monkeypatch.setattr(uploads, "process", lambda **_: 1 / 0)
    monkeypatch.setattr(connection, "close", lambda: None)  # this test lives inside one transaction
    for _ in range(processing.MOST_ATTEMPTS):
        Job.objects.update(lease_until=HOUR)
        tasks.process_upload(job_id=0)

    receipt.refresh_from_db()
    assert receipt.state == "FAILED"
    assert Job.objects.get().state == 3


def test_same_key_and_body_give_the_same_receipt(channel: Channel, now: datetime) -> None:
    first = accept(channel, SubmissionKind.JSON, batch(item()), key="k1", now=now)
    again = accept(channel, SubmissionKind.JSON, batch(item()), key="k1", now=now)

    assert first.pk == again.pk
    assert Submission.objects.count() == 1


def test_same_key_and_other_body_is_a_conflict(channel: Channel, now: datetime) -> None:
    accept(channel, SubmissionKind.JSON, batch(item()), key="k1", now=now)

    with pytest.raises(KeyReused):
        accept(channel, SubmissionKind.JSON, batch(item(value=1)), key="k1", now=now)


def test_keys_of_two_enterprises_are_their_own(channel: Channel, now: datetime) -> None:
    other = make_channel(logger=None, outlet=make_outlet(code="DA001"))

    mine = accept(channel, SubmissionKind.JSON, batch(item()), key="k1", now=now)
    theirs = accept(other, SubmissionKind.JSON, batch(item(value=1)), key="k1", now=now)

    assert mine.pk != theirs.pk


def test_nobody_writes_to_an_outlet_of_another_enterprise(channel: Channel, now: datetime) -> None:
    other = make_channel(logger=None, outlet=make_outlet(code="DA002"))

    receipt = finish(accept(other, SubmissionKind.JSON, batch(item(outlet="DA001")), now=now), now)

    assert refused(receipt) == [(1, "outlet", "channel.unknown", "DA001")]


def test_twenty_at_once_with_one_key_have_one_effect(committed: None, now: datetime) -> None:
    channel = make_channel(logger=None, outlet=make_outlet(code="DA001"))
    start, numbers, errors = threading.Barrier(20), [], []

    def upload() -> None:
        try:
            start.wait()
            numbers.append(accept(channel, SubmissionKind.JSON, batch(item()), key="parallel", now=now).pk)
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=upload) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert errors == []
    assert len(numbers) == 20
    assert len(set(numbers)) == 1
    assert (Receipt.objects.count(), Submission.objects.count(), Job.objects.count()) == (1, 1, 1)
