"""Premises as area sources: middle and size of their polygons."""

from dataclasses import dataclass
from math import cos, radians, sqrt
from typing import Any

METRES = 111_195.0  # of a degree on a sphere


@dataclass(frozen=True, slots=True)
class Area:
    """A piece of ground."""

    lon: float  # of its middle
    lat: float
    square_metres: float

    @property
    def width(self) -> float:
        """Side of the square of the same size [m]."""
        return sqrt(self.square_metres)


def area_of(*, geometry: dict[str, Any]) -> Area | None:
    """Middle and size of a GeoJSON polygon, or of the largest of several; holes count as ground.

    Returns:
        None where it is no polygon or encloses nothing.
    """
    coordinates = geometry.get("coordinates") or []
    polygons = {"Polygon": [coordinates], "MultiPolygon": coordinates}.get(str(geometry.get("type")), [])
    rings = [polygon[0] for polygon in polygons if polygon]
    found = [one for one in map(_of_ring, rings) if one is not None]
    return max(found, key=lambda one: one.square_metres, default=None)


def _of_ring(ring: list[list[float]]) -> Area | None:
    """By the shoelace formula on a plane through the first corner."""
    lon0, lat0 = ring[0][:2]
    east = [(point[0] - lon0) * METRES * cos(radians(lat0)) for point in ring]
    north = [(point[1] - lat0) * METRES for point in ring]
    crosses = [east[k] * north[k + 1] - east[k + 1] * north[k] for k in range(len(ring) - 1)]
    twice = sum(crosses)
    if abs(twice) < 2.0:
        return None
    x, y = (
        sum((axis[k] + axis[k + 1]) * cross for k, cross in enumerate(crosses)) / (3.0 * twice) for axis in (east, north)
    )  # fmt: skip
    return Area(lon0 + x / (METRES * cos(radians(lat0))), lat0 + y / METRES, abs(twice) / 2.0)
