"""From minutes to hours, from hours to days, from days to months: many groups at once.

Rows come sorted by group and time; `starts` holds the index of the first row of each group, and every group has at
least one row. Sums run in that order, so the same rows give the same bits whatever order they arrived in.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitoring.series.domain.verdicts import Reason, Verdict

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Index = NDArray[np.intp]

ARITHMETIC, DIRECTION, HYDROGEN_ION = 0, 1, 2  # how values of a channel are averaged
MINUTES = 60


@dataclass(frozen=True, slots=True)
class Means:
    """Results, one entry a group; NaN where there is none."""

    value: Floats
    minimum: Floats
    maximum: Floats
    converted: Floats
    coverage: Floats
    verdict: NDArray[np.int16]
    reason: NDArray[np.int16]


def sums(values: Floats, counted: Flags, starts: Index) -> Floats:
    """Sum of the counted rows of each group."""
    return np.add.reduceat(np.where(counted, values, 0.0), starts)


def means(
    values: Floats, counted: Flags, starts: Index, kind: NDArray[np.int8], weights: Floats | None = None
) -> Floats:
    """Mean of the counted rows of each group, by the kind of each group; NaN where nothing counts.

    Directions [degrees] are averaged as unit vectors. pH is averaged over the hydrogen ion concentration.
    """
    counted = counted & ~np.isnan(values)
    w = np.ones_like(values) if weights is None else np.where(np.isnan(weights), 0.0, weights)
    total = np.add.reduceat(np.where(counted, w, 0.0), starts)
    with np.errstate(invalid="ignore", divide="ignore"):
        result = np.add.reduceat(np.where(counted, values * w, 0.0), starts) / total
        if (kind == DIRECTION).any():
            angle = np.radians(values)
            east = np.add.reduceat(np.where(counted, np.sin(angle) * w, 0.0), starts)
            north = np.add.reduceat(np.where(counted, np.cos(angle) * w, 0.0), starts)
            result = np.where(kind == DIRECTION, np.degrees(np.arctan2(east, north)) % 360.0, result)
        if (kind == HYDROGEN_ION).any():
            ions = np.add.reduceat(np.where(counted, 10.0 ** -np.clip(values, -2.0, 16.0) * w, 0.0), starts) / total
            result = np.where(kind == HYDROGEN_ION, -np.log10(ions), result)
    return np.where(total > 0, result, np.nan)


def extremes(low: Floats, high: Floats, counted: Flags, starts: Index) -> tuple[Floats, Floats]:
    """Smallest and largest of the counted rows of each group."""
    smallest = np.minimum.reduceat(np.where(counted & ~np.isnan(low), low, np.inf), starts)
    largest = np.maximum.reduceat(np.where(counted & ~np.isnan(high), high, -np.inf), starts)
    return np.where(np.isinf(smallest), np.nan, smallest), np.where(np.isinf(largest), np.nan, largest)


def hours_from_minutes(
    *,
    value: Floats,
    minimum: Floats,
    maximum: Floats,
    converted: Floats,
    verdict: NDArray[np.int16],
    reason: NDArray[np.int16],
    minutes: Floats,
    starts: Index,
    kind: NDArray[np.int8],
    min_minutes: NDArray[np.int16],
) -> Means:
    """Hour means of minute records.

    Args:
        value, minimum, maximum, converted: of each record, NaN where absent; one unit a group.
        verdict, reason: of each record.
        minutes: how many minutes a record stands for, shape (n,).
        kind, min_minutes: averaging and needed valid minutes of each group.

    Returns:
        Mean of the valid records, their extremes, the share of the hour they cover, verdict and reason. An hour with too
        few valid minutes keeps its mean for the eye, is INVALID, and names the commonest cause of loss.

    Source: HJ 75-2017 and HJ 212-2017 annex D: at least 45 valid minutes; status of the clause secondary.
    """
    counted = (verdict == Verdict.VALID) | (verdict == Verdict.SUSPECT)
    covered = np.minimum(np.add.reduceat(np.where(counted, minutes, 0.0), starts), MINUTES)
    lows, highs = extremes(
        np.where(np.isnan(minimum), value, minimum), np.where(np.isnan(maximum), value, maximum), counted, starts
    )
    enough = covered >= min_minutes
    causes = main_cause(reason, ~counted, minutes, starts)
    lost = np.where(causes > 0, causes, int(Reason.TOO_FEW_MINUTES))
    return Means(
        value=means(value, counted, starts, kind, minutes),
        minimum=lows,
        maximum=highs,
        converted=means(converted, counted, starts, np.zeros_like(kind), minutes),
        coverage=covered / MINUTES,
        verdict=np.where(enough, int(Verdict.VALID), int(Verdict.INVALID)).astype(np.int16),
        reason=np.where(enough, int(Reason.OK), lost).astype(np.int16),
    )


def main_cause(reason: NDArray[np.int16], lost: Flags, weight: Floats, starts: Index) -> NDArray[np.int16]:
    """The reason that cost each group most, 0 where nothing was lost. Ties go to the smaller code."""
    best = np.zeros(len(starts), dtype=np.int16)
    most = np.zeros(len(starts))
    for code in np.unique(reason[lost]):
        cost = np.add.reduceat(np.where(lost & (reason == code), weight, 0.0), starts)
        better = cost > most
        best[better], most[better] = code, cost[better]
    return best


def longer_periods(
    *,
    value: Floats,
    minimum: Floats,
    maximum: Floats,
    converted: Floats,
    verdict: NDArray[np.int16],
    reason: NDArray[np.int16],
    starts: Index,
    kind: NDArray[np.int8],
    weights: Floats,
    needed: Floats,
    due: Floats,
    too_few: Reason,
) -> Means:
    """Day means of hours, or month means of days.

    Args:
        weights: of each row: volume for flow-weighted factors, 1 otherwise; NaN counts as 0.
        needed: valid rows a group needs.
        due: rows the whole period has or, for water, should have had (hours of zero flow are not due).

    Returns:
        Means of the valid rows, extremes, valid rows over due rows, verdict and reason.

    Special cases: rows lost to zero flow or to a plant that does not run are not due; a group with nothing due is MISSING
    for that reason.
    Source: HJ 75-2017 (20 hours, 25 days, February 23), HJ 356-2019 (75 % of what is due); secondary, see the rule row.
    """
    counted = (verdict == Verdict.VALID) | (verdict == Verdict.SUSPECT)
    excused = np.isin(reason, (Reason.ZERO_FLOW, Reason.SOURCE_STOPPED, Reason.NOT_RUNNING)) & ~counted
    valid = np.add.reduceat(counted.astype(float), starts)
    pardoned = np.add.reduceat(excused.astype(float), starts)
    open_due = np.maximum(due - pardoned, 0.0)
    enough = (valid > 0) & (
        valid >= np.minimum(needed, np.where(pardoned > 0, open_due * needed / np.maximum(due, 1.0), needed))
    )
    lows, highs = extremes(
        np.where(np.isnan(minimum), value, minimum), np.where(np.isnan(maximum), value, maximum), counted, starts
    )
    causes = main_cause(reason, ~counted, np.ones_like(value), starts)
    why = np.where((open_due == 0) & (causes > 0), causes, int(too_few))
    with np.errstate(invalid="ignore", divide="ignore"):
        coverage = np.where(open_due > 0, np.minimum(valid / open_due, 1.0), 0.0)
    missing = (valid == 0) & (open_due == 0)
    bad = np.where(missing, int(Verdict.MISSING), int(Verdict.INVALID))
    weighted = means(value, counted, starts, kind, weights)
    plain = means(value, counted, starts, kind)
    return Means(
        value=np.where(np.isnan(weighted), plain, weighted),
        minimum=lows,
        maximum=highs,
        converted=means(converted, counted, starts, np.zeros_like(kind)),
        coverage=coverage,
        verdict=np.where(enough, int(Verdict.VALID), bad).astype(np.int16),
        reason=np.where(enough, int(Reason.OK), why).astype(np.int16),
    )
