"""What the loggers report: clean signals with their troubles, as records of hours, minutes or instants."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from deploy.demo.drift import Hidden
from deploy.demo.facts import LoggerPlan, Story
from deploy.demo.faults import Held, Silence, silence, stuck_starts, trouble
from deploy.demo.gauges import gauge
from deploy.demo.loggers import PH, WATER_FLOW, WIND_DIRECTION
from deploy.demo.noise import Floats
from deploy.demo.plumes import Source, sources_of
from deploy.demo.profiles import FLOW
from deploy.demo.river import Flowing, RiverSpill, river_gauge
from deploy.demo.signals import Signals
from deploy.demo.spills import Seeping, Spill
from deploy.demo.stacks import stack, stack_load
from deploy.demo.stations import station
from deploy.demo.waters import water
from deploy.demo.weather import weather

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
SPREAD = {PH: 0.008, WIND_DIRECTION: 0.05, "a01001": 0.01, "a01006": 0.0004, "a01012": 0.008, "a19001": 0.03}
SPREAD_ELSE = 0.07  # how far the extremes of an hour lie from its mean


def hours_of(moment: datetime) -> float:
    """Hours since 2000-01-01 UTC."""
    return (moment - EPOCH) / timedelta(hours=1)


def moment_of(hours: float) -> datetime:
    return EPOCH + timedelta(hours=hours)


@dataclass(frozen=True, slots=True)
class Records:
    """Records of one logger: factors x moments, in the units of the catalogue, NaN where a statistic is absent."""

    value: NDArray[np.float64]
    minimum: NDArray[np.float64]
    maximum: NDArray[np.float64]
    total: NDArray[np.float64]
    converted: NDArray[np.float64]
    flag: NDArray[np.str_]
    silence: Silence


@dataclass(frozen=True, slots=True)
class Generator:
    """The park in motion. Asked twice for the same moment it gives the same answer."""

    story: Story
    sources: list[Source]
    hidden: tuple[Hidden, ...] = ()  # releases that happened
    sewer: Seeping | None = None  # with the spills that happened
    river: Flowing | None = None

    @classmethod
    def of(
        cls, story: Story, hidden: tuple[Hidden, ...] = (), spills: tuple[Spill, ...] = (), in_river: tuple[RiverSpill, ...] = ()
    ) -> "Generator":  # fmt: skip
        sewer = Seeping.of(story=story, spills=spills) if spills else None
        river = Flowing.of(seed=story.seed, spills=in_river) if in_river else None
        return cls(story, sources_of(story), hidden, sewer, river)

    def clean(self, logger: LoggerPlan, t: Floats, *, fine: bool) -> Signals:
        """Signals without troubles."""
        seed = self.story.seed
        air = weather(seed, t)
        if logger.station is not None and logger.station.kind == "SEWER":
            return gauge(seed, logger, logger.station, self.sewer, t, fine=fine)
        if logger.station is not None and logger.station.kind == "RIVER":
            return river_gauge(seed, logger, logger.station, self.river, t, fine=fine)
        if logger.station is not None:
            return station(seed, self.sources, logger, logger.station, air, t, fine=fine, hidden=self.hidden)
        assert logger.outlet is not None
        if logger.outlet.medium != "AIR":
            return water(seed, self.story.plants, logger, logger.outlet, t, fine=fine)
        load = stack_load(seed, logger.outlet, self.story.plant(logger.slug).rhythm, t)
        return stack(seed, logger, logger.outlet, load, air.temperature, t, fine=fine)

    def records(self, logger: LoggerPlan, t: Floats, *, length_h: float, fine: bool = False) -> Records:
        """Records whose middles are `t` and that stand for `length_h` hours each; 0 for instants."""
        seed = self.story.seed
        signals = self.clean(logger, t, fine=fine)
        starts = stuck_starts(seed, logger, t)
        held = Held(starts, self.clean(logger, starts, fine=fine)) if len(starts) else None
        marks = trouble(seed, logger, signals, held, t)
        value = shown(logger, signals.value)
        spread = np.array([SPREAD.get(f.code, SPREAD_ELSE) for f in logger.factors])[:, None] * (
            min(1.0, (length_h + 0.02) ** 0.35) if length_h else 0.0
        )
        spread = np.where(marks.stuck, 0.0, spread)
        return Records(
            value=value, minimum=value * (1.0 - spread), maximum=value * (1.0 + spread),
            total=totals(logger, value, signals.flow_m3_per_h, length_h), converted=signals.converted, flag=marks.flag,
            silence=silence(seed, logger, t),
        )  # fmt: skip


def shown(logger: LoggerPlan, value: NDArray[np.float64]) -> NDArray[np.float64]:
    """What an analyser can show: nothing below its range, nothing far above it."""
    low = np.array([f.low for f in logger.factors])[:, None]
    high = np.array([f.high for f in logger.factors])[:, None]
    return np.clip(value, low, 1.02 * high)


def totals(logger: LoggerPlan, value: NDArray[np.float64], flow: Floats | None, length_h: float) -> NDArray[np.float64]:
    """The logger's own sums: volume of flows [m3], mass of concentrations [kg]."""
    total = np.full_like(value, np.nan)
    if flow is None or not length_h:
        return total
    to_kg = 1e-3 if logger.outlet is not None and logger.outlet.medium != "AIR" else 1e-6
    for row, factor in enumerate(logger.factors):
        if factor.code in (FLOW, WATER_FLOW):
            total[row] = flow * length_h
        elif factor.has_total:
            total[row] = value[row] * flow * to_kg * length_h
    return total
