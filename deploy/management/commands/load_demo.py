"""`manage.py load_demo`: the demonstration park with its history."""

import gc
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, connections
from django.utils import timezone

from deploy.demo.loading import Tell, load_demo, step_at
from deploy.demo.progress import Progress
from deploy.demo.writing import CODE
from parks.catalogue.domain.errors import PlatformError
from parks.people.domain import Loading
from parks.people.services import loading as told_to_people
from parks.register.selectors.places import any_park, park_of_code


def prepare_statements() -> None:
    """Go on in a session in which PostgreSQL keeps the plans of statements: the same ones come a thousand times."""
    connection.close()
    session = connection.copy()
    session.settings_dict["OPTIONS"] |= {"server_side_binding": True, "prepare_threshold": 5}
    connections[connection.alias] = session


def for_all_to_see(tell: Tell) -> Tell:
    """Tell the page of the log-in, too, which has nothing else to say before there are accounts."""
    told: Loading | None = None

    def both(share: float, what: str) -> None:
        nonlocal told
        loading = Loading(int(share * 100), step_at(share))
        if loading != told:
            told_to_people.tell(loading=loading)
            told = loading
        tell(share, what)

    return both


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
        # What is imported stays; walking through it again and again took a sixth of the time.
        gc.freeze()
        gc.set_threshold(100_000, 50, 100)
        prepare_statements()
        tell = for_all_to_see(progress.tell)
        tell(0.0, "story")
        try:
            hours = load_demo(now=timezone.now(), login_file=settings.VAR_DIR / "login.txt", tell_progress=tell)
        except PlatformError as error:
            raise CommandError(f"{error} {error.details}") from error
        progress.done(f"{hours:,} hourly values; the log-ins are in {settings.VAR_DIR / 'login.txt'}")
