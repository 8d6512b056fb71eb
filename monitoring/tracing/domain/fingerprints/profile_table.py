"""A source profile as a file: one substance a row with its share and deviation. Every refusal names row, field and rule."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from monitoring.series.domain.workbooks import UnreadableFile
from monitoring.tracing.domain.drives.tables import cells_of, number_of
from monitoring.tracing.domain.water.sheets import Refused
from parks.catalogue.domain.errors import Invalid

COLUMNS: dict[str, tuple[str, ...]] = {
    "code": ("code", "factor", "编码", "因子编码", "污染物编码"),
    "share": ("share", "share_percent", "占比", "份额", "质量占比"),
    "deviation": ("deviation", "deviation_percent", "标准差", "标准偏差"),
}
FIELD_OF = {alias: field for field, aliases in COLUMNS.items() for alias in aliases}
HEADER_ROWS, MOST_ROWS = 20, 500
PERCENT = 100.0


class NoProfileHeader(Invalid):
    """No row names the columns code, share and deviation."""

    code = "tracing.profile_header"


class BadProfileRows(Invalid):
    """Rows that do not hold. Nothing is taken: a version with a substance less would be another profile."""

    code = "tracing.profile_rows"

    def __init__(self, refused: Collection[Refused]) -> None:
        super().__init__(refused=[asdict(one) for one in refused])
        self.refused = tuple(refused)


@dataclass(frozen=True, slots=True)
class Row:
    """Share of the mass and its standard deviation, both as parts of one."""

    code: str
    share: float
    deviation: float


def rows_of_profile(*, name: str, data: bytes, known: Collection[str]) -> list[Row]:
    """Rows of a CSV or XLSX file with code, share [%] and deviation [%], in any order of columns.

    Args:
        known: codes of the catalogue.

    Raises:
        UnsafeFile, UnreadableFile, NoProfileHeader: the file as a whole cannot be taken. BadProfileRows: with every row that does not hold.
    """
    found: dict[str, Row] = {}
    refused: list[Refused] = []
    for number, row in _by_field(cells_of(name=name, data=data)):
        wrong = _wrong(number, row, known, found)
        refused += wrong
        if not wrong:
            share, deviation = (float(number_of(row[field]) or 0.0) / PERCENT for field in ("share", "deviation"))
            found[str(row["code"]).strip()] = Row(str(row["code"]).strip(), share, deviation)
    if refused:
        raise BadProfileRows(refused)
    return list(found.values())


def _by_field(cells: Iterable[Sequence[Any]]) -> Iterable[tuple[int, dict[str, Any]]]:
    """Rows by field, with the numbers of their lines; the header stands in one of the first lines."""
    fields: list[str] | None = None
    for number, row in enumerate(cells, start=1):
        if fields is None:
            named = [FIELD_OF.get(_plain(cell), "") for cell in row]
            fields = named if set(COLUMNS) <= set(named) else None
            if fields is None and number >= HEADER_ROWS:
                break
            continue
        if number > MOST_ROWS + HEADER_ROWS:
            raise UnreadableFile(f"The file has more than {MOST_ROWS} rows.")
        if any(cell not in ("", None) for cell in row):
            yield number, {f: c for f, c in zip(fields, row, strict=False) if f and c not in ("", None)}
    if fields is None:
        raise NoProfileHeader


def _plain(cell: Any) -> str:
    """A heading without its unit."""
    return str(cell or "").split("(")[0].split("（")[0].split("[")[0].strip().lower()


def _wrong(number: int, row: Mapping[str, Any], known: Collection[str], before: Collection[str]) -> list[Refused]:
    wrong = [Refused(number, field, "required") for field in COLUMNS if field not in row]
    code = str(row.get("code", "")).strip()
    if code and code not in known:
        wrong.append(Refused(number, "code", "profile.code"))
    elif code in before:
        wrong.append(Refused(number, "code", "profile.twice"))
    for field in ("share", "deviation"):
        value = number_of(row.get(field, 0.0))
        if value is None:
            wrong.append(Refused(number, field, "number"))
        elif not 0 <= value <= PERCENT:
            wrong.append(Refused(number, field, "profile.percent"))
    return wrong
