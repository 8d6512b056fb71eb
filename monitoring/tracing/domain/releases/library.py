"""What a unit of mass from each node in each step does to each sensor: kept for one revision of a network."""

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
    """Unit responses: concentration over rate [s/m3]. Linear only while the hydraulics do not depend on the release."""

    revision: str  # digest of the network it was computed from
    nodes: tuple[str, ...]
    sensors: tuple[str, ...]
    step: float  # length of a release step [s]
    interval: float  # between readings [s]; the first is at the clock's zero
    responses: Singles  # shape (nodes, release steps, sensors, readings)

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


def revision_of(*, network: str) -> str:
    """Digest of a network's text; line ends and trailing blanks change no hydraulics and count for nothing."""
    lines = (line.rstrip() for line in network.splitlines())
    return sha256("\n".join(line for line in lines if line).encode()).hexdigest()
