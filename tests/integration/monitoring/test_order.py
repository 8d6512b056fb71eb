"""The order of arrival does not matter: replays and back-fill end in the same tables."""

import hashlib
import os
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from monitoring.hj212.codes import Version
from monitoring.intake.models import Job
from monitoring.series.models import Channel
from tests.factories.register import make_logger, make_outlet
from tests.factories.series import make_channel
from tests.integration.monitoring.pipeline import roll, rows, send, through, upload, work

pytestmark = pytest.mark.django_db

DAY = datetime(2026, 3, 16, 16, tzinfo=UTC)
NOW = datetime(2026, 4, 20, tzinfo=UTC)


def contents() -> tuple[list[Any], list[Any], list[Any]]:
    """Everything a person could see, without the numbers and moments of this run."""
    observations = rows(
        """SELECT c.pollutant_id, o."interval", time, value, minimum, maximum, total, converted, flag, verdict, reason, rule,
                  version, asserted_at FROM monitoring_observation o JOIN monitoring_channel c ON c.id = o.channel_id
           ORDER BY 1, 2, 3"""
    )
    rollups = rows(
        """SELECT c.pollutant_id, r."interval", time, value, minimum, maximum, converted, coverage, verdict, reason, rule,
                  basis, load_kg, volume_m3, reported_total
           FROM monitoring_rollup r JOIN monitoring_channel c ON c.id = r.channel_id ORDER BY 1, 2, 3"""
    )
    latest = rows(
        """SELECT c.pollutant_id, l."interval", time, value, flag, verdict
           FROM monitoring_latest l JOIN monitoring_channel c ON c.id = l.channel_id ORDER BY 1, 2"""
    )
    return observations, rollups, latest


def note_for_comparison(found: Any) -> None:
    """Leave a digest where the comparison with TimescaleDB asks for one."""
    if file := os.environ.get("TONGJIAN_TEST_DIGEST"):
        Path(file).write_text(hashlib.sha256(repr(found).encode()).hexdigest())


def forget() -> None:
    rows_deleted = (
        "monitoring_observation",
        "monitoring_observationversion",
        "monitoring_rollup",
        "monitoring_latest",
        "monitoring_due",
    )
    from django.db import connection

    with connection.cursor() as cursor:
        for table in rows_deleted:
            cursor.execute(f"DELETE FROM {table}")


@pytest.fixture
def channels() -> list[Channel]:
    """A stack with oxygen and flow, and a wastewater outlet."""
    stack = make_logger()
    water = make_logger(outlet=make_outlet(medium="WATER"))
    return [
        make_channel(logger=stack, pollutant="a00000", reported_unit="m3/s"),
        make_channel(logger=stack, pollutant="a19001", reported_unit="%"),
        make_channel(logger=stack, pollutant="a21026", reference_o2=6.0),
        make_channel(logger=water, pollutant="w00000", reported_unit="L/s"),
        make_channel(logger=water, pollutant="w01018", reported_unit="mg/L"),
    ]


def day_of_frames(channels: list[Channel], day: datetime, dice: random.Random, *, step: int = 10) -> list[bytes]:
    """Minute frames of a day with gaps, flags, a stop, corrections, split records and the loggers' own hours and days."""
    stack, water = channels[0].logger, channels[3].logger
    frames = []
    for i in range(0, 24 * 60, step):
        time = day + timedelta(minutes=i)
        if dice.random() < 0.05:
            continue
        flag = dice.choice("NNNNNNNNCD")
        o2 = 20.6 if 300 <= i < 420 else dice.uniform(4.0, 9.0)
        flow = {"a00000": {"Avg": dice.uniform(10, 30)}, "a19001": {"Avg": o2, "Flag": "N"}}
        sulphur = {"a21026": {"Avg": dice.uniform(5, 60), "Flag": flag}}
        frames.append(upload(stack, time, flow, part=(1, 2)))
        frames.append(upload(stack, time, sulphur, part=(2, 2), qn=time + timedelta(milliseconds=1)))
        if dice.random() < 0.1:  # the logger corrects itself
            frames.append(upload(stack, time, {"a21026": {"Avg": 33.3, "Flag": "N"}}, qn=time + timedelta(minutes=2)))
        still = 600 <= i < 720
        body = {
            "w00000": {"Avg": 0.0 if still else dice.uniform(1, 9)},
            "w01018": {"Avg": dice.uniform(20, 90), "Flag": "N"},
        }
        frames.append(upload(water, time, body, version=Version.V2025))
    for hour in range(24):
        frames.append(upload(water, day + timedelta(hours=hour), {"w01018": {"Avg": 44.0, "Cou": 1.5}}, cn="2061"))
    frames.append(upload(water, day, {"w01018": {"Avg": 45.0}}, cn="2031"))
    return frames


def in_portions(frames: list[bytes], size: int) -> list[list[bytes]]:
    return [frames[i : i + size] for i in range(0, len(frames), size)]


def ten_minute(channels: list[Channel]) -> None:
    for logger in {channel.logger for channel in channels}:
        logger.minute_interval_min = 10
        logger.save()


def test_a_day_replayed_three_times_in_random_order_gives_identical_tables(channels: list[Channel]) -> None:
    ten_minute(channels)
    dice = random.Random(1)
    frames = day_of_frames(channels, DAY, dice)
    for portion in in_portions(frames, 100):
        through(portion, at=NOW)
    expected = contents()
    assert len(expected[0]) > 600
    assert {row[1] for row in expected[1]} == {2, 3, 4}
    note_for_comparison(expected)

    for _ in range(3):
        dice.shuffle(frames)
        for portion in in_portions(frames, 137):
            through(portion, at=NOW)
        assert contents() == expected

    forget()
    dice.shuffle(frames)
    for portion in in_portions(frames, 61):
        through(portion, at=NOW)
    assert contents() == expected


def test_thirty_days_of_back_fill_equal_the_run_on_time(channels: list[Channel]) -> None:
    ten_minute(channels)
    dice = random.Random(2)
    days = [DAY - timedelta(days=30 - n) for n in range(30)]
    frames = {day: day_of_frames(channels, day, dice, step=60) for day in days}
    for day in days:
        through(frames[day], at=day + timedelta(days=1))
    expected = contents()
    assert len({row[2] for row in expected[1] if row[1] == 3}) == 30

    forget()
    late = [frame for day in days for frame in frames[day]]
    dice.shuffle(late)
    for portion in in_portions(late, 700):
        send(portion, at=NOW)
    work(now=NOW)
    roll(now=NOW)

    assert contents() == expected


def test_work_that_is_done_twice_is_the_same_as_once(channels: list[Channel]) -> None:
    ten_minute(channels)
    through(day_of_frames(channels, DAY, random.Random(3), step=60), at=NOW)
    expected = contents()

    Job.objects.update(state=0, done_at=None)  # as after a crash between work and its record
    work(now=NOW)
    roll(now=NOW)

    assert contents() == expected
