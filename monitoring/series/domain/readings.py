"""What every source of data is turned into."""

from datetime import datetime
from enum import IntEnum
from typing import NamedTuple

NAN = float("nan")


class Interval(IntEnum):
    """What stretch of time a value stands for."""

    REALTIME = 0
    MINUTE = 1
    HOUR = 2
    DAY = 3
    MONTH = 4


class Reading(NamedTuple):
    """One factor of one record. Absent numbers are NaN; units are those of the sender.

    `time` is the start of the period in UTC, or the instant for real-time values.
    """

    factor: str
    interval: Interval
    time: datetime
    value: float = NAN
    minimum: float = NAN
    maximum: float = NAN
    total: float = NAN
    converted: float = NAN
    converted_min: float = NAN
    converted_max: float = NAN
    flag: str = ""
    text: str = ""
