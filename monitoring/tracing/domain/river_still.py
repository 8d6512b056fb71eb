"""Still water beside a stream, as the search takes it: it holds a cloud back, widens it and gives it a tail."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitoring.tracing.domain.river import Broad

Floats = NDArray[np.float64]
LEAST_S = 1e-3  # of a passage, for the densities


@dataclass(frozen=True, slots=True)
class Still:
    """Dead zones along the whole way; numbers, or arrays of one shape."""

    share: Broad  # still water over running water in a cross-section
    stay: Broad  # mean time that water is held each time it is caught [s]


def held(*, x: Broad, time: Broad, speed: Broad, dispersion: Broad, decay: float, still: Still) -> Floats:
    """What a kilogram over a square metre gives in a stream with still water [kg/m3 per kg/m2].

    Args:
        x: way of the cloud [m]; time: since the release [s].
        speed: of the cloud as a whole, held back as it is [m/s]; dispersion: of the running water [m2/s].

    The area is the one that carries the flow at the speed of the cloud, so the whole passage brings a mass over the flow.
    Special cases: nothing at or above the place of the release. Where a cloud is caught less than about once on its way, three moments
    describe it poorly: what was never caught runs ahead of the rest.
    Source: first three moments, given to a delayed inverse Gaussian law. That moments let delay and mixing stand for storage: Lees,
    Camacho and Whitehead (2000), Water Resources Research 36(1), from its abstract.
    """
    way = np.maximum(x, 1e-9)
    mean, second, third = _cumulants(way, np.asarray(speed), np.asarray(dispersion), still)
    middle = 3 * second**2 / third
    shape = middle**3 / second
    left = time - (mean - middle)
    safe = np.maximum(left, LEAST_S)
    density = np.exp(-(shape / (2 * middle**2)) * (safe - middle) ** 2 / safe - decay * np.asarray(time)) / (
        safe * np.sqrt(safe)
    )
    scaled = density * (np.sqrt(shape / (2 * np.pi)) / speed)
    return np.asarray(np.where((left > LEAST_S) & (np.asarray(x) > 0), scaled, 0.0))


def _cumulants(x: Broad, speed: Floats, dispersion: Floats, still: Still) -> tuple[Floats, Floats, Floats]:
    """Of the time of passing [s], [s2], [s3].

    Running water passes a sudden release with x/u + 2D/u2, 2Dx/u3 + 8D2/u4 and 12D2x/u5 + 64D3/u6. Meanwhile it is caught at even odds
    and held by an exponential law: a compound Poisson process on top, whose cumulants for each second are those below.
    """
    share, stay = np.asarray(still.share), np.asarray(still.stay)
    slower = 1 + share
    u = speed * slower
    each, lag = x / u, dispersion / u**2
    run, spread, skew = each + 2 * lag, 2 * lag * each + 8 * lag**2, 12 * lag**2 * each + 64 * lag**3
    caught = share * stay
    return (
        slower * run, slower**2 * spread + 2 * caught * run,
        slower**3 * skew + 6 * slower * caught * spread + 6 * caught * stay * run,
    )  # fmt: skip
