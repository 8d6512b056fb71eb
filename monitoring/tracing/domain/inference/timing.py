"""When sources were on, summed up from the spans that were drawn, and what they let out in that time."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitoring.tracing.domain.inference.evidence import Evidence
from monitoring.tracing.domain.inference.finding import QUANTILES, When
from monitoring.tracing.domain.inference.sampler import Draws
from monitoring.tracing.domain.inference.spans import length_of
from monitoring.tracing.domain.inference.summing import ENOUGH

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Clock:
    """Ends of the parts of the event [s] after the first reading, shape (parts + 1,)."""

    edges: Floats

    @property
    def whole(self) -> float:
        """How long the event is [s]."""
        return float(self.edges[-1] - self.edges[0])

    def lasted(self, *, spans: NDArray[np.int16]) -> Floats:
        """How long each span is [s], shape of the spans without their last axis."""
        return np.asarray(self.edges[spans[..., 1]] - self.edges[spans[..., 0]])


def clock_of(*, evidence: Evidence, parts: int, block_s: float, end_s: float) -> Clock | None:
    """Times of the parts; None where nothing rose, and there is no event.

    Args:
        block_s: length of a block [s]; end_s: of all readings, the last block may end early [s].
    """
    if evidence.event is None:
        return None
    first, last = evidence.event
    blocks = np.minimum(first + length_of(event=evidence.event) * np.arange(parts + 1), last)
    return Clock(np.minimum(blocks * block_s, end_s))


def when_of(*, draws: Draws, numbers: NDArray[np.int_], clock: Clock | None) -> When | None:
    """When hypotheses that stand for one source were on, if they were active; None where they hardly ever were.

    Args:
        numbers: of the hypotheses; of several that are active together the time from the first to the last counts.
    """
    if clock is None:
        return None
    active = draws.active[:, :, numbers]
    some = active.any(axis=2)
    if some.sum() < ENOUGH:
        return None
    spans = draws.spans[:, :, numbers]
    first = np.where(active, spans[..., 0], draws.parts).min(axis=2)[some]
    last = np.where(active, spans[..., 1], 0).max(axis=2)[some]
    turned = np.bincount(first, minlength=draws.parts + 1) - np.bincount(last, minlength=draws.parts + 1)
    begin, end = clock.edges[first], clock.edges[last]
    return When(
        tuple(float(t) for t in clock.edges), tuple(float(p) for p in np.cumsum(turned)[:-1] / len(first)),
        float(((first == 0) & (last == draws.parts)).mean()), _quantiles(begin), _quantiles(end), _quantiles(end - begin),
    )  # fmt: skip


def let_out(*, draws: Draws, numbers: NDArray[np.int_], clock: Clock | None) -> Floats | None:
    """What hypotheses let out together while any of them is active [kg], shape (draws,); None where there is no event."""
    if clock is None:
        return None
    active = draws.active[:, :, numbers]
    amounts = draws.released[:, :, numbers] * clock.lasted(spans=draws.spans[:, :, numbers])
    return np.asarray(np.where(active, amounts, 0.0).sum(axis=2)[active.any(axis=2)])


def _quantiles(seconds: Floats) -> tuple[float, ...]:
    return tuple(float(q) for q in np.quantile(seconds, QUANTILES))
