"""From the shifted coordinates of Chinese web maps (GCJ-02) to WGS 84, which agrees with CGCS2000 within a metre."""

from math import cos, pi, sin, sqrt

SEMI_MAJOR_M = 6_378_245.0  # Krasovsky 1940, which the shift is defined on
ECCENTRICITY_SQUARED = 0.006_693_421_622_965_943
ITERATIONS = 12


def shift(*, lon: float, lat: float) -> tuple[float, float]:
    """The GCJ-02 offset of a WGS 84 position [degrees lon, degrees lat]."""
    x, y = lon - 105.0, lat - 35.0
    waves = (20.0 * sin(6.0 * x * pi) + 20.0 * sin(2.0 * x * pi)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x)) + waves
    east += (20.0 * sin(x * pi) + 40.0 * sin(x / 3.0 * pi)) * 2.0 / 3.0
    east += (150.0 * sin(x / 12.0 * pi) + 300.0 * sin(x / 30.0 * pi)) * 2.0 / 3.0
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x)) + waves
    north += (20.0 * sin(y * pi) + 40.0 * sin(y / 3.0 * pi)) * 2.0 / 3.0
    north += (160.0 * sin(y / 12.0 * pi) + 320.0 * sin(y * pi / 30.0)) * 2.0 / 3.0
    radians = lat / 180.0 * pi
    magic = 1.0 - ECCENTRICITY_SQUARED * sin(radians) ** 2
    north_degrees = north * 180.0 / (SEMI_MAJOR_M * (1.0 - ECCENTRICITY_SQUARED) / (magic * sqrt(magic)) * pi)
    east_degrees = east * 180.0 / (SEMI_MAJOR_M / sqrt(magic) * cos(radians) * pi)
    return east_degrees, north_degrees


def in_china(*, lon: float, lat: float) -> bool:
    """Rough box outside which the shift is not applied."""
    return 72.004 <= lon <= 137.8347 and 0.8293 <= lat <= 55.8271


def gcj02_to_wgs84(*, lon: float, lat: float) -> tuple[float, float]:
    """WGS 84 longitude and latitude [degrees] of a GCJ-02 position, by fixed-point iteration, to about a millimetre.

    Special cases: a position outside China is returned as it is.
    """
    if not in_china(lon=lon, lat=lat):
        return lon, lat
    found = (lon, lat)
    for _ in range(ITERATIONS):
        d_lon, d_lat = shift(lon=found[0], lat=found[1])
        found = (lon - d_lon, lat - d_lat)
    return found


def wgs84_to_gcj02(*, lon: float, lat: float) -> tuple[float, float]:
    """GCJ-02 position of WGS 84 degrees."""
    if not in_china(lon=lon, lat=lat):
        return lon, lat
    d_lon, d_lat = shift(lon=lon, lat=lat)
    return lon + d_lon, lat + d_lat
