"""`manage.py fetch_epanet`: have EPANET's library at hand before the first network under pressure needs it."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from deploy.hydraulics.epanet import FOLDER, NoEpanet, shared_library


class Command(BaseCommand):
    help = "Unpack EPANET 2.2 into the folder of data, by pip and its own index; later calls find it there."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            shared_library(say=self.stdout.write)
        except NoEpanet as error:
            raise CommandError(
                f"EPANET cannot be had: {error}\nSewers are traced without it; networks under pressure are refused until this command has"
                " run on Linux (x86-64) with a package index that pip reaches."
            ) from error
        self.stdout.write(f"EPANET 2.2 is at hand in {FOLDER}")
