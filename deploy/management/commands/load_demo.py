"""`manage.py load_demo`: the demonstration park with its history."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from deploy.demo.loading import load_demo
from deploy.demo.progress import Progress
from deploy.demo.writing import CODE
from parks.catalogue.domain.errors import PlatformError
from parks.register.selectors.places import any_park, park_of_code


class Command(BaseCommand):
    help = "Load the demonstration park: 40 companies, 90 days of hourly and 400 days of daily history."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--if-empty", action="store_true", help="do nothing when a park exists already")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["if_empty"] and any_park() is not None:
            return
        if park_of_code(code=CODE) is not None:
            raise CommandError(f"The demonstration park {CODE!r} is here already.")
        progress = Progress(stream=sys.stdout)
        try:
            hours = load_demo(
                now=timezone.now(), login_file=settings.VAR_DIR / "login.txt", tell_progress=progress.tell
            )
        except PlatformError as error:
            raise CommandError(f"{error} {error.details}") from error
        progress.done(f"{hours:,} hourly values; the log-ins are in {settings.VAR_DIR / 'login.txt'}")
