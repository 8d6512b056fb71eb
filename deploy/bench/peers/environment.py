"""The environment of the peers: packages that others made for the same questions, to be compared with and never to run on.

They live apart under `var/peers`, because their pins and their size are no burden for an installation. Their scripts in this
folder are run by that environment's Python and exchange files.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from deploy import bootstrap

FOLDER = bootstrap.ROOT / "var" / "peers"
LOCK = bootstrap.ROOT / "deploy" / "requirements-peers.txt"
SCRIPTS = Path(__file__).resolve().parent
NEEDED_BYTES = 4 * 1024**3
OLDEST, NEWEST = (3, 11), (3, 12)  # what all of them have wheels for


class NoPeers(Exception):
    """The environment cannot be built here; the message is the reason."""


class PeerFailed(Exception):
    """A peer's script ended with an error; the message is the end of what it said."""


def python(*, say: Callable[[str], None]) -> Path:
    """Python of the peers' environment, which is built on first use.

    Raises:
        NoPeers: no fitting Python, no network or no space.
    """
    found, stamp = FOLDER / "bin" / "python", FOLDER / ".stamp"
    wanted = bootstrap.digest(".".join(map(str, sys.version_info[:2])).encode(), LOCK.read_bytes())
    if bootstrap.read(stamp) == wanted:
        return found
    with bootstrap.only_one():
        if bootstrap.read(stamp) != wanted:
            build(say=say)
            stamp.write_text(wanted)
    return found


def build(*, say: Callable[[str], None]) -> None:
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        raise NoPeers(f"The peers have no packages for Python {sys.version_info.major}.{sys.version_info.minor}.")
    FOLDER.parent.mkdir(exist_ok=True)
    free = shutil.disk_usage(FOLDER.parent).free
    if free < NEEDED_BYTES:
        raise NoPeers(f"{free // 1024**2} MiB are free on the disk, the peers need {NEEDED_BYTES // 1024**2} MiB.")
    say("building the environment of the peers in var/peers (once, one or two minutes)")
    shutil.rmtree(FOLDER, ignore_errors=True)
    command = [
        str(FOLDER / "bin" / "python"),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-deps",
    ]
    try:
        venv.create(FOLDER, with_pip=True)
        bootstrap.run([*command, "--require-hashes", "-r", str(LOCK)], what="the peers")
    except (bootstrap.CannotBuild, OSError, subprocess.CalledProcessError) as error:
        raise NoPeers(str(error)) from error


def asked(*, interpreter: Path, script: str, arguments: Sequence[str] = (), given: object = None) -> Any:
    """Run a script of this folder and return what it prints.

    Args:
        interpreter: from `python`.
        script: name without its ending, such as `lca`.
        arguments: of the command line; `given`: JSON for its standard input.

    Raises:
        PeerFailed: it ended with an error.
    """
    done = subprocess.run(
        [str(interpreter), str(SCRIPTS / f"{script}.py"), *arguments], input=json.dumps(given), capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": "", "PYTHONDONTWRITEBYTECODE": "1"}, check=False,
    )  # fmt: skip
    if done.returncode:
        raise PeerFailed("\n".join(done.stderr.strip().splitlines()[-8:]))
    return json.loads(done.stdout)
