"""Tracks that people send: rows that hold are taken, every other is named with row, field and rule."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Any

from monitoring.series.domain.workbooks import UnreadableFile, UnsafeFile, check_workbook, csv_rows, sheet_rows
from monitoring.tracing.domain.case.reading import Frame
from monitoring.tracing.domain.physics import amounts
from monitoring.tracing.domain.water.sheets import Refused
from parks.catalogue.domain.errors import Invalid

COLUMNS: dict[str, tuple[str, ...]] = {
    "time": ("time", "时间", "监测时间", "采样时间"),
    "longitude": ("longitude", "lon", "lng", "经度"),
    "latitude": ("latitude", "lat", "纬度"),
    "east": ("east", "east_m", "东向距离", "东向坐标"),
    "north": ("north", "north_m", "北向距离", "北向坐标"),
    "value": ("value", "浓度", "监测值", "数值"),
    "unit": ("unit", "单位"),
    "height": ("height", "height_m", "采样高度", "高度"),
}  # fmt: skip
FIELD_OF = {alias: field for field, aliases in COLUMNS.items() for alias in aliases}
HEADER_ROWS, MOST_ROWS, LEAST_ROWS = 20, 50_000, 10
LARGEST = 10 * 1024**2
USUAL_HEIGHT, HIGHEST = 2.0, 200.0  # [m] of an inlet above ground
FURTHEST = 50_000.0  # [m] from the park; beyond it a coordinate is mistyped, or of another plane
FUTURE = timedelta(minutes=10)
OLDEST = timedelta(days=5 * 366)  # as long as readings are kept
TEMPERATURE, PRESSURE = 293.15, 101325.0  # of shares by volume, where nobody measured them
MICROGRAM = 1e-9  # [kg]


class BadTrack(Invalid):
    """The file cannot be read as a track."""

    code = "tracing.bad_track"


class NoHeader(BadTrack):
    """No row names the columns."""

    code = "tracing.track_header"


class TooFewRows(BadTrack):
    """Hardly a row of the file can be taken."""

    code = "tracing.track_short"


@dataclass(frozen=True, slots=True)
class Point:
    """One reading; WGS 84 degrees."""

    row: int
    at: datetime
    lon: float
    lat: float
    height: float  # [m]
    value: float  # [ug/m3]


@dataclass(frozen=True, slots=True)
class Sent:
    points: tuple[Point, ...]  # by time
    refused: tuple[Refused, ...]


@dataclass(frozen=True, slots=True)
class Setting:
    """What the rows are held against."""

    middle: tuple[float, float]  # longitude and latitude of the park; metres count from here
    molar_mass: float | None  # [g/mol]
    zone: tzinfo
    now: datetime


def track_of(*, name: str, data: bytes, setting: Setting) -> Sent:
    """Readings of a CSV or XLSX file.

    Raises:
        UnsafeFile, UnreadableFile, NoHeader: nothing can be taken. TooFewRows: the details name the first refused rows.
    """
    taken: dict[datetime, Point] = {}
    refused: list[Refused] = []
    for number, row in rows_of(cells=cells_of(name=name, data=data)):
        found = point_of(number=number, row=row, setting=setting)
        if isinstance(found, Point) and found.at in taken:
            found = [Refused(number, "time", "row.duplicate")]
        if isinstance(found, Point):
            taken[found.at] = found
        else:
            refused += found
    if len(taken) < LEAST_ROWS:
        first = ", ".join(f"{one.row} {one.field} {one.rule}" for one in refused[:5]) or "–"
        raise TooFewRows(taken=len(taken), least=LEAST_ROWS, first=first)
    return Sent(tuple(taken[at] for at in sorted(taken)), tuple(refused))


def cells_of(*, name: str, data: bytes) -> Iterator[Sequence[Any]]:
    """Rows of cells of either kind of file."""
    if not data or len(data) > LARGEST:
        raise UnsafeFile("The file is empty, or larger than 10 MiB.")
    if data[:2] == b"PK":
        check_workbook(data=data)
        return sheet_rows(data)
    if name.lower().endswith((".xlsx", ".xls")):
        raise UnreadableFile("The file is no .xlsx workbook, whatever its name says.")
    return csv_rows(data)


def rows_of(*, cells: Iterable[Sequence[Any]]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Rows by field, with the numbers of their lines; the header stands in one of the first lines."""
    fields: list[str] | None = None
    for number, row in enumerate(cells, start=1):
        if fields is None:
            fields = header_of(row)
            if fields is None and number >= HEADER_ROWS:
                break
            continue
        if number > MOST_ROWS + HEADER_ROWS:
            raise UnreadableFile(f"The file has more than {MOST_ROWS} rows. Split it.")
        if any(cell not in ("", None) for cell in row):
            yield number, {f: c for f, c in zip(fields, row, strict=False) if f and c not in ("", None)}
    if fields is None:
        raise NoHeader


def header_of(row: Sequence[Any]) -> list[str] | None:
    """Field of each column when the row names time, place, value and unit."""
    fields = [
        FIELD_OF.get(str(cell or "").split("(")[0].split("（")[0].split("[")[0].strip().lower(), "") for cell in row
    ]
    placed = {"longitude", "latitude"} <= set(fields) or {"east", "north"} <= set(fields)
    return fields if placed and {"time", "value", "unit"} <= set(fields) else None


def point_of(*, number: int, row: Mapping[str, Any], setting: Setting) -> Point | list[Refused]:
    """One row as a reading, or every rule that it breaks."""
    wrong: list[Refused] = []
    in_degrees = "longitude" in row or "latitude" in row
    first, second = ("longitude", "latitude") if in_degrees else ("east", "north")
    for name in ("time", first, second, "value", "unit"):
        if name not in row:
            wrong.append(Refused(number, name, "required"))
    numbers = {name: number_of(row.get(name)) for name in (first, second, "value")}
    wrong += [Refused(number, name, "number") for name, value in numbers.items() if name in row and value is None]
    height = number_of(row.get("height", USUAL_HEIGHT))
    if height is None or not 0 <= height <= HIGHEST:
        wrong.append(Refused(number, "height", "track.height"))
    at = time_of(row.get("time"), setting.zone)
    if "time" in row and at is None:
        wrong.append(Refused(number, "time", "time.format"))
    elif at is not None and not setting.now - OLDEST <= at <= setting.now + FUTURE:
        wrong.append(Refused(number, "time", "track.time"))
    weight = weight_of(unit=str(row.get("unit", "")), molar_mass=setting.molar_mass)
    if "unit" in row and weight is None:
        wrong.append(Refused(number, "unit", "track.unit"))
    place = place_of(numbers[first], numbers[second], in_degrees, setting)
    if place is None and numbers[first] is not None and numbers[second] is not None:
        wrong.append(Refused(number, first, "track.far"))
    value = numbers["value"]
    if wrong or at is None or place is None or value is None or weight is None or height is None:
        return wrong
    return Point(number, at, *place, height, value * weight)


def place_of(
    first: float | None, second: float | None, in_degrees: bool, setting: Setting
) -> tuple[float, float] | None:
    """Longitude and latitude; None where it is no place near the park."""
    if first is None or second is None:
        return None
    frame = Frame(latitude=setting.middle[1], longitude=setting.middle[0])
    if in_degrees and not (abs(first) <= 180 and abs(second) <= 90):
        return None
    east, north = frame.metres(latitude=second, longitude=first) if in_degrees else (first, second)
    if math.hypot(east, north) > FURTHEST:
        return None
    if in_degrees:
        return first, second
    latitude, longitude = frame.degrees(east=east, north=north)
    return round(longitude, 7), round(latitude, 7)


def weight_of(*, unit: str, molar_mass: float | None) -> float | None:
    """Micrograms per cubic metre of one such unit; None where it is unknown, or a share of a substance without molar mass."""
    try:
        found = amounts.to_density(value=1.0, unit=unit, mass=molar_mass, temperature=TEMPERATURE, pressure=PRESSURE)
    except (amounts.UnknownUnit, amounts.UnknownSpecies):
        return None
    return float(found) / MICROGRAM


def number_of(value: Any) -> float | None:
    """A finite number, however the cell holds it."""
    if isinstance(value, bool) or not isinstance(value, int | float | str) or (isinstance(value, str) and "_" in value):
        return None
    try:
        found = float(value)
    except ValueError:
        return None
    return found if math.isfinite(found) else None


def time_of(value: Any, zone: tzinfo) -> datetime | None:
    """A moment, that of the park where it names no offset; ISO 8601 or as spreadsheets print it."""
    found = value if isinstance(value, datetime) else written_time(str(value or "").strip().replace("/", "-"))
    if found is None or not 1990 <= found.year <= 2200:
        return None
    return found if found.tzinfo else found.replace(tzinfo=zone)


def written_time(text: str) -> datetime | None:
    for form in ("", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M"):
        try:
            return datetime.strptime(text, form) if form else datetime.fromisoformat(text)  # noqa: DTZ007  (made aware by the caller)
        except ValueError:
            continue
    return None
