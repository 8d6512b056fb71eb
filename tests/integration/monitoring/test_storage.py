"""Large tables: partitions at the ends of months and years, and rules that the database itself keeps."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from monitoring.intake.models import Submission
from monitoring.series.domain.readings import Interval
from monitoring.series.models import Latest, Observation, Rollup
from monitoring.series.services import history
from monitoring.series.services.partitions import (
    BY_ARRIVAL,
    BY_TIME,
    ensure_partitions,
    forget_partitions,
    uses_hypertables,
)
from tests.factories.series import make_channel, store_values
from tests.integration.monitoring.pipeline import one, roll, rows, send, upload

pytestmark = pytest.mark.django_db


@pytest.fixture
def native() -> None:
    if uses_hypertables():
        pytest.skip("TimescaleDB makes its chunks itself; partitions are tested on plain PostgreSQL")


def partition_of(table: str) -> set[str]:
    return {name for (name,) in rows(f"SELECT DISTINCT tableoid::regclass::text FROM {table}")}


def test_times_around_the_new_year_go_to_their_own_partitions(native: None) -> None:
    channel = make_channel()
    last, first = datetime(2025, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)

    store_values(channel=channel, times=[last, first], values=[1.0, 2.0], now=first, interval=Interval.REALTIME)

    assert partition_of("monitoring_observation") == {
        "monitoring_observation_2025_12",
        "monitoring_observation_2026_01",
    }
    assert Observation.objects.get(time=last).value == 1.0


@pytest.mark.parametrize(
    "start",
    [
        datetime(2026, 2, 28, 16, tzinfo=UTC),
        datetime(2025, 12, 31, 16, tzinfo=UTC),
        datetime(2024, 2, 29, 15, tzinfo=UTC),
    ],
)
def test_local_days_and_months_that_begin_in_the_month_before_are_rolled_up(start: datetime) -> None:
    channel = make_channel()
    time = (start + timedelta(hours=10)).replace(minute=0)  # in the new month of UTC, the first data that ever came

    store_values(channel=channel, times=[time + timedelta(minutes=i) for i in range(60)], values=[5.0] * 60, now=time)
    roll(now=time + timedelta(hours=2))

    assert sorted(Rollup.objects.values_list("interval", flat=True)) == [2, 3, 4]


def test_partitions_are_made_once_and_found_again(native: None) -> None:
    month = datetime(2031, 5, 15, tzinfo=UTC)

    for _ in range(2):
        ensure_partitions(tables=[*BY_TIME, *BY_ARRIVAL], times=[month])
        forget_partitions()

    assert one("SELECT count(*) FROM pg_inherits WHERE inhrelid::regclass::text LIKE %s", "%\\_2031\\_05") == 3


def test_partition_that_was_made_but_not_attached_is_attached(native: None) -> None:
    with connection.cursor() as cursor:  # as after a crash between the two statements
        cursor.execute(
            "CREATE TABLE monitoring_observation_2032_01 (LIKE monitoring_observation INCLUDING DEFAULTS INCLUDING CONSTRAINTS)"
        )

    ensure_partitions(tables=["monitoring_observation"], times=[datetime(2032, 1, 31, 23, 59, tzinfo=UTC)])

    assert one("SELECT count(*) FROM pg_inherits WHERE inhrelid = 'monitoring_observation_2032_01'::regclass") == 1


def test_key_of_an_observation_is_unique_in_every_partition(now: datetime) -> None:
    channel = make_channel()
    store_values(channel=channel, times=[now], values=[1.0], now=now)

    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("INSERT INTO monitoring_observation SELECT * FROM monitoring_observation")


@pytest.mark.parametrize(
    "statement", ["UPDATE monitoring_submission SET raw = 'x'", "DELETE FROM monitoring_submission"]
)
def test_raw_journal_is_append_only_for_everybody(statement: str, now: datetime) -> None:
    channel = make_channel()
    send([upload(channel.logger, now, {"a21026": {"Rtd": 1.0}}, cn="2011")], at=now)

    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)

    assert Submission.objects.count() == 1


def test_changed_byte_of_the_journal_is_found_by_its_digest(now: datetime) -> None:
    from monitoring.intake.services.journal import digest_of

    channel = make_channel()
    send([upload(channel.logger, now, {"a21026": {"Rtd": 1.0}}, cn="2011")], at=now)
    kept = Submission.objects.get()

    assert bytes(kept.digest) == digest_of(bytes(kept.raw))
    assert bytes(kept.digest) != digest_of(bytes(kept.raw).replace(b"Rtd=1", b"Rtd=2"))


def test_channel_with_a_series_is_never_deleted() -> None:
    channel = make_channel()

    with pytest.raises(IntegrityError, match="switched off"), transaction.atomic():
        channel.delete()


def test_history_whose_channel_never_came_to_be_is_forgotten_and_no_other(now: datetime) -> None:
    """The load of a park commits its history some seconds before its channels; here the power failed between."""
    kept, lost = make_channel(), make_channel()
    for channel in (kept, lost):
        store_values(channel=channel, times=[now], values=[1.0], now=now)
    with connection.cursor() as cursor:
        for table in ("monitoring_observation", "monitoring_latest"):
            cursor.execute(f"UPDATE {table} SET channel_id = 999999 WHERE channel_id = %s", [lost.pk])

    history.forget_orphans()

    assert set(Observation.objects.values_list("channel", flat=True)) == {kept.pk}
    assert set(Latest.objects.values_list("channel", flat=True)) == {kept.pk}


def test_infinite_values_do_not_get_in(now: datetime) -> None:
    channel = make_channel()

    with pytest.raises(IntegrityError), transaction.atomic():
        store_values(channel=channel, times=[now], values=[float("inf")], now=now)


def test_numbers_of_submissions_grow_with_their_arrival(now: datetime) -> None:
    channel = make_channel()
    for i in range(3):
        send([upload(channel.logger, now, {"a21026": {"Rtd": float(i)}}, cn="2011")], at=now + timedelta(seconds=i))

    ids = [n for (n,) in rows("SELECT id FROM monitoring_submission ORDER BY received_at")]
    assert ids == sorted(set(ids))
