"""What became of a value, and why. The numbers are stored: never renumber."""

from enum import IntEnum


class Verdict(IntEnum):
    VALID = 0
    INVALID = 1
    SUSPECT = 2  # counted, but a person should look
    MISSING = 3


class Reason(IntEnum):
    OK = 0
    NO_VALUE = 1
    FLAG_STOPPED = 10  # instrument stopped
    FLAG_MAINTENANCE = 11
    FLAG_MANUAL = 12
    FLAG_FAULT = 13
    FLAG_CALIBRATION = 14
    FLAG_OVER_RANGE = 15
    FLAG_LINK = 16
    FLAG_POWER = 17
    FLAG_UNKNOWN = 18
    SOURCE_STOPPED = 19
    OUT_OF_RANGE = 20
    NOT_RUNNING = 21  # oxygen near that of air
    ZERO_FLOW = 22
    TOO_FEW_MINUTES = 30
    TOO_FEW_HOURS = 31
    TOO_FEW_DAYS = 32
    NO_DATA = 33
    REPORTED = 40  # valid as the logger reported it; the finer data did not arrive
