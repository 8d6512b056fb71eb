"""`manage.py simulate_logger`: data loggers that speak HJ 212 over TCP, one of your own or those of the demonstration."""

import asyncio
import os
import random
import signal
from argparse import ArgumentParser
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from deploy.demo.frames import Sender
from deploy.demo.live import simulate
from deploy.demo.series import Generator
from deploy.demo.story import tell
from monitoring.hj212.client import RETRIES, TIMEOUT_S, LoggerClient
from monitoring.hj212.codes import Version
from monitoring.hj212.encode import Statistics, data_frames
from monitoring.series.domain.readings import Interval
from monitoring.series.selectors.latest import newest_times
from parks.register.selectors.loggers import known_loggers

FACTORS = ("a34013=5", "a21026=18", "a21002=40", "a19001=6.5", "a00000=55")


class Command(BaseCommand):
    help = "Simulate data loggers: one against any platform, or with --demo all of the demonstration park."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address of the platform (default: 127.0.0.1)")
        parser.add_argument("--port", type=int, default=9212, help="its port for data loggers (default: 9212)")
        parser.add_argument("--demo", action="store_true", help="all loggers of the demonstration park")
        parser.add_argument("--mn", default="010000A8900016F000169DC0", help="MN of the logger")
        parser.add_argument("--password", default="123456")
        parser.add_argument("--edition", type=int, choices=[2005, 2017, 2025], default=2017)
        parser.add_argument("--key", default="", help="SM4 key of 2025, 32 hexadecimal digits")
        parser.add_argument("--st", default="31", help="system code (default: 31, air source)")
        parser.add_argument("--factors", nargs="+", default=list(FACTORS), metavar="CODE=VALUE",
                            help=f"factors with a typical value (default: {' '.join(FACTORS)})")  # fmt: skip
        parser.add_argument(
            "--interval", type=float, default=30.0, help="seconds between real-time frames (default: 30)"
        )
        parser.add_argument("--count", type=int, default=0, help="real-time frames to send, 0 for no end")
        parser.add_argument("--timeout", type=float, default=TIMEOUT_S, help="seconds to wait for an answer")
        parser.add_argument("--retries", type=int, default=RETRIES, help="how often a frame is sent again")

    def handle(self, *args: Any, **options: Any) -> None:
        work = self.demo(options) if options["demo"] else self.single(options)
        if asyncio.run(until_stopped(work)):
            self.stdout.flush()
            # Nothing is left to save, and taking the interpreter down in order takes seconds on a busy machine.
            os._exit(0)

    def demo(self, options: dict[str, Any]) -> Coroutine[Any, Any, None]:
        """All registered loggers of the story. Reads the register once and then needs no database."""
        story = tell()
        known = known_loggers()
        met = [(plan, known[plan.mn]) for plan in story.loggers if plan.mn in known and known[plan.mn].is_active]
        hours = newest_times(logger_ids=[logger.id for _plan, logger in met], interval=Interval.HOUR)
        connections.close_all()
        if not met:
            self.say("no logger of the demonstration park is registered; nothing to simulate")
            return forever()
        return simulate(
            generator=Generator.of(story), senders=[Sender(plan, logger.password, logger.key) for plan, logger in met],
            last_hours={plan.mn: hours[logger.id] for plan, logger in met if logger.id in hours},
            host=options["host"], port=options["port"], ready=lambda: self.say(f"{len(met)} loggers speak"),
        )  # fmt: skip

    async def single(self, options: dict[str, Any]) -> None:
        """One logger: real-time frames, and a minute frame after each minute."""
        key, typical = key_of(options["key"]), typical_of(options["factors"])
        client = LoggerClient(
            host=options["host"], port=options["port"], timeout_s=options["timeout"], retries=options["retries"]
        )
        fields = {
            "mn": options["mn"], "password": options["password"], "st": options["st"], "key": key,
            "version": Version(options["edition"]),
        }  # fmt: skip
        done, minute = 0, datetime.now(UTC).replace(second=0, microsecond=0)
        while options["count"] == 0 or done < options["count"]:
            now = datetime.now(UTC)
            await self.deliver(
                client, data_frames(cn="2011", time=now, qn=now, factors=varied(typical, "Rtd"), **fields)
            )
            done += 1
            if now - minute >= timedelta(minutes=1):
                frames = data_frames(
                    cn="2051",
                    time=minute,
                    qn=now + timedelta(milliseconds=500),
                    factors=varied(typical, "Avg"),
                    **fields,
                )
                await self.deliver(client, frames)
                minute = now.replace(second=0, microsecond=0)
            if options["count"] == 0 or done < options["count"]:
                await asyncio.sleep(options["interval"])
        await client.close()
        self.say(f"sent {client.sent}, answered {client.answered}, without an answer {client.unanswered}")
        if client.unanswered:
            raise CommandError("The platform did not answer every frame.")

    async def deliver(self, client: LoggerClient, frames: Any) -> None:
        for frame in frames:
            if await client.send(frame):
                self.say(f"answered: {frame[:110]!r}")
            else:
                self.say(f"NO ANSWER: {frame[:110]!r}")

    def say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()


async def until_stopped(work: Coroutine[Any, Any, None]) -> bool:
    """Do the work. Ends at once when a signal asks for it, and tells that one did."""
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, task.cancel)
    try:
        await task
    except asyncio.CancelledError:
        return True
    return False


async def forever() -> None:
    await asyncio.Event().wait()


def key_of(text: str) -> bytes:
    try:
        key = bytes.fromhex(text)
    except ValueError as error:
        raise CommandError("--key takes hexadecimal digits") from error
    if len(key) not in (0, 16):
        raise CommandError("--key takes 32 hexadecimal digits (16 bytes)")
    return key


def typical_of(words: list[str]) -> dict[str, float]:
    found = {}
    for word in words:
        code, equals, value = word.partition("=")
        try:
            found[code] = float(value) if equals else 10.0
        except ValueError as error:
            raise CommandError(f"{word!r} is not CODE=VALUE, for example a21026=18") from error
    return found


def varied(typical: dict[str, float], statistic: str) -> dict[str, Statistics]:
    """The typical values with a little life."""
    return {code: {statistic: value * random.uniform(0.94, 1.06), "Flag": "N"} for code, value in typical.items()}
