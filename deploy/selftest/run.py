"""The whole way once: a thousand frames over TCP into an empty installation, until the API and the page show them."""

from __future__ import annotations

import asyncio
import json
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import psycopg

from deploy.bench.frames import value_of
from deploy.bench.names import FACTORS
from deploy.instance import Instance
from deploy.selftest.look import Api, Browser, same_shown
from deploy.selftest.plan import FRAMES, LOGGERS, Planned, plan
from deploy.selftest.talk import Conversation, converse

WATCHED = range(3)  # loggers whose values are asked for over and over: one of each edition
LOOKED_AT = (0, 5, 11)  # factors of every record that are compared one by one
POLL_S = 0.2
DEADLINE_S = 20.0
COUNTS = """
SELECT (SELECT count(*) FROM monitoring_submission),
       (SELECT count(*) FROM monitoring_submission WHERE arrival NOT IN (0, 8)),
       (SELECT count(*) FROM monitoring_observation),
       (SELECT count(*) FROM monitoring_observationversion)"""


class Watcher(threading.Thread):
    """Asks the API for the watched loggers until told to stop, and notes when each record was first there."""

    def __init__(self, *, api: Api, channels: dict[tuple[int, str], int], begin: datetime) -> None:
        super().__init__(daemon=True)
        self.api, self.channels, self.begin = api, channels, begin
        self.seen_at: dict[tuple[int, datetime], float] = {}
        self.ended = threading.Event()

    def run(self) -> None:
        while not self.ended.wait(POLL_S):
            for number in WATCHED:
                channel = self.channels[number, FACTORS[-1]]
                found = self.api.values(channel=channel, start=self.begin, end=self.begin + timedelta(hours=1))
                now = time.time()
                for moment in found:
                    self.seen_at.setdefault((number, moment), now)


def run(*, say: Callable[[str], None]) -> dict[str, Any]:
    """Run the self test. `ok` tells whether everything that was answered can be seen, once and unaltered."""
    with tempfile.TemporaryDirectory(prefix="tongjian-selftest-") as folder:
        instance = Instance(folder=Path(folder), say=say)
        try:
            say("starting on empty data")
            instance.start_servers()
            instance.environment["TONGJIAN_API_RATE"] = "100000/min"
            instance.manage("prepare")
            secrets = json.loads(instance.manage("measurement_park", "--loggers", str(LOGGERS), "--reader"))
            instance.start_processes()
            instance.wait_web()
            instance.wait_workers()
            return test(instance, secrets, say=say)
        finally:
            instance.stop()


def test(instance: Instance, secrets: dict[str, str], *, say: Callable[[str], None]) -> dict[str, Any]:
    begin = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=30)
    frames = plan(begin=begin)
    api = Api(url=instance.url, token=secrets["token"])
    channels = api.channels()
    watcher = Watcher(api=api, channels=channels, begin=begin)
    watcher.start()
    say(f"sending {FRAMES} frames from {LOGGERS} loggers")
    talk = asyncio.run(converse(host=instance.host, port=instance.gateway_port, frames=frames))
    good = [frame for frame in frames if not frame.broken]
    wanted = {(f.number, f.time) for f in good if f.number in WATCHED}
    end = time.monotonic() + DEADLINE_S
    while not wanted <= watcher.seen_at.keys() and time.monotonic() < end:
        time.sleep(0.05)
    watcher.ended.set()
    watcher.join(10)
    say("looking at every value through the API, and at three pages")
    visible = visible_values(api, channels, begin=begin, frames=good)
    pages = pages_right(instance, secrets, channels, frames=good)
    return summary(instance, frames, talk, watcher, visible=visible, pages=pages)


def visible_values(
    api: Api, channels: dict[tuple[int, str], int], *, begin: datetime, frames: Sequence[Planned]
) -> int:
    """How many of the compared values the API shows exactly as they were sent."""
    times: dict[int, list[datetime]] = {}
    for frame in frames:
        times.setdefault(frame.number, []).append(frame.time)
    right = 0
    for number, moments in times.items():
        for place in LOOKED_AT:
            found = api.values(channel=channels[number, FACTORS[place]], start=begin, end=begin + timedelta(hours=1))
            right += sum(found.get(m) == value_of(number=number, time=m, place=place) for m in moments)
    return right


def pages_right(
    instance: Instance, secrets: dict[str, str], channels: dict[tuple[int, str], int], *, frames: Sequence[Planned]
) -> bool:
    """Whether the page of one point of each edition shows its newest value."""
    browser = Browser(url=instance.url, username=secrets["username"], password=secrets["password"])
    for number in range(3):
        newest = max(frame.time for frame in frames if frame.number == number)
        value = value_of(number=number, time=newest, place=0)
        if not same_shown(shown=browser.shown(channel=channels[number, FACTORS[0]]), value=value):
            return False
    return True


def summary(
    instance: Instance, frames: Sequence[Planned], talk: Conversation, watcher: Watcher, *, visible: int, pages: bool
) -> dict[str, Any]:
    with psycopg.connect(instance.environment["DATABASE_URL"]) as link:
        row = link.execute(COUNTS).fetchone()
    assert row is not None
    journalled, refused, observations, versions = row
    good = sum(1 for frame in frames if not frame.broken)
    waits = [(talk.answered_at[i] - talk.sent_at[i]) * 1000 for i in talk.answered_at]
    shown = [
        (watcher.seen_at[f.number, f.time] - talk.sent_at[i]) * 1000
        for i, f in enumerate(frames) if (f.number, f.time) in watcher.seen_at
    ]  # fmt: skip
    stored, spare = divmod(observations, len(FACTORS))
    found: dict[str, Any] = {
        "sent": len(frames), "journalled": journalled, "answered": len(talk.answered_at), "stored": stored, "refused": refused,
        "duplicates": spare + versions + max(0, stored - good), "values_right": visible, "pages_right": pages,
        "answer_p50_ms": percentile(waits, 50), "answer_p99_ms": percentile(waits, 99),
        "queryable_p50_ms": percentile(shown, 50), "queryable_p99_ms": percentile(shown, 99),
    }  # fmt: skip
    found["ok"] = (
        found["journalled"] == len(frames)
        and found["answered"] == found["stored"] == good
        and found["refused"] == len(frames) - good
        and found["duplicates"] == 0
        and visible == good * len(LOOKED_AT)
        and pages
    )
    return found


def percentile(values: list[float], share: float) -> float | None:
    return round(float(np.percentile(values, share)), 1) if values else None
