#!/usr/bin/env python3
"""Entry point. Run by a bare Python it first builds the environment, then goes on inside it."""

import os
import sys

# Commands that need the development packages; everything else runs on the runtime lock.
DEVELOPMENT = {"test", "makemessages"}


def main() -> None:
    # An image or a package that brings its own environment says so.
    if os.environ.get("TONGJIAN_BOOTSTRAP", "1") != "0":
        from deploy import bootstrap

        try:
            python = bootstrap.ensure(development=len(sys.argv) > 1 and sys.argv[1] in DEVELOPMENT)
        except bootstrap.CannotBuild as error:
            sys.exit(f"[set-up] {error}")
        except KeyboardInterrupt:
            sys.exit("[set-up] stopped; the next start goes on from here")
        if os.path.realpath(sys.prefix) != os.path.realpath(bootstrap.VENV):
            os.execv(python, [str(python), *sys.argv])

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "deploy.settings.dev")
    if sys.argv[1:2] == ["up"]:
        # It watches processes and needs nothing of the platform, which takes seconds to import.
        from deploy.management.commands.up import Command

        Command().run_from_argv(sys.argv)
        return
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
