"""One installation of its own for the crash tests: durable servers, gateway, workers and beat, killed and watched."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from deploy.instance import Instance

LOGGERS = 20


class Watch:
    """Ticks the supervisor as `up` does. Children die with the thread that made them, so one thread does all of it."""

    def __init__(self, folder: Path) -> None:
        self.instance = Instance(folder=folder)
        self.started = threading.Event()
        self.ended = threading.Event()
        self.error: Exception | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "Watch":
        self._thread.start()
        self.started.wait(60)
        if self.error is not None:
            raise self.error
        return self

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        self._thread.join(60)

    def _run(self) -> None:
        try:
            self.instance.start_servers()
            self.instance.manage("prepare")
            self.instance.manage("measurement_park", "--loggers", str(LOGGERS))
            self.instance.start_processes(web=False)
            self.instance.wait_gateway()
        except Exception as error:
            self.error = error
        self.started.set()
        while self.error is None and not self.ended.wait(0.1):
            self.instance.tick()
        self.instance.stop()

    def pid(self, name: str) -> int:
        assert self.instance.supervisor is not None
        process = next(one.process for one in self.instance.supervisor.watched if one.name == name)
        assert process is not None
        return process.pid

    def query(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.instance.environment["DATABASE_URL"], connect_timeout=3) as link:
            return link.execute(sql, parameters).fetchall()

    def one(self, sql: str, *parameters: Any) -> Any:
        return self.query(sql, *parameters)[0][0]


def until(holds: Callable[[], bool], *, seconds: float) -> float:
    """Wait until something holds; returns how long it took, or fails."""
    start = time.monotonic()
    while time.monotonic() - start < seconds:
        try:
            if holds():
                return time.monotonic() - start
        except (psycopg.Error, OSError):
            pass
        time.sleep(0.05)
    pytest.fail(f"not reached within {seconds} s")


@pytest.fixture(scope="module")
def watch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watch]:
    with Watch(tmp_path_factory.mktemp("instance")) as running:
        yield running
