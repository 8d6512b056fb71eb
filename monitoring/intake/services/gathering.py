"""What journalled frames say: parsed again, mapped to channels, judged, as columns; and what could not be used."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np
from django.db import connection

from monitoring.hj212.cipher import decrypt
from monitoring.hj212.codes import Version
from monitoring.hj212.frames import FrameSplitter, RawFrame, is_ciphered
from monitoring.hj212.mapping import qn_time, readings_of
from monitoring.hj212.packets import parse
from monitoring.hj212.profiles import Dialect
from monitoring.intake.domain import Arrival
from monitoring.series.domain.validity import judge
from monitoring.series.selectors.channels import Target, targets_of
from monitoring.series.services.storing import Rows, microseconds
from parks.catalogue.domain.periods import park_zone
from parks.register.selectors.loggers import KnownLogger, known_loggers

FUTURE = timedelta(minutes=10)
PAST = timedelta(days=3 * 366)
ARRIVAL_CODES = {
    Arrival.NOISE: "noise",
    Arrival.BAD_CRC: "crc",
    Arrival.BAD_LENGTH: "length",
    Arrival.UNREADABLE: "unreadable",
    Arrival.UNKNOWN_MN: "mn.unknown",
    Arrival.WRONG_PASSWORD: "password",
    Arrival.INACTIVE_LOGGER: "logger.inactive",
}


class Line(NamedTuple):
    """A journalled frame."""

    id: int
    received_at: datetime
    logger_id: int | None
    park_id: int | None
    mn: str
    peer: str
    arrival: int
    raw: bytes


class Trouble(NamedTuple):
    """Something that could not be used."""

    line: Line
    code: str
    subject: str
    detail: str


@dataclass
class Gathered:
    """Readings of a batch as columns, and what could not be used."""

    channel: list[int] = field(default_factory=list)
    scale: list[float] = field(default_factory=list)
    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)
    rule: list[int] = field(default_factory=list)
    readings: list[tuple[object, ...]] = field(default_factory=list)
    time: list[int] = field(default_factory=list)
    submission: list[int] = field(default_factory=list)
    asserted: list[int] = field(default_factory=list)
    of_2005: list[bool] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)


def gather(*, lines: Sequence[Line]) -> Gathered:
    """Parse frames again from the journal and collect their readings."""
    gathered = Gathered()
    known = {logger.id: logger for logger in known_loggers().values()}
    targets = targets_of(logger_ids={line.logger_id for line in lines if line.logger_id})
    old_codes = codes_of_2005() if lines else {}
    for line in lines:
        if line.arrival == Arrival.CONTROL:
            continue
        logger = known.get(line.logger_id or 0)
        if line.arrival != Arrival.ACCEPTED or logger is None:
            code = ARRIVAL_CODES.get(Arrival(line.arrival), "unreadable")
            gathered.troubles.append(Trouble(line, code, "", f"{len(line.raw)} bytes from {line.peer}"))
            continue
        take_frame(gathered, line, logger, targets, old_codes)
    return gathered


def take_frame(
    gathered: Gathered, line: Line, logger: KnownLogger, targets: dict[tuple[int, str], Target],
    old_codes: dict[str, str],
) -> None:  # fmt: skip
    """Readings of one frame; what does not fit a channel or a possible time goes to quarantine, the rest is kept."""
    dialect = dialect_of(logger)
    packet = parse(plain_segment(raw=line.raw, key=dialect.key))
    mapped = readings_of(packet, dialect=dialect)
    for text in mapped.problems:
        code, _, subject = text.partition(":")
        if code in ("name.duplicate", "datatime.off_grid"):
            continue  # understood all the same
        gathered.troubles.append(Trouble(line, code, subject, f"CN {packet.header.cn}"))
    if mapped.time is None or not mapped.readings:
        return
    # Judged by the arrival, not by the clock of this run: a frame is as possible on replay as it was at the door.
    if not line.received_at - PAST <= mapped.time <= line.received_at + FUTURE:
        gathered.troubles.append(Trouble(line, "time.impossible", "DataTime", f"{mapped.time:%Y-%m-%d %H:%M:%S} UTC"))
        return
    said = qn_time(packet.header.qn, dialect.zone)
    asserted = microseconds(line.received_at if said is None else min(said, line.received_at))
    time, of_2005 = microseconds(mapped.time), packet.header.version is Version.V2005
    for reading in mapped.readings:
        target = targets.get((logger.id, reading.factor))
        if target is None:
            target = targets.get((logger.id, old_codes.get(reading.factor, reading.factor.lower())))
            if target is None:
                gathered.troubles.append(
                    Trouble(line, "factor.unmapped", reading.factor[:64], f"CN {packet.header.cn}")
                )
                continue
        gathered.channel.append(target.channel_id)
        gathered.scale.append(target.scale)
        gathered.low.append(target.low)
        gathered.high.append(target.high)
        gathered.rule.append(target.rule)
        gathered.readings.append(reading)
        gathered.time.append(time)
        gathered.submission.append(line.id)
        gathered.asserted.append(asserted)
        gathered.of_2005.append(of_2005)


_dialects: dict[KnownLogger, Dialect] = {}


def dialect_of(logger: KnownLogger) -> Dialect:
    found = _dialects.get(logger)
    if found is None:
        if len(_dialects) > 20_000:
            _dialects.clear()
        found = _dialects[logger] = Dialect(
            park_zone(logger.zone), logger.label_end, logger.minute_interval_min, logger.crc_variant, logger.key
        )
    return found


def plain_segment(*, raw: bytes, key: bytes) -> bytes:
    """The plain segment of a journalled frame."""
    size = raw[2:6]
    if raw[:2] == b"##" and size.isdigit() and len(raw) >= int(size) + 10:
        segment = raw[6 : 6 + int(size)]
        if raw[10 + int(size) :] in (b"", b"\r\n"):
            return decrypt(segment, key) if key and is_ciphered(segment) else segment
    splitter = FrameSplitter()
    frames: list[RawFrame] = [f for f in splitter.feed(raw) + splitter.close() if not f.is_noise]
    segment = frames[0].segment if frames else b""
    return decrypt(segment, key) if key and is_ciphered(segment) else segment


def codes_of_2005() -> dict[str, str]:
    """Present factor codes by the old three-character ones."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT code_2005, code FROM parks_pollutant WHERE code_2005 <> ''")
        return dict(cursor.fetchall())


def judged(gathered: Gathered) -> Rows:
    """Columns of judged observations, in the units of the catalogue."""
    size = len(gathered.channel)
    if not size:
        return empty_rows()
    columns = list(zip(*gathered.readings, strict=True))
    numbers = np.array(columns[3:10], dtype=np.float64)
    scale = np.array(gathered.scale)
    scaled = [0, 1, 2, 4, 5, 6]  # a total is in mass or volume already
    numbers[scaled] *= scale
    flag = np.array([mark.encode("ascii", "replace") for mark in columns[10]], dtype="S1")
    verdict, reason = judge(
        value=np.where(np.isnan(numbers[0]), numbers[4], numbers[0]), flag=flag, of_2005=np.array(gathered.of_2005),
        low=np.array(gathered.low), high=np.array(gathered.high),
    )  # fmt: skip
    only_total = np.isnan(numbers[0]) & np.isnan(numbers[4]) & ~np.isnan(numbers[3]) & (verdict == 3)
    verdict[only_total] = 0
    reason[only_total] = 0
    return Rows(
        channel_id=np.array(gathered.channel, dtype=np.int64), interval=np.array(columns[1], dtype=np.int16),
        time=np.array(gathered.time, dtype=np.int64), numbers=numbers, flag=flag, verdict=verdict, reason=reason,
        rule=np.array(gathered.rule, dtype=np.int16), submission_id=np.array(gathered.submission, dtype=np.int64),
        asserted_at=np.array(gathered.asserted, dtype=np.int64),
    )  # fmt: skip


def empty_rows() -> Rows:
    whole, small = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int16)
    return Rows(whole, small, whole, np.zeros((7, 0)), np.zeros(0, dtype="S1"), small, small, small, whole, whole)
