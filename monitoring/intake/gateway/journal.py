"""Group commit: frames of many connections are journalled together, and answered when they are safe."""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.db import Error as DatabaseError
from django.db import connections
from django.utils import timezone

from monitoring.intake.domain import JobKind
from monitoring.intake.services import journal
from monitoring.intake.services.journal import Entry

log = logging.getLogger(__name__)

LARGEST_BATCH = 2_000
MOST_WAITING_BYTES = 64 * 1024**2
LONGEST_PAUSE = 2.0


@dataclass(slots=True)
class Waiting:
    """An entry and whom to tell when it is safe."""

    entry: Entry
    answer: bytes
    answered: Callable[[bytes, int], None]  # the answers to send, and for how many entries


class Journal:
    """Collects entries and writes them in batches on one database thread.

    While one batch commits the next one gathers, so the batch size follows the load by itself. When the database is
    away nothing is answered, entries wait up to a bound, and `full` tells the connections to stop reading.
    """

    def __init__(self, *, wake_workers: Callable[[int], None]) -> None:
        self._waiting: list[Waiting] = []
        self._bytes = 0
        self._more = asyncio.Event()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="journal")
        self._wake_workers = wake_workers
        self.answered = 0

    @property
    def full(self) -> bool:
        return self._bytes >= MOST_WAITING_BYTES

    def add(self, waiting: Waiting) -> None:
        self._waiting.append(waiting)
        self._bytes += len(waiting.entry.raw)
        self._more.set()

    async def run(self) -> None:
        """Write batches until cancelled."""
        pause = 0.05
        while True:
            await self._more.wait()
            batch = self._waiting[:LARGEST_BATCH]
            try:
                job_id = await self.in_thread(partial(write, batch))
            except (DatabaseError, OSError):
                log.exception("the journal could not be written; nothing is answered until it can")
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
                continue
            pause = 0.05
            self.settle(batch)
            self._wake_workers(job_id)

    async def in_thread(self, call: Callable[[], int]) -> int:
        return await asyncio.get_running_loop().run_in_executor(self._thread, call)

    def settle(self, batch: list[Waiting]) -> None:
        """Answer a batch that is safe, one write for each connection."""
        del self._waiting[: len(batch)]
        if not self._waiting:
            self._more.clear()
        answers: dict[Callable[[bytes, int], None], list[bytes]] = {}
        for one in batch:
            self._bytes -= len(one.entry.raw)
            answers.setdefault(one.answered, []).append(one.answer)
        for answered, parts in answers.items():
            answered(b"".join(parts), len(parts))
            self.answered += sum(1 for part in parts if part)

    async def drain(self, *, seconds: float) -> None:
        """Wait until everything that arrived is written, or the time is over."""
        end = asyncio.get_running_loop().time() + seconds
        while self._waiting and asyncio.get_running_loop().time() < end:
            await asyncio.sleep(0.02)


def write(batch: list[Waiting]) -> int:
    """Write one batch on the database thread; a broken connection is dropped so that the next try opens a new one."""
    now: datetime = timezone.now()
    try:
        return journal.write(entries=[one.entry for one in batch], kind=JobKind.FRAMES, now=now)
    except (DatabaseError, OSError):
        connections["default"].close()
        raise
