"""Building frames: for the logger simulator, the packet tester and the tests."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from monitoring.hj212.cipher import encrypt
from monitoring.hj212.codes import Version
from monitoring.hj212.crc import crc16
from monitoring.hj212.profiles import CHINA

Statistics = Mapping[str, float | str]
FLAGS = {Version.V2005: 0, Version.V2017: 4, Version.V2025: 8}
PART_FACTORS = 8


def wrap(segment: bytes, *, key: bytes = b"", tail: bytes = b"\r\n", checksum: Callable[[bytes], int] = crc16) -> bytes:
    """A frame around a plain segment; with a key its CP content goes out ciphered under the check sum of the plain text."""
    wire = encrypt(segment, key) if key else segment
    return b"##%04d%b%04X%b" % (len(wire), wire, checksum(segment), tail)


def data_segment(
    *,
    cn: str,
    mn: str,
    time: datetime,
    factors: Mapping[str, Statistics],
    qn: datetime | None = None,
    st: str = "31",
    password: str = "123456",
    version: Version = Version.V2017,
    answer: bool = True,
    backfill: bool = False,
    part: tuple[int, int] | None = None,
    zone: ZoneInfo = CHINA,
) -> bytes:
    """Plain data segment of an upload.

    Args:
        time: start of the period or the instant; becomes DataTime in local time.
        factors: factor code to statistics, for example {"a21026": {"Rtd": 12.3, "Flag": "N"}}.
        part: number of this part and of all parts, when the record is split.
    """
    flag = FLAGS[version] | (1 if answer else 0) | (2 if part else 0)
    head = []
    if qn is not None:
        head.append("QN=" + qn.astimezone(zone).strftime("%Y%m%d%H%M%S%f")[:17])
    head += [f"ST={st}", f"CN={cn}", f"PW={password}", f"MN={mn}"]
    if version is not Version.V2005 or answer:
        head.append(f"Flag={flag}")
    if part:
        head += [f"PNUM={part[1]}", f"PNO={part[0]}"]
    if backfill and version is Version.V2025:
        head.append("RF=1")
    body = [f"DataTime={time.astimezone(zone):%Y%m%d%H%M%S}"]
    for factor, statistics in factors.items():
        body.append(",".join(f"{factor}-{name}={text(value)}" for name, value in statistics.items()))
    return f"{';'.join(head)};CP=&&{';'.join(body)}&&".encode("latin-1")


def text(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:.6g}"


def split_factors(factors: Mapping[str, Statistics], *, size: int = PART_FACTORS) -> list[dict[str, Statistics]]:
    """Whole factors in portions, as the standard splits long records."""
    names: Sequence[str] = list(factors)
    return [{name: factors[name] for name in names[i : i + size]} for i in range(0, len(names), size)]


def data_frames(
    *,
    factors: Mapping[str, Statistics],
    size: int = PART_FACTORS,
    key: bytes = b"",
    qn: datetime | None = None,
    checksum: Callable[[bytes], int] = crc16,
    **fields: object,
) -> Iterable[bytes]:
    """Frames of one record, split where it holds more factors than a frame takes; each part has a QN of its own."""
    parts = split_factors(factors, size=size)
    for number, portion in enumerate(parts, start=1):
        moment = None if qn is None else qn + timedelta(milliseconds=number - 1)
        part = (number, len(parts)) if len(parts) > 1 else None
        yield wrap(data_segment(factors=portion, qn=moment, part=part, **fields), key=key, checksum=checksum)  # type: ignore[arg-type]
