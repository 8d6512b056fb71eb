"""`manage.py measurement_park`: a park of plain loggers for `selftest`, `bench` and the crash tests."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from deploy.bench.park import build_park


class Command(BaseCommand):
    help = "Create a park with many loggers of twelve channels each, for measurements on an empty database."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--loggers", type=int, default=200)

    def handle(self, *args: Any, **options: Any) -> None:
        made = build_park(loggers=options["loggers"], now=timezone.now())
        self.stdout.write(f"{len(made)} loggers")
