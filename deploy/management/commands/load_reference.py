"""`manage.py load_reference`: pollutants, limits and validity rules from their files. Safe to repeat."""

from typing import Any

from django.core.management.base import BaseCommand

from accounting.factors.services import load_factors
from monitoring.series.services.rules import load_rules
from parks.catalogue.services.loading import load_catalogue


class Command(BaseCommand):
    help = "Load the reference data of all wings from their CSV files."

    def handle(self, *args: Any, **options: Any) -> None:
        pollutants, limits = load_catalogue()
        rules = load_rules()
        factors = load_factors()
        if options["verbosity"]:
            self.stdout.write(
                f"{pollutants} pollutants, {limits} limits, {rules} validity rules, {factors} emission factors"
            )
