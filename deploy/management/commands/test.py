"""`manage.py test`: servers for the tests, then all of them. Further arguments go to pytest."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from deploy.services import CannotStart, Postgres, Valkey, free_port
from deploy.translations import compile_translations

ROOT = Path(__file__).resolve().parents[3]


class Command(BaseCommand):
    help = "Run all tests against embedded servers, or against those of DATABASE_URL and REDIS_URL."
    requires_system_checks: list[str] = []

    def run_from_argv(self, argv: list[str]) -> None:
        # Everything behind the word `test` is pytest's, options included.
        self.handle(pytest=argv[2:])

    def handle(self, *args: Any, **options: Any) -> None:
        folder = ROOT / "var" / "test"
        folder.mkdir(parents=True, exist_ok=True)
        environment = {**os.environ, "TONGJIAN_VAR": str(folder), "DJANGO_SETTINGS_MODULE": "deploy.settings.test"}
        environment.setdefault("TONGJIAN_BOOTSTRAP", "0")
        servers: list[Postgres | Valkey] = []
        compile_translations()
        try:
            if not environment.get("DATABASE_URL"):
                # The test database is thrown away, so it need not survive a power cut; the crash tests use their own.
                postgres = Postgres(folder=folder / "postgres", port=free_port(), durable=False)
                servers.append(postgres)
                postgres.start()
                environment["DATABASE_URL"] = postgres.url
            if not environment.get("REDIS_URL"):
                valkey = Valkey(folder=folder / "valkey", port=free_port())
                servers.append(valkey)
                valkey.start()
                environment["REDIS_URL"] = valkey.url
            done = subprocess.run(
                [sys.executable, "-m", "pytest", *options["pytest"]], cwd=ROOT, env=environment, check=False
            )
        except CannotStart as error:
            self.stderr.write(self.style.ERROR(str(error)))
            sys.exit(1)
        finally:
            for server in servers:
                server.stop()
        sys.exit(done.returncode)
