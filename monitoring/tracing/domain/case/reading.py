"""A stand-alone case from JSON to arrays. Every refusal names the path in the file."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

import numpy as np
from jsonschema import Draft202012Validator
from numpy.typing import NDArray

from parks.catalogue.domain.errors import Invalid

Floats = NDArray[np.float64]
BEIJING = timezone(timedelta(hours=8))
EARTH = 6_371_008.8  # [m], mean radius


class BadCase(Invalid):
    """The case cannot be read."""

    code = "tracing.bad_case"


class TooShort(BadCase):
    """Wind and readings share fewer than three steps."""

    code = "tracing.too_short"


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, and where."""

    path: str
    message: str


def refuse(path: str, message: str) -> BadCase:
    return BadCase(f"{path}: {message}", path=path, problem=message)


def parsed(*, text: str, schema: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[Problem, ...]]:
    """Read the text and hold it against the schema.

    Returns:
        The case, and what breaks the schema.

    Raises:
        BadCase: no JSON object, or a number that is not finite.
    """
    try:
        case = json.loads(text, parse_constant=_not_finite)
    except (ValueError, RecursionError) as error:
        raise refuse("/", f"no valid JSON: {error}") from None
    if not isinstance(case, dict):
        raise refuse("/", "the case is an object")
    found = sorted(
        Draft202012Validator(schema).iter_errors(case), key=lambda e: [str(part) for part in e.absolute_path]
    )
    return case, tuple(Problem("/" + "/".join(map(str, e.absolute_path)), e.message[:300]) for e in found[:50])


def _not_finite(name: str) -> float:
    raise ValueError(f"{name} is not a number")


def moment(*, text: str, path: str) -> datetime:
    """A time with its offset; without one it is Beijing time.

    Raises:
        BadCase: not ISO 8601.
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise refuse(path, f"{text!r} is no ISO 8601 time") from None
    return found if found.tzinfo else found.replace(tzinfo=BEIJING)


@dataclass(frozen=True, slots=True)
class Series:
    """Equal steps from a start; values are NaN where missing."""

    start: datetime
    step: float  # [s]
    values: Floats

    @property
    def end(self) -> datetime:
        return self.start + timedelta(seconds=self.step * len(self.values))

    def on(self, *, start: datetime, step: float, count: int) -> Floats:
        """Held on another clock, NaN outside."""
        middle = (np.arange(count) + 0.5) * step + (start - self.start).total_seconds()
        place = np.floor(middle / self.step).astype(int)
        inside = (place >= 0) & (place < len(self.values))
        return np.where(inside, self.values[np.clip(place, 0, max(len(self.values) - 1, 0))], np.nan)


def series(*, given: Mapping[str, Any], key: str, path: str, start: str | None, step: float) -> Series:
    """One list of values of the case, with its own start and step or the shared ones."""
    begin = given.get("start", start) or "2000-01-01T00:00:00+08:00"
    values = np.array([math.nan if v is None else float(v) for v in given[key]])
    if not len(values):
        raise refuse(f"{path}/{key}", "no values")
    return Series(moment(text=begin, path=f"{path}/start"), float(given.get("step_s", step)), values)


@dataclass(frozen=True, slots=True)
class Frame:
    """Where metres start: at the first point given in degrees."""

    latitude: float
    longitude: float

    def metres(self, *, latitude: float, longitude: float) -> tuple[float, float]:
        """East and north of the origin on a plane [m]; good to 0.1 % within 10 km."""
        east = (
            math.radians((longitude - self.longitude + 180) % 360 - 180) * EARTH * math.cos(math.radians(self.latitude))
        )
        return east, math.radians(latitude - self.latitude) * EARTH

    def degrees(self, *, east: float, north: float) -> tuple[float, float]:
        """Latitude and longitude of a point of the plane."""
        latitude = self.latitude + math.degrees(north / EARTH)
        return latitude, self.longitude + math.degrees(east / EARTH / math.cos(math.radians(self.latitude)))


def frame_of(*, points: list[Mapping[str, Any]]) -> Frame | None:
    """The plane of a case in degrees; None where it is in metres.

    Raises:
        BadCase: some points in metres and some in degrees.
    """
    in_degrees = ["latitude" in point for point in points]
    if any(in_degrees) and not all(in_degrees):
        raise refuse("/sensors", "all points in metres, or all in degrees")
    return Frame(points[0]["latitude"], points[0]["longitude"]) if points and in_degrees[0] else None


def place_of(*, point: Mapping[str, Any], frame: Frame | None, prefix: str = "") -> tuple[float, float]:
    """East and north of a point [m]."""
    if frame is None:
        return float(point[f"{prefix}east_m"]), float(point[f"{prefix}north_m"])
    return frame.metres(latitude=point[f"{prefix}latitude"], longitude=point[f"{prefix}longitude"])
