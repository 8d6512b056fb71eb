"""Unit responses along the pipes of a sewer, under many assumptions of how fast each pipe runs and how much it mixes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr, ndtr, ndtri

from monitoring.tracing.domain.sewers.network import SPEED_ERROR, Leg, Reach

Floats = NDArray[np.float64]
PIPE_ERROR = 0.12  # relative, of each pipe's own speed beside the shared one; assumed
SPREAD_ERROR = 0.8  # of the logarithm of dispersion, shared by all pipes: formulas differ by factors; assumed
DRAWS = 24


@dataclass(frozen=True, slots=True)
class Supposed:
    """One assumption about all pipes."""

    paces: Mapping[str, float]  # factor of each pipe's travel time
    spread: float  # factor of the variance by dispersion

    def of(self, *, leg: Leg, reaches: Mapping[str, Reach]) -> tuple[float, float]:
        """Mean [s] and variance [s2] of a leg's travel time."""
        parts = [(self.paces[name], reaches[name]) for name in leg.pipes]
        time = sum(pace * one.time for pace, one in parts)
        return time, self.spread * sum(pace**2 * one.spread for pace, one in parts)


def assumptions(*, pipes: Sequence[str], count: int = DRAWS) -> tuple[Supposed, ...]:
    """Alike likely assumptions about the pipes.

    Draws are stratified normal deviates in an order that hangs on the pipe's name alone, so that neither the order of the file nor
    another pipe changes them. Each pipe differs: with one factor for all, relative times would count as known and names would be
    too sure of themselves.
    """
    shared, mixing = _deviates("shared", count), _deviates("spread", count)
    own = {name: np.exp(SPEED_ERROR * shared + PIPE_ERROR * _deviates(f"pipe {name}", count)) for name in pipes}
    return tuple(
        Supposed({name: float(own[name][k]) for name in pipes}, float(np.exp(SPREAD_ERROR * mixing[k])))
        for k in range(count)
    )  # fmt: skip


def _deviates(name: str, count: int) -> Floats:
    order = np.random.default_rng(crc32(name.encode())).permutation(count)
    return np.asarray(ndtri((order + 0.5) / count))


def passed(*, time: Floats, mean: float, spread: float) -> Floats:
    """Share of a sudden release that has passed by `time` [s]: first passage of advection and dispersion.

    Source: inverse Gaussian distribution with this mean [s] and variance `spread` [s2].
    """
    if mean <= 0:
        return np.asarray(time >= 0, dtype=float)
    if spread <= 0:
        return np.asarray(time >= mean, dtype=float)
    shape = mean**3 / spread
    t = np.maximum(time, 1e-9)
    root = np.sqrt(shape / t)
    late = np.exp(2 * shape / mean + log_ndtr(-root * (t / mean + 1)))
    return np.asarray(np.where(time > 0, ndtr(root * (t / mean - 1)) + late, 0.0))


def response(
    *, legs: Sequence[Leg], reaches: Mapping[str, Reach], supposed: Supposed, time: Floats, length: float, decay: float
) -> Floats:
    """Concentration over rate at the end of the legs [s/m3] of a release that begins at zero and lasts `length` [s].

    Args:
        time: [s], shape (t,); decay: [1/s], taken over the mean travel time.
    """
    found = np.zeros_like(time)
    for leg in legs:
        mean, spread = supposed.of(leg=leg, reaches=reaches)
        kept = leg.share / leg.flow * np.exp(-decay * mean)
        found += kept * (
            passed(time=time, mean=mean, spread=spread) - passed(time=time - length, mean=mean, spread=spread)
        )
    return found
