"""Reading uploads: what is inside a file is checked before anything is parsed."""

import json
import zlib
from collections.abc import Iterator
from typing import Any

from monitoring.intake.domain import SubmissionKind
from monitoring.series.domain.workbooks import (
    LARGEST_UNPACKED,
    UnreadableFile,
    UnsafeFile,
    check_workbook,
    csv_rows,
    sheet_rows,
)

# Other wings take these from here, with what is below.
__all__ = ["UnreadableFile", "UnsafeFile", "csv_rows", "sheet_rows"]

LARGEST_FILE = 30 * 1024**2
MOST_ROWS = 200_000
MOST_OBSERVATIONS = 10_000
HEADER_ROWS = 20
GZIP = b"\x1f\x8b"

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
    check_workbook(data=data)


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
