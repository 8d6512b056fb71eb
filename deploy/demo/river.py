"""The river beside the demonstration park, and a spill into it: by finite volumes, which the tracing does not have.

Bed and speed change from cell to cell, the flow swings through the day, still water at the banks lends and keeps some of it, and the
spill takes minutes. What the tracing is told is one even reach with bands.
"""

from dataclasses import dataclass

import numpy as np

from deploy.demo.facts import LoggerPlan, Place, StationPlan
from deploy.demo.layout import place
from deploy.demo.loggers import CYANIDE, PHENOLS
from deploy.demo.noise import Floats, key_of, smooth
from deploy.demo.signals import Signals, ragged
from deploy.demo.spills import measured
from deploy.demo.tables import story_rows

LENGTH_M, WIDTH_M, DEPTH_M, SLOPE, FLOW_M3_S = 9_000.0, 24.0, 1.6, 0.00012, 13.4
STATIONS = (
    ("H1", "盐河一号断面", "Yanhe section 1", 4_200.0),
    ("H2", "盐河二号断面", "Yanhe section 2", 5_700.0),
    ("H3", "盐河三号断面", "Yanhe section 3", 7_400.0),
)
# Code, plant, chainage [m], what it may hold; nothing is known of what the works let go.
OUTFALLS = (
    ("HP-1", "hecrop", 500.0, PHENOLS), ("HP-2", "epoxy", 1_500.0, PHENOLS), ("HP-3", "acrylo", 2_300.0, CYANIDE), ("HP-4", "wwtp", 3_300.0, ""),
    ("HP-5", "recyc", 6_400.0, PHENOLS),
)  # fmt: skip
WEST_M, NORTH_M = -650.0, 6_100.0  # of the upper end; the river runs south
LENGTH_H, BEFORE_H = 12.0, 3.0  # of the time looked at
USUAL = 0.012  # always there [mg/L]
CELL_M, STEP_S = 20.0, 10.0
BED, SWING, SWING_H = 0.18, 0.05, 5.0  # deviation of the cross-section; of the flow
STILL, EXCHANGE_S = 0.12, 2.5e-4  # still water over running; how fast they exchange [1/s]
POUR_S, FLICKER = 480.0, 0.3
AHEAD_H = 8.0  # of the park's clock before UTC


@dataclass(frozen=True, slots=True)
class RiverSpill:
    """A spill into the river, with its truth. Times are hours since 2000-01-01 UTC."""

    key: str
    name: str
    name_en: str
    factor: str
    outfall: str
    start: float  # of the time in which it is looked for
    end: float
    first: float  # of the spill
    mass_kg: float


def river_spills(*, end: float) -> tuple[RiverSpill, ...]:
    """The spills of a history that ends at this hour."""
    midnight = float(np.floor((end + AHEAD_H) / 24.0) * 24.0 - AHEAD_H)
    found = []
    for row in story_rows("river_spills.csv"):
        hour, minute = row["local_time"].split(":")
        first = midnight - 24.0 * float(row["days_ago"]) + float(hour) + float(minute) / 60.0
        start = float(np.floor((first - BEFORE_H) * 6.0) / 6.0)
        found.append(RiverSpill(
            row["key"], row["name"], row["name_en"], row["factor"], row["outfall"], start, start + LENGTH_H, first, float(row["mass_kg"]),
        ))  # fmt: skip
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Flowing:
    """What comes by at the stations of each spill."""

    seed: int
    spills: tuple[RiverSpill, ...]
    curves: tuple[dict[str, Floats], ...]  # by spill and station, every minute from its start on [mg/L]

    @classmethod
    def of(cls, *, seed: int, spills: tuple[RiverSpill, ...]) -> "Flowing":
        return cls(seed, spills, tuple(carried(seed=seed, spill=one) for one in spills))

    def at(self, code: str, t: Floats, *, fine: bool) -> dict[str, Floats]:
        """What comes to a station of every substance [mg/L], at moments or, where not fine, as means of the hours around them."""
        found: dict[str, Floats] = {}
        for spill, curves in zip(self.spills, self.curves, strict=True):
            minutes = spill.start + np.arange(len(curves[code])) / 60.0
            parts: Floats = np.zeros(1) if fine else (np.arange(12) + 0.5) / 12 - 0.5
            came = np.interp(t[:, None] + parts, minutes, curves[code], left=0.0, right=0.0).mean(axis=1)
            found[spill.factor] = found.get(spill.factor, np.zeros_like(t)) + came
        return found


def carried(*, seed: int, spill: RiverSpill) -> dict[str, Floats]:
    """A spill carried down cell by cell: upstream differences, dispersion, exchange with still water; its mass is kept."""
    key = key_of(seed, "river", spill.key)
    middle: Floats = np.arange(CELL_M / 2, LENGTH_M, CELL_M, dtype=np.float64)
    area = WIDTH_M * DEPTH_M * np.exp(BED * smooth(key_of(seed, "bed"), middle / 1_000.0, 0.7))
    times: Floats = np.arange(spill.start * 3600.0, spill.end * 3600.0, STEP_S, dtype=np.float64)
    flow = FLOW_M3_S * np.exp(SWING * smooth(key_of(seed, "flow"), times / 3600.0, SWING_H))
    poured = (times >= spill.first * 3600.0) & (times < spill.first * 3600.0 + POUR_S)
    flicker = poured * np.exp(FLICKER * smooth(key, times / 3600.0, 0.05))
    rate = spill.mass_kg * flicker / (flicker.sum() * STEP_S)
    cell = int(next(chainage for code, _, chainage, _ in OUTFALLS if code == spill.outfall) / CELL_M)
    places = {code: int(chainage / CELL_M) for code, _, _, chainage in STATIONS}
    kept: dict[str, list[float]] = {code: [] for code in places}
    running, still = np.zeros_like(middle), np.zeros_like(middle)
    for number, (q, kg) in enumerate(zip(flow, rate, strict=True)):
        if number % round(60.0 / STEP_S) == 0:
            for code, at in places.items():
                kept[code].append(1e3 * float(running[at]))
        running, still = _stepped(running, still, area, float(q))
        running[cell] += kg * STEP_S / (area[cell] * CELL_M)
    return {code: np.array(row) for code, row in kept.items()}


def _stepped(running: Floats, still: Floats, area: Floats, flow: float) -> tuple[Floats, Floats]:
    """One step of the concentrations [kg/m3] in the running and in the still water."""
    speed = flow / area
    # Upstream differences smear by themselves; that part is taken off what the river spreads.
    spread = np.maximum(32.0 * speed - speed * CELL_M / 2 * (1 - speed * STEP_S / CELL_M), 0.0)
    through = flow * running
    through[:-1] -= (area * spread)[:-1] * np.diff(running) / CELL_M
    gone = through.copy()
    gone[1:] -= through[:-1]
    lent = EXCHANGE_S * (still - running)
    return running + STEP_S * (lent - gone / (area * CELL_M)), still - STEP_S * lent / STILL


def river_gauge(
    seed: int, logger: LoggerPlan, plan: StationPlan, river: Flowing | None, t: Floats, *, fine: bool
) -> Signals:
    """Clean signals of a station on the river, in the order of the logger's factors."""
    came = river.at(plan.node, t, fine=fine) if river is not None else {}
    usual = USUAL * ragged(key_of(seed, "river", plan.code), t, slow=0.15, fast=0.08, fine=fine)
    value = np.stack([
        np.maximum(measured(seed, plan.code, usual + came.get(f.code, 0.0), t), 0.0) for f in logger.factors
    ])  # fmt: skip
    return Signals(value, np.full_like(value, np.nan))


def river_stations() -> tuple[StationPlan, ...]:
    """Stations on the river, which runs past the west of the park."""
    return tuple(StationPlan(code, "RIVER", zh, en, _bank(chainage), None, code) for code, zh, en, chainage in STATIONS)


def _bank(chainage: float) -> Place:
    return place(WEST_M, NORTH_M - chainage)
