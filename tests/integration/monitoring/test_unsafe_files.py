"""Files that nobody should open are refused before anything is parsed."""

import gzip
import time

import pytest

from monitoring.intake.domain import SubmissionKind
from monitoring.intake.services import spreadsheets
from monitoring.intake.services.spreadsheets import UnreadableFile, UnsafeFile
from tests.factories.workbooks import make_archive, make_bomb, make_workbook, with_false_size


def test_bomb_is_refused_by_its_directory(capsys: pytest.CaptureFixture[str]) -> None:
    bomb = make_bomb()
    assert len(bomb) < 3 * 1024**2

    start = time.perf_counter()
    with pytest.raises(UnsafeFile, match="unpacks to 400 MiB"):
        spreadsheets.check_safe(kind=SubmissionKind.XLSX, data=bomb)
    took = time.perf_counter() - start

    with capsys.disabled():
        print(f"\n[bomb of {len(bomb) / 1e6:.1f} MB refused in {took * 1000:.2f} ms; the goal is 50 ms]")


def test_bomb_that_lies_about_its_size_is_refused() -> None:
    bomb = with_false_size(make_bomb(megabytes=60), claimed=100_000)

    with pytest.raises(UnsafeFile, match="larger than it claims"):
        spreadsheets.check_safe(kind=SubmissionKind.XLSX, data=bomb)


def test_compressed_body_that_unpacks_too_far_is_refused() -> None:
    with pytest.raises(UnsafeFile, match="too far"):
        spreadsheets.check_safe(kind=SubmissionKind.JSON, data=gzip.compress(bytes(60 * 1024**2)))


@pytest.mark.parametrize(
    ("parts", "word"),
    [
        ({"xl/vbaProject.bin": b"x"}, "macros"),
        ({"xl/embeddings/tool.exe": b"x"}, "macros"),
        ({"xl/externalLinks/externalLink1.xml": b"<a/>"}, "links"),
        ({"../../etc/cron.d/x": b"x"}, "odd path"),
        ({"/etc/passwd": b"x"}, "odd path"),
        ({"xl/workbook.xml": b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>'}, "entities"),
        ({"xl/workbook.xml": b"<?xml version='1.0'?>" + b"<!-- -->" * 500 + b"<!DOCTYPE x []><x/>"}, "entities"),
        ({"xl/workbook.xml": '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE x []><x/>'.encode("utf-16-le")}, "entities"),
        ({f"xl/media/{i}.xml": b"x" for i in range(201)}, "parts"),
        ({"xl/worksheets/sheet1.xml": bytes(3_000_000)}, "times its size"),
    ],
    ids=["macro", "program", "link", "parent", "root", "entity", "late entity", "wide entity", "entries", "ratio"],
)  # fmt: skip
def test_harmful_workbook_is_refused_before_it_is_parsed(parts: dict[str, bytes], word: str) -> None:
    with pytest.raises(UnsafeFile, match=word):
        spreadsheets.check_safe(kind=SubmissionKind.XLSX, data=make_archive(parts))


@pytest.mark.parametrize(
    "data", [b"PK\x03\x04", b"PK" + bytes(500), make_workbook([])[:400]], ids=["head", "zeros", "cut"]
)
def test_damaged_workbook_is_unreadable(data: bytes) -> None:
    with pytest.raises(UnreadableFile):
        spreadsheets.check_safe(kind=SubmissionKind.XLSX, data=data)


def test_empty_and_oversized_files_are_refused() -> None:
    for data in (b"", bytes(spreadsheets.LARGEST_FILE + 1)):
        with pytest.raises(UnsafeFile):
            spreadsheets.check_safe(kind=SubmissionKind.CSV, data=data)


@pytest.mark.parametrize(
    ("name", "data"),
    [("a.xlsm", b"PK\x03\x04"), ("a.xls", b"\xd0\xcf\x11\xe0"), ("a.exe", b"MZ"), ("a.zip", b"PK\x03\x04")],
)
def test_other_kinds_of_file_are_refused_by_name_and_content(name: str, data: bytes) -> None:
    with pytest.raises(UnsafeFile):
        spreadsheets.kind_of(name=name, data=data)


def test_ordinary_workbook_is_safe() -> None:
    spreadsheets.check_safe(
        kind=SubmissionKind.XLSX, data=make_workbook([("DA001", "a21026", "小时", "2026-03-18 09:00", 1.5, "N")] * 500)
    )
