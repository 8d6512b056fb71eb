"""Reaches in series: what a spill brings to a station below reaches of their own speed, dispersion and flow.

Along the course travel times L/u add up, and so do the variances 2 D L/u3 of the time of passing. One even reach with that time and that
variance stands for all of them. Tributaries thin the water and leave the mass as it is.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitoring.tracing.domain.river import Broad, cloud
from monitoring.tracing.domain.river_still import Still, held

Floats = NDArray[np.float64]
TOUCHING = 1e-6  # [m], nearer than which two places are one


@dataclass(frozen=True, slots=True)
class Course:
    """Reaches from the upper end down, as ratios to the first one; arrays of shape (reaches,)."""

    upper: Floats  # where each begins, rising [m]; the first goes on upstream, the last one downstream
    speed: Floats
    dispersion: Floats
    flow: Floats

    def way(self, place: Broad) -> Floats:
        """Metres of the first reach that take the water as long as it has come from its upper end."""
        return self._along(1 / self.speed, place)

    def widening(self, place: Broad) -> Floats:
        """Metres of the first reach that widen the time of passing as much."""
        return self._along(self.dispersion / self.speed**3, place)

    def flow_at(self, place: Broad) -> Floats:
        """Flow over that of the first reach; a station where a tributary comes in reads the water below it."""
        return np.asarray(self.flow[self._number(place)])

    def _along(self, each: Floats, place: Broad) -> Floats:
        """Integral of a number by reach from the upper end of the first one on."""
        sums = np.concatenate([[0.0], np.cumsum(each[:-1] * np.diff(self.upper))])
        number = self._number(place)
        return np.asarray(sums[number] + (place - self.upper[number]) * each[number])

    def _number(self, place: Broad) -> NDArray[np.int_]:
        return np.maximum(np.searchsorted(self.upper, place, side="right") - 1, 0)


def carried(
    *, course: Course | None, place: Broad, at: float, time: Broad, speed: Broad, dispersion: Broad, decay: float, still: Still | None = None
) -> Floats:  # fmt: skip
    """What a kilogram over a square metre of the first reach gives at a station [kg/m3 per kg/m2].

    Args:
        course: None for one even reach; place: of the spill, at: of the station [m]; time: since the spill [s].
        speed, dispersion: of the first reach [m/s], [m2/s]; decay: [1/s].
        still: water beside the stream, of the same share and stay in all reaches; `speed` is then that of the cloud.

    Source: sums of travel time and variance as in tracing notes 2.16; held against finite volumes in the tests.
    """
    way, even, flow = _way(course, place, at)
    if still is None:
        passing = cloud(x=way, time=time, speed=speed, dispersion=dispersion * even, decay=decay)
    else:
        passing = held(x=way, time=time, speed=speed, dispersion=dispersion * even, decay=decay, still=still)
    return passing if course is None else passing / flow


def _way(course: Course | None, place: Broad, at: float) -> tuple[Broad, Broad, Broad]:
    """Metres of the first reach from a place to a station, by what its dispersion grows there, and the flow over that of the first."""
    if course is None:
        return at - place, 1.0, 1.0
    way = course.way(at) - course.way(place)
    wide = course.widening(at) - course.widening(place)
    apart = np.abs(way) > TOUCHING
    return way, np.where(apart, wide, 1.0) / np.where(apart, way, 1.0), course.flow_at(at)
