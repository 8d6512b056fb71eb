"""The loggers of the demonstration park at work: each a task of its own that speaks to the gateway over TCP."""

import asyncio
import logging
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np

from deploy.demo import frames
from deploy.demo.faults import Silence, silence
from deploy.demo.frames import HOUR, Sender
from deploy.demo.noise import key_of, one
from deploy.demo.series import Generator, hours_of
from monitoring.hj212.client import LoggerClient
from monitoring.hj212.encode import data_segment, wrap

log = logging.getLogger(__name__)

REALTIME_S = 30.0
MOST_HOURS = 31 * 24  # further back nobody asks for hours
MOST_MINUTES = timedelta(hours=12)
BAD_FRAME_EVERY = 8_000  # realtime frames of the whole park
STRANGER_S = 600.0
STRANGER_MN = "88888888000000STRANGER"


@dataclass
class LiveLogger:
    """One logger: what it has sent, and when it sends next."""

    generator: Generator
    sender: Sender
    client: LoggerClient
    next_hour: datetime  # start of the first hour that was not sent yet
    next_minute: datetime
    chance: random.Random
    offset_s: float = field(init=False)

    def __post_init__(self) -> None:
        # Spread over the half minute, so that the platform never sees all of them at once.
        self.offset_s = one(key_of("offset", self.sender.plan.mn)) * REALTIME_S

    async def run(self) -> None:
        """Speak until cancelled."""
        while True:
            await asyncio.sleep(until_next(datetime.now(UTC), self.offset_s))
            now = datetime.now(UTC)
            if self.quiet_at(now).silent[0]:
                continue
            await self.send_realtime(now)
            await self.send_minutes()
            await self.send_hours()

    def quiet_at(self, moment: datetime) -> Silence:
        return silence(self.generator.story.seed, self.sender.plan, np.array([hours_of(moment)]))

    def lost(self, moment: datetime) -> bool:
        """Whether what was measured then is gone: the logger itself stood still."""
        quiet = self.quiet_at(moment)
        return bool(quiet.silent[0] and not quiet.late[0])

    async def send_realtime(self, now: datetime) -> None:
        for frame in frames.realtime(self.generator, self.sender, now):
            if self.chance.randrange(BAD_FRAME_EVERY) == 0:
                await self.garble(frame)
            elif not await self.client.send(frame):
                return

    async def garble(self, frame: bytes) -> None:
        """A bit that turned over on the line. The platform keeps the frame and does not answer."""
        place = len(frame) // 2
        try:
            await self.client.push(frame[:place] + bytes([frame[place] ^ 0x04]) + frame[place + 1 :])
        except OSError:
            log.info("the platform is away")

    async def send_minutes(self) -> None:
        """Minutes that are over; after a gap those that the logger kept."""
        length = timedelta(minutes=self.sender.plan.minute_interval_min)
        self.next_minute = max(self.next_minute, floor(datetime.now(UTC) - MOST_MINUTES, length))
        while (now := datetime.now(UTC)) >= self.next_minute + length:
            start = self.next_minute
            late = now - start > 3 * length
            if not self.lost(start) and not await self.deliver(
                frames.minute(self.generator, self.sender, start, now, backfill=late)
            ):
                return
            self.next_minute = start + length

    async def send_hours(self) -> None:
        """Hours that are over, a little after their end; after a gap or a night without power all that are missing."""
        self.next_hour = max(self.next_hour, floor(datetime.now(UTC), HOUR) - MOST_HOURS * HOUR)
        while (now := datetime.now(UTC)) >= self.next_hour + HOUR + timedelta(seconds=40.0):
            start = self.next_hour
            late = now - start > 2 * HOUR
            if not self.lost(start + HOUR / 2) and not await self.deliver(
                frames.hour(self.generator, self.sender, start, now, backfill=late)
            ):
                return
            self.next_hour = start + HOUR

    async def deliver(self, parts: Iterable[bytes]) -> bool:
        for frame in parts:
            if not await self.client.send(frame):
                return False
        return True


async def stranger(client: LoggerClient) -> None:
    """A logger that nobody registered, so that the quarantine has a case to show."""
    while True:
        now = datetime.now(UTC)
        segment = data_segment(
            cn="2011", mn=STRANGER_MN, time=now, qn=now, factors={"a34013": {"Rtd": 4.2, "Flag": "N"}}
        )
        try:
            await client.push(wrap(segment))
        except OSError:
            log.info("the platform is away")
        await asyncio.sleep(STRANGER_S)


def until_next(now: datetime, offset_s: float) -> float:
    """Seconds to the next turn of a logger."""
    return REALTIME_S - (now.timestamp() - offset_s) % REALTIME_S


def floor(moment: datetime, length: timedelta) -> datetime:
    start = datetime(2000, 1, 1, tzinfo=UTC)
    return start + (moment - start) // length * length


async def simulate(
    *,
    generator: Generator,
    senders: list[Sender],
    last_hours: dict[str, datetime],
    host: str,
    port: int,
    ready: Callable[[], None],
) -> None:
    """Run all loggers until cancelled."""
    now = datetime.now(UTC)
    chance = random.Random(generator.story.seed)
    clients = [LoggerClient(host=host, port=port) for _ in senders]
    loggers = [
        LiveLogger(
            generator, sender, client, last_hours.get(sender.plan.mn, floor(now, HOUR) - HOUR) + HOUR,
            floor(now, timedelta(minutes=sender.plan.minute_interval_min)), chance,
        )
        for sender, client in zip(senders, clients, strict=True)
    ]  # fmt: skip
    odd = LoggerClient(host=host, port=port)
    async with asyncio.TaskGroup() as group:
        for logger in loggers:
            group.create_task(logger.run())
        group.create_task(stranger(odd))
        ready()
