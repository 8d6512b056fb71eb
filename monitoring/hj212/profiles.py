"""The habits of one logger: what the register says about its dialect."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

CHINA = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True)
class Dialect:
    """How to read the frames of one logger."""

    zone: ZoneInfo = CHINA
    label_end: bool = False  # DataTime marks the end of a period; the standard says the start
    minute_interval_min: int = 1
    crc_variant: str = "STANDARD"
    key: bytes = b""


STANDARD = Dialect()
