"""`manage.py recompute_inventories`: compute frozen inventories again from what they froze, and say what differs."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from accounting.carbon.selectors.inventories import frozen_runs
from accounting.carbon.services.again import compute_again


class Command(BaseCommand):
    help = "Compute frozen inventories again. Ends with 1 when one of them does not give the same bytes."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--run", type=int, help="one inventory by number; all without it")

    def handle(self, *args: Any, **options: Any) -> None:
        different = 0
        for run in frozen_runs(run_id=options["run"]):
            again = compute_again(run=run)
            different += not again.same
            said = "same bytes" if again.same else f"differs in {', '.join(again.parts) or again.error}"
            self.stdout.write(f"{run.pk} {run.enterprise} {run.first_month:%Y-%m} to {run.last_month:%Y-%m}: {said}")
            for change in again.changes:
                self.stdout.write(f"  {change.period} {change.line}: {change.before} -> {change.after} t")
        if different:
            sys.exit(1)
