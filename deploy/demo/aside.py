"""A part of the load in a process and a database session of its own, beside the rest: two cores are there.

What it writes is committed on demand. It begins as a copy of its parent, so nothing has to be imported or handed over again.
"""

import multiprocessing
import signal
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any, Generic, TypeVar

from django.db import connection, connections, transaction

from deploy.services import die_with_parent

Tell = Callable[[float], None]
Result = TypeVar("Result")


class Failed(Exception):
    """The part failed; the message says how."""


class Aside(Generic[Result]):
    """One function at work in a process of its own, within one transaction. Leaving the block ends what is not finished."""

    def __init__(self, work: Callable[[Tell], Result]) -> None:
        context = multiprocessing.get_context("fork")
        self._line, other = context.Pipe()
        self._process = context.Process(target=_run, args=(work, other, self._line), daemon=True)
        self._process.start()
        other.close()
        self.share = 0.0

    def __enter__(self) -> "Aside[Result]":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.join()
        self._line.close()

    def progress(self) -> float:
        """How much of the work is done, 0 to 1. Does not wait."""
        while self.share < 1.0 and self._line.poll():
            self._hear()
        return self.share

    def finish(self, tell: Tell) -> Result:
        """Wait for the work and have it committed.

        Raises:
            Failed: it raised an error, or its process ended.
        """
        while self.share < 1.0:
            self._hear()
            tell(self.share)
        self._line.send("commit")
        result: Result = self._receive()
        return result

    def _hear(self) -> None:
        self.share = self._receive()

    def _receive(self) -> Any:
        try:
            said = self._line.recv()
        except EOFError as error:
            raise Failed("its process ended") from error
        if isinstance(said, Failed):
            raise said
        return said


def _run(work: Callable[[Tell], Result], line: Connection, parents: Connection) -> None:
    """The life of the process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the parent as well, and that one decides
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    die_with_parent(signal.SIGKILL)()
    parents.close()
    # The session of the parent is not ours, neither to use nor to close.
    connections[connection.alias] = connection.copy()
    try:
        with transaction.atomic():
            result = work(lambda share: line.send(min(share, 0.99)))
            line.send(1.0)
            line.recv()
    except Exception as error:
        line.send(Failed(f"{type(error).__name__}: {error}"))
        raise
    line.send(result)
