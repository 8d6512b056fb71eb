"""The frozen case of a water trace: network, readings and choices in one document."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from monitoring.tracing.domain.sewers import case as gravity
from monitoring.tracing.domain.water.networks import document_of
from monitoring.tracing.domain.water.readings import gridded, interval_of
from monitoring.tracing.models import WaterNetwork
from monitoring.tracing.selectors.water import confirmed_nodes
from monitoring.tracing.services.hydraulics import wanted
from monitoring.tracing.services.rivers import Sought, river_case, river_case_again
from monitoring.tracing.services.water_gathering import Read
from parks.catalogue.domain.errors import NotFound
from parks.catalogue.domain.periods import park_zone

SIMULATED_H, EVERY_S = 48, 600.0  # of a library: hours and distance of its readings
STEP_S = 600.0  # of starts and durations in a sewer, at the least
USUAL_FLOOR = 0.05  # [mg/L], of a table of which nothing is said


@dataclass(frozen=True, slots=True)
class Asked:
    """What whoever asks for a trace may choose."""

    floor: float | None = None  # noise of a reading [mg/L]; from the quiet readings where not given
    demands_known: bool = False
    before_h: float = 6.0  # how long before the first reading it may have begun
    longest_h: float = 6.0
    decay_per_h: float = 0.0
    ruled_out: tuple[str, ...] = ()  # nodes that an inspection has cleared
    seed: int = 1  # of the draws of a place in a river


def case_of(*, network: WaterNetwork, title: str, substance: str, read: Read, asked: Asked) -> dict[str, Any]:
    """A case from readings.

    Raises:
        TooFew: they make no series. BadCase: it would take too long. NotFound: a node that is ruled out is not in the network.
        NotValidThen: the revision of a reach does not hold at their time.
    """
    if network.kind == "RIVER":
        return river_case(network=network, title=title, substance=substance, read=read, sought=_sought(network, asked))
    floor = asked.floor or max(read.noise.values(), default=USUAL_FLOOR)
    if network.kind == "SEWER":
        readings = gridded(
            readings=read.readings, interval=interval_of(readings=read.readings), floor=floor, level=read.level
        )
    else:
        readings = gridded(
            readings=read.readings, interval=EVERY_S, start=_midnight(min(one.at for one in read.readings)),
            count=int(SIMULATED_H * 3600 / EVERY_S) + 1, floor=floor, level=read.level,
        )  # fmt: skip
    return framed(network=network, title=title, substance=substance, readings=readings, asked=asked)


def framed(
    *, network: WaterNetwork, title: str, substance: str, readings: dict[str, Any], asked: Asked
) -> dict[str, Any]:
    """A case around readings that are on their grid already."""
    names = {one["id"] for one in network.layout["nodes"]}
    if not names.issuperset(asked.ruled_out):
        raise NotFound
    confirmed = confirmed_nodes(park_id=network.park_id, kind=network.kind)
    known = {name: count for name, count in sorted(confirmed.items()) if name in names}
    common: dict[str, Any] = {"title": title, "substance": substance, "readings": readings}
    if network.kind != "SEWER":
        wanted(network=network, sensors=[one["manhole"] for one in readings["manholes"]])
        options = {"demands_known": asked.demands_known, "confirmed": known, "ruled_out": sorted(asked.ruled_out)}
        return common | {"network": network.digest, "options": options}
    document = document_of(text=network.text)
    manholes = [
        one | ({"confirmed_cases": known[one["id"]]} if one["id"] in known else {}) for one in document["manholes"]
    ]
    case = document | common | {"manholes": manholes, "options": {
        "step_s": max(readings["interval_s"], STEP_S), "before_h": asked.before_h, "longest_h": asked.longest_h,
        "decay_per_h": asked.decay_per_h, "ruled_out": sorted(asked.ruled_out),
    }}  # fmt: skip
    gravity.question_from(case)  # refuses what would take too long
    return case


def again(*, network: WaterNetwork, title: str, substance: str, case: dict[str, Any], asked: Asked) -> dict[str, Any]:
    """A frozen case with other choices; the readings stay."""
    if network.kind == "RIVER":
        return river_case_again(case=case, sought=_sought(network, asked))
    readings = case["readings"] | ({"noise_floor_mg_l": asked.floor} if asked.floor else {})
    return framed(network=network, title=title, substance=substance, readings=readings, asked=asked)


def _sought(network: WaterNetwork, asked: Asked) -> Sought:
    """What is asked of a reach. Raises NotFound where an outfall that is ruled out is not there."""
    outfalls = {one["id"] for one in network.layout["nodes"] if one["kind"] == "outfall"}
    if not outfalls.issuperset(asked.ruled_out):
        raise NotFound
    confirmed = confirmed_nodes(park_id=network.park_id, kind=network.kind)
    return Sought(asked.floor, USUAL_FLOOR, asked.before_h, asked.seed, asked.ruled_out, confirmed)


def _midnight(moment: datetime) -> datetime:
    return moment.astimezone(park_zone()).replace(hour=0, minute=0, second=0, microsecond=0)
