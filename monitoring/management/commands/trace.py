"""`manage.py trace CASE.json`: trace a stand-alone case without a database, printed as JSON."""

import hashlib
import json
import sys
from argparse import ArgumentParser
from collections.abc import Callable
from functools import cache
from pathlib import Path
from time import perf_counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from monitoring.tracing.domain.case.building import event_of
from monitoring.tracing.domain.case.reading import Problem, parsed
from monitoring.tracing.domain.case.writing import FORMAT, written
from monitoring.tracing.domain.inference.engine import trace
from monitoring.tracing.domain.river_case import answered as answered_of_river
from monitoring.tracing.domain.sewers.case import answered as answered_of_sewer
from monitoring.tracing.services.compiling import compile_first
from parks.catalogue.domain.errors import PlatformError

REFERENCE = Path(__file__).resolve().parents[2] / "reference"
COMPILES = "the tracing is compiled for this machine, which takes half a minute once"
# Cases of water: the schema and what answers, by the format the file names.
WATERS: dict[str, tuple[str, Callable[..., dict[str, Any]]]] = {
    "tongjian-trace-water/1": ("trace_water_case", answered_of_sewer),
    "tongjian-trace-river/1": ("trace_river_case", answered_of_river),
}


class Command(BaseCommand):
    help = "Trace the events of a stand-alone case. Ends with 1 when something was refused."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "case",
            help="JSON file by monitoring/reference/trace_case.schema.json, trace_water_case.schema.json or trace_river_case.schema.json; - for standard input",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        name = options["case"]
        try:
            text = sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{name} cannot be read: {error}", returncode=2) from error
        answer = answer_of(text=text, tell=lambda stage: self.stderr.write(COMPILES))
        self.stdout.write(json.dumps(answer, ensure_ascii=False, indent=1))
        if answer["errors"]:
            sys.exit(1)


@cache
def case_schema(name: str = "trace_case") -> dict[str, Any]:
    found: dict[str, Any] = json.loads((REFERENCE / f"{name}.schema.json").read_text(encoding="utf-8"))
    return found


def format_of(text: str) -> str:
    """The format that the file names; empty where it names none."""
    try:
        case = json.loads(text)
    except (ValueError, RecursionError):
        return ""
    return str(case.get("format", "")) if isinstance(case, dict) else ""


def answer_of(*, text: str, tell: Callable[[str], None] = lambda stage: None) -> dict[str, Any]:
    """Trace every event that can be read; the others are listed with their path.

    Args:
        tell: is told when the tracing has to be compiled first.
    """
    errors: list[dict[str, str]] = []
    events: list[dict[str, Any]] = []
    try:
        name, water = WATERS.get(format_of(text), ("trace_case", None))
        case, problems = parsed(text=text, schema=case_schema(name))
        errors = [_told(problem) for problem in problems]
        if water is not None and not errors:
            begin = perf_counter()
            events.append(water(document=case) | {"seconds": round(perf_counter() - begin, 3)})
        air = not errors and water is None
        if air:
            compile_first(tell=tell)
        for number in range(len(case.get("events") or [{}])) if air else ():
            _one(case, number, events, errors)
    except PlatformError as error:
        errors.append(_told(Problem(str(error.details.get("path", "/")), error.text)))
    digest = hashlib.sha256(text.encode()).hexdigest()
    return {"format": FORMAT, "events": events, "errors": errors, "input_sha256": digest}


def _one(case: dict[str, Any], number: int, events: list[dict[str, Any]], errors: list[dict[str, str]]) -> None:
    begin = perf_counter()
    try:
        event = event_of(case=case, number=number)
    except PlatformError as error:
        path = error.details.get("path") or (f"/events/{number}" if case.get("events") else "/")
        errors.append(
            _told(Problem(str(path), f"{error.text} {error.details}" if "path" not in error.details else error.text))
        )
        return
    found = written(event=event, finding=trace(case=event.case, settings=event.settings))
    events.append(found | {"seconds": round(perf_counter() - begin, 3)})


def _told(problem: Problem) -> dict[str, str]:
    return {"path": problem.path, "message": problem.message}
