"""Answers of the platform, in the form of each dialect."""

from monitoring.hj212.codes import COMMANDS, Version
from monitoring.hj212.crc import crc16
from monitoring.hj212.packets import Header

PLATFORM = "91"
ANSWER_OF = {"UPLOAD": "9014", "NOTIFY": "9013", "LOGIN": "9022"}


def frame(segment: bytes) -> bytes:
    """A segment with head, length, check sum and tail."""
    return b"##%04d%b%04X\r\n" % (len(segment), segment, crc16(segment))


def answer_to(header: Header) -> bytes:
    """The answer a frame asks for, or nothing.

    Uploads are answered with 9014 when the A bit is set; a heartbeat and other notices with 9013; a 2005 log-in with 9022.
    A 2005 answer carries the request's QN inside CP, later ones in the header.
    """
    command = COMMANDS.get(header.cn)
    if command is None or command.kind not in ANSWER_OF:
        return b""
    if command.kind == "UPLOAD" and not header.wants_answer:
        return b""
    return frame(answer_segment(header, cn=ANSWER_OF[command.kind]))


def answer_segment(header: Header, *, cn: str, content: str = "") -> bytes:
    """Segment of an answer or request to the sender of `header`."""
    if header.version is Version.V2005:
        inner = ";".join(part for part in (f"QN={header.qn}" if header.qn else "", content) if part)
        return f"ST={PLATFORM};CN={cn};CP=&&{inner}&&".encode("latin-1")
    flag = (header.flag or 4) & ~3
    return (f"QN={header.qn};ST={PLATFORM};CN={cn};PW={header.pw};MN={header.mn};Flag={flag};CP=&&{content}&&").encode(
        "latin-1"
    )


def request_answer(header: Header, *, code: int) -> bytes:
    """9011: how the request was taken (1 ready, 2 refused, 3 PW, 4 MN, 5 ST, 6 Flag, 7 QN, 8 CN, 9 CRC, 100 unknown)."""
    return frame(answer_segment(header, cn="9011", content=f"QnRtn={code}"))


def result_answer(header: Header, *, code: int) -> bytes:
    """9012: how the execution ended (1 ok, 2 failed, 3 condition, 4 timeout, 5 busy, 6 fault, 100 no data)."""
    return frame(answer_segment(header, cn="9012", content=f"ExeRtn={code}"))
