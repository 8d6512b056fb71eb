"""From a data segment to header and items, with all the habits that loggers have."""

from typing import NamedTuple

from monitoring.hj212.codes import Version


class Header(NamedTuple):
    """The fields before CP. Absent text is empty."""

    qn: str
    st: str
    cn: str
    pw: str
    mn: str
    flag: int | None
    pnum: int | None
    pno: int | None
    rf: str
    version: Version

    @property
    def wants_answer(self) -> bool:
        return self.flag is not None and self.flag & 1 == 1

    @property
    def is_part(self) -> bool:
        """Whether the D bit says that packet numbers are present."""
        return self.flag is not None and self.flag & 2 == 2


class Packet(NamedTuple):
    """A header, the content of CP as text, and codes of what was odd."""

    header: Header
    body: str
    problems: tuple[str, ...]


FIELDS = {b"QN": 0, b"ST": 1, b"CN": 2, b"PW": 3, b"MN": 4, b"FLAG": 5, b"PNUM": 6, b"PNO": 7, b"RF": 8}
CP = b"CP="
MARK = b"&&"


def split_segment(segment: bytes) -> tuple[bytes, bytes, bool]:
    """Header part, content of CP, and whether both marks of CP were there."""
    at = segment.find(CP)
    if at < 0:
        at = segment.upper().find(CP)
        if at < 0:
            return segment, b"", False
    head, rest = segment[:at], segment[at + 3 :]
    inner = rest.strip()
    if inner.startswith(MARK) and inner.endswith(MARK) and len(inner) >= 4:
        return head, inner[2:-2], True
    return head, inner.removeprefix(MARK).removesuffix(MARK), False


def peek(segment: bytes) -> Header:
    """The header alone: what the door needs to know, without looking into CP."""
    return header_of(split_segment(segment)[0])[0]


def header_of(head: bytes) -> tuple[Header, tuple[str, ...]]:
    """Header fields in any order, `,` and `;` alike, names in any case, the last of duplicates."""
    values: list[bytes] = [b""] * 9
    seen = 0
    problems: tuple[str, ...] = ()
    if b"," in head:
        head = head.replace(b",", b";")
        problems += ("header.comma",)
    for item in head.split(b";"):
        name, equals, value = item.partition(b"=")
        if not equals:
            if item.strip():
                problems += ("header.stray",)
            continue
        place = FIELDS.get(name)
        if place is None:
            place = FIELDS.get(name.strip().upper())
            if place is None:
                problems += ("header.unknown_field",)
                continue
        if seen >> place & 1:
            problems += ("header.duplicate",)
        seen |= 1 << place
        values[place] = value.strip()
    texts = [value.decode("latin-1") for value in values]
    flag, pnum, pno = (number(text) for text in texts[5:8])
    if texts[5] and flag is None:
        problems += ("flag.unreadable",)
    qn = texts[0]
    if qn and not (qn.isdigit() and len(qn) in (14, 17, 18)):
        problems += ("qn.odd",)
    if not texts[4]:
        problems += ("mn.missing",)
    if not texts[2]:
        problems += ("cn.missing",)
    header = Header(qn, texts[1], texts[2], texts[3], texts[4], flag, pnum, pno, texts[8], version_of(flag))
    if header.is_part and (pnum is None or pno is None or not 1 <= pno <= pnum):
        problems += ("packet.numbers",)
    return header, problems


def version_of(flag: int | None) -> Version:
    """Edition by the version bits of Flag; no Flag means 2005."""
    bits = 0 if flag is None else flag >> 2
    return Version.V2005 if bits == 0 else Version.V2017 if bits == 1 else Version.V2025


def number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else None


def parse(segment: bytes) -> Packet:
    """Header and CP content of a plain segment. Never fails: what is odd becomes a problem code."""
    head, body, marked = split_segment(segment)
    header, problems = header_of(head)
    if not marked:
        problems += ("cp.marks",)
    if header.version is Version.V2005 and not header.qn and b"QN=" in body:
        header = header._replace(qn=body.partition(b"QN=")[2][:17].decode("latin-1"))
    return Packet(header, text_of(body), problems)


def text_of(body: bytes) -> str:
    """Text of CP: ASCII, UTF-8, or what old Windows loggers send (GB 18030)."""
    for encoding in ("ascii", "utf-8", "gb18030"):
        try:
            return body.decode(encoding)
        except UnicodeDecodeError:
            continue
    return body.decode("latin-1")
