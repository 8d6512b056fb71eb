"""What `up` keeps running: starts the processes, restarts the fallen, writes their logs, stops them in order."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from deploy.services import die_with_parent, last_lines, stop_process

SHORTEST_PAUSE, LONGEST_PAUSE = 0.2, 10.0
STEADY_SECONDS = 30.0


@dataclass
class Watched:
    """One process under watch."""

    name: str
    command: list[str]
    stop_signal: int = signal.SIGTERM
    stop_seconds: float = 20.0
    nice: int = 0
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    pause: float = SHORTEST_PAUSE
    again_at: float = 0.0
    falls: int = 0


@dataclass
class Supervisor:
    """Keeps processes alive until told to stop. Used from one thread only: children die with the thread that made them."""

    logs: Path
    environment: dict[str, str]
    watched: list[Watched] = field(default_factory=list)

    def start(self, one: Watched) -> None:
        """Start a process and watch it from now on."""
        self.logs.mkdir(parents=True, exist_ok=True)
        self.watched.append(one)
        self.spawn(one)

    def spawn(self, one: Watched) -> None:
        with self.log_of(one).open("ab") as log:
            one.process = subprocess.Popen(
                one.command, env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True, preexec_fn=die_with_parent(signal.SIGTERM, nice=one.nice),
            )  # fmt: skip
        one.started = time.monotonic()

    def log_of(self, one: Watched) -> Path:
        return self.logs / f"{one.name}.log"

    def tick(self) -> list[str]:
        """Restart what has fallen, after a pause that doubles. Returns a line for each fall."""
        lines, now = [], time.monotonic()
        for one in self.watched:
            if one.process is not None and one.process.poll() is not None:
                steady = now - one.started > STEADY_SECONDS
                one.pause = SHORTEST_PAUSE if steady else min(one.pause * 2, LONGEST_PAUSE)
                one.falls += 1
                one.again_at = now + one.pause
                lines.append(f"{one.name} ended with {one.process.returncode}; starting it again in {one.pause:.1f} s "
                             f"(log: {self.log_of(one)})")  # fmt: skip
                one.process = None
            elif one.process is None and now >= one.again_at:
                self.spawn(one)
        return lines

    def fallen(self) -> Watched | None:
        """The first process that keeps falling right after its start."""
        return next((one for one in self.watched if one.falls >= 3 and one.process is None), None)

    def tail(self, one: Watched) -> str:
        return last_lines(self.log_of(one), count=15)

    def stop(self) -> None:
        """Ask all to stop, last started first, then insist."""
        running = [one for one in reversed(self.watched) if one.process is not None]
        for one in running:
            if one.process is not None and one.process.poll() is None:
                one.process.send_signal(one.stop_signal)
        for one in running:
            stop_process(one.process, number=one.stop_signal, seconds=one.stop_seconds)
            sweep_group(one)
        self.watched.clear()


def sweep_group(one: Watched) -> None:
    """End what a child may have left in its session, for example pool processes of a worker."""
    if one.process is not None:
        try:
            os.killpg(one.process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            return


def python_command(*arguments: str) -> list[str]:
    return [sys.executable, *arguments]
