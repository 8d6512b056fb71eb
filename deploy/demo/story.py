"""The story of the demonstration park: forty invented companies and everything that stands on their premises."""

from itertools import groupby

from deploy.demo import layout
from deploy.demo.facts import OutletPlan, Place, Plant, StationPlan, Story, UnitPlan
from deploy.demo.limits import LimitBook, stack_limits, water_limits
from deploy.demo.loggers import plan_loggers
from deploy.demo.network import lay_network
from deploy.demo.noise import key_of, one
from deploy.demo.profiles import PROFILES
from deploy.demo.river import river_stations
from deploy.demo.tables import story_rows
from parks.register.domain.identifiers import USCC_ALPHABET, credit_code_check

SEED = 20_260_101
REGION = "320999"  # a district number that is not in use
RAIN_LOGGERS = ("ethyl", "tereph", "aromat", "hecrop", "wwtp")
AMBIENT = (
    ("A1", "东屿镇站", "Dongyu town", -1_500.0, 900.0),
    ("A2", "盐河村站", "Yanhe village", 1_600.0, -1_700.0),
    ("A3", "园区管委会站", "Park administration", 2_050.0, 1_450.0),
)
SEWER = (
    ("W1", "北总管监测井", "North collector", "C2"),
    ("W2", "三号路污水监测井", "Main of the third road", "R3-07"),
    ("W3", "东总管监测井", "East collector", "C4"),
    ("W4", "污水厂进水口", "Inlet of the treatment works", "WWTP-IN"),
)
WEATHER = (
    ("M1", "管委会气象站", "Administration weather station", 2_080.0, 1_470.0),
    ("M2", "海堤气象站", "Sea wall weather station", 4_330.0, 1_300.0),
)


def tell(*, seed: int = SEED) -> Story:
    """The whole park from one seed."""
    placed = plants_of(seed)
    plants = [plant for _row, plant in placed]
    book = LimitBook()
    outlets, units = [], []
    stacks = {slug: list(rows) for slug, rows in groupby(story_rows("stacks.csv"), key=lambda r: r["slug"])}
    for plant in plants:
        more_outlets, more_units = of_plant(seed, plant, stacks.get(plant.slug, []), book)
        outlets += more_outlets
        units += more_units
    nodes, pipes = lay_network(placed, outlets)
    stations = (*stations_of(), *gauges_of({node.code: node.place for node in nodes}), *river_stations())
    return Story(
        seed=seed, boundary=layout.boundary(), centre=layout.place(layout.WIDTH_M / 2.0, layout.HEIGHT_M / 2.0),
        plants=tuple(plants), units=tuple(units), outlets=tuple(outlets), stations=stations, nodes=tuple(nodes),
        pipes=tuple(pipes), loggers=plan_loggers(seed, plants, outlets, stations),
    )  # fmt: skip


def plants_of(seed: int) -> list[tuple[int, Plant]]:
    """The companies with their rows and plots."""
    rows = story_rows("enterprises.csv")
    weights: dict[int, list[float]] = {}
    for r in rows:
        weights.setdefault(int(r["row"]), []).append(float(r["weight"]))
    plots = {row: iter(corners) for row, corners in layout.plots(weights).items()}
    return [(int(r["row"]), plant_of(seed, r, next(plots[int(r["row"])]))) for r in rows]


def plant_of(seed: int, r: dict[str, str], corners: tuple[float, float, float, float]) -> Plant:
    west, south, east, north = corners
    return Plant(
        slug=r["slug"], name=r["name"], name_en=r["name_en"], uscc=credit_code(seed, r["slug"]),
        industry_code=r["industry_code"], industry_name=r["industry_name"], kind=r["kind"], rhythm=r["rhythm"],
        centre=layout.place((west + east) / 2.0, (south + north) / 2.0),
        site=layout.ring([(west, south), (east, south), (east, north), (west, north)]), corners=corners,
        weight=float(r["weight"]), water_m3_per_d=float(r["water_m3_per_d"]), cod=float(r["cod"]),
        nh3n=float(r["nh3n"]), rain=r["rain"] == "1", water_logger=r["water_logger"],
    )  # fmt: skip


def credit_code(seed: int, slug: str) -> str:
    """A unified social credit code with a right check character."""
    number = key_of(seed, "uscc", slug)
    tail = ""
    for _ in range(7):
        number, place = divmod(number, len(USCC_ALPHABET))
        tail += USCC_ALPHABET[place]
    body = f"91{REGION}MA{tail}"
    return body + credit_code_check(body)


def of_plant(
    seed: int, plant: Plant, stacks: list[dict[str, str]], book: LimitBook
) -> tuple[list[OutletPlan], list[UnitPlan]]:
    """Outlets and units of one company."""
    outlets: list[OutletPlan] = []
    units: list[UnitPlan] = []
    for number, row in enumerate(stacks, start=1):
        process = next((u for u in units if u.name == row["process"]), None)
        if process is None:
            count = sum(unit.kind == "PROCESS" for unit in units) + 1
            process = UnitPlan(plant.slug, f"PU{count:02d}", "PROCESS", row["process"], row["process_en"])
            units.append(process)
        zh, en = PROFILES[row["profile"]].treatment
        treatment = UnitPlan(plant.slug, f"TA{number:03d}", "TREATMENT", zh[:80], en, process.code)
        units.append(treatment)
        outlets.append(stack(seed, plant, number, row, (process.code, treatment.code), book))
    if plant.water_m3_per_d > 0 or plant.slug == "wwtp":
        works = (
            ("生化与深度处理", "Biological and advanced treatment")
            if plant.slug == "wwtp"
            else ("污水预处理站", "Wastewater pretreatment")
        )
        units.append(UnitPlan(plant.slug, "TW001", "TREATMENT", *works))
        outlets.append(drain(plant, book))
    if plant.rain:
        edition = "2017" if plant.slug in RAIN_LOGGERS else ""
        spot = layout.place(plant.corners[0] + 25.0, plant.corners[1] + 8.0)
        outlets.append(
            OutletPlan(plant.slug, "YS001", "RAIN", "rain", "雨水排放口", "Rainwater outlet", spot, (), edition)
        )
    return outlets, units


def stack(
    seed: int, plant: Plant, number: int, row: dict[str, str], unit_codes: tuple[str, ...], book: LimitBook
) -> OutletPlan:
    """One stack, somewhere on the premises, away from the fence."""
    code, profile = f"DA{number:03d}", PROFILES[row["profile"]]
    key = key_of(seed, "stack", plant.slug, code)
    west, south, east, north = plant.corners
    share = (number - 0.5) / 8.0 % 1.0
    x = west + 40.0 + (east - west - 80.0) * ((share + 0.35 * one(key, 1)) % 1.0)
    y = south + 60.0 + (north - south - 120.0) * one(key, 2)
    species = dict(part.split(":") for part in row["species"].split())
    shares = {factor: float(text) for factor, text in species.items()}
    return OutletPlan(
        slug=plant.slug, code=code, medium="AIR", profile=row["profile"], name=row["name"], name_en=row["name_en"],
        place=layout.place(x, y), unit_codes=unit_codes, logger=row["logger"],
        height_m=float(round(profile.height_m * (0.9 + 0.3 * one(key, 3)))), diameter_m=float(row["diameter_m"]),
        temperature_c=round(profile.temperature_c * (0.95 + 0.1 * one(key, 4)), 1),
        velocity_m_per_s=round(profile.velocity_m_per_s * (0.9 + 0.2 * one(key, 5)), 1), species=shares,
        limits=stack_limits(book, row["profile"], row["standard"], shares),
    )  # fmt: skip


def drain(plant: Plant, book: LimitBook) -> OutletPlan:
    """The wastewater outlet at the road where the sewer runs."""
    west, south, east, _north = plant.corners
    works = plant.slug == "wwtp"
    name, name_en = ("总排放口", "Final effluent") if works else ("废水总排口", "Wastewater outlet")
    edition = "2025" if works else plant.water_logger
    return OutletPlan(
        plant.slug, "DW001", "WATER", "effluent" if works else "sewer", name, name_en,
        layout.place(west + (east - west) * 0.55, south + 6.0), ("TW001",), edition, limits=water_limits(book, plant.slug),
    )  # fmt: skip


def gauges_of(places: dict[str, Place]) -> tuple[StationPlan, ...]:
    """Stations in the sewer."""
    return tuple(StationPlan(code, "SEWER", zh, en, places[node], None, node) for code, zh, en, node in SEWER)


def stations_of() -> tuple[StationPlan, ...]:
    """Stations on the fence of the park, between its plants, in the neighbourhood, and masts.

    The fence alone leaves what stands in the middle two kilometres from the next station: too far to tell plants apart.
    """
    fence = [
        StationPlan(f"F{number:02d}", "FENCE", f"厂界{number:02d}号VOCs站", f"Fence-line VOC station {number:02d}", layout.place(x, y), 4.0)
        for number, (x, y) in enumerate(layout.fence_points(), start=1)
    ]  # fmt: skip
    between = [
        StationPlan(f"R{number:02d}", "FENCE", f"园路{number:02d}号VOCs站", f"Road-side VOC station {number:02d}", layout.place(x, y), 4.0)
        for number, (x, y) in enumerate(layout.road_points(), start=1)
    ]  # fmt: skip
    ambient = [StationPlan(code, "AMBIENT", zh, en, layout.place(x, y), 12.0) for code, zh, en, x, y in AMBIENT]
    weather = [StationPlan(code, "WEATHER", zh, en, layout.place(x, y), 10.0) for code, zh, en, x, y in WEATHER]
    return (*fence, *between, *ambient, *weather)
