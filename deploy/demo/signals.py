"""What one logger would measure if nothing ever broke: columns of factors over time, in the units of the catalogue."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deploy.demo.noise import Floats, smooth


@dataclass(slots=True)
class Signals:
    """Shape of value and converted: factors x moments; converted is NaN where nothing is converted."""

    value: NDArray[np.float64]
    converted: NDArray[np.float64]
    flow_m3_per_h: Floats | None = None  # of the outlet, for its totals


def ragged(key: int, t: Floats, *, slow: float, fast: float, fine: bool, slow_h: float = 26.0) -> Floats:
    """A factor around 1: slow drift of the process, faster swings, and the flicker of minutes where it is asked for."""
    exponent = slow * smooth(key, t, slow_h) + fast * smooth(key, t, 2.3, 1)
    if fine:
        exponent = exponent + 0.6 * fast * smooth(key, t, 0.21, 2) + 0.35 * fast * smooth(key, t, 1.0 / 45.0, 3)
    return np.exp(exponent)
