"""The tracing as machine code: compiled once on a machine by whoever comes first, while others wait for it and say so.

It is compiled by a process of its own and then loaded: code that a process has just compiled and the same code loaded by a later one
may round the last digits in another order, and an answer has to be the same bits from the first run on.
"""

import atexit
import fcntl
import json
import logging
import multiprocessing
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from monitoring.tracing.domain.case.building import event_of
from monitoring.tracing.domain.compiled import asked_folder, files, folder_of, keep_in, stamp
from monitoring.tracing.domain.inference import kernels
from monitoring.tracing.domain.inference.ahead import compile_moves
from monitoring.tracing.domain.inference.engine import trace
from monitoring.tracing.domain.mobile import Placed, matrix
from monitoring.tracing.domain.stages import COMPILING

log = logging.getLogger(__name__)
ROOT = Path(__file__).resolve().parents[3]
CASE = ROOT / "monitoring" / "reference" / "trace_cases" / "register.json"
DONE, LOCK = "compiled.json", "compiling.lock"
CANNOT_KEEP = (
    "machine code of the tracing cannot be kept in %s; this process keeps its own until it ends, which takes half a minute each time: "
    "name a folder that can be written by NUMBA_CACHE_DIR"
)
NOWHERE = (
    "machine code of the tracing can be kept nowhere, not even in %s; this process compiles as it goes, and its answers may differ from "
    "others in the last digits: name a folder that can be written by NUMBA_CACHE_DIR"
)
BROKE_OFF = "the tracing could not be compiled ahead; this process compiles as it goes, and its answers may differ from others in the last digits: %s"


def is_compiled() -> bool:
    """Whether all of this code is kept as machine code of this machine."""
    folder = folder_of(kernels.warmed)
    try:
        told = json.loads((folder / DONE).read_text(encoding="utf-8")) if folder else {}
    except (OSError, ValueError):
        return False
    return isinstance(told, dict) and told.get("stamp") == stamp() and all(Path(one).exists() for one in told["files"])


def note() -> str:
    """What is left beside the machine code once all of it is there; a file that goes missing later is missed."""
    return json.dumps({"stamp": stamp(), "files": files()})


def compile_first(*, tell: Callable[[str], None] = lambda stage: None) -> bool:
    """Have compiled what is not compiled yet, or wait until another process has.

    Args:
        tell: is told the stage when that takes time.

    Returns:
        Whether there was anything to wait for.

    Special cases: where no folder can be written, this process has one of its own until it ends, and a warning says so.
    """
    if is_compiled():
        return False
    tell(COMPILING)
    folder = folder_of(kernels.warmed)
    try:
        if folder is None:
            raise NotADirectoryError
        _compile_once(folder)
    except OSError:
        _compile_for_itself(folder)
    return True


def _compile_once(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with alone(folder / LOCK):
        if is_compiled():
            return
        if compile_apart():
            (folder / DONE).write_text(note(), encoding="utf-8")


def _compile_for_itself(folder: Path | None) -> None:
    try:
        own = tempfile.mkdtemp(prefix="tongjian-compiled-")
    except OSError:
        log.warning(NOWHERE, tempfile.gettempdir())
        return
    log.warning(CANNOT_KEEP, folder or asked_folder() or "any folder of the programme or of its user")
    atexit.register(shutil.rmtree, own, ignore_errors=True)
    keep_in(folder=Path(own))
    _compile_once(folder_of(kernels.warmed) or Path(own))


def compile_apart() -> bool:
    """Compile in a process of its own, into the folder of this one. Returns whether it went well."""
    done = subprocess.run(
        [sys.executable, "-m", "monitoring.tracing.services.compiling", asked_folder()], cwd=ROOT, check=False, stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    if done.returncode:
        log.warning(BROKE_OFF, done.stderr.strip().rpartition("\n")[2])
    return done.returncode == 0


def compute() -> None:
    """Use everything once: a whole trace, then rows of a vehicle."""
    event = event_of(case=json.loads(CASE.read_text(encoding="utf-8")), number=0)
    trace(case=event.case, settings=event.settings)
    still = np.zeros(2)
    stop = Placed(still, still, still, still, still, 2.0)
    matrix(placed=stop, sources=event.case.sources, weather=event.case.weather, physics=event.case.physics)


@contextmanager
def alone(file: Path) -> Iterator[None]:
    """Hold a file against other processes; the system lets go of it when this one ends, however it ends."""
    with file.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


@contextmanager
def moves_beside() -> Iterator[None]:
    """Another process compiles the moves from the last on, while this one comes to them from the first."""
    process = multiprocessing.get_context("fork").Process(target=compile_moves, daemon=True)
    process.start()
    try:
        yield
        process.join()
    finally:
        process.terminate()


if __name__ == "__main__":
    if sys.argv[1:] and sys.argv[1]:
        keep_in(folder=Path(sys.argv[1]))
    with moves_beside():
        compute()
