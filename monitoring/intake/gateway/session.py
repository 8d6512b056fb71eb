"""What one connection says: frames out of bytes, whose they are, and what to answer when they are safe."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime

from django.utils import timezone

from monitoring.hj212.frames import FrameSplitter, RawFrame
from monitoring.hj212.packets import peek
from monitoring.hj212.replies import answer_to
from monitoring.intake.domain import Arrival, SubmissionKind
from monitoring.intake.gateway.journal import Waiting
from monitoring.intake.gateway.registry import Registry
from monitoring.intake.services.door import judge
from monitoring.intake.services.journal import Entry
from parks.register.selectors.loggers import KnownLogger

UNSAFE = re.compile(r"[^\x20-\x7e]")
Answered = Callable[[bytes, int], None]


class Session:
    """Understands one connection. Makes no decision that the journal could not replay."""

    def __init__(self, *, registry: Registry, peer: str) -> None:
        self._registry, self._peer = registry, peer
        self._splitter = FrameSplitter()

    @property
    def partial(self) -> bool:
        return self._splitter.partial

    def receive(self, data: bytes, *, answered: Answered) -> Iterator[Waiting]:
        """Journal entries of what has become complete."""
        frames = self._splitter.feed(data)
        now = timezone.now()
        for frame in frames:
            yield self.meet(frame, now=now, answered=answered)

    def close(self, *, answered: Answered) -> Iterator[Waiting]:
        now = timezone.now()
        for frame in self._splitter.close():
            yield self.meet(frame, now=now, answered=answered)

    def meet(self, frame: RawFrame, *, now: datetime, answered: Answered) -> Waiting:
        """Judge a frame at the door. Nothing is refused for its version; what is refused is kept and not answered."""
        if frame.is_noise:
            self.count(None, frame, Arrival.NOISE, "", now)
            return Waiting(Entry(frame.wire, now, SubmissionKind.NOISE, Arrival.NOISE, self._peer), b"", answered)
        header = peek(frame.segment)
        logger = self._registry.loggers.get(header.mn)
        arrival = judge(frame=frame, header=header, logger=logger)
        answer = answer_to(header) if arrival in (Arrival.ACCEPTED, Arrival.CONTROL) else b""
        self.count(logger, frame, arrival, header.qn, now, dialect=int(header.version), answered=bool(answer))
        entry = Entry(
            raw=frame.wire, received_at=now, kind=SubmissionKind.FRAME, arrival=arrival, peer=self._peer,
            mn=clean(header.mn, 64), qn=clean(header.qn, 24),
            park_id=logger.park_id if logger else None, logger_id=logger.id if logger else None,
        )  # fmt: skip
        return Waiting(entry, answer, answered)

    def count(
        self, logger: KnownLogger | None, frame: RawFrame, arrival: Arrival, qn: str, now: datetime, *,
        dialect: int = 0, answered: bool = False,
    ) -> None:  # fmt: skip
        counters = self._registry.counters[logger.id if logger else 0]
        counters.frames += 1
        counters.bytes += len(frame.wire)
        counters.crc_errors += arrival in (Arrival.BAD_CRC, Arrival.BAD_LENGTH)
        counters.refused += arrival not in (Arrival.ACCEPTED, Arrival.CONTROL)
        counters.answered += answered
        counters.heard_at, counters.peer = now, self._peer
        if logger is not None:
            counters.park_id = logger.park_id
            counters.qn, counters.dialect = clean(qn, 24), dialect


def clean(text: str, size: int) -> str:
    """Text that can stand in a table: printable ASCII, bounded."""
    return UNSAFE.sub("?", text)[:size]
