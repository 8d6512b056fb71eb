"""What the demonstration park consists of, as plain values."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Place:
    """Local position [m east, m north of the south-west corner] and WGS 84 degrees."""

    x: float
    y: float
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class Plant:
    slug: str
    name: str
    name_en: str
    uscc: str
    industry_code: str
    industry_name: str
    kind: str
    rhythm: str
    centre: Place
    site: list[list[float]]  # ring of degrees
    corners: tuple[float, float, float, float]  # west, south, east, north [m]
    weight: float
    water_m3_per_d: float
    cod: float
    nh3n: float
    rain: bool
    water_logger: str


@dataclass(frozen=True, slots=True)
class UnitPlan:
    slug: str
    code: str
    kind: str
    name: str
    name_en: str
    upstream: str = ""


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit as the catalogue holds it, or as an agreement sets it."""

    factor: str
    period: str
    maximum: float
    minimum: float | None
    unit: str
    reference_o2: float | None
    source: str


@dataclass(frozen=True, slots=True)
class OutletPlan:
    slug: str
    code: str
    medium: str
    profile: str
    name: str
    name_en: str
    place: Place
    unit_codes: tuple[str, ...]
    logger: str  # edition of the standard its logger speaks, empty where nobody measures
    height_m: float | None = None
    diameter_m: float | None = None
    temperature_c: float | None = None
    velocity_m_per_s: float | None = None
    species: dict[str, float] = field(default_factory=dict)  # shares of NMHC
    limits: tuple[Limit, ...] = ()

    @property
    def key(self) -> str:
        return f"{self.slug}/{self.code}"


@dataclass(frozen=True, slots=True)
class StationPlan:
    code: str
    kind: str
    name: str
    name_en: str
    place: Place
    height_m: float | None
    node: str = ""  # of the sewer, where it stands in one

    @property
    def key(self) -> str:
        return f"station/{self.code}"


@dataclass(frozen=True, slots=True)
class NodePlan:
    code: str
    kind: str
    place: Place
    invert_m: float
    outlet: tuple[str, str] | None = None  # slug and code


@dataclass(frozen=True, slots=True)
class PipePlan:
    code: str
    start: str
    end: str
    length_m: float
    diameter_m: float
    slope: float


@dataclass(frozen=True, slots=True)
class FactorPlan:
    """One measured factor: how the logger sends it and what the analyser can show."""

    code: str
    old_code: str
    reported_unit: str
    scale: float  # reported x scale = catalogue unit
    low: float
    high: float
    decimals: int
    has_total: bool
    reference_o2: float | None = None


@dataclass(frozen=True, slots=True)
class LoggerPlan:
    mn: str
    edition: int
    name: str
    label_end: bool
    crc_variant: str
    minute_interval_min: int
    st: str  # system code it sends
    factors: tuple[FactorPlan, ...]
    slug: str = ""
    outlet: OutletPlan | None = None
    station: StationPlan | None = None

    @property
    def key(self) -> str:
        return self.outlet.key if self.outlet else self.station.key if self.station else self.mn


@dataclass(frozen=True, slots=True)
class Story:
    seed: int
    boundary: list[list[float]]
    centre: Place
    plants: tuple[Plant, ...]
    units: tuple[UnitPlan, ...]
    outlets: tuple[OutletPlan, ...]
    stations: tuple[StationPlan, ...]
    nodes: tuple[NodePlan, ...]
    pipes: tuple[PipePlan, ...]
    loggers: tuple[LoggerPlan, ...]

    def plant(self, slug: str) -> Plant:
        return next(plant for plant in self.plants if plant.slug == slug)
