"""Where things stand: five rows of plots along the coast, between roads, on twelve square kilometres."""

from math import cos, hypot, radians, sin

from deploy.demo.facts import Place

WIDTH_M, HEIGHT_M = 4_300.0, 2_900.0
ROWS = 5
ROAD_M = 36.0
ORIGIN_LON, ORIGIN_LAT = 120.8260, 33.2480
TURN = radians(-9.0)  # the coast does not run due north
M_PER_DEGREE = 111_195.0


def place(x: float, y: float) -> Place:
    """Local metres to degrees."""
    east, north = x * cos(TURN) - y * sin(TURN), x * sin(TURN) + y * cos(TURN)
    lat = ORIGIN_LAT + north / M_PER_DEGREE
    lon = ORIGIN_LON + east / (M_PER_DEGREE * cos(radians(ORIGIN_LAT)))
    return Place(x, y, round(lon, 6), round(lat, 6))


def ring(points: list[tuple[float, float]]) -> list[list[float]]:
    """A closed ring of degrees."""
    places = [place(x, y) for x, y in points]
    return [[p.lon, p.lat] for p in [*places, places[0]]]


def boundary() -> list[list[float]]:
    """The park with a bend where the sea wall runs."""
    m = 40.0
    return ring(
        [(-m, -m), (WIDTH_M * 0.6, -m - 60.0), (WIDTH_M + m, -m), (WIDTH_M + m + 90.0, HEIGHT_M * 0.55),
         (WIDTH_M + m, HEIGHT_M + m), (-m, HEIGHT_M + m)]
    )  # fmt: skip


def plots(weights: dict[int, list[float]]) -> dict[int, list[tuple[float, float, float, float]]]:
    """West, south, east, north of the plots of each row [m]; widths follow the weights. Row 1 is the northernmost."""
    height = HEIGHT_M / ROWS
    found: dict[int, list[tuple[float, float, float, float]]] = {}
    for row, shares in weights.items():
        south = HEIGHT_M - row * height
        west, total = 0.0, sum(shares)
        found[row] = []
        for share in shares:
            east = west + WIDTH_M * share / total
            edge = ROAD_M / 2.0
            found[row].append((west + edge, south + edge, east - edge, south + height - edge))
            west = east
    return found


def fence_points() -> list[tuple[float, float]]:
    """Twelve points on the fence, evenly along its length, first at the north-west corner, clockwise."""
    length = 2.0 * (WIDTH_M + HEIGHT_M)
    points = []
    for number in range(12):
        along = (number + 0.35) * length / 12.0
        if along < WIDTH_M:
            points.append((along, HEIGHT_M))
        elif along < WIDTH_M + HEIGHT_M:
            points.append((WIDTH_M, HEIGHT_M - (along - WIDTH_M)))
        elif along < 2.0 * WIDTH_M + HEIGHT_M:
            points.append((WIDTH_M - (along - WIDTH_M - HEIGHT_M), 0.0))
        else:
            points.append((0.0, along - 2.0 * WIDTH_M - HEIGHT_M))
    return points


def road_points() -> list[tuple[float, float]]:
    """Eight points on the roads between the rows of plots, two a road and offset from road to road; first in the north-west."""
    return [
        (WIDTH_M * share, HEIGHT_M * (1.0 - row / ROWS))
        for row in range(1, ROWS)
        for share in ((0.2, 0.6) if row % 2 else (0.4, 0.8))
    ]


def distance_m(one: Place, other: Place) -> float:
    return hypot(one.x - other.x, one.y - other.y)


def bearing(x: float, y: float) -> tuple[float, float]:
    """Local components of a vector given by east and north components: the plots are turned against the compass."""
    return x * cos(TURN) + y * sin(TURN), -x * sin(TURN) + y * cos(TURN)
