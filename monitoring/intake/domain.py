"""Words of the intake: what came in, how it was met at the door, what work it makes."""

from enum import IntEnum


class SubmissionKind(IntEnum):
    """Where a submission came from."""

    FRAME = 1
    NOISE = 2
    JSON = 3
    CSV = 4
    XLSX = 5
    NOTE = 6  # a text that says where values come from that no message brought

    @property
    def is_message(self) -> bool:
        """Whether somebody sent it."""
        return self is not SubmissionKind.NOTE


class Arrival(IntEnum):
    """What the door made of a submission. Everything but ACCEPTED goes to quarantine."""

    ACCEPTED = 0
    NOISE = 1
    BAD_CRC = 2
    BAD_LENGTH = 3
    UNREADABLE = 4
    UNKNOWN_MN = 5
    WRONG_PASSWORD = 6
    INACTIVE_LOGGER = 7
    CONTROL = 8  # heartbeat, log-in, answers: kept, nothing to store


class JobKind(IntEnum):
    FRAMES = 1
    UPLOAD = 2
    ACTIVITY = 3  # tables of activity data; the accounting works through them


class JobState(IntEnum):
    WAITING = 0
    RUNNING = 1
    DONE = 2
    FAILED = 3


class QuarantineState(IntEnum):
    OPEN = 0
    REPLAYED = 1
    DISMISSED = 2
