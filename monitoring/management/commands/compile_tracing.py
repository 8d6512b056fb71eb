"""`manage.py compile_tracing`: turn the inner loops of the tracing into machine code ahead of the first trace."""

from time import perf_counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from monitoring.tracing.domain.compiled import folder_of
from monitoring.tracing.domain.inference import kernels
from monitoring.tracing.services.compiling import compile_first, is_compiled


class Command(BaseCommand):
    help = "Compile the tracing once after an installation or upgrade (half a minute); later calls find it done."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        begin, folder = perf_counter(), folder_of(kernels.warmed)
        if not compile_first():
            self.stdout.write("tracing is compiled already")
        elif is_compiled() and folder_of(kernels.warmed) == folder:
            self.stdout.write(f"tracing is compiled ({perf_counter() - begin:.0f} s)")
        else:
            raise CommandError("nothing was kept for later processes; the warning above says why")
