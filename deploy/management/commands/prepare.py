"""`manage.py prepare`: bring the database, the reference data and the translations up to date. Safe to repeat."""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand

from deploy.translations import compile_translations


class Command(BaseCommand):
    help = "Migrate the database, load the reference data, compile the translations."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        compile_translations()
        call_command("migrate", interactive=False, verbosity=0)
        call_command("load_reference", verbosity=0)
        self.stdout.write("prepared")
