"""The documents of a report, read by other programs than the one that wrote them."""

import io
import re
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pypdf
import pytest
from fontTools.pens.areaPen import AreaPen
from fontTools.ttLib import TTFont

from accounting.reports.rendering import document, workbook
from parks.portal.typeset import font_folder

STAMP = datetime(2026, 3, 17, 16, tzinfo=UTC)
DIGEST = "0123456789abcdef" * 4
NAME = "东屿盐沼浦港澜曜鼎鑫磐"  # rare enough that a poor font would lack some


def content(**overrides: Any) -> dict[str, Any]:
    fields = {
        "park": NAME, "day": date(2026, 3, 17).isoformat(), "zone": "Asia/Shanghai", "version": "1", "rules": ["HJ75-2017"],
        "points": 2, "channels": 3, "hours_due": 72, "hours_valid": 70, "valid_rate": 70 / 72,
        "exceedances": [
            {"channel": 1, "enterprise": "瀚澜乙烯有限公司", "code": "DA001", "point": "裂解炉", "pollutant": "a21026", "pollutant_name": "二氧化硫",
             "unit": "mg/m3", "period": "HOUR", "time": (STAMP - timedelta(hours=4)).isoformat(), "value": 42.125, "limit": 35.0,
             "times": 0.2036, "rule": "GB 31571-2015"},
        ],
        "validity": [{"enterprise": "瀚澜乙烯有限公司", "code": "DA001", "point": "裂解炉烟囱", "channels": [1], "valid": 22, "due": 24, "rate": 22 / 24}],
        "silent": [{"enterprise": "", "code": "F01", "logger": "=cmd()", "logger_id": 4, "missing": 24, "due": 24}],
        "quotas": [{"enterprise": "瀚澜乙烯有限公司", "pollutant": "a21002", "pollutant_name": "氮氧化物", "quota_t": "120", "emitted_t": "30.5000",
                    "day_kg": "81.500", "used": 30.5 / 120, "channels": [2]}],
    }  # fmt: skip
    return fields | overrides


@pytest.fixture(scope="module")
def pdf() -> bytes:
    return document.render(content(), digest=DIGEST, revision=3, stamp=STAMP)[0]


@pytest.fixture(scope="module")
def reader(pdf: bytes) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(pdf))


def text_of(reader: pypdf.PdfReader) -> str:
    return re.sub(r"\s+", "", "".join(page.extract_text() for page in reader.pages))


@pytest.mark.parametrize(
    "words",
    [
        NAME + "环境监测日报", "2026年3月17日", "瀚澜乙烯有限公司", "42.13", "35.00", "20:00", "97.2%", "91.7%", "25.4%", "GB31571-2015",
        "120.000", "30.500", "81.50", "24/24", "0123456789abcdef", "第3版",
    ],
)  # fmt: skip
def test_text_of_the_document_holds_names_and_numbers(reader: pypdf.PdfReader, words: str) -> None:
    # rounded by hand: 70/72 = 97.2 %, 22/24 = 91.7 %, 30.5/120 = 25.4 %; 12:00 UTC is 20:00 in Shanghai
    assert words in text_of(reader)


def test_document_says_that_it_is_pdf_a(reader: pypdf.PdfReader) -> None:
    # ISO 19005-2: the XMP metadata name part and conformance
    xmp = reader.trailer["/Root"]["/Metadata"].get_object().get_data().decode()

    assert re.search(r"pdfaid:part[>=\"]+2", xmp)
    assert re.search(r"pdfaid:conformance[>=\"]+B", xmp)
    assert "/OutputIntents" in reader.trailer["/Root"]


def fonts_of(reader: pypdf.PdfReader) -> Iterator[Any]:
    for page in reader.pages:
        for font in page["/Resources"]["/Font"].values():
            found = font.get_object()
            yield found["/DescendantFonts"][0].get_object() if "/DescendantFonts" in found else found


def test_every_font_is_embedded(reader: pypdf.PdfReader) -> None:
    fonts = list(fonts_of(reader))

    assert fonts
    for font in fonts:
        assert {"/FontFile", "/FontFile2", "/FontFile3"} & set(font["/FontDescriptor"]), font["/BaseFont"]


def test_date_of_the_file_is_that_of_its_day_and_not_of_the_clock(reader: pypdf.PdfReader) -> None:
    assert reader.metadata is not None
    assert reader.metadata.creation_date == STAMP


def test_every_character_of_the_document_has_a_glyph_in_the_font(reader: pypdf.PdfReader) -> None:
    points = TTFont(font_folder() / "NotoSansSC-Regular.otf").getBestCmap()

    drawn = set(text_of(reader))

    assert {"屿", "鑫", "曜", "折", "〓"} - drawn == {"〓"}
    assert {c for c in drawn if ord(c) not in points} == set()


def test_character_that_no_font_draws_becomes_a_mark_and_is_reported() -> None:
    # U+20000 is a Han character outside the basic plane; U+0007 is a control character
    pdf, missing = document.render(content(park="园\U00020000区\a"), digest=DIGEST, revision=1, stamp=STAMP)
    text = text_of(pypdf.PdfReader(io.BytesIO(pdf)))

    assert missing == {"\U00020000", "\a"}
    assert "园〓区〓环境监测日报" in text
    assert "U+0007U+20000" in text


def test_names_are_never_read_as_markup() -> None:
    name = '#panic("x") *a* $y$ @b `c` "'

    pdf, _ = document.render(content(park=name), digest=DIGEST, revision=1, stamp=STAMP)

    assert name.replace(" ", "") in text_of(pypdf.PdfReader(io.BytesIO(pdf)))


def test_empty_day_makes_a_document_too() -> None:
    nothing = content(
        exceedances=[], validity=[], silent=[], quotas=[], points=0, hours_due=0, hours_valid=0, valid_rate=None
    )

    pdf, _ = document.render(nothing, digest=DIGEST, revision=1, stamp=STAMP)

    assert "均未超过排污许可限值" in text_of(pypdf.PdfReader(io.BytesIO(pdf)))


DPI = 300
needs_poppler = pytest.mark.skipif(
    not (shutil.which("pdftoppm") and shutil.which("pdftotext")),
    reason="poppler-utils (pdftoppm, pdftotext) is not installed",
)


def picture_of(pdf: bytes, folder: Path) -> np.ndarray:
    """Darkness of page 1, 0 to 1, as poppler draws it."""
    (folder / "x.pdf").write_bytes(pdf)
    subprocess.run(["pdftoppm", "-gray", "-r", str(DPI), "-singlefile", "x.pdf", "page"], cwd=folder, check=True)
    data = (folder / "page.pgm").read_bytes()
    head = re.match(rb"P5\s+(\d+)\s+(\d+)\s+255\s", data)
    assert head is not None
    wide, high = int(head[1]), int(head[2])
    return 1.0 - np.frombuffer(data[head.end() :], dtype=np.uint8).reshape(high, wide) / 255.0


def placed_characters(folder: Path) -> Iterator[tuple[str, float, float, float, float]]:
    """Chinese characters of page 1 with their boxes [points], as poppler finds them."""
    done = subprocess.run(
        ["pdftotext", "-bbox", "-f", "1", "-l", "1", "x.pdf", "-"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    pattern = r'<word xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)">([\u4e00-\u9fff]+)</word>'
    for left, top, right, bottom, word in re.findall(pattern, done.stdout):
        size = (float(right) - float(left)) / len(word)  # Chinese characters are as wide as the type is large
        for n, character in enumerate(word):
            yield character, float(left) + n * size, float(top), float(left) + (n + 1) * size, float(bottom)


@needs_poppler
def test_characters_on_the_page_are_as_black_as_their_outlines_in_the_font(pdf: bytes, tmp_path: Path) -> None:
    """An empty box, a missing or a wrong glyph has another area of ink than the outline that fontTools measures."""
    page, scale = picture_of(pdf, tmp_path), DPI / 72.0
    font = TTFont(font_folder() / "NotoSansSC-Regular.otf")
    glyphs, names, em = font.getGlyphSet(), font.getBestCmap(), font["head"].unitsPerEm
    seen: dict[str, float] = {}
    for character, left, top, right, bottom in placed_characters(tmp_path):
        part = page[round(top * scale) : round(bottom * scale), round(left * scale) : round(right * scale)]
        ground = np.median(part)  # cells of headings are shaded
        ink = np.clip((part - ground) / (part.max() - ground), 0.0, 1.0).sum() / ((right - left) * scale) ** 2
        pen = AreaPen(glyphs)
        glyphs[names[ord(character)]].draw(pen)
        seen[character] = ink / (abs(pen.value) / em**2)

    assert len(seen) >= 50
    assert set(NAME) <= set(seen)
    wrong = {c: round(ratio, 2) for c, ratio in seen.items() if not 0.85 < ratio < 1.15}
    assert wrong == {}


def opened(data: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(data))


def test_workbook_opens_and_its_numbers_are_numbers() -> None:
    book = opened(workbook.render(content(), digest=DIGEST, revision=3, stamp=STAMP))

    assert book.sheetnames == ["概要", "超标", "排放量", "缺数", "有效率"]
    over = [cell.value for cell in book["超标"][2]]
    assert over[6:11] == [datetime(2026, 3, 17, 20), 42.125, 35, "mg/m3", 0.2036]  # noqa: DTZ001 - sheets hold local times
    assert [cell.value for cell in book["排放量"][2]][3:6] == [81.5, 30.5, 120]
    assert [cell.data_type for cell in book["排放量"][2]] == ["s", "s", "s", "n", "n", "n", "n"]


def test_name_that_looks_like_a_formula_stays_text_in_the_workbook() -> None:
    book = opened(workbook.render(content(), digest=DIGEST, revision=3, stamp=STAMP))

    cell = book["缺数"]["C2"]
    assert (cell.value, cell.data_type) == ("=cmd()", "s")


def test_same_content_gives_the_same_workbook() -> None:
    first, again = (workbook.render(content(), digest=DIGEST, revision=3, stamp=STAMP) for _ in range(2))

    assert first == again
