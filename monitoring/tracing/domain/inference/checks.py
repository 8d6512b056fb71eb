"""Checks of a fit: posterior predictive by sensor, one sensor left out at a time, and what could have been seen."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc

from monitoring.tracing.domain.inference.evidence import Evidence
from monitoring.tracing.domain.inference.sampler import Draws
from monitoring.tracing.domain.inference.scan import greedy, weights_of

Floats = NDArray[np.float64]

UNSEEN = 1e3  # [kg/s]; no leak is larger


def predictive(*, evidence: Evidence, draws: Draws) -> Floats:
    """Tail probability of each sensor's misfit under the model, shape (sensors,); small means the sensor does not fit.

    The misfit is the sum of squared standardised residuals, clipped at three deviations as the Student errors damp them.
    """
    residual = np.clip((evidence.excess - draws.model - draws.level) / draws.deviation, -3.0, 3.0)
    sensors = int(evidence.sensor.max()) + 1
    # Several substances err alike at one sensor in one block: together they count as one row.
    power = draws.tempering / evidence.kinds
    total = np.bincount(evidence.sensor, residual**2, minlength=sensors) * power
    count = np.bincount(evidence.sensor, minlength=sensors) * power
    return np.asarray(chdtrc(np.maximum(count, 1.0), total))


def left_out(*, evidence: Evidence, hypotheses: int) -> dict[int, int]:
    """First candidate of a quick fit without each sensor that carries signal.

    Args:
        hypotheses: registered ones, the first columns.

    Returns:
        By sensor, the place that then explains most; -1 where nothing does.
    """
    matrix = evidence.columns[int(np.argmax(evidence.log_air)), :hypotheses].astype(float).T
    found = {}
    for sensor in np.unique(evidence.sensor[evidence.excess > 3 * evidence.noise]):
        rest = evidence.sensor != sensor
        found[int(sensor)] = _first(matrix[rest], evidence.excess[rest], evidence.noise[rest])
    return found


def _first(matrix: Floats, excess: Floats, noise: Floats) -> int:
    fit = greedy(matrix=matrix, excess=excess, weights=weights_of(excess=excess, noise=noise))
    if not fit.picks:
        return -1
    signal = matrix[:, list(fit.picks)].mean(axis=0) * fit.rates
    return fit.picks[int(np.argmax(signal))]


def observable(*, columns: Floats, noise: Floats) -> Floats:
    """Smallest rate of each candidate that would stand out by two deviations in this wind [kg/s].

    Args:
        columns: shape (k, rows); noise: shape (rows,).

    Special cases: infinite where no sensor could see it.
    """
    power = np.sqrt((columns.astype(float) ** 2 / noise**2).sum(axis=1))
    with np.errstate(divide="ignore"):
        found = 2 / power
    return np.asarray(np.where(found > UNSEEN, np.inf, found))


def speaking(
    *, evidence: Evidence, draws: Draws, place: int, rate: float, most: int = 5
) -> tuple[list[int], list[int]]:
    """Rows that speak most for, and most against, a hypothesis at a rate.

    Args:
        place: column; rate: [kg/s].
    """
    column = evidence.columns[int(np.argmax(evidence.log_air)), place].astype(float) * rate
    others = draws.model - np.minimum(column, draws.model)
    scale = np.sqrt(evidence.noise**2 + 0.25 * column**2)
    without = np.minimum(np.abs(evidence.excess - others) / scale, 10.0)
    within = np.minimum(np.abs(evidence.excess - others - column) / scale, 10.0)
    better = without**2 - within**2
    order = np.argsort(-better, kind="stable")
    positive = [int(i) for i in order[:most] if better[i] > 1]
    missing = np.where(evidence.excess < 0.3 * column, column / evidence.noise, 0.0)
    against = [int(i) for i in np.argsort(-missing, kind="stable")[:most] if missing[i] > 2]
    return positive, against
