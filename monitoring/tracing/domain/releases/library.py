"""What a unit of mass from each node in each step does to each sensor: kept for one revision of a network."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from parks.catalogue.domain.errors import Invalid

Singles = NDArray[np.float32]


class WrongLibrary(Invalid):
    """The library was made for another network, or its parts do not fit together."""

    code = "releases.library"


@dataclass(frozen=True, slots=True)
class Library:
    """Unit responses: concentration over rate [s/m3]. Linear only while the hydraulics do not depend on the release.

    A node may stand in `nodes` several times, once for each way the water may have flowed; its probability is their sum.
    """

    revision: str  # digest of the network it was computed from
    nodes: tuple[str, ...]
    sensors: tuple[str, ...]
    step: float  # length of a release step [s]
    interval: float  # between readings [s]; the first is at the clock's zero
    responses: Singles  # shape (nodes, release steps, sensors, readings)
    weight: tuple[float, ...] = ()  # of each entry of `nodes`, 1 unless given

    def __post_init__(self) -> None:
        if self.responses.ndim != 4 or self.responses.shape[::2] != (len(self.nodes), len(self.sensors)):
            raise WrongLibrary(shape=self.responses.shape, nodes=len(self.nodes), sensors=len(self.sensors))

    def of(self, *, network: str) -> "Library":
        """This library, if it belongs to the network with this text.

        Raises:
            WrongLibrary: the network changed since; the responses must be computed again.
        """
        if revision_of(network=network) != self.revision:
            raise WrongLibrary(made_for=self.revision, asked_for=revision_of(network=network))
        return self


def joined(*, libraries: Sequence[Library], revision: str) -> Library:
    """One library of several assumptions about the hydraulics, alike likely.

    Raises:
        WrongLibrary: they differ in sensors, steps or readings.
    """
    first = libraries[0]
    if any(one.responses.shape[1:] != first.responses.shape[1:] or one.sensors != first.sensors for one in libraries):
        raise WrongLibrary(shapes=[one.responses.shape for one in libraries])
    nodes = tuple(node for one in libraries for node in one.nodes)
    responses = np.concatenate([one.responses for one in libraries])
    return Library(revision, nodes, first.sensors, first.step, first.interval, responses)


def revision_of(*, network: str) -> str:
    """Digest of a network's text; line ends and trailing blanks change no hydraulics and count for nothing."""
    lines = (line.rstrip() for line in network.splitlines())
    return sha256("\n".join(line for line in lines if line).encode()).hexdigest()
