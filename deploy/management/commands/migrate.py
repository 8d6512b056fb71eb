"""`manage.py migrate`: Django's own, on states that grow."""

from typing import Any

from django.core.management.commands import migrate

from deploy.migrating import Executor


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        # The command takes its executor from its module and offers no other way in.
        migrate.MigrationExecutor = Executor  # type: ignore[attr-defined]
        super().handle(*args, **options)
