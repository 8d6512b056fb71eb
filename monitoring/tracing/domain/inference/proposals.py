"""Where the sampler looks first: likely hypotheses, and look-alikes to swap. They steer the walk, never the answer."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitoring.tracing.domain.inference.evidence import Evidence
from monitoring.tracing.domain.inference.spans import Spans, spans_of

Floats = NDArray[np.float64]

TRUST = 20.0  # parts that the readings of an event add to a profile when shares are tried


@dataclass(frozen=True, slots=True)
class Proposals:
    """Fixed tables of the moves."""

    pick: Floats  # probability of trying a hypothesis, shape (k,)
    pick_sums: Floats  # cumulated
    alike: Floats  # probability of swapping row for column, shape (k, k), zero on the diagonal unless there is but one
    alike_sums: Floats  # cumulated along rows
    norms: Floats  # size of each column in each air, shape (assumptions, k)
    tried: Floats  # of the Dirichlet densities from which shares are tried, shape (k, substances)
    spans: Spans


def proposals_of(*, evidence: Evidence) -> Proposals:
    """Tables from the columns under the most likely air."""
    count = len(evidence.prior)
    weights = 1 / (evidence.noise**2 + 0.16 * np.maximum(evidence.excess, 0.0) ** 2)
    norms = np.sqrt(np.array([(one.astype(np.float64) ** 2) @ weights for one in evidence.columns]))
    norms = np.maximum(norms, 1e-12 * max(float(norms.max(initial=0.0)), 1e-300))
    middle = evidence.columns[int(np.argmax(evidence.log_air))].astype(float)
    scaled = middle * np.sqrt(weights) / norms[int(np.argmax(evidence.log_air))][:, None]
    spans = spans_of(evidence=evidence, middle=middle, weights=weights)
    score = spans.gain + np.log(evidence.prior)
    likely = np.exp(np.clip(score - score.max(), -16.0, 0.0) / 5)
    pick = 0.3 / count + 0.7 * likely / likely.sum()
    alike = np.einsum("kr,jr->kj", scaled, scaled) ** 2 + 0.02
    np.fill_diagonal(alike, 0.0 if count > 1 else 1.0)
    alike /= alike.sum(axis=1, keepdims=True)
    tried = _tried(evidence, middle, weights)
    return Proposals(
        pick / pick.sum(), np.cumsum(pick / pick.sum()), alike, np.cumsum(alike, axis=1), norms, tried, spans
    )


def _tried(evidence: Evidence, middle: Floats, weights: Floats) -> Floats:
    """Profiles with what the readings of each substance would need of each hypothesis alone."""
    if evidence.shares is None or evidence.kind is None:
        return np.ones((len(middle), 1))
    of_kind = np.eye(evidence.kinds)[evidence.kind]
    needed = np.maximum((middle * (weights * evidence.excess)) @ of_kind, 0.0)
    needed = needed / np.maximum((middle**2 * weights) @ of_kind, 1e-300) * (evidence.shares > 0)
    total = needed.sum(axis=1, keepdims=True)
    return np.asarray(evidence.shares + TRUST * np.divide(needed, total, out=np.zeros_like(needed), where=total > 0))
