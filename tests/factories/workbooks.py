"""Workbooks for tests: good ones, and ones that nobody should open."""

import io
import struct
import zipfile
from collections.abc import Sequence
from typing import Any

import xlsxwriter

HEADER = ("排放口编号", "因子编码", "数据类型", "监测时间", "监测值", "数据标记")


def make_workbook(rows: Sequence[Sequence[Any]], *, header: Sequence[str] = HEADER) -> bytes:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "default_date_format": "yyyy-mm-dd hh:mm"})
    sheet = book.add_worksheet()
    for number, row in enumerate([header, *rows]):
        sheet.write_row(number, 0, row)
    book.close()
    return buffer.getvalue()


def make_archive(parts: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def make_bomb(*, megabytes: int = 400) -> bytes:
    """A workbook of about 2 MB whose sheet unpacks to 400 MB, and says so in its directory."""
    row = b'<row r="1">' + b'<c r="A1"><v>1</v></c>' * 11_915 + b"</row>"
    block = (row * (1024**2 // len(row) + 1))[: 1024**2]
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("xl/worksheets/sheet1.xml", "w") as part,
    ):
        for _ in range(megabytes):
            part.write(block)
    return buffer.getvalue()


def with_false_size(archive: bytes, *, claimed: int) -> bytes:
    """The archive with another unpacked size in the directory and head of its first part."""
    data = bytearray(archive)
    at = data.find(b"PK\x01\x02")
    struct.pack_into("<I", data, at + 24, claimed)
    struct.pack_into("<I", data, 22, claimed)
    return bytes(data)
