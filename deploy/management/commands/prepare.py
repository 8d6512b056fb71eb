"""`manage.py prepare`: bring the database, the reference data and the translations up to date. Safe to repeat."""

import os
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import OperationalError, connection

from deploy.translations import compile_translations


def wait_for_database(*, seconds: float) -> None:
    """Wait until PostgreSQL answers. Raises OperationalError when it does not in time."""
    end = time.monotonic() + seconds
    while True:
        try:
            return connection.ensure_connection()
        except OperationalError:
            if time.monotonic() >= end:
                raise
        time.sleep(0.05)


class Command(BaseCommand):
    help = "Migrate the database, load the reference data, compile the translations."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--demo", action="store_true", help="load the demonstration park then, when there is no park"
        )
        parser.add_argument("--wait", type=float, default=0.0, metavar="S", help="seconds to wait for PostgreSQL")
        parser.add_argument(
            "--tell", type=int, metavar="FD", help="write to this file descriptor when all but the park is done"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        compile_translations()
        wait_for_database(seconds=options["wait"])
        call_command("migrate", interactive=False, verbosity=0)
        call_command("load_reference", verbosity=0)
        if options["verbosity"]:
            self.stdout.write("prepared")
        if options["tell"] is not None:
            os.write(options["tell"], b"prepared")
            os.close(options["tell"])
        if options["demo"]:
            call_command("load_demo", if_empty=True)
