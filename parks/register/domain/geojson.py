"""Reading GeoJSON: shapes, positions and datums of features, without knowing whose they are."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from math import asin, cos, isfinite, radians, sin, sqrt
from typing import Any

from parks.catalogue.domain.errors import Invalid
from parks.register.domain.coordinates import gcj02_to_wgs84

POLYGONS, POINT, LINE = ("Polygon", "MultiPolygon"), ("Point",), ("LineString",)
SHAPES: dict[str, tuple[str, ...]] = {
    "boundary": POLYGONS,
    "site": (*POLYGONS, *POINT),
    "outlet": POINT,
    "station": POINT,
    "node": POINT,
    "pipe": LINE,
}
DATUMS = ("WGS84", "CGCS2000", "GCJ02")
DEPTH = {"Point": 0, "LineString": 1, "Polygon": 2, "MultiPolygon": 3}
MOST_FEATURES = 20_000
MOST_POSITIONS = 20_000  # of one feature
SAME_DEGREES = 1e-7  # about a centimetre: what a conversion to another datum and back may move
EARTH_M = 6_371_008.8


class NotGeoJson(Invalid):
    """The document is no GeoJSON feature collection."""

    code = "geojson.document"


class BadFeature(Invalid):
    """A feature cannot be used; `details` name field, rule and value."""

    code = "geojson.feature"

    def __init__(self, *, field: str, rule: str, value: object = "") -> None:
        super().__init__(f"{field}: {rule}", field=field, rule=rule, value=str(value)[:120])


@dataclass(frozen=True, slots=True)
class Feature:
    """One feature with a geometry in WGS 84; `number` counts from 1 in the document."""

    number: int
    layer: str
    properties: dict[str, Any]
    geometry: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Refused:
    """A feature that was not taken: which, which field, which rule, what stood there."""

    feature: int
    field: str
    rule: str
    value: str


def features_of(*, document: object, datum: str) -> tuple[list[Feature], list[Refused]]:
    """Features of a document, layers that others refer to first, and those that cannot be read.

    Raises:
        NotGeoJson: no feature collection, too many features, or an unknown datum.
    """
    if datum not in DATUMS:
        raise NotGeoJson(f"Unknown datum {datum!r}; known are {', '.join(DATUMS)}.", datum=datum)
    if not isinstance(document, dict) or document.get("type") != "FeatureCollection":
        raise NotGeoJson
    rows = document.get("features")
    if not isinstance(rows, list) or len(rows) > MOST_FEATURES:
        raise NotGeoJson(f"A feature collection holds a list of at most {MOST_FEATURES} features.")
    found: list[Feature] = []
    refused: list[Refused] = []
    for number, row in enumerate(rows, start=1):
        try:
            found.append(feature_of(row, number=number, datum=datum))
        except BadFeature as error:
            refused.append(Refused(number, **error.details))
    order = list(SHAPES)
    return sorted(found, key=lambda one: order.index(one.layer)), refused


def feature_of(row: object, *, number: int, datum: str) -> Feature:
    """One feature, its geometry checked and converted."""
    if not isinstance(row, dict) or row.get("type") != "Feature":
        raise BadFeature(field="type", rule="must be Feature", value=row.get("type") if isinstance(row, dict) else row)
    properties = row.get("properties")
    if not isinstance(properties, dict):
        raise BadFeature(field="properties", rule="must be an object", value=properties)
    for name, value in properties.items():
        if not storable(value):
            raise BadFeature(
                field=str(name)[:40], rule="a text without zero bytes or a finite number", value=ascii(value)
            )
    layer = properties.get("layer")
    if not isinstance(layer, str) or layer not in SHAPES:
        raise BadFeature(field="layer", rule=f"one of {', '.join(SHAPES)}", value=layer)
    geometry = row.get("geometry")
    if geometry is not None:
        geometry = geometry_of(geometry, allowed=SHAPES[layer], datum=datum)
    return Feature(number, layer, properties, geometry)


def storable(value: object) -> bool:
    """Whether the database can keep a value: JSON also knows texts and numbers that it cannot."""
    if isinstance(value, str):
        return not any(c == "\0" or "\ud800" <= c <= "\udfff" for c in value)
    return not isinstance(value, (int, float)) or finite(value)


def finite(value: float) -> bool:
    """Whether a number is one; a whole number of 400 digits is too large to be."""
    try:
        return isfinite(value)
    except OverflowError:
        return False


def geometry_of(geometry: object, *, allowed: tuple[str, ...], datum: str) -> dict[str, Any]:
    """A geometry of an allowed kind with possible positions, in WGS 84."""
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if not isinstance(geometry, dict) or kind not in allowed:
        raise BadFeature(field="geometry", rule=f"one of {', '.join(allowed)}", value=kind)
    coordinates = converted(geometry.get("coordinates"), depth=DEPTH[kind], datum=datum)
    rings = [coordinates] if kind == "Polygon" else coordinates if kind == "MultiPolygon" else []
    for ring in (ring for polygon in rings for ring in polygon):
        if len(ring) < 4 or ring[0] != ring[-1]:
            raise BadFeature(field="geometry", rule="a ring is closed and has at least four positions", value=len(ring))
    if kind == "LineString" and len(coordinates) < 2:
        raise BadFeature(field="geometry", rule="a line has at least two positions", value=len(coordinates))
    if len(list(positions(coordinates))) > MOST_POSITIONS:
        raise BadFeature(field="geometry", rule=f"at most {MOST_POSITIONS} positions")
    return {"type": kind, "coordinates": coordinates}


def converted(value: object, *, depth: int, datum: str) -> Any:
    """Coordinates of the expected nesting as lists of [longitude, latitude]."""
    if depth:
        if not isinstance(value, (list, tuple)) or not value:
            raise BadFeature(field="coordinates", rule="a list that is not empty", value=value)
        return [converted(part, depth=depth - 1, datum=datum) for part in value]
    if not isinstance(value, (list, tuple)) or len(value) not in (2, 3):
        raise BadFeature(field="coordinates", rule="longitude and latitude", value=value)
    lon, lat = position(value[0], value[1])
    return list(gcj02_to_wgs84(lon=lon, lat=lat)) if datum == "GCJ02" else [lon, lat]


def position(lon: object, lat: object) -> tuple[float, float]:
    """Longitude and latitude as numbers on earth."""
    for value, most in ((lon, 180.0), (lat, 90.0)):
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not finite(value) or abs(value) > most:
            raise BadFeature(field="coordinates", rule="degrees, longitude first", value=value)
    return float(lon), float(lat)  # type: ignore[arg-type]


def positions(coordinates: Any) -> Iterator[tuple[float, float]]:
    """All positions of nested coordinates."""
    if coordinates and not isinstance(coordinates[0], list):
        yield coordinates[0], coordinates[1]
        return
    for part in coordinates:
        yield from positions(part)


def same_geometry(one: dict[str, Any] | None, other: dict[str, Any] | None) -> bool:
    """Whether two geometries agree within a centimetre."""
    if one is None or other is None:
        return one is other
    a, b = list(positions(one["coordinates"])), list(positions(other["coordinates"]))
    return (
        one["type"] == other["type"]
        and len(a) == len(b)
        and all(same_degrees(x, y) for p, q in zip(a, b, strict=True) for x, y in zip(p, q, strict=True))
    )


def same_degrees(one: float, other: float) -> bool:
    return abs(one - other) <= SAME_DEGREES


def length_m(line: list[list[float]]) -> float:
    """Length of a line on the sphere [m]."""
    total = 0.0
    for (lon1, lat1), (lon2, lat2) in pairwise(line):
        high, wide = radians(lat2 - lat1) / 2.0, radians(lon2 - lon1) / 2.0
        share = sin(high) ** 2 + cos(radians(lat1)) * cos(radians(lat2)) * sin(wide) ** 2
        total += 2.0 * EARTH_M * asin(sqrt(share))
    return total
