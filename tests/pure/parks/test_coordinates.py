"""GCJ-02 against points that public converters agree on, and its own inverse."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parks.register.domain.coordinates import gcj02_to_wgs84, wgs84_to_gcj02

METRE = 1e-5  # degrees, roughly


def test_known_point_of_beijing() -> None:
    # Tiananmen, example of the public eviltransform library: WGS 84 39.9087, 116.3975 is GCJ-02 39.9101, 116.4037
    lon, lat = wgs84_to_gcj02(lon=116.3975, lat=39.9087)

    assert (lon, lat) == (pytest.approx(116.40374, abs=METRE * 2), pytest.approx(39.91010, abs=METRE * 2))


def test_known_point_of_shanghai() -> None:
    # test case of the eviltransform library: (31.1774276, 121.5272106) is (31.17530398364597, 121.531541859215)
    lon, lat = wgs84_to_gcj02(lon=121.5272106, lat=31.1774276)

    assert (lon, lat) == (pytest.approx(121.531541859215, abs=METRE), pytest.approx(31.17530398364597, abs=METRE))


@given(st.floats(75.0, 134.0), st.floats(18.0, 53.0))
def test_there_and_back_is_the_same_place(lon: float, lat: float) -> None:
    there = wgs84_to_gcj02(lon=lon, lat=lat)
    back = gcj02_to_wgs84(lon=there[0], lat=there[1])

    assert back == (pytest.approx(lon, abs=METRE / 100), pytest.approx(lat, abs=METRE / 100))


def test_places_outside_china_are_left_alone() -> None:
    assert wgs84_to_gcj02(lon=13.4, lat=52.5) == (13.4, 52.5)
    assert gcj02_to_wgs84(lon=13.4, lat=52.5) == (13.4, 52.5)
