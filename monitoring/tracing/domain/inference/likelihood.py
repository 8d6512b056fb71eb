"""How likely readings are: Student-t errors with parts that grow with the model, and limits of detection.

The model errs in two ways. Everywhere by a share of itself, because rates flicker and curves are averages; and on the flanks of a
plume by what a small sway of the wind between mast and plume changes there, which is much on a flank and little on the axis.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr

from monitoring.tracing.domain.inference.evidence import Evidence

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]

FREEDOM = 4.0
KAPPA_MIDDLE, KAPPA_SPREAD = 0.5, 0.4  # prior of the model's relative error, lognormal
SWAY_MIDDLE, SWAY_SPREAD = 0.7, 0.4  # of the sway, in units of `evidence.SWAY_DEG`; blocks average over it
# Least relative error: what a calibrated instrument and a block mean leave in any case.
FLOOR = 0.1


@dataclass(frozen=True, slots=True)
class Errors:
    """Of the model, by chain."""

    kappa: Floats  # relative, shape (chains,)
    sway: Floats  # in units of `evidence.SWAY_DEG`, shape (chains,)


@dataclass(frozen=True, slots=True)
class Scaled:
    """Evidence in units of its typical noise and single precision, which is ample for it and several times as fast."""

    unit: float  # [kg/m3]
    excess: Singles
    level: Singles  # first estimate of the background less each sensor's constant part
    raw: Singles  # readings less that constant part
    above: Singles  # the part of the excess above zero
    noise: Singles
    variance: Singles
    hidden: NDArray[np.bool_] | None  # rows below the limit of detection, None where there are none
    columns: Singles  # over rate [1/(kg/s)], shape (assumptions, hypotheses, rows)
    flanks: Singles  # squared, over squared rate, the same shape


def scaled(*, evidence: Evidence) -> Scaled:
    """Evidence for the sampler."""
    unit = float(np.median(evidence.noise))
    grain = evidence.noise if evidence.grain is None else evidence.grain
    excess, noise = (np.asarray(v / unit, dtype=np.float32) for v in (evidence.excess, grain))
    level = np.zeros_like(excess) if evidence.level is None else np.asarray(evidence.level / unit, dtype=np.float32)
    hidden = evidence.censored if evidence.censored.any() else None
    columns = evidence.columns / np.float32(unit)
    flanks = np.zeros_like(columns) if evidence.flank is None else (evidence.flank / np.float32(unit)) ** 2
    return Scaled(
        unit, excess, level, excess + level, np.maximum(excess, np.float32(0)), noise, noise**2, hidden, columns, flanks
    )


def squared_scale(*, seen: Scaled, model: Singles, flank: Singles, errors: Errors) -> Singles:
    """Squared scale of the errors, shape (chains, rows)."""
    relative = (errors.kappa**2 + FLOOR**2).astype(np.float32)[:, None]
    sway = (errors.sway**2).astype(np.float32)[:, None]
    return np.asarray(seen.variance + relative * model**2 + sway * flank)


def log_likelihood(*, seen: Scaled, model: Singles, flank: Singles, level: Singles, errors: Errors) -> Floats:
    """Log likelihood by chain, without constants and before tempering.

    Args:
        model: signal of the sources; flank: squared effect of a sway of one; level: background less its constant part; all of
            shape (chains, rows), in `seen.unit`.

    Returns:
        Shape (chains,).
    """
    variance = squared_scale(seen=seen, model=model, flank=flank, errors=errors)
    residual = seen.raw - model - level
    # Student-t with the variance's logarithm and that of 1 + r^2 / (freedom v) joined, which saves a division.
    found = 2.0 * np.log(variance) - np.float32((FREEDOM + 1) / 2) * np.log(
        np.float32(FREEDOM) * variance + residual**2
    )
    if seen.hidden is not None:
        found[:, seen.hidden] = 0.0
        return np.asarray(found.sum(axis=1, dtype=np.float64)) + hidden_likelihood(
            seen=seen, rest=residual, variance=variance
        )
    return np.asarray(found.sum(axis=1, dtype=np.float64))


def hidden_likelihood(*, seen: Scaled, rest: NDArray[Any], variance: Singles) -> Floats:
    """Log probability by chain that the rows below the limit of detection stay below it.

    Args:
        rest: the limit less model and background; variance: squared scale; shape (chains, rows).
    """
    ratio = rest[:, seen.hidden].astype(float) / np.sqrt(variance[:, seen.hidden])
    return np.asarray(log_ndtr(ratio).sum(axis=1))


def log_prior_errors(*, errors: Errors) -> Floats:
    """Of the logarithms of both errors."""
    kappa = np.log(errors.kappa / KAPPA_MIDDLE) / KAPPA_SPREAD
    return np.asarray(-0.5 * (kappa**2 + (np.log(errors.sway / SWAY_MIDDLE) / SWAY_SPREAD) ** 2))
