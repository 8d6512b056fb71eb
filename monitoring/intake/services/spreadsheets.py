"""Reading uploads: what is inside a file is checked before anything is parsed."""

import csv
import io
import json
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from typing import Any

from python_calamine import CalamineError, load_workbook

from monitoring.intake.domain import SubmissionKind
from parks.catalogue.domain.errors import Invalid

LARGEST_FILE = 30 * 1024**2
LARGEST_UNPACKED = 50 * 1024**2
LARGEST_RATIO = 100
MOST_ENTRIES = 200
MOST_ROWS = 200_000
MOST_OBSERVATIONS = 10_000
HEADER_ROWS = 20
PORTION = 1024**2
GZIP = b"\x1f\x8b"
DOCTYPE = re.compile(rb"<\x00?!\x00?[Dd]\x00?[Oo]\x00?[Cc]\x00?[Tt]\x00?[Yy]\x00?[Pp]\x00?[Ee]")

# Column names as the template prints them, in both languages, and as programs write them.
COLUMNS: dict[str, tuple[str, ...]] = {
    "outlet": ("outlet", "排放口编号", "排口编号", "点位编号", "outlet code"),
    "factor": ("factor", "因子编码", "污染物编码", "factor code"),
    "interval": ("interval", "数据类型", "时间类型", "data type"),
    "time": ("time", "监测时间", "时间", "start time"),
    "value": ("value", "监测值", "数值", "平均值", "mean"),
    "minimum": ("minimum", "最小值", "min"),
    "maximum": ("maximum", "最大值", "max"),
    "total": ("total", "累计值", "排放量"),
    "converted": ("converted", "折算值"),
    "flag": ("flag", "数据标记", "标记"),
}
FIELD_OF = {alias.lower(): field for field, aliases in COLUMNS.items() for alias in aliases}
NEEDED = ("outlet", "factor", "interval", "time", "value")


class UnsafeFile(Invalid):
    """The file is not accepted."""

    code = "upload.unsafe"


class UnreadableFile(Invalid):
    """The file cannot be read."""

    code = "upload.unreadable"


def kind_of(*, name: str, data: bytes) -> SubmissionKind:
    """Kind of a file by its content; the name must agree."""
    lower = name.lower()
    if data[:2] == b"PK":
        if not lower.endswith(".xlsx"):
            raise UnsafeFile("Only .xlsx workbooks are accepted, without macros.", name=name)
        return SubmissionKind.XLSX
    if lower.endswith(".csv"):
        return SubmissionKind.CSV
    raise UnsafeFile("Send a .xlsx workbook or a .csv file; the template shows the columns.", name=name)


def check_safe(*, kind: SubmissionKind, data: bytes) -> None:
    """Refuse a file that could harm, by looking at its directory alone: nothing is unpacked.

    Raises:
        UnsafeFile: empty, too large, too many entries, unpacks too far, macros, links to outside, odd paths.
    """
    if not data:
        raise UnsafeFile("The file is empty.")
    if len(data) > LARGEST_FILE:
        raise UnsafeFile(
            f"The file has {len(data) // 1024**2} MiB; at most {LARGEST_FILE // 1024**2} MiB are accepted."
        )
    if kind is SubmissionKind.JSON and data[:2] == GZIP:
        gunzip(data)
    if kind is not SubmissionKind.XLSX:
        return
    try:
        entries = zipfile.ZipFile(io.BytesIO(data)).infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise UnreadableFile("The workbook is damaged.") from error
    if len(entries) > MOST_ENTRIES:
        raise UnsafeFile(f"The workbook holds {len(entries)} parts; at most {MOST_ENTRIES} are accepted.")
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > LARGEST_UNPACKED or unpacked > LARGEST_RATIO * len(data):
        raise UnsafeFile(
            f"The workbook unpacks to {unpacked // 1024**2} MiB, {unpacked // max(len(data), 1)} times its size."
        )
    for entry in entries:
        check_entry(entry.filename)
    try:
        check_parts(data=data, entries=entries)
    except (zlib.error, struct.error) as error:
        raise UnreadableFile("The workbook is damaged.") from error


def check_entry(name: str) -> None:
    lower = name.lower()
    if lower.startswith(("/", "\\")) or ".." in lower.replace("\\", "/").split("/"):
        raise UnsafeFile("The workbook holds a part with an odd path.", part=name)
    if "vbaproject" in lower or (lower.endswith((".bin", ".exe", ".dll")) and "printersettings" not in lower):
        raise UnsafeFile("The workbook holds macros or programs. Save it as .xlsx without macros.", part=name)
    if "externallink" in lower:
        raise UnsafeFile("The workbook links to other workbooks. Paste the values instead.", part=name)


def check_parts(*, data: bytes, entries: Sequence[zipfile.ZipInfo]) -> None:
    """Unpack in portions and throw away: no part may be larger than its directory says, or declare a document type.

    The directory is written by the sender. A declaration can name external entities or grow without bound.
    """
    for entry in entries:
        size = 0
        before = b""
        for portion in unpacked_portions(data=data, entry=entry):
            size += len(portion)
            if size > entry.file_size:
                raise UnsafeFile("A part of the workbook is larger than it claims.", part=entry.filename)
            if DOCTYPE.search(before + portion) and entry.filename.lower().endswith((".xml", ".rels", ".vml")):
                raise UnsafeFile("The workbook declares entities.", part=entry.filename)
            before = portion[-16:]


def unpacked_portions(*, data: bytes, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    """Content of an entry as it really is, whatever size is written in the directory."""
    name_size, extra_size = struct.unpack_from("<HH", data, entry.header_offset + 26)
    start = entry.header_offset + 30 + name_size + extra_size
    packed = data[start : start + entry.compress_size]
    if entry.compress_type == zipfile.ZIP_STORED:
        yield packed
        return
    if entry.compress_type != zipfile.ZIP_DEFLATED:
        raise UnsafeFile("The workbook is packed in an unusual way.", part=entry.filename)
    unpacker = zlib.decompressobj(wbits=-15)
    while packed and not unpacker.eof:
        yield unpacker.decompress(packed, PORTION)
        packed = unpacker.unconsumed_tail


def gunzip(data: bytes) -> bytes:
    """Unpack a compressed body, never further than the bound."""
    unpacker = zlib.decompressobj(wbits=31)
    try:
        plain = unpacker.decompress(data, LARGEST_UNPACKED + 1)
    except zlib.error as error:
        raise UnreadableFile("The body is not gzip, though its Content-Encoding says so.") from error
    if len(plain) > LARGEST_UNPACKED:
        raise UnsafeFile("The body unpacks too far.")
    if not unpacker.eof:
        raise UnreadableFile("The compressed body is cut off.")
    return plain


def rows_of(*, kind: SubmissionKind, data: bytes) -> Iterator[tuple[int, dict[str, Any]]]:
    """Rows of an upload with the number a person sees: the line of a sheet, the position in a JSON list (from 1)."""
    if kind is SubmissionKind.JSON:
        for number, item in enumerate(listed(gunzip(data) if data[:2] == GZIP else data), start=1):
            yield number, item if isinstance(item, dict) else {}
        return
    table = csv_rows(data) if kind is SubmissionKind.CSV else sheet_rows(data)
    fields: list[str] | None = None
    for number, cells in enumerate(table, start=1):
        if fields is None:
            fields = header_of(cells)
            if fields is None and number >= HEADER_ROWS:
                break
            continue
        if number > MOST_ROWS:
            raise UnreadableFile(f"The file has more than {MOST_ROWS} rows. Split it.")
        if any(cell not in ("", None) for cell in cells):
            yield number, {f: c for f, c in zip(fields, cells, strict=False) if f and c not in ("", None)}
    if fields is None:
        raise UnreadableFile("No header row with the columns of the template was found: " + ", ".join(NEEDED))


def listed(body: bytes) -> list[Any]:
    """The observations of a JSON batch."""
    try:
        found = json.loads(body)["observations"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise UnreadableFile('The body is not JSON of the form {"observations": [...]}.') from error
    if not isinstance(found, list):
        raise UnreadableFile("`observations` is not a list.")
    if len(found) > MOST_OBSERVATIONS:
        raise UnreadableFile(f"A batch holds at most {MOST_OBSERVATIONS} observations; send several.")
    return found


def header_of(cells: list[Any]) -> list[str] | None:
    """Field of each column, when the row is the header."""
    fields = [FIELD_OF.get(str(cell or "").strip().lower().split("(")[0].split("（")[0].strip(), "") for cell in cells]
    return fields if all(name in fields for name in NEEDED) else None


def csv_rows(data: bytes) -> Iterator[list[Any]]:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise UnreadableFile("The file is neither UTF-8 nor GB 18030.")
    try:
        yield from csv.reader(io.StringIO(text))
    except csv.Error as error:
        raise UnreadableFile(f"The file is not CSV: {error}") from error


def sheet_rows(data: bytes) -> Iterator[list[Any]]:
    try:
        workbook = load_workbook(io.BytesIO(data))
        yield from workbook.get_sheet_by_index(0).iter_rows()
    except (CalamineError, ValueError, OSError, IndexError) as error:
        raise UnreadableFile(f"The workbook cannot be read: {error}") from error
