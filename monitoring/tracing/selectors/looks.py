"""Maps of a frozen case: computed when somebody looks, in a fraction of a second, and kept for the next look."""

from dataclasses import dataclass
from functools import lru_cache

from monitoring.tracing.domain.case.building import Event, event_of
from monitoring.tracing.domain.maps.footprint import Footprint, footprint
from monitoring.tracing.domain.maps.observability import Floats, smallest_seen
from monitoring.tracing.domain.maps.scene import Grid, Means, grid_over, means_of
from monitoring.tracing.models import Trace

KEPT = 8


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


def ground_of(*, row: Trace) -> Ground:
    """Cells and block means. Raises BadCase and others where the case cannot be read."""
    return _ground(row.pk, row.digest)


def footprint_of(*, row: Trace) -> Footprint | None:
    """From where the air of the high readings came; None where no reading was high."""
    return _footprint(row.pk, row.digest)


def seen_of(*, row: Trace) -> Seen:
    """What could have been seen in the wind of the event."""
    return _seen(row.pk, row.digest)


# The digest stands for the case, which never changes.
@lru_cache(maxsize=KEPT)
def _ground(trace_id: int, digest: str) -> Ground:
    event = event_of(case=Trace.objects.values_list("case", flat=True).get(pk=trace_id), number=0)
    case = event.case
    return Ground(
        event, grid_over(sources=case.sources, sensors=case.sensors, bounds=case.bounds),
        means_of(values=case.values, weather=case.weather, repeat=case.repeat),
    )  # fmt: skip


@lru_cache(maxsize=KEPT)
def _footprint(trace_id: int, digest: str) -> Footprint | None:
    ground = _ground(trace_id, digest)
    case = ground.event.case
    return footprint(
        grid=ground.grid, means=ground.means, sensors=case.sensors, weather=case.weather, physics=case.physics
    )


@lru_cache(maxsize=KEPT)
def _seen(trace_id: int, digest: str) -> Seen:
    ground = _ground(trace_id, digest)
    case = ground.event.case
    cells, candidates = (
        smallest_seen(
            sources=sources, means=ground.means, sensors=case.sensors, weather=case.weather, physics=case.physics
        )
        for sources in (ground.grid.sources, case.sources)
    )
    return Seen(cells, candidates)
