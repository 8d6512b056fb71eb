"""Cells of sheets: text that begins like a formula stays text, numbers stay numbers."""

import csv
import io
from datetime import UTC, datetime

import openpyxl
import pytest

from parks.catalogue.domain.periods import park_zone
from parks.portal.sheets import csv_bytes, xlsx_bytes

# What OWASP lists as the beginnings of CSV injection.
BEGINNINGS = ["=", "+", "-", "@", "\t", "\r", "\n"]
NOW = datetime(2026, 3, 18, 2, 30, tzinfo=UTC)


@pytest.mark.parametrize("beginning", BEGINNINGS, ids=repr)
def test_text_that_begins_like_a_formula_is_quoted_in_csv(beginning: str) -> None:
    text = beginning + 'cmd|"/c calc"!A1'

    ((head,), (cell,)) = csv.reader(
        io.StringIO(csv_bytes(header=[text], rows=[[text]]).decode("utf-8-sig"), newline="")
    )

    assert head == cell == "'" + text


def test_numbers_and_ordinary_text_are_left_alone_in_csv() -> None:
    data = csv_bytes(header=["a"], rows=[[-3.5, 0, None, '二氧化硫, "x"', "3-5"]])

    _, row = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    assert row == ["-3.5", "0", "", '二氧化硫, "x"', "3-5"]


def test_csv_begins_with_a_mark_so_that_spreadsheets_read_chinese() -> None:
    assert csv_bytes(header=["时间"], rows=[]).startswith(b"\xef\xbb\xbf")


@pytest.mark.parametrize("text", [*(b + "1+1" for b in BEGINNINGS), "http://example.com", "007", "1e5"], ids=repr)
def test_text_stays_text_in_xlsx(text: str) -> None:
    data = xlsx_bytes(sheets=[("s", ["h"], [[text]])], zone=park_zone(), created=NOW)

    cell = openpyxl.load_workbook(io.BytesIO(data))["s"]["A2"]
    assert cell.data_type == "s"
    assert cell.value.replace("_x000D_", "\r") == text
    assert cell.hyperlink is None


def test_numbers_and_times_are_numbers_and_local_times_in_xlsx() -> None:
    data = xlsx_bytes(sheets=[("s", ["a", "b", "c"], [[-3.5, NOW, None]])], zone=park_zone(), created=NOW)

    row = [cell.value for cell in openpyxl.load_workbook(io.BytesIO(data))["s"][2]]
    assert row[:2] == [-3.5, datetime(2026, 3, 18, 10, 30)]  # noqa: DTZ001 - sheets hold local times
    assert row[2:] in ([], [None])
