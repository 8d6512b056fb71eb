"""Processes killed with SIGKILL under load: what was answered is stored, once, and work goes on by itself."""

import os
import signal
import time
from datetime import datetime, timedelta

import pytest
import redis

from deploy.bench.names import FACTORS, mn_of
from tests.crash.conftest import Watch, until
from tests.crash.crowd import Crowd, hours_ago

pytestmark = pytest.mark.crash
READY_S = 10.0
WORKERS = range(6)


def settle(watch: Watch) -> None:
    until(lambda: watch.one("SELECT count(*) FROM monitoring_job WHERE state <> 2") == 0, seconds=30)


def stored(watch: Watch, start: datetime) -> set[tuple[int, int]]:
    """Logger and step of every record of a test that is stored with all its values."""
    rows = watch.query(
        """SELECT l.mn, o.time FROM monitoring_observation o JOIN monitoring_channel c ON c.id = o.channel_id
           JOIN parks_logger l ON l.id = c.logger_id WHERE o."interval" = 0 AND o.time >= %s AND o.time < %s
           GROUP BY 1, 2 HAVING count(*) = %s""",
        start, start + timedelta(hours=5), len(FACTORS),
    )  # fmt: skip
    numbers = {mn_of(number): number for number in WORKERS}
    return {(numbers[mn], int((time - start).total_seconds()) // 30) for mn, time in rows}


def check(watch: Watch, crowd: Crowd, start: datetime) -> None:
    settle(watch)
    found = stored(watch, start)
    assert len(crowd.answered) > 100
    assert crowd.answered - found == set()  # nothing that was answered is lost
    assert found - crowd.sent == set()
    # The key forbids a second row; a second version would tell that a repeat was taken for other content.
    assert watch.one("SELECT count(*) FROM monitoring_observationversion") == 0
    assert crowd.longest_gap < READY_S


@pytest.mark.parametrize(("victim", "hours"), [("gateway", 12), ("worker-intake", 18), ("worker", 24)])
def test_killed_process_loses_nothing_that_was_answered(watch: Watch, victim: str, hours: int) -> None:
    start = hours_ago(hours)

    with Crowd(port=watch.instance.gateway_port, start=start, loggers=WORKERS) as crowd:
        for _ in range(2):
            time.sleep(1.5)
            os.killpg(watch.pid(victim), signal.SIGKILL)
            until(lambda: crowd.last_answer > time.monotonic() - 0.3, seconds=READY_S)
        time.sleep(1.0)

    check(watch, crowd, start)


def test_killed_database_loses_nothing_that_was_answered(watch: Watch) -> None:
    start, server = hours_ago(30), watch.instance.postgres
    assert server is not None
    assert server.process is not None

    with Crowd(port=watch.instance.gateway_port, start=start, loggers=WORKERS) as crowd:
        time.sleep(1.5)
        killed_at = time.monotonic()
        os.killpg(server.process.pid, signal.SIGKILL)  # the postmaster and, with its session, all backends
        until(lambda: crowd.last_answer > killed_at + 0.5, seconds=READY_S)
        time.sleep(1.0)

    check(watch, crowd, start)


def test_killed_broker_delays_and_loses_nothing(watch: Watch) -> None:
    start, server = hours_ago(36), watch.instance.valkey
    assert server is not None
    assert server.process is not None

    with Crowd(port=watch.instance.gateway_port, start=start, loggers=WORKERS) as crowd:
        time.sleep(1.5)
        os.killpg(server.process.pid, signal.SIGKILL)
        time.sleep(2.0)

    check(watch, crowd, start)


def test_emptied_broker_loses_nothing(watch: Watch) -> None:
    start = hours_ago(42)
    assert watch.instance.valkey is not None
    client = redis.Redis.from_url(watch.instance.valkey.url)

    with Crowd(port=watch.instance.gateway_port, start=start, loggers=WORKERS) as crowd:
        for _ in range(10):
            time.sleep(0.2)
            client.flushall()
    client.flushall()

    check(watch, crowd, start)


def test_hours_are_rolled_up_after_all_of_it(watch: Watch) -> None:
    until(lambda: watch.one('SELECT count(*) FROM monitoring_due WHERE "interval" = 2') == 0, seconds=30)

    missing = watch.one(
        """SELECT count(*) FROM (SELECT DISTINCT channel_id, date_trunc('hour', time) AS hour FROM monitoring_observation) o
           LEFT JOIN monitoring_rollup r ON r.channel_id = o.channel_id AND r."interval" = 2 AND r.time = o.hour
           WHERE r.time IS NULL"""
    )

    assert watch.one("SELECT count(*) FROM monitoring_rollup") > 0
    assert missing == 0
