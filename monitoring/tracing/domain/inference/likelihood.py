"""How likely readings are: Student-t errors with a part that grows with the model, and limits of detection."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr

from monitoring.tracing.domain.inference.evidence import Evidence

Floats = NDArray[np.float64]

FREEDOM = 4.0
KAPPA_MIDDLE, KAPPA_SPREAD = 0.5, 0.4  # prior of the model's relative error, lognormal
# Least relative error: what a calibrated instrument and a block mean leave in any case.
FLOOR = 0.1


def log_likelihood(*, evidence: Evidence, model: Floats, offset: Floats, kappa: Floats) -> Floats:
    """Tempered log likelihood by chain, without constants.

    Args:
        model: signal of the sources, shape (chains, rows); offset: of the background by sensor, shape (chains, sensors).
        kappa: relative error of the model, shape (chains,).

    Returns:
        Shape (chains,).
    """
    variance = evidence.noise**2 + (kappa[:, None] ** 2 + FLOOR**2) * model**2
    residual = evidence.excess - model - offset[:, evidence.sensor]
    found = -0.5 * np.log(variance) - (FREEDOM + 1) / 2 * np.log1p(residual**2 / (FREEDOM * variance))
    if evidence.censored.any():
        hidden = evidence.censored
        found[:, hidden] = log_ndtr(residual[:, hidden] / np.sqrt(variance[:, hidden]))
    return np.asarray(evidence.tempering * found.sum(axis=1))


def log_prior_kappa(*, kappa: Floats) -> Floats:
    """Of the logarithm of kappa."""
    return np.asarray(-0.5 * (np.log(kappa / KAPPA_MIDDLE) / KAPPA_SPREAD) ** 2)
