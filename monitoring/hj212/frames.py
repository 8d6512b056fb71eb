"""From a byte stream to frames: by length, never by line, with resynchronisation. Every byte comes out exactly once.

A frame is `##`, four digits of length, the data segment, four hexadecimal digits of check sum, CR LF. The length counts
the segment alone. Ciphered segments hold any byte, `##` and CR LF included, so only the length can end them.
"""

import re
from dataclasses import dataclass

from monitoring.hj212.crc import crc16, modbus16

HEAD = b"##"
TAIL = b"\r\n"
HEAD_SIZE = 6
CRC_SIZE = 4
LONGEST_SEGMENT = 9_999  # four digits; the standard ends at 1,024, loggers do not
LARGEST_NOISE = 4_096
START = re.compile(rb"##[0-9]{4}")
NEW_FLAG = re.compile(rb"[Ff][Ll][Aa][Gg]=(?:8|9|1[01])[;,]")
PLAIN = bytes(range(32, 127)) + b"\t\r\n"


@dataclass(frozen=True, slots=True)
class RawFrame:
    """One frame as it stood on the wire, or a stretch of noise between frames.

    `problems` are codes: crc.missing, crc.wrong, crc.modbus, length.wrong, tail.missing, segment.long, frame.cut, noise.
    `crc_ok` is None for a ciphered segment: its check sum covers the plain text and can be tested only with the key.
    """

    wire: bytes
    segment: bytes
    crc: str
    crc_ok: bool | None
    problems: tuple[str, ...] = ()

    @property
    def is_noise(self) -> bool:
        return "noise" in self.problems

    @property
    def length_ok(self) -> bool:
        return not {"length.wrong", "frame.cut", "noise"} & set(self.problems)


class FrameSplitter:
    """Feed it bytes in any portions; it returns what has become complete. Memory is bounded by one longest frame."""

    __slots__ = ("_buffer", "_scanned")

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._scanned = 0  # how far an incomplete frame was searched for an early end

    @property
    def partial(self) -> bool:
        """Whether a begun frame waits for the rest."""
        return bool(self._buffer.strip(TAIL))

    def feed(self, data: bytes) -> list[RawFrame]:
        """Take bytes, return complete frames and noise in their order."""
        self._buffer += data
        found: list[RawFrame] = []
        while self._buffer:
            frame, used = self._next()
            if not used:
                break
            if frame is not None:
                found.append(frame)
            del self._buffer[:used]
            self._scanned = 0
        return found

    def close(self) -> list[RawFrame]:
        """What is left when the connection ends: a cut frame or noise."""
        rest = bytes(self._buffer)
        self._buffer.clear()
        if not rest.strip(TAIL):
            return []
        if rest.startswith(HEAD):
            return [RawFrame(rest, rest[HEAD_SIZE:], "", False, ("frame.cut",))]
        return [noise(rest)]

    def _next(self) -> tuple[RawFrame | None, int]:
        """The first frame of the buffer and how many bytes it takes; 0 when more bytes are needed."""
        buffer = self._buffer
        if buffer[0] != 35:  # '#'
            return self._before_head()
        if len(buffer) < HEAD_SIZE:
            return (None, 0) if START.match(bytes(buffer) + b"##0000"[len(buffer) :]) else (noise(b"#"), 1)
        if not START.match(buffer):
            # A single stray `#`, or a head without a length: resynchronise at the next head.
            return self._skip_to(1)
        size = int(buffer[2:HEAD_SIZE])
        end = HEAD_SIZE + size + CRC_SIZE
        if len(buffer) >= end:
            return self._whole(size, end)
        return self._early_end(size)

    def _before_head(self) -> tuple[RawFrame | None, int]:
        buffer = self._buffer
        if buffer[0] in TAIL:
            return None, 1  # a tail that came apart from its frame, or a blank line
        return self._skip_to(0)

    def _skip_to(self, start: int) -> tuple[RawFrame | None, int]:
        """Noise up to the next possible head."""
        buffer = self._buffer
        at = buffer.find(HEAD, start)
        if at < 0:
            at = len(buffer) - 1 if buffer[-1] == 35 and len(buffer) > 1 else len(buffer)
            if at < LARGEST_NOISE and TAIL not in buffer[:at] and start == 0:
                return None, 0  # wait for the end of the stretch, so that noise is not reported byte by byte
        return noise(bytes(buffer[: max(at, 1)])), max(at, 1)

    def _whole(self, size: int, end: int) -> tuple[RawFrame, int]:
        """The claimed length is there: a good frame, a ciphered one, one of wrong length, or a broken one."""
        buffer = self._buffer
        segment = bytes(buffer[HEAD_SIZE : end - CRC_SIZE])
        crc = bytes(buffer[end - CRC_SIZE : end])
        verdict = check(segment, crc)
        if verdict == "":
            return self._made(segment, crc, end, True, ())
        if is_ciphered(segment):
            return self._made(segment, crc, end, None, ())
        early = self._find_end(HEAD_SIZE, min(len(buffer), end + 2 * CRC_SIZE + 64))
        if early is not None:
            return early
        cut = START.search(buffer, 2, end + 2)
        if cut:
            part = bytes(buffer[: cut.start()])
            return RawFrame(part, part[HEAD_SIZE:].rstrip(TAIL), "", False, ("frame.cut",)), cut.start()
        return self._made(segment, crc, end, False, (verdict,))

    def _early_end(self, size: int) -> tuple[RawFrame | None, int]:
        """The claimed length is not there yet. A plain frame that claims too much must not swallow its successors."""
        buffer = self._buffer
        if NEW_FLAG.search(buffer, 0, 200) and any(byte not in PLAIN for byte in buffer[HEAD_SIZE:]):
            return None, 0
        early = self._find_end(max(HEAD_SIZE, self._scanned), len(buffer))
        if early is not None:
            return early
        self._scanned = max(len(buffer) - 1, HEAD_SIZE)
        cut = START.search(buffer, 2)
        if cut:
            part = bytes(buffer[: cut.start()])
            return RawFrame(part, part[HEAD_SIZE:].rstrip(TAIL), "", False, ("frame.cut",)), cut.start()
        return None, 0

    def _find_end(self, start: int, stop: int) -> tuple[RawFrame, int] | None:
        """A tail whose preceding check sum fits: the frame ends there, whatever its length field says."""
        buffer = self._buffer
        at = buffer.find(TAIL, start, stop)
        tries = 0
        while at >= 0 and tries < 4:
            segment = bytes(buffer[HEAD_SIZE : max(HEAD_SIZE, at - CRC_SIZE)])
            if segment and check(segment, bytes(buffer[at - CRC_SIZE : at])) == "":
                crc = bytes(buffer[at - CRC_SIZE : at])
                return RawFrame(bytes(buffer[: at + 2]), segment, crc.decode(), True, ("length.wrong",)), at + 2
            at = buffer.find(TAIL, at + 1, stop)
            tries += 1
        return None

    def _made(
        self, segment: bytes, crc: bytes, end: int, crc_ok: bool | None, problems: tuple[str, ...]
    ) -> tuple[RawFrame, int]:
        buffer = self._buffer
        if buffer[end : end + 2] == TAIL:
            end += 2
        elif len(buffer) > end + 1:
            problems += ("tail.missing",)
        if len(segment) > 1024:
            problems += ("segment.long",)
        return RawFrame(bytes(buffer[:end]), segment, crc.decode("latin-1"), crc_ok, problems), end


def check(segment: bytes, crc: bytes) -> str:
    """Empty when the check sum fits, else the code of what is wrong with it."""
    try:
        value = int(crc, 16)
    except ValueError:
        return "crc.missing"
    if len(crc) != CRC_SIZE:
        return "crc.missing"
    if value == crc16(segment):
        return ""
    swapped = (value & 0xFF) << 8 | value >> 8
    return "crc.modbus" if modbus16(segment) in (value, swapped) else "crc.wrong"


def is_ciphered(segment: bytes) -> bool:
    """Whether a segment has the frame of a 2025 ciphered one: plain header, CP marks at the right places, bytes between."""
    at = segment.find(b"CP=&&")
    if at < 0 or not segment.endswith(b"&&") or not NEW_FLAG.search(segment, 0, at):
        return False
    body = segment[at + 5 : -2]
    return bool(body.translate(None, PLAIN)) or body.startswith(b"{0x")


def noise(data: bytes) -> RawFrame:
    return RawFrame(data, b"", "", False, ("noise",))
