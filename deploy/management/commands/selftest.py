"""`manage.py selftest`: does this machine carry a frame from the socket to the page, without loss or repeat?"""

import json
import os
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from deploy.selftest import run
from deploy.services import CannotStart


class Command(BaseCommand):
    help = "Start on empty data in a temporary folder, send 1,000 frames over TCP, and look at what can be seen."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")

    def handle(self, *args: Any, **options: Any) -> None:
        for name in ("DATABASE_URL", "REDIS_URL", "TONGJIAN_VAR"):
            os.environ.pop(name, None)  # the test never touches an installation in use
        try:
            found = run.run(say=lambda line: print(f"[selftest] {line}", file=sys.stderr, flush=True))
        except CannotStart as error:
            self.stderr.write(self.style.ERROR(str(error)))
            sys.exit(1)
        if options["json"]:
            self.stdout.write(json.dumps(found))
        else:
            for key, value in found.items():
                self.stdout.write(f"{key:18} {value}")
        sys.exit(0 if found["ok"] else 1)
