"""`manage.py compile_tracing`: turn the inner loops of the tracing into machine code ahead of the first trace."""

from time import perf_counter
from typing import Any

from django.core.management.base import BaseCommand

from monitoring.tracing.services.compiling import compile_first


class Command(BaseCommand):
    help = "Compile the tracing once after an installation or upgrade (half a minute); later calls find it done."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        begin = perf_counter()
        if compile_first(beside=True):
            self.stdout.write(f"tracing is compiled ({perf_counter() - begin:.0f} s)")
        else:
            self.stdout.write("tracing is compiled already")
