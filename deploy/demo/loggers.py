"""The data loggers: which edition they speak, with which habits, and what hangs on them."""

from collections.abc import Iterable

from deploy.demo.facts import FactorPlan, LoggerPlan, OutletPlan, Plant, StationPlan
from deploy.demo.noise import key_of, one
from deploy.demo.profiles import (
    BENZENE,
    CO2,
    FLOW,
    FURNACE,
    MOISTURE,
    NMHC,
    O2,
    PRESSURE,
    PROFILES,
    TEMPERATURE,
    TOLUENE,
    VELOCITY,
    XYLENES,
)
from deploy.demo.tables import pollutant

WATER_FLOW, PH, COD, AMMONIA, TN, TP, SS = "w00000", "w01001", "w01018", "w21003", "w21001", "w21011", "w01012"
PHENOLS, CYANIDE = "w23002", "w21016"
FENCE_SPECIES = (BENZENE, TOLUENE, XYLENES, "a25038", "a24046", "a24017", "a24053", "a24078", "a99010")
WIND_SPEED, WIND_DIRECTION, AIR_TEMPERATURE, HUMIDITY, AIR_PRESSURE = "a01007", "a01008", "a01001", "a01002", "a01006"
AMBIENT = {"a21026": 0.001, "a21004": 0.001, "a05024": 1.0, "a21005": 1.0, "a34002": 1.0, "a34004": 1.0, NMHC: 1.0}
RANGES: dict[str, tuple[float, float]] = {
    CO2: (0.0, 400_000.0),
    FLOW: (0.0, 400.0), VELOCITY: (0.0, 30.0), TEMPERATURE: (-30.0, 300.0), PRESSURE: (-5.0, 5.0), MOISTURE: (0.0, 40.0),
    O2: (0.0, 25.0), FURNACE: (0.0, 1400.0), WATER_FLOW: (0.0, 2000.0), PH: (0.0, 14.0), COD: (0.0, 2000.0),
    AMMONIA: (0.0, 300.0), TN: (0.0, 300.0), TP: (0.0, 50.0), SS: (0.0, 1000.0), WIND_SPEED: (0.0, 60.0),
    WIND_DIRECTION: (0.0, 360.0), AIR_TEMPERATURE: (-40.0, 60.0), HUMIDITY: (0.0, 100.0), AIR_PRESSURE: (80.0, 110.0),
    "a05024": (0.0, 1000.0), "a34002": (0.0, 2000.0), "a34004": (0.0, 1000.0),
}  # fmt: skip
KINDS_OF_SYSTEM = {
    "AIR": "31",
    "WATER": "32",
    "RAIN": "32",
    "FENCE": "27",
    "AMBIENT": "22",
    "WEATHER": "22",
    "SEWER": "32",
    "RIVER": "21",
}
MINUTES = {"AIR": 1, "WATER": 10, "RAIN": 10, "FENCE": 5, "AMBIENT": 5, "WEATHER": 1, "SEWER": 10, "RIVER": 10}
WIDE = 8.0  # measuring range over the typical value, where no limit says how far an analyser must see


def plan_loggers(
    seed: int, plants: list[Plant], outlets: list[OutletPlan], stations: Iterable[StationPlan]
) -> tuple[LoggerPlan, ...]:
    """A logger for every outlet that is measured and for every station."""
    names = {plant.slug: plant for plant in plants}
    at_outlets = [of_outlet(seed, names[o.slug], o) for o in outlets if o.logger]
    return (*at_outlets, *(of_station(seed, station) for station in stations))


def of_outlet(seed: int, plant: Plant, outlet: OutletPlan) -> LoggerPlan:
    key = key_of(seed, "logger", outlet.key)
    edition = int(outlet.logger)
    air = outlet.medium == "AIR"
    factors = stack_factors(key, outlet, edition) if air else water_factors(outlet, edition)
    return LoggerPlan(
        mn=mn_of(key, edition), edition=edition, name=f"{plant.name[:8]} {outlet.code}",
        label_end=(edition == 2005 and one(key, 2) < 0.7) or (edition == 2017 and one(key, 2) < 0.12),
        crc_variant="MODBUS" if edition == 2017 and one(key, 3) < 0.09 else "STANDARD",
        minute_interval_min=MINUTES[outlet.medium], st=KINDS_OF_SYSTEM[outlet.medium], factors=factors,
        slug=plant.slug, outlet=outlet,
    )  # fmt: skip


def of_station(seed: int, station: StationPlan) -> LoggerPlan:
    key = key_of(seed, "logger", station.key)
    edition = 2025 if station.kind == "FENCE" and one(key, 1) < 0.5 else 2017
    if station.kind == "FENCE":
        factors = (factor(NMHC, high=20.0), *(factor(f, unit="ug/m3", scale=0.001, high=5.0) for f in FENCE_SPECIES))
        factors += (factor(WIND_SPEED), factor(WIND_DIRECTION))
    elif station.kind == "WEATHER":
        factors = tuple(factor(f) for f in (WIND_SPEED, WIND_DIRECTION, AIR_TEMPERATURE, HUMIDITY, AIR_PRESSURE))
    elif station.kind == "SEWER":
        factors = (factor(PH), factor(PHENOLS, high=50.0), factor(CYANIDE, high=20.0))
    elif station.kind == "RIVER":
        factors = (factor(PHENOLS, high=20.0),)
    else:
        factors = tuple(
            factor(f, unit="ug/m3" if scale != 1.0 else "", scale=scale, high=0.0 if f in RANGES else 20.0)
            for f, scale in AMBIENT.items()
        )
    return LoggerPlan(
        mn=mn_of(key, edition), edition=edition, name=station.name, label_end=False, crc_variant="STANDARD",
        minute_interval_min=MINUTES[station.kind], st=KINDS_OF_SYSTEM[station.kind], factors=factors, station=station,
    )  # fmt: skip


def mn_of(key: int, edition: int) -> str:
    """Fourteen digits of old loggers, twenty-four hexadecimal ones since."""
    if edition == 2005:
        return f"3209{key % 10**10:010d}"
    return f"3209{key:016X}{key % 9973:04X}"


def factor(code: str, *, unit: str = "", scale: float = 1.0, high: float = 0.0, old: bool = False, reference: float | None = None) -> FactorPlan:  # fmt: skip
    row = pollutant(code)
    low, top = RANGES.get(code, (0.0, high))
    return FactorPlan(
        code=code, old_code=row["code_2005"] if old else "", reported_unit=unit or row["unit"], scale=scale, low=low,
        high=high or top, decimals=int(row["decimals"]), has_total=bool(row["mass_unit"]) and row["mass_unit"] in ("kg", "m3"),
        reference_o2=reference,
    )  # fmt: skip


def stack_factors(key: int, outlet: OutletPlan, edition: int) -> tuple[FactorPlan, ...]:
    """Pollutants, then what is needed to make rates of them."""
    profile = PROFILES[outlet.profile]
    old = edition == 2005
    highest = {limit.factor: limit.maximum for limit in outlet.limits}
    typical = profile.typical | {f: profile.typical.get(NMHC, 10.0) * s for f, s in outlet.species.items()}
    pollutants = [
        factor(
            f,
            high=nice(max(3.0 * highest.get(f, 0.0), WIDE * value)),
            old=old,
            reference=None if f == CO2 else profile.reference_o2,
        )
        for f, value in typical.items()
    ]
    # Some makers count cubic metres an hour, the standard cubic metres a second.
    hourly = one(key, 4) < 0.4
    flow = factor(FLOW, unit="m3/h" if hourly else "", scale=1.0 / 3600.0 if hourly else 1.0, old=old)
    conditions = [VELOCITY, TEMPERATURE]
    if profile.o2_percent is not None:
        conditions = [O2, *conditions, PRESSURE, MOISTURE]
    return (*pollutants, *(factor(f) for f in profile.extra), flow, *(factor(f, old=old) for f in conditions))


def water_factors(outlet: OutletPlan, edition: int) -> tuple[FactorPlan, ...]:
    names = (PH, COD) if outlet.medium == "RAIN" else (PH, COD, AMMONIA, TN, TP)
    if outlet.profile == "effluent":
        names = (*names, SS)
    return tuple(factor(f, old=edition == 2005) for f in (WATER_FLOW, *names))


def nice(value: float) -> float:
    """Round up to a measuring range that analysers are sold with."""
    steps = (0.5, 1, 2, 5, 10, 20, 30, 50, 75, 100, 150, 200, 300, 500, 1000, 2000)
    return float(next((step for step in steps if step >= value), value))
