"""The tracing as machine code: compiled once on a machine by whoever comes first, while others wait for it and say so."""

import fcntl
import json
import logging
import multiprocessing
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import numpy as np

from monitoring.tracing.domain.case.building import event_of
from monitoring.tracing.domain.compiled import folder_of, stamp
from monitoring.tracing.domain.inference import kernels
from monitoring.tracing.domain.inference.ahead import compile_moves
from monitoring.tracing.domain.inference.engine import trace
from monitoring.tracing.domain.mobile import Placed, matrix
from monitoring.tracing.domain.stages import COMPILING

log = logging.getLogger(__name__)
CASE = Path(__file__).resolve().parents[2] / "reference" / "trace_cases" / "register.json"
DONE, LOCK = "compiled.json", "compiling.lock"


def is_compiled() -> bool:
    """Whether all of this code is kept as machine code of this machine."""
    try:
        return (folder_of(kernels.warmed) / DONE).read_text(encoding="utf-8") == stamp()
    except OSError:
        return False


def compile_first(*, tell: Callable[[str], None] = lambda stage: None, beside: bool = False) -> bool:
    """Compile what is not compiled yet, or wait until another process has.

    Args:
        tell: is told the stage when that takes time.
        beside: compile with a second process at once; not for processes that may have no children.

    Returns:
        Whether there was anything to wait for.
    """
    if is_compiled():
        return False
    tell(COMPILING)
    folder = folder_of(kernels.warmed)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with alone(folder / LOCK):
            if not is_compiled():
                with moves_beside() if beside else nullcontext():
                    compute()
                (folder / DONE).write_text(stamp(), encoding="utf-8")
    except OSError:
        log.warning("machine code cannot be kept in %s; every process compiles for itself", folder)
    return True


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
