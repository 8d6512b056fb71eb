"""When hypotheses may be on: throughout the event, or from one block to another within it.

A leak that began at noon says nothing about the wind of the morning, and another source may have been on all day. Every point and
every unknown place therefore has a span of its own, from `first` up to `last` in equal parts of the event; what comes from outside
is on throughout.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitoring.tracing.domain.inference.evidence import Evidence

Floats = NDArray[np.float64]

WHOLE = 0.85  # prior of being on throughout
MOST_PARTS = 96  # of an event; longer ones are cut into longer parts
TRIED_WHOLE, TRIED_ALIKE = (
    0.4,
    0.3,
)  # shares of the spans that are tried: throughout, any alike; the rest where readings suggest it
SOFT = 3.0  # of what readings suggest: other sources are in them
OUTSIDE = 2  # kinds of what comes from outside, each by sector, the last of the hypotheses


@dataclass(frozen=True, slots=True)
class Spans:
    """Fixed tables. Spans are numbered by their first part, then by their last; so many of them begin at or after each part."""

    part: NDArray[np.int_]  # of each row; rows before and after the event belong to its first and last part
    count: int  # of parts
    log_prior: Floats  # of being on throughout and of any other span, shape (k, 2)
    log_tried: Floats  # of trying each span, shape (k, spans)
    tried_sums: Floats  # cumulated
    gain: Floats  # log likelihood ratio that the best span of each could give alone, shape (k,)


def spans_of(*, evidence: Evidence, middle: Floats, weights: Floats) -> Spans:
    """Tables of an event.

    Args:
        middle: columns under the most likely air, shape (k, rows); weights: inverse variances, shape (rows,).
    """
    part, count = parts_of(evidence=evidence)
    first, last = edges_of(count=count)
    hypotheses = len(evidence.prior)
    of_part = np.eye(count)[part]
    inner, square = (middle * (weights * evidence.excess)) @ of_part, (middle**2 * weights) @ of_part
    inner, square = (np.pad(np.cumsum(one, axis=1), ((0, 0), (1, 0))) for one in (inner, square))
    gain = np.maximum(inner[:, last] - inner[:, first], 0.0) ** 2 / np.maximum(
        square[:, last] - square[:, first], 1e-300
    )
    gain *= evidence.tempering / 2
    score = (gain - gain.max(axis=1, keepdims=True)) / SOFT
    suggested = np.exp(np.maximum(score, -40.0))
    suggested /= suggested.sum(axis=1, keepdims=True)
    throughout = (first == 0) & (last == count)
    tried = TRIED_WHOLE * throughout + TRIED_ALIKE / len(first) + (1 - TRIED_WHOLE - TRIED_ALIKE) * suggested
    others = max(len(first) - 1, 1)
    log_prior = np.tile(np.log([WHOLE, (1 - WHOLE) / others]), (hypotheses, 1))
    steady = np.arange(hypotheses) >= hypotheses - OUTSIDE * evidence.sectors
    if len(first) == 1:
        steady[:] = True
    tried[steady] = throughout
    log_prior[steady] = [0.0, -np.inf]
    with np.errstate(divide="ignore"):
        return Spans(
            part,
            count,
            log_prior,
            np.ascontiguousarray(np.log(tried)),
            np.ascontiguousarray(np.cumsum(tried, axis=1)),
            _best(gain, throughout, others, steady),
        )


def _best(gain: Floats, throughout: NDArray[np.bool_], others: int, steady: NDArray[np.bool_]) -> Floats:
    """Of the whole event or of its best span, less what the choice among so many costs."""
    whole = gain[:, throughout][:, 0]
    return np.where(steady, whole, np.maximum(whole, gain.max(axis=1) - np.log(others)))


def parts_of(*, evidence: Evidence) -> tuple[NDArray[np.int_], int]:
    """Part of the event that each row belongs to, and how many there are; one where it has none."""
    return parts_at(block=evidence.block, event=evidence.event)


def parts_at(*, block: NDArray[np.int_], event: tuple[int, int] | None) -> tuple[NDArray[np.int_], int]:
    """The same by block."""
    if event is None:
        return np.zeros(len(block), dtype=int), 1
    start, end = event
    length = length_of(event=event)
    count = -(-(end - start) // length)
    return np.clip((block - start) // length, 0, count - 1), count


def mean_rates(
    *, active: NDArray[np.bool_], rates: Floats, spans: NDArray[np.int16], parts: int
) -> Floats:  # fmt: skip
    """Mean rate of each hypothesis in each part of the event, zero in draws in which it is not on.

    Args:
        active, rates: shape (chains, kept, k); spans: shape (chains, kept, k, 2).

    Returns:
        Shape (k, parts), in the unit of the rates.
    """
    found = np.zeros((active.shape[2], parts + 1))
    for k in range(active.shape[2]):
        on = active[:, :, k]
        given, (first, last) = rates[:, :, k][on], spans[:, :, k][on].T
        found[k] = np.bincount(first, given, parts + 1) - np.bincount(last, given, parts + 1)
    return np.asarray(np.maximum(np.cumsum(found, axis=1)[:, :-1], 0.0) / active[:, :, 0].size)


def length_of(*, event: tuple[int, int]) -> int:
    """Blocks of a part."""
    return max(-(-(event[1] - event[0]) // MOST_PARTS), 1)


def edges_of(*, count: int) -> tuple[NDArray[np.int_], NDArray[np.int_]]:
    """First part of every span and the part after its last, in the order of their numbers."""
    first, last = np.triu_indices(count)
    return first, last + 1


def shares_on(*, rates: Floats) -> Floats:
    """How far a source is on in each part, from its mean rates there; throughout where it never is."""
    highest = float(rates.max(initial=0.0))
    return rates / highest if highest > 0 else np.ones(len(rates))
