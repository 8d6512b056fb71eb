"""Reading the files the story is told from, and the reference files of the catalogue."""

import csv
from functools import cache
from pathlib import Path

STORY = Path(__file__).resolve().parent / "story"
REFERENCE = Path(__file__).resolve().parents[2] / "parks" / "catalogue" / "reference"

Row = dict[str, str]


@cache
def story_rows(name: str) -> list[Row]:
    """Rows of a file of the story."""
    return rows_of(STORY / name)


@cache
def limit_rows() -> list[Row]:
    """The limit catalogue."""
    return rows_of(REFERENCE / "limits.csv")


@cache
def pollutant(code: str) -> Row:
    """One pollutant of the catalogue."""
    return {row["code"]: row for row in pollutant_rows()}[code]


@cache
def pollutant_rows() -> list[Row]:
    return rows_of(REFERENCE / "pollutants.csv")


def rows_of(file: Path) -> list[Row]:
    with file.open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))
