"""Premises as area sources."""

from math import cos, radians

import pytest

from monitoring.tracing.domain.areas import METRES, area_of

LAT, LON = 30.7, 121.3


def polygon(*corners: tuple[float, float]) -> list[list[float]]:
    ring = [[LON + east / (METRES * cos(radians(LAT))), LAT + north / METRES] for east, north in corners]
    return [*ring, ring[0]]


def test_a_rectangle_has_its_middle_and_its_size_whichever_way_round() -> None:
    corners = [(0.0, 0.0), (400.0, 0.0), (400.0, 100.0), (0.0, 100.0)]
    for given in (corners, corners[::-1]):
        found = area_of(geometry={"type": "Polygon", "coordinates": [polygon(*given)]})

        assert found is not None
        assert found.square_metres == pytest.approx(40_000, rel=1e-4)
        assert found.width == pytest.approx(200, rel=1e-4)
        assert (found.lat - LAT) * METRES == pytest.approx(50, rel=1e-3)
        assert (found.lon - LON) * METRES * cos(radians(LAT)) == pytest.approx(200, rel=1e-3)


def test_of_several_pieces_the_largest_counts_and_a_line_is_none() -> None:
    small, large = polygon((0, 0), (10, 0), (10, 10), (0, 10)), polygon((500, 0), (600, 0), (600, 100), (500, 100))

    found = area_of(geometry={"type": "MultiPolygon", "coordinates": [[small], [large]]})

    assert found is not None
    assert found.width == pytest.approx(100, rel=1e-3)
    assert area_of(geometry={"type": "Polygon", "coordinates": [polygon((0, 0), (10, 0), (20, 0))]}) is None
    assert area_of(geometry={"type": "Point", "coordinates": [1, 2]}) is None
    assert area_of(geometry={}) is None
