"""`manage.py measurement_park`: a park of plain loggers for `selftest`, `bench` and the crash tests."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from deploy.bench.park import add_reader, build_park


class Command(BaseCommand):
    help = "Create a park with many loggers of twelve channels each, for measurements on an empty database."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--loggers", type=int, default=200)
        parser.add_argument("--reader", action="store_true", help="also make a log-in and a key, and print them")

    def handle(self, *args: Any, **options: Any) -> None:
        made = build_park(loggers=options["loggers"], now=timezone.now())
        found: dict[str, Any] = {"loggers": len(made)}
        if options["reader"]:
            found |= add_reader(now=timezone.now())
        self.stdout.write(json.dumps(found))
