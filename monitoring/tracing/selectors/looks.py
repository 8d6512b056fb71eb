"""Maps of a frozen case: computed when somebody looks, in a fraction of a second, and kept for the next look."""

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from monitoring.tracing.domain.case.building import Event, event_of
from monitoring.tracing.domain.maps.footprint import Footprint, footprint
from monitoring.tracing.domain.maps.observability import READINGS, Floats, Rises, first_rises
from monitoring.tracing.domain.maps.scene import Grid, Means, Wind, grid_over, means_of, wind_in
from monitoring.tracing.models import Trace

KEPT = 8
SHOWN = 6  # readings behind a cell


@dataclass(frozen=True, slots=True)
class Ground:
    """A case on its ground."""

    event: Event
    grid: Grid
    means: Means


@dataclass(frozen=True, slots=True)
class Seen:
    """Smallest rates that could have been seen [kg/s]: of every cell near the ground, and of every candidate."""

    cells: Floats
    candidates: Floats


def ground_of(*, row: Trace, number: int = 0) -> Ground:
    """Cells and block means of a substance, counted in the order in which they were traced together.

    Raises BadCase and others where the case cannot be read.
    """
    return _ground(row.pk, row.digest, number)


def footprint_of(*, row: Trace, number: int = 0) -> Footprint | None:
    """From where the air of the high readings came; None where no reading was high."""
    return _footprint(row.pk, row.digest, number)


def seen_of(*, row: Trace, number: int = 0) -> Seen:
    """What could have been seen in the wind of the event."""
    return _seen(row.pk, row.digest, number)


@dataclass(frozen=True, slots=True)
class Rise:
    """A block mean of a station, the wind of its minutes, and the rate that lifts it by two deviations [kg/s]."""

    block: int
    sensor: int
    rate: float
    wind: Wind | None  # None where no minute of it is valid


@dataclass(frozen=True, slots=True)
class Behind:
    """What stands behind one cell of the map of smallest rates: the readings that a source there would have lifted first."""

    east: float  # of its middle [m]
    north: float
    rate: float  # as on the map [kg/s]; infinite where nothing would have been seen
    readings: tuple[Rise, ...]


def behind_of(*, row: Trace, east: float, north: float, number: int = 0) -> Behind | None:
    """Why a place could have been seen from the rate on the map, or not at all; None beside the map."""
    ground, rises = _ground(row.pk, row.digest, number), _rises(row.pk, row.digest, number)
    cell = ground.grid.cell_at(east=east, north=north)
    if cell is None:
        return None
    found = zip(*(one[:, cell].tolist() for one in (rises.block, rises.sensor, rises.rate)), strict=True)
    weather = ground.event.case.weather
    readings = [
        Rise(block, sensor, rate, wind_in(weather=weather, means=ground.means, block=block))
        for block, sensor, rate in found if np.isfinite(rate)
    ]  # fmt: skip
    east, north = float(ground.grid.east[cell]), float(ground.grid.north[cell])
    return Behind(east, north, float(rises.smallest_seen[cell]), tuple(readings))


# The digest stands for the case, which never changes.
@lru_cache(maxsize=KEPT)
def _ground(trace_id: int, digest: str, number: int) -> Ground:
    event = event_of(case=Trace.objects.values_list("case", flat=True).get(pk=trace_id), number=0)
    case = event.case.alone[number]
    event = replace(event, case=case, substance=(event.together or (event.substance,))[number])
    return Ground(
        event, grid_over(sources=case.sources, sensors=case.sensors, bounds=case.bounds),
        means_of(values=case.values, weather=case.weather, repeat=case.repeat),
    )  # fmt: skip


@lru_cache(maxsize=KEPT)
def _footprint(trace_id: int, digest: str, number: int) -> Footprint | None:
    ground = _ground(trace_id, digest, number)
    case = ground.event.case
    return footprint(
        grid=ground.grid, means=ground.means, sensors=case.sensors, weather=case.weather, physics=case.physics
    )


@lru_cache(maxsize=KEPT)
def _rises(trace_id: int, digest: str, number: int) -> Rises:
    return _first_rises(_ground(trace_id, digest, number), grid=True, most=SHOWN)


@lru_cache(maxsize=KEPT)
def _seen(trace_id: int, digest: str, number: int) -> Seen:
    candidates = _first_rises(_ground(trace_id, digest, number), grid=False, most=READINGS)
    return Seen(_rises(trace_id, digest, number).smallest_seen, candidates.smallest_seen)


def _first_rises(ground: Ground, *, grid: bool, most: int) -> Rises:
    case = ground.event.case
    return first_rises(
        sources=ground.grid.sources if grid else case.sources, means=ground.means, sensors=case.sensors, weather=case.weather,
        physics=case.physics, most=most,
    )  # fmt: skip
