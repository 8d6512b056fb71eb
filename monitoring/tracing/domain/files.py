"""Files that may be handed in with an answer: what they are named, what they begin with, how large they may be."""

import hashlib
import io
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass

from parks.catalogue.domain.errors import Invalid

LARGEST = 10 * 1024**2
MOST = 10  # with one answer
LONGEST_NAME = 200


class BadFile(Invalid):
    """The file cannot be taken."""

    code = "tracing.bad_file"


class WrongKind(BadFile):
    """The file is no PDF, JPEG, PNG or XLSX, whatever its name says."""

    code = "tracing.file_kind"


class WrongSize(BadFile):
    """The file is empty or too large."""

    code = "tracing.file_size"


class TooMany(BadFile):
    """Too many files at once."""

    code = "tracing.too_many_files"


@dataclass(frozen=True, slots=True)
class File:
    """A file that may be kept."""

    name: str
    media_type: str
    digest: str  # SHA-256
    content: bytes


KINDS = {
    "pdf": (b"%PDF-", "application/pdf"),
    "jpg": (b"\xff\xd8\xff", "image/jpeg"),
    "jpeg": (b"\xff\xd8\xff", "image/jpeg"),
    "png": (b"\x89PNG\r\n\x1a\n", "image/png"),
    "xlsx": (b"PK\x03\x04", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}


def check_sizes(*, sizes: Iterable[tuple[str, int]]) -> None:
    """Refuse by number and size, before anything is read into memory.

    Raises:
        TooMany, WrongSize: with the most that is allowed.
    """
    listed = list(sizes)
    if len(listed) > MOST:
        raise TooMany(most=MOST, files=len(listed))
    for name, size in listed:
        if not 0 < size <= LARGEST:
            raise WrongSize(name=name, most=LARGEST // 1024**2)


def judged(*, name: str, content: bytes) -> File:
    """A file as it may be kept: its name without folders, its kind by what it begins with.

    Raises:
        WrongSize: empty or too large. WrongKind: the content is not what the ending of the name says, or no kind that is taken.
    """
    check_sizes(sizes=[(name, len(content))])
    plain = name.replace("\\", "/").rsplit("/", 1)[-1].strip()
    stem, _dot, ending = plain.rpartition(".")
    begins, media_type = KINDS.get(ending.lower(), (b"", ""))
    if (
        not stem
        or not media_type
        or not content.startswith(begins)
        or (ending.lower() == "xlsx" and not _workbook(content))
    ):
        raise WrongKind(name=plain[-LONGEST_NAME:])
    keep = LONGEST_NAME - len(ending) - 1
    return File(f"{stem[:keep]}.{ending}", media_type, hashlib.sha256(content).hexdigest(), content)


def _workbook(content: bytes) -> bool:
    """Whether a ZIP archive is a workbook and not something else under its name."""
    try:
        return "xl/workbook.xml" in zipfile.ZipFile(io.BytesIO(content)).namelist()
    except zipfile.BadZipFile:
        return False
