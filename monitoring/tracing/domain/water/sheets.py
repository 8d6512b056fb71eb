"""Tables that people send: rows that hold are taken, every other is named with row, field and rule."""

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from parks.catalogue.domain.errors import Invalid

MOST_ROWS = 50_000
WEIGHTS = {"kg/m3": 1e3, "g/L": 1e3, "mg/L": 1.0, "g/m3": 1.0, "ug/L": 1e-3, "mg/m3": 1e-3}  # mg/L of each


class BadTable(Invalid):
    """A table cannot be read at all."""

    code = "tracing.table"


@dataclass(frozen=True, slots=True)
class Refused:
    """One row that was left out. Rows count from 1, the header being row 1."""

    row: int
    field: str
    rule: str


def rows_of(*, data: bytes, fields: Sequence[str]) -> list[tuple[int, dict[str, str]]]:
    """Rows by the names in the header, in any order; numbers of lines with them.

    Raises:
        BadTable: no text, no header with these fields, too many rows, none at all.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = data.decode("gb18030")
        except UnicodeDecodeError as error:
            raise BadTable("The file is no text in UTF-8 or GB 18030.") from error
    try:
        table = list(csv.reader(io.StringIO(text.replace("\0", ""))))
    except csv.Error as error:
        raise BadTable("The file is no table in CSV.") from error
    head = [name.strip().lower() for name in table[0]] if table else []
    missing = [name for name in fields if name not in head]
    if missing:
        raise BadTable(f"The first row names the columns; these are missing: {', '.join(missing)}.")
    rows = [
        (number, dict(zip(head, (cell.strip() for cell in row), strict=False)))
        for number, row in enumerate(table[1:], start=2)
        if any(cell.strip() for cell in row)
    ]
    if not 0 < len(rows) <= MOST_ROWS:
        raise BadTable(f"The table has {len(rows)} rows; between 1 and {MOST_ROWS} are taken.")
    return rows


def moment_of(text: str, zone: tzinfo) -> datetime | None:
    """A time, that of the park where it names no offset."""
    try:
        found = datetime.fromisoformat(text.replace("/", "-"))
    except ValueError:
        return None
    if not 1990 <= found.year <= 2200:
        return None
    return found if found.tzinfo else found.replace(tzinfo=zone)


def number_of(text: str) -> float | None:
    try:
        found = float(text)
    except ValueError:
        return None
    return found if math.isfinite(found) else None
