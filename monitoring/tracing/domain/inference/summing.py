"""What any trace sums up of its draws: the band of a rate, and how far the populations of chains agree."""

import numpy as np
from numpy.typing import NDArray

from monitoring.tracing.domain.inference.finding import Rate, r_hat, rate_of, scattered
from monitoring.tracing.domain.inference.sampler import Draws
from monitoring.tracing.domain.inference.settings import Settings

Floats = NDArray[np.float64]

ENOUGH = 150  # active draws for a band of their own
LIKELY, MOST = 0.05, 5  # hypotheses whose signals are compared: from this probability on, so many of the likeliest


def band_of(*, draws: Draws, number: int, settings: Settings, rng: np.random.Generator) -> Rate:
    """Rate of one hypothesis if active [kg/s]; what it would be, given the rest, where it was hardly ever active."""
    found = draws.released_by(number=number)
    if len(found) < ENOUGH:
        found = np.concatenate([found, draws.imagined_of(number=number)])
    return rate_of(draws=scattered(draws=found, scatter=settings.model_scatter, least=settings.least_spread, rng=rng))


def agreement_of(*, draws: Draws, chance: Floats) -> float:
    """Largest R-hat of the fit and of the signals of the likely hypotheses, between the populations.

    Args:
        chance: probability of each hypothesis, shape (hypotheses,).
    """
    likely = [int(k) for k in np.argsort(-chance, kind="stable")[:MOST] if chance[k] > LIKELY]
    signal = [np.where(draws.active[:, :, k], draws.rates[:, :, k], 0.0) for k in likely]
    return max(r_hat(draws=part.reshape(draws.populations, -1)) for part in [draws.fit, *signal])
