"""Which files are taken with an answer."""

import io
import zipfile

import pytest

from monitoring.tracing.domain.files import LARGEST, MOST, TooMany, WrongKind, WrongSize, check_sizes, judged

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


def archive(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as held:
        for name in names:
            held.writestr(name, "x")
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("记录.pdf", b"%PDF-1.7"),
        ("a.JPG", b"\xff\xd8\xff\xe0"),
        ("b.png", PNG),
        ("台账.xlsx", archive("xl/workbook.xml")),
    ],
)
def test_records_photographs_and_workbooks_are_taken(name: str, content: bytes) -> None:
    assert judged(name=name, content=content).name == name


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.pdf", b"<script>alert(1)</script>"), ("a.exe", b"MZ"), ("a.svg", b"<svg/>"), ("pdf", b"%PDF-"), (".pdf", b"%PDF-"),
        ("a.xlsx", archive("evil.exe")), ("a.xlsx", b"PK\x03\x04broken"), ("a.png.html", PNG),
    ],
)  # fmt: skip
def test_what_is_something_else_is_refused_whatever_its_name_says(name: str, content: bytes) -> None:
    with pytest.raises(WrongKind):
        judged(name=name, content=content)


def test_folders_of_the_sender_are_not_kept_and_long_names_keep_their_ending() -> None:
    assert judged(name="C:\\Users\\x\\报告.pdf", content=b"%PDF-").name == "报告.pdf"
    long = judged(name="长" * 300 + ".pdf", content=b"%PDF-").name
    assert len(long) == 200
    assert long.endswith(".pdf")


def test_empty_large_and_many_files_are_refused_before_they_are_read() -> None:
    for size in (0, LARGEST + 1):
        with pytest.raises(WrongSize):
            check_sizes(sizes=[("a.pdf", size)])
    with pytest.raises(TooMany):
        check_sizes(sizes=[("a.pdf", 1)] * (MOST + 1))
