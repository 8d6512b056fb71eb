"""`manage.py up`: everything that a park needs on one machine, from a bare start to Ctrl-C."""

import signal
import sys
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from deploy.instance import Instance
from deploy.services import CannotStart


class Command(BaseCommand):
    help = "Start PostgreSQL, Valkey, gateway, web server, workers and beat; load the demonstration park when empty."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address of web and gateway (default: 127.0.0.1)")
        parser.add_argument("--port", type=int, default=8000, help="port of the web pages (default: 8000)")
        parser.add_argument("--gateway-port", type=int, default=9212, help="port for data loggers (default: 9212)")
        parser.add_argument("--var", type=Path, default=settings.VAR_DIR, help="folder of data and logs (default: var)")
        parser.add_argument("--bare", action="store_true", help="start without the demonstration park")

    def handle(self, *args: Any, **options: Any) -> None:
        # A supervisor that is asked to stop must stop what it started, whoever asks.
        signal.signal(signal.SIGTERM, interrupt)
        instance = Instance(
            folder=options["var"].resolve(), host=options["host"], http_port=options["port"],
            gateway_port=options["gateway_port"], use_given=True, say=self.say,
        )  # fmt: skip
        try:
            self.run(instance, bare=options["bare"])
        except CannotStart as error:
            self.stderr.write(self.style.ERROR(str(error)))
            sys.exit(1)
        except KeyboardInterrupt:
            self.say("stopping ...")
        finally:
            # A second Ctrl-C must not leave processes behind.
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            instance.stop()
        self.say("stopped; the data stays in " + str(instance.folder))

    def run(self, instance: Instance, *, bare: bool) -> None:
        instance.check_ports()
        self.say("starting the servers")
        instance.start_servers(meanwhile=lambda: instance.begin_preparing(demo=not bare))
        self.say("bringing the database up to date")
        instance.wait_prepared()
        # While the park is loaded, which leaves time on the second processor at first. Nobody can log in before its end.
        self.say("starting gateway, web server, workers and beat")
        instance.start_doors()
        instance.wait_loaded()
        instance.wait_web()
        instance.start_workers()
        if not bare:
            instance.start_more("loggers", "simulate_logger", "--demo", "--port", str(instance.gateway_port))
        self.welcome(instance)
        # After the pages answer: none is needed before somebody traces, and before that loading the park wants both cores.
        instance.start_aside("compile_tracing")
        instance.start_hydraulics()
        instance.start_aside("fetch_epanet")
        while True:
            for line in instance.tick():
                self.say(line)
            time.sleep(0.3)

    def welcome(self, instance: Instance) -> None:
        login = instance.folder / "login.txt"
        lines = ["", f"  Tongjian is up:   {instance.url}/"]
        if login.exists():
            lines += ["  " + line for line in login.read_text().splitlines()]
        else:
            lines.append("  No park yet:      python3 manage.py create_park")
        lines += [
            f"  Data loggers:     TCP {instance.host}:{instance.gateway_port} (HJ 212)",
            "  Stop:             Ctrl-C",
            "",
        ]
        self.stdout.write("\n".join(lines))
        self.stdout.flush()

    def say(self, line: str) -> None:
        self.stdout.write(f"[up] {line}")
        self.stdout.flush()


def interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt
