"""Reading reaches of rivers: hydraulics of a revision, what stands along it, how substances decay."""

from monitoring.tracing.domain.river_reach import Decay, Place, Table, Told
from monitoring.tracing.models import RiverDecay, RiverPlace, RiverReach
from parks.catalogue.domain.errors import NotFound


def reach_of(*, network_id: int) -> RiverReach:
    """The reach of a revision. Raises NotFound where the revision is none of a river."""
    found = RiverReach.objects.select_related("network").filter(pk=network_id).first()
    if found is None:
        raise NotFound
    return found


def river_places(*, network_id: int) -> list[RiverPlace]:
    """Stations and outfalls, from the upper end down."""
    return list(RiverPlace.objects.filter(reach=network_id).select_related("enterprise").order_by("chainage_m", "code"))


def river_decays(*, network_id: int) -> list[RiverDecay]:
    return list(RiverDecay.objects.filter(reach=network_id).order_by("substance"))


def told_of(*, reach: RiverReach) -> Told:
    """A revision's hydraulics as the rules take them."""
    return Told(
        reach.network.name, reach.source, reach.valid_from, reach.valid_to, reach.length_m, reach.slope, reach.width_m, reach.depth_m,
        reach.speed_low, reach.speed_high, reach.flow_low, reach.flow_high, reach.dispersion_low, reach.dispersion_high,
    )  # fmt: skip


def table_of_reach(*, network_id: int) -> Table:
    """What stands along a revision, to be taken over by another."""
    places = [
        Place(one.kind, one.code, one.chainage_m, one.enterprise.name if one.enterprise else "", None if one.substances is None else tuple(one.substances))
        for one in river_places(network_id=network_id)
    ]  # fmt: skip
    return Table(tuple(places), tuple(Decay(one.substance, one.per_day) for one in river_decays(network_id=network_id)))
