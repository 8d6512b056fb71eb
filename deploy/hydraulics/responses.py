"""Unit-response libraries of pressurised networks, one for each revision, kept under `var/network-responses`."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy as np

from deploy.hydraulics import epanet
from monitoring.tracing.domain.releases.library import Library, revision_of
from monitoring.tracing.services.hydraulics import NetworkTooLarge, NoSolver

log = logging.getLogger(__name__)

KEPT = epanet.VAR / "network-responses"
HOUR = 3600
MOST_HOURS = 6.0  # a night; what takes longer is refused before it begins
TRIED = 3  # runs that are timed first, from nodes all over the network
TEST_RATE = (
    1.0  # kg/s; EPANET joins volumes of water that differ by less than 0.01 mg/L, so small rates lose their tails
)


def library_of(
    *, path: Path, sensors: Sequence[str], say: Callable[[str], None], hours: int = 48, interval: int = 600, releases: int | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Library:  # fmt: skip
    """Responses of every junction and hour, computed once and then read.

    Args:
        path: an .inp file; sensors: names of nodes; hours: of the readings; interval: between them [s].
        releases: hours in which a release may begin or last, all unless told otherwise.

    Raises:
        NoEpanet, EpanetFailed.
    """
    steps = hours if releases is None else releases
    revision = revision_of(network=path.read_text(encoding="utf-8", errors="replace"))
    asked = sha256(repr((TEST_RATE, revision, tuple(sensors), hours, interval, steps)).encode()).hexdigest()[:24]
    kept = KEPT / f"{asked}.npz"
    if kept.exists():
        with np.load(kept) as found:
            return Library(
                revision, tuple(found["nodes"].tolist()), tuple(sensors), HOUR, interval, found["responses"]
            )  # fmt: skip
    with epanet.opened(path=path, say=say) as network:
        nodes = network.junctions()
        say(f"{len(nodes)} nodes x {steps} hours: {len(nodes) * steps} quality runs, kept in {kept.name}")
        responses = _computed(network, list(nodes.values()), sensors, hours, interval, steps, progress)
    KEPT.mkdir(parents=True, exist_ok=True)
    half = kept.with_suffix(".part.npz")
    np.savez_compressed(half, nodes=np.array(list(nodes)), responses=responses)
    half.replace(kept)
    return Library(revision, tuple(nodes), tuple(sensors), HOUR, interval, responses)


def solved(text: str, sensors: Sequence[str], progress: Callable[[int, int], None]) -> Library:
    """What the portal asks: the library of a network's text.

    Raises:
        NoSolver: EPANET cannot be had, or refuses the network.
    """
    with TemporaryDirectory() as folder:
        path = Path(folder) / "network.inp"
        path.write_text(text, encoding="utf-8")
        try:
            return library_of(path=path, sensors=sensors, say=log.info, progress=progress)
        except (epanet.NoEpanet, epanet.EpanetFailed) as error:
            raise NoSolver(str(error)) from error


def refuse_long(*, seconds: float, runs: int) -> None:
    """Refuse what would hold the worker up.

    Args:
        seconds: of one run, as measured; runs: that are needed.

    Raises:
        NetworkTooLarge: all of them take longer than `MOST_HOURS`.
    """
    needed = seconds * runs / HOUR
    if needed > MOST_HOURS:
        raise NetworkTooLarge(
            f"The responses would take {needed:.0f} hours.", hours=f"{needed:.0f}", runs=runs, seconds=f"{seconds:.2g}", most=f"{MOST_HOURS:.0f}",
        )  # fmt: skip


def _computed(
    network: epanet.Network,
    nodes: list[int],
    sensors: Sequence[str],
    hours: int,
    interval: int,
    steps: int,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> np.ndarray:
    network.solve(hours=hours, interval=interval)
    places = [network.place(node=name) for name in sensors]
    begin = perf_counter()
    for node in nodes[:: max(len(nodes) // TRIED, 1)][:TRIED]:
        network.released(place=node, first=0, steps=1, rate=TEST_RATE, sensors=places, hours=hours, interval=interval)
    refuse_long(seconds=(perf_counter() - begin) / min(TRIED, len(nodes)), runs=len(nodes) * steps)
    found = np.zeros((len(nodes), steps, len(sensors), hours * HOUR // interval + 1), dtype=np.float32)
    for number, node in enumerate(nodes):
        for hour in range(steps):
            rows = network.released(
                place=node, first=hour, steps=1, rate=TEST_RATE, sensors=places, hours=hours, interval=interval
            )
            found[number, hour] = np.array(rows, dtype=np.float32).T / TEST_RATE
        progress(number + 1, len(nodes))
    return found
