"""`manage.py compile_tracing`: turn the inner loops of the tracing into machine code ahead of the first trace."""

import json
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from django.core.management.base import BaseCommand

from monitoring.tracing.domain.case.building import event_of
from monitoring.tracing.domain.inference.engine import trace
from monitoring.tracing.domain.mobile import Placed, matrix

CASE = Path(__file__).resolve().parents[2] / "reference" / "trace_cases" / "register.json"


class Command(BaseCommand):
    help = "Compile the tracing once after an installation or upgrade (half a minute); later calls find it done."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        begin = perf_counter()
        event = event_of(case=json.loads(CASE.read_text(encoding="utf-8")), number=0)
        trace(case=event.case, settings=event.settings)
        still = np.zeros(2)
        stop = Placed(still, still, still, still, still, 2.0)  # the rows of a vehicle
        matrix(placed=stop, sources=event.case.sources, weather=event.case.weather, physics=event.case.physics)
        self.stdout.write(f"tracing is compiled ({perf_counter() - begin:.0f} s)")
