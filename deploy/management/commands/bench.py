"""`manage.py bench NAME`: measurements of the platform on this machine."""

import json
import os
import sys
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand

from deploy.bench import (
    balance,
    fingerprints,
    intake,
    mobile,
    net3,
    pages,
    pyelq,
    river,
    sewers,
    siting,
    together,
    tracing,
)
from monitoring.tracing.services.compiling import compile_first

# Each measurement builds what it needs and returns its figures; none touches an installation in use.
BENCHES: dict[str, Callable[..., dict[str, Any]]] = {
    "balance": balance.run,
    "fingerprints": fingerprints.run,
    "intake": intake.run,
    "mobile": mobile.run,
    "net3": net3.run,
    "pages": pages.run,
    "pyelq": pyelq.run,
    "river": river.run,
    "sewers": sewers.run,
    "siting": siting.run,
    "together": together.run,
    "tracing": tracing.run,
}

# Those that trace in this process; the others leave the compiler alone.
TRACING = {"mobile", "pyelq", "together", "tracing"}


class Command(BaseCommand):
    help = "Measure: " + ", ".join(BENCHES)
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", choices=sorted(BENCHES))
        parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")

    def handle(self, *args: Any, **options: Any) -> None:
        for name in ("DATABASE_URL", "REDIS_URL", "TONGJIAN_VAR"):
            os.environ.pop(name, None)  # a measurement never touches an installation in use

        def say(line: str) -> None:
            print(f"[bench] {line}", file=sys.stderr, flush=True)

        if options["name"] in TRACING:
            compile_first(tell=lambda stage: say("the tracing is compiled for this machine"))
        found = BENCHES[options["name"]](say=say)
        if options["json"]:
            self.stdout.write(json.dumps(found))
            return
        for key, value in found.items():
            self.stdout.write(f"{key:26} {value}")
