"""`manage.py migrate`: Django's own; a database without tables is brought up on states that grow."""

from typing import Any

from django.core.management.commands import migrate
from django.db import connections
from django.db.migrations.recorder import MigrationRecorder

from deploy.migrating import Executor


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        # An upgrade has few steps and data to lose: it goes Django's way throughout.
        fresh = not MigrationRecorder(connections[options["database"]]).applied_migrations()
        usual = migrate.MigrationExecutor  # type: ignore[attr-defined]
        # The command takes its executor from its module and offers no other way in.
        migrate.MigrationExecutor = Executor if fresh else usual  # type: ignore[attr-defined]
        try:
            super().handle(*args, **options)
        finally:
            migrate.MigrationExecutor = usual  # type: ignore[attr-defined]
