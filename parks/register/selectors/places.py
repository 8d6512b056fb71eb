"""Parks, enterprises, outlets and stations as their viewers may see them."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import TypeVar

from django.db.models import Model, Q, QuerySet

from parks.catalogue.domain.errors import NotFound
from parks.people.domain import Scope
from parks.register.models import Enterprise, Outlet, Park, Pipe, PipeNode, Station, Unit

Row = TypeVar("Row", bound=Model)


def any_park() -> Park | None:
    """The first park of the installation; None where none was begun."""
    return Park.objects.order_by("pk").first()


def park_of_code(*, code: str) -> Park | None:
    """The park of that code."""
    return Park.objects.filter(code=code).first()


def visible_parks(*, scope: Scope) -> QuerySet[Park]:
    """Parks the viewer sees as a whole, and those in which an enterprise of theirs stands."""
    return Park.objects.filter(pk__in=scope.all_park_ids)


def visible_enterprises(*, scope: Scope) -> QuerySet[Enterprise]:
    """Enterprises the viewer may see: those of whole parks, and their own."""
    return Enterprise.objects.filter(Q(park__in=scope.park_ids) | Q(pk__in=scope.enterprise_ids))


def visible_units(*, scope: Scope) -> QuerySet[Unit]:
    """Process and treatment units the viewer may see."""
    return Unit.objects.filter(Q(enterprise__park__in=scope.park_ids) | Q(enterprise__in=scope.enterprise_ids))


def visible_outlets(*, scope: Scope) -> QuerySet[Outlet]:
    """Outlets the viewer may see."""
    return Outlet.objects.filter(Q(enterprise__park__in=scope.park_ids) | Q(enterprise__in=scope.enterprise_ids))


def visible_stations(*, scope: Scope) -> QuerySet[Station]:
    """Stations the viewer may see; those of the park belong to nobody else."""
    return Station.objects.filter(Q(park__in=scope.park_ids) | Q(enterprise__in=scope.enterprise_ids))


def visible_pipe_nodes(*, scope: Scope) -> QuerySet[PipeNode]:
    """Nodes of the wastewater network: all of whole parks, and those at the viewer's own outlets."""
    return PipeNode.objects.filter(Q(park__in=scope.park_ids) | Q(outlet__enterprise__in=scope.enterprise_ids))


def visible_pipes(*, scope: Scope) -> QuerySet[Pipe]:
    """Pipes of whole parks: the network says who discharges where."""
    return Pipe.objects.filter(park__in=scope.park_ids)


def enterprise_of(*, scope: Scope, enterprise_id: int) -> Enterprise:
    """One enterprise. Raises NotFound outside the viewer's scope."""
    return one_of(visible_enterprises(scope=scope), pk=enterprise_id)


def outlet_of(*, scope: Scope, outlet_id: int) -> Outlet:
    """One outlet. Raises NotFound outside the viewer's scope."""
    return one_of(visible_outlets(scope=scope).select_related("enterprise"), pk=outlet_id)


def station_of(*, scope: Scope, station_id: int) -> Station:
    """One station. Raises NotFound outside the viewer's scope."""
    return one_of(visible_stations(scope=scope), pk=station_id)


def park_of_enterprise(*, enterprise_id: int) -> int | None:
    """Number of the park of an enterprise, whoever asks; None where there is no such enterprise."""
    return Enterprise.objects.filter(pk=enterprise_id).values_list("park", flat=True).first()


def parks_of_enterprises(*, enterprise_ids: Collection[int]) -> dict[int, int]:
    """Number of the park by enterprise, whoever asks; without those that do not exist."""
    return dict(Enterprise.objects.filter(pk__in=enterprise_ids).values_list("pk", "park"))


def one_of(rows: QuerySet[Row], *, pk: int) -> Row:
    found = rows.filter(pk=pk).first()
    if found is None:
        raise NotFound
    return found


@dataclass(frozen=True, slots=True)
class ParkFacts:
    """What other wings print of a park, whoever asks."""

    id: int
    name: str
    time_zone: str


def park_facts(*, park_id: int) -> ParkFacts:
    """Name and zone of a park. Raises NotFound where there is none."""
    park = one_of(Park.objects.all(), pk=park_id)
    return ParkFacts(park.pk, park.name, park.time_zone)


def all_park_ids() -> list[int]:
    """Numbers of all parks, for the timetable."""
    return list(Park.objects.order_by("pk").values_list("pk", flat=True))
