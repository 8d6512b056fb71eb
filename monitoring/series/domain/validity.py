"""Judging readings: flags and measuring ranges, for whole batches at once; and the rules by which periods are valid."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitoring.series.domain.verdicts import Reason, Verdict

FLAGS: dict[str, Reason] = {
    "": Reason.OK,
    "N": Reason.OK,
    "F": Reason.FLAG_STOPPED,
    "M": Reason.FLAG_MAINTENANCE,
    "S": Reason.FLAG_MANUAL,
    "D": Reason.FLAG_FAULT,
    "C": Reason.FLAG_CALIBRATION,
    "T": Reason.FLAG_OVER_RANGE,
    "B": Reason.FLAG_LINK,
    "P": Reason.FLAG_POWER,
    "0": Reason.FLAG_CALIBRATION,
    "1": Reason.FLAG_FAULT,
    "2": Reason.FLAG_FAULT,
    "3": Reason.OK,
}
# The letter F changed its meaning: the source stood still in 2005, the instrument since 2017.
FLAGS_2005 = FLAGS | {"F": Reason.SOURCE_STOPPED}


def _table(flags: dict[str, Reason]) -> NDArray[np.int16]:
    table = np.full(256, int(Reason.FLAG_UNKNOWN), dtype=np.int16)
    for letter, reason in flags.items():
        table[ord(letter) if letter else 0] = int(reason)
    table[ord(" ")] = int(Reason.OK)
    return table


_TABLES = np.stack([_table(FLAGS), _table(FLAGS_2005)])


@dataclass(frozen=True, slots=True)
class RuleSet:
    """When a period of a medium is valid. Rows of `validity_rules.csv`; numbers are stored with every value."""

    number: int
    code: str
    medium: str
    min_minutes: int  # of an hour
    min_hours: int  # of a day; 0 where a share of the due hours counts
    min_days: int  # of a month; 0 where a share of the due days counts
    min_days_february: int
    share: float  # of the due hours or days
    flow_weighted: frozenset[str]  # factors whose day mean is weighted by volume
    highest_o2: float  # above it the plant is taken as not running [% by volume]


def judge(
    *,
    value: NDArray[np.float64],
    flag: NDArray[np.bytes_],
    of_2005: NDArray[np.bool_],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
) -> tuple[NDArray[np.int16], NDArray[np.int16]]:
    """Verdict and reason of each reading.

    Args:
        value: shape (n,), unit of the catalogue; NaN where the sender gave none.
        flag: one byte each, empty for none.
        of_2005: whether the frame follows the 2005 edition.
        low, high: measuring range, shape (n,), NaN where unknown.

    Returns:
        Verdicts and reasons, shape (n,), as stored.

    Special cases: a flag speaks before a missing value, and both before the range.
    Source: HJ 212-2017 (flags); status of the 2005 letters secondary.
    """
    letters = np.frombuffer(flag.astype("S1").tobytes(), dtype=np.uint8)
    reason = _TABLES[of_2005.astype(np.intp), letters].copy()
    free = reason == Reason.OK
    with np.errstate(invalid="ignore"):
        outside = (value < low) | (value > high)
    reason[free & outside] = Reason.OUT_OF_RANGE
    empty = np.isnan(value)
    reason[free & empty] = Reason.NO_VALUE
    verdict = np.where(reason == Reason.OK, Verdict.VALID, Verdict.INVALID).astype(np.int16)
    verdict[reason == Reason.NO_VALUE] = Verdict.MISSING
    return verdict, reason.astype(np.int16)
