"""What the door knows of the loggers, and what it counts, between two visits to the database."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from django.db import Error as DatabaseError
from django.db import connections
from django.utils import timezone

from monitoring.intake.services import contacts
from parks.register.selectors.loggers import KnownLogger, known_loggers

Result = TypeVar("Result")

log = logging.getLogger(__name__)

REFRESH_SECONDS = 3.0
COUNTERS_SECONDS = 2.0


@dataclass(slots=True)
class Counters:
    """What one logger (or an unknown sender, number 0) did since the last visit."""

    frames: int = 0
    bytes: int = 0
    crc_errors: int = 0
    refused: int = 0
    answered: int = 0
    park_id: int = 0
    qn: str = ""
    peer: str = ""
    dialect: int = 0
    heard_at: datetime | None = None


@dataclass
class Registry:
    """Loggers by MN, refreshed every few seconds: a new logger or password is in force without a restart."""

    loggers: dict[str, KnownLogger] = field(default_factory=dict)
    counters: dict[int, Counters] = field(default_factory=lambda: defaultdict(Counters))

    async def refresh(self) -> None:
        self.loggers = await asyncio.to_thread(with_own_connection, known_loggers)

    async def keep_fresh(self) -> None:
        while True:
            await asyncio.sleep(REFRESH_SECONDS)
            try:
                await self.refresh()
            except (DatabaseError, OSError):
                log.warning("the register cannot be read now; the loggers known so far stay in force")

    async def keep_counters(self) -> None:
        while True:
            await asyncio.sleep(COUNTERS_SECONDS)
            await self.write_counters()

    async def write_counters(self) -> None:
        taken, self.counters = self.counters, defaultdict(Counters)
        rows = [
            contacts.Contact(
                logger_id=number, frames=c.frames, bytes=c.bytes, crc_errors=c.crc_errors, refused=c.refused,
                answered=c.answered, park_id=c.park_id,
                qn=c.qn, peer=c.peer, dialect=c.dialect, heard_at=c.heard_at,
            )
            for number, c in taken.items()
            if c.heard_at is not None
        ]  # fmt: skip
        if not rows:
            return
        try:
            await asyncio.to_thread(with_own_connection, lambda: contacts.record(contacts=rows, now=timezone.now()))
        except (DatabaseError, OSError):
            # Counters are for people; frames are counted in the journal. Losing two seconds of them harms nobody.
            log.warning("contact counters could not be written")


def with_own_connection(call: Callable[[], Result]) -> Result:
    """Run on a pool thread and leave no connection behind it."""
    try:
        return call()
    finally:
        connections.close_all()
