"""A frozen wish for new sensors as arrays: winds, what may leak, where sensors stand and could stand, what was assumed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitoring.tracing.domain.case.building import sources_of
from monitoring.tracing.domain.case.reading import Frame, frame_of, place_of
from monitoring.tracing.domain.case.skies import classes_of
from monitoring.tracing.domain.forward.scene import Physics, Sources
from monitoring.tracing.domain.physics.dispersion import Scheme
from monitoring.tracing.domain.siting import Climate, climate_of
from parks.catalogue.domain.errors import Invalid

Floats = NDArray[np.float64]
FORMAT, METHOD = "tongjian-siting/1", "maximal covering location, HiGHS"
LEAST_HOURS = 72  # of wind; three days hold every hour of the day three times
MICROGRAM = 1e-9  # [kg]
HOUR = 3600.0  # [s]
SECTORS = (
    36  # of the wind; a plume is some twenty degrees wide, and between wider steps a site would be missed by chance
)


class NothingToPlace(Invalid):
    """A plan needs winds, points that may leak and sites."""

    code = "tracing.nothing_to_place"


class TooFewWinds(NothingToPlace):
    """The period holds too few hours of wind for a climate."""

    code = "tracing.too_few_winds"


class NobodyEmits(NothingToPlace):
    """The register holds nobody with coordinates who may emit the substance."""

    code = "tracing.nobody_emits"


class NoSites(NothingToPlace):
    """No site is left on which a sensor could be built."""

    code = "tracing.no_sites"


@dataclass(frozen=True, slots=True)
class Wish:
    """What a plan is computed from."""

    frame: Frame
    climate: Climate
    hours: int  # with a wind
    sources: Sources
    rates: Floats  # [kg/s]
    limit: float  # [kg/m3]
    places: Floats  # standing sensors first, then sites; east, north, height [m]
    standing: int
    costs: Floats  # of all places; zero where a sensor stands
    budget: float
    most: int
    physics: Physics
    often: float
    apart: float
    balance: float
    seconds: float


def wish_of(*, case: Mapping[str, Any]) -> Wish:
    """Arrays of a case.

    Raises:
        TooFewWinds, NobodyEmits, NoSites, BadCase.
    """
    assumed, candidates = case["assumed"], tuple(case["candidates"])
    if not candidates:
        raise NobodyEmits(substance=case["substance"])
    if not case["sites"]:
        raise NoSites
    frame = frame_of(points=[*candidates, *case["standing"], *case["sites"]])
    if frame is None:
        raise NothingToPlace("Points of a plan stand in degrees.")
    climate, hours = _climate(case)
    sources = sources_of(candidates, frame, "")
    costs = np.array([0.0] * len(case["standing"]) + [float(one["cost"]) for one in case["sites"]])
    given = case["budget"]["cost"]
    return Wish(
        frame, climate, hours, sources, np.full(len(candidates), assumed["rate_kg_h"] / HOUR), assumed["limit_ug_m3"] * MICROGRAM,
        _places([*case["standing"], *case["sites"]], frame), len(case["standing"]), costs,
        float(costs.sum()) + 1.0 if given is None else float(given), int(case["budget"]["most"]), _physics(case), assumed["often"],
        assumed["apart"], assumed["balance"], assumed["seconds"],
    )  # fmt: skip


def _places(points: Sequence[Mapping[str, Any]], frame: Frame) -> Floats:
    return np.array([(*place_of(point=one, frame=frame), float(one["height_m"])) for one in points]).reshape(-1, 3)


def _physics(case: Mapping[str, Any]) -> Physics:
    """As a trace has it: Briggs' curves for built-up ground; no lag, for an hour is longer than the way."""
    return Physics(Scheme.URBAN if case["site"]["surroundings"] == "urban" else Scheme.GBT, lag=False)


def _climate(case: Mapping[str, Any]) -> tuple[Climate, int]:
    """Frequencies of the hours, and how many hours have a wind."""
    wind, assumed = case["wind"], case["assumed"]
    speed, bearing = (
        np.array([np.nan if v is None else float(v) for v in wind[key]]) for key in ("speed_m_s", "from_deg")
    )
    known = np.isfinite(speed)
    if known.sum() < LEAST_HOURS:
        raise TooFewWinds(hours=int(known.sum()), least=LEAST_HOURS)
    classes = classes_of(
        start=datetime.fromisoformat(wind["start"]), speed=speed, latitude=case["site"]["latitude"], longitude=case["site"]["longitude"],
        total_cloud=assumed["total_cloud_tenths"], low_cloud=assumed["low_cloud_tenths"], step=HOUR,
    )  # fmt: skip
    found = climate_of(
        from_deg=bearing, speed=speed, stability=classes, sectors=SECTORS, calm_below=assumed["calm_below_m_s"]
    )
    if not len(found.share):
        raise TooFewWinds(hours=0, least=LEAST_HOURS)
    return found, int(known.sum())
