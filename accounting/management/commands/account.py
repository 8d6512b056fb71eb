"""`manage.py account CASE.json`: a carbon account without a database, printed as JSON."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounting.carbon.domain.case.account import printed
from accounting.carbon.rendering.cases import answer_of_case


class Command(BaseCommand):
    help = (
        "Compute a stand-alone case: statutory lines, a park network, or both. Ends with 1 when something was refused."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("case", help="JSON file by accounting/reference/case.schema.json, or - for standard input")
        parser.add_argument("--exact", action="store_true", help="also solve the park in fractions (up to 80 pools)")

    def handle(self, *args: Any, **options: Any) -> None:
        name = options["case"]
        try:
            text = sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{name} cannot be read: {error}", returncode=2) from error
        answer = answer_of_case(text=text, exact=True if options["exact"] else None)
        self.stdout.write(printed(answer=answer))
        if answer["errors"]:
            sys.exit(1)
