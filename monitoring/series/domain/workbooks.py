"""Sheets that people send, as rows of cells: a workbook is looked into before anything of it is unpacked for use."""

import csv
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from typing import Any

from python_calamine import CalamineError, load_workbook

from parks.catalogue.domain.errors import Invalid

LARGEST_UNPACKED = 50 * 1024**2
LARGEST_RATIO = 100
MOST_ENTRIES = 200
PORTION = 1024**2
DOCTYPE = re.compile(rb"<\x00?!\x00?[Dd]\x00?[Oo]\x00?[Cc]\x00?[Tt]\x00?[Yy]\x00?[Pp]\x00?[Ee]")


class UnsafeFile(Invalid):
    """The file is not accepted."""

    code = "upload.unsafe"


class UnreadableFile(Invalid):
    """The file cannot be read."""

    code = "upload.unreadable"


def check_workbook(*, data: bytes) -> None:
    """Refuse a workbook that could harm.

    Raises:
        UnsafeFile: too many entries, unpacks too far, macros, links to outside, odd paths. UnreadableFile: damaged.
    """
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
