"""Loggers that send until they are told to stop, resend what was not answered, and remember what was."""

import contextlib
import socket
import threading
import time
from datetime import UTC, datetime, timedelta

from deploy.bench.frames import record


class Crowd:
    """Sends numbered records over a few connections; a record is sent again until its answer came, as loggers do."""

    def __init__(self, *, port: int, start: datetime, loggers: range) -> None:
        self.port, self.start = port, start
        self.answered: set[tuple[int, int]] = set()
        self.sent: set[tuple[int, int]] = set()
        self.last_answer = 0.0
        self.longest_gap = 0.0
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._speak, args=(number,), daemon=True) for number in loggers]

    def __enter__(self) -> "Crowd":
        self.last_answer = time.monotonic()
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(15)

    def _speak(self, number: int) -> None:
        step = 0
        while not self._stop.is_set():
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=3) as link:
                link.settimeout(4)
                while not self._stop.is_set():
                    self._exchange(link, number, step)
                    step += 1
                    time.sleep(0.01)
            time.sleep(0.1)

    def _exchange(self, link: socket.socket, number: int, step: int) -> None:
        """One record and its answer; raises OSError when the connection dies or stays silent."""
        self.sent.add((number, step))
        link.sendall(record(number=number, time=self.start + timedelta(seconds=30 * step)))
        heard = b""
        while b"CN=9014" not in heard or not heard.endswith(b"\r\n"):
            data = link.recv(4096)
            if not data:
                raise ConnectionResetError
            heard += data
        now = time.monotonic()
        self.longest_gap, self.last_answer = max(self.longest_gap, now - self.last_answer), now
        self.answered.add((number, step))


def hours_ago(hours: int) -> datetime:
    return datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=hours)
