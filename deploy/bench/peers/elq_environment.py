"""pyELQ in a folder of its own, `var/peers-tracing`, because it needs a newer NumPy than the other peers and the platform."""

from __future__ import annotations

import subprocess
import sys
import venv
from collections.abc import Callable
from pathlib import Path

from deploy import bootstrap

FOLDER = bootstrap.ROOT / "var" / "peers-tracing"
LOCK = bootstrap.ROOT / "deploy" / "requirements-peers-tracing.txt"


class NoPeer(Exception):
    """pyELQ cannot be installed here; the message is the reason."""


def python(*, say: Callable[[str], None]) -> Path:
    """Python that has pyELQ; installed on first use.

    Raises:
        NoPeer: another Python than 3.11, no network or no space.
    """
    found, stamp = FOLDER / "bin" / "python", FOLDER / ".stamp"
    wanted = bootstrap.digest(LOCK.read_bytes())
    if bootstrap.read(stamp) == wanted:
        return found
    if sys.version_info[:2] != (3, 11):
        raise NoPeer("the lock of pyELQ holds packages for Python 3.11")
    say("installing pyELQ into var/peers-tracing (once, a minute)")
    command = [
        str(found),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-deps",
        "--require-hashes",
    ]
    try:
        venv.create(FOLDER, with_pip=True, clear=True)
        bootstrap.run([*command, "-r", str(LOCK)], what="pyELQ")
    except (bootstrap.CannotBuild, OSError, subprocess.CalledProcessError) as error:
        raise NoPeer(str(error)) from error
    stamp.write_text(wanted)
    return found
