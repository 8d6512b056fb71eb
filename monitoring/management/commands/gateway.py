"""`manage.py gateway`: the TCP door for data loggers."""

import asyncio
import logging
from argparse import ArgumentParser
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import uvloop
from django.core.management.base import BaseCommand
from kombu.exceptions import OperationalError as BrokerAway

from monitoring.intake import tasks
from monitoring.intake.gateway.registry import Registry
from monitoring.intake.gateway.server import IDLE_SECONDS, SLOW_SECONDS, Gateway

log = logging.getLogger(__name__)


class Waker:
    """Tells the workers that there is work, from a thread of its own: a slow or dead broker must not hold up answers."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="waker")
        self._asked = False

    def __call__(self, job_id: int) -> None:
        if not self._asked:  # one message wakes a worker, which then takes all that waits
            self._asked = True
            self._pool.submit(self._send, job_id)

    def _send(self, job_id: int) -> None:
        self._asked = False
        try:
            tasks.process.apply_async(kwargs={"job_id": job_id}, retry=False)
        except (BrokerAway, OSError):
            log.warning("the broker is away; the sweeper will find the jobs")


class Command(BaseCommand):
    help = "Receive HJ 212 frames over TCP, journal them, answer them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="0.0.0.0")
        parser.add_argument("--port", type=int, default=9212)
        parser.add_argument("--idle-seconds", type=float, default=IDLE_SECONDS)
        parser.add_argument("--slow-seconds", type=float, default=SLOW_SECONDS)

    def handle(self, *args: Any, **options: Any) -> None:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(self.serve(options))

    async def serve(self, options: dict[str, Any]) -> None:
        gateway = Gateway(
            registry=Registry(),
            wake_workers=Waker(),
            idle_seconds=options["idle_seconds"],
            slow_seconds=options["slow_seconds"],
        )
        await gateway.serve(host=options["host"], port=options["port"], ready=self.ready)

    def ready(self, port: int) -> None:
        self.stdout.write(f"listening on port {port}")
        self.stdout.flush()
