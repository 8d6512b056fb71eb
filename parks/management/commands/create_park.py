"""`manage.py create_park`: begin a real park. Takes options, and asks for what they leave open."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, ProgrammingError
from django.utils import timezone

from parks.catalogue.domain.errors import PlatformError
from parks.register.services.founding import Begun, begin_park

QUESTIONS = (
    ("code", "Code of the park (letters, digits, hyphens, for example lanyu)"),
    ("name", "Name of the park"),
    ("province", "Province (for example 江苏省)"),
    ("lon", "Longitude of its centre, degrees WGS 84 / CGCS2000 (empty: enter later)"),
    ("lat", "Latitude of its centre, degrees (empty: enter later)"),
)
OPTIONAL = ("lon", "lat")


class Command(BaseCommand):
    help = "Create a park and the account of its administrator; prints a password once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--code", help="short code, unique in this installation")
        parser.add_argument("--name", help="name of the park")
        parser.add_argument("--name-en", default="", help="English name")
        parser.add_argument("--province", help="province the park lies in")
        parser.add_argument("--lon", help="longitude of its centre, degrees")
        parser.add_argument("--lat", help="latitude of its centre, degrees")
        parser.add_argument("--area-class", choices=["GENERAL", "SPECIAL"], default="GENERAL",
                            help="which limits of the standards apply (default: GENERAL)")  # fmt: skip
        parser.add_argument("--username", help="log-in of the administrator (default: admin-CODE)")
        parser.add_argument("--no-input", action="store_true", help="never ask; fail when something is missing")

    def handle(self, *args: Any, **options: Any) -> None:
        answers = {name: self.answer(name, question, options) for name, question in QUESTIONS}
        begun = self.begin(
            code=answers["code"], name=answers["name"], name_en=options["name_en"], province=answers["province"],
            lon=degrees("lon", answers["lon"], most=180.0), lat=degrees("lat", answers["lat"], most=90.0),
            username=options["username"] or f"admin-{answers['code']}", area_class=options["area_class"],
        )  # fmt: skip
        self.stdout.write(f"Park {begun.park.code} ({begun.park.name}) begun.")
        self.stdout.write(f"  log-in:    {begun.username}")
        self.stdout.write(f"  password:  {begun.password}   (shown once; change it after the first log-in)")

    def answer(self, name: str, question: str, options: dict[str, Any]) -> str:
        """The option, or the answer to a question where somebody can be asked."""
        given: str | None = options[name]
        if given is not None:
            return given.strip()
        if options["no_input"] or not sys.stdin.isatty():
            if name in OPTIONAL:
                return ""
            raise CommandError(f"--{name} is missing.")
        while True:
            found = input(f"{question}: ").strip()
            if found or name in OPTIONAL:
                return found

    def begin(self, **fields: Any) -> Begun:
        if (fields["lon"] is None) != (fields["lat"] is None):
            raise CommandError("Give both --lon and --lat, or neither.")
        try:
            return begin_park(now=timezone.now(), **fields)
        except PlatformError as error:
            named = "; ".join(
                f"{k}: {' '.join(map(str, v)) if isinstance(v, list) else v}" for k, v in error.details.items()
            )
            raise CommandError(f"{error} ({named})" if named else str(error)) from error
        except (OperationalError, ProgrammingError) as error:
            raise CommandError(
                "The database does not answer or is not set up. Start it first: python3 manage.py up --bare "
                f"({str(error).splitlines()[0]})"
            ) from error


def degrees(name: str, text: str, *, most: float) -> float | None:
    """Degrees of an answer; None for an empty one."""
    if not text:
        return None
    try:
        found = float(text)
    except ValueError as error:
        raise CommandError(f"--{name} {text!r} is no number of degrees, for example 120.75") from error
    if not -most <= found <= most:
        raise CommandError(f"--{name} {text} lies outside -{most:g} to {most:g} degrees")
    return found
