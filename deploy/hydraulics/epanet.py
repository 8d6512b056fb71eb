"""EPANET 2.2 by its C interface: hydraulics once, then one quality run for each node and hour.

The library comes with the package WNTR, which is unpacked into `var/epanet` on first use and never imported: it would bring
pandas and matplotlib, of which nothing here has use. Source of the calls: EPANET 2.2 programmer's toolkit.
"""

from __future__ import annotations

import ctypes as c
import fcntl
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from deploy import bootstrap

VAR = Path(
    os.environ.get("TONGJIAN_VAR", bootstrap.ROOT / "var")
)  # in production the code stands where nobody may write
FOLDER = VAR / "epanet"
LOCK = bootstrap.ROOT / "deploy" / "requirements-epanet.txt"
SHARED = "wntr/epanet/libepanet/linux-x64/libepanet22.so"

NODES, JUNCTION, MASS = 0, 0, 1
DURATION, QUALITY_STEP, REPORT_STEP = 0, 2, 5
BASE_DEMAND, SOURCE, SOURCE_PATTERN, SOURCE_TYPE, QUALITY = 1, 5, 6, 7, 12
CHEMICAL = 1
WARNINGS = 6  # codes up to it are remarks about the hydraulics
MG_PER_MIN = 6e7  # of 1 kg/s
PER_MG_L = 1e-3  # kg/m3


class NoEpanet(Exception):
    """EPANET cannot be had here; the message is the reason."""


class EpanetFailed(Exception):
    """EPANET refused a call; the message names it and the code of the error."""


def shared_library(*, say: Callable[[str], None]) -> c.CDLL:
    """The loaded C library, unpacked on first use.

    Raises:
        NoEpanet: not Linux on x86-64, or no package index.
    """
    stamp, wanted = FOLDER / ".stamp", bootstrap.digest(LOCK.read_bytes())
    if sys.platform != "linux":
        raise NoEpanet("the package holds EPANET for Linux here")
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / ".lock").open("w") as lock:
        # The command of the set-up and a worker may want it at the same time.
        fcntl.flock(lock, fcntl.LOCK_EX)
        _unpack(stamp=stamp, wanted=wanted, say=say)
    try:
        return c.CDLL(str(FOLDER / SHARED))
    except OSError as error:
        raise NoEpanet(str(error)) from error


def _unpack(*, stamp: Path, wanted: str, say: Callable[[str], None]) -> None:
    """Install the package into its folder unless it is there. Raises NoEpanet."""
    if bootstrap.read(stamp) != wanted:
        say("unpacking EPANET 2.2 into the folder of data (once, seconds)")
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--upgrade",
                   "--require-hashes", "--target", str(FOLDER), "-r", str(LOCK)]  # fmt: skip
        try:
            bootstrap.run(command, what="EPANET")
        except (bootstrap.CannotBuild, OSError, subprocess.CalledProcessError) as error:
            raise NoEpanet(str(error)) from error
        stamp.write_text(wanted)


class Network:
    """One network with its hydraulics solved; use `opened`."""

    def __init__(self, *, library: c.CDLL, project: c.c_void_p) -> None:
        self._library, self._project = library, project

    def call(self, name: str, *arguments: object) -> None:
        code = getattr(self._library, f"EN_{name}")(self._project, *arguments)
        if code > WARNINGS:
            raise EpanetFailed(f"EN_{name}: error {code}")

    def junctions(self) -> dict[str, int]:
        """Place by name; tanks and reservoirs are not among them."""
        count, kind, name = c.c_int(), c.c_int(), c.create_string_buffer(64)
        self.call("getcount", NODES, c.byref(count))
        found = {}
        for place in range(1, count.value + 1):
            self.call("getnodetype", place, c.byref(kind))
            self.call("getnodeid", place, name)
            if kind.value == JUNCTION:
                found[name.value.decode()] = place
        return found

    def place(self, *, node: str) -> int:
        found = c.c_int()
        self.call("getnodeindex", node.encode(), c.byref(found))
        return found.value

    def scale_demand(self, *, place: int, factor: float) -> None:
        value = c.c_double()
        self.call("getnodevalue", place, BASE_DEMAND, c.byref(value))
        self.call("setnodevalue", place, BASE_DEMAND, c.c_double(value.value * factor))

    def solve(self, *, hours: int, interval: int) -> None:
        """Hydraulics once; quality runs read them back."""
        for code, value in ((DURATION, hours * 3600), (REPORT_STEP, interval)):
            self.call("settimeparam", code, c.c_long(value))
        self.call("setqualtype", CHEMICAL, b"Tracer", b"mg/L", b"")
        self.call("addpattern", b"release")
        self.call("solveH")

    def released(
        self, *, place: int, first: int, steps: int, rate: float, sensors: list[int], hours: int, interval: int
    ) -> list[list[float]]:
        """Concentration [kg/m3] at sensors, one list by reading, for `rate` [kg/s] over whole hours."""
        pattern = c.c_int()
        self.call("getpatternindex", b"release", c.byref(pattern))
        shape = (c.c_double * (hours + 1))(
            *(1.0 if first <= hour < first + steps else 0.0 for hour in range(hours + 1))
        )
        self.call("setpattern", pattern, shape, hours + 1)
        settings = ((SOURCE_TYPE, MASS), (SOURCE, rate * MG_PER_MIN), (SOURCE_PATTERN, pattern.value))
        for code, value in settings:
            self.call("setnodevalue", place, code, c.c_double(value))
        try:
            return self._quality(sensors=sensors, interval=interval)
        finally:
            self.call("setnodevalue", place, SOURCE, c.c_double(0.0))

    def _quality(self, *, sensors: list[int], interval: int) -> list[list[float]]:
        now, left, value = c.c_long(), c.c_long(1), c.c_double()
        found = []
        self.call("openQ")
        try:
            self.call("initQ", 0)
            while left.value > 0:
                self.call("runQ", c.byref(now))
                if now.value % interval == 0:
                    row = []
                    for sensor in sensors:
                        self.call("getnodevalue", sensor, QUALITY, c.byref(value))
                        row.append(value.value * PER_MG_L)
                    found.append(row)
                self.call("nextQ", c.byref(left))
        finally:
            self.call("closeQ")
        return found


@contextmanager
def opened(*, path: Path, say: Callable[[str], None]) -> Iterator[Network]:
    """A network file, not yet solved.

    Raises:
        NoEpanet, EpanetFailed.
    """
    library, project = shared_library(say=say), c.c_void_p()
    if library.EN_createproject(c.byref(project)):
        raise EpanetFailed("EN_createproject")
    with TemporaryDirectory() as folder:
        network = Network(library=library, project=project)
        try:
            network.call("open", str(path).encode(), f"{folder}/report".encode(), f"{folder}/out".encode())
            yield network
        finally:
            library.EN_close(project)
            library.EN_deleteproject(project)
