"""The register as GeoJSON, in WGS 84, for maps and for other programs."""

from collections.abc import Iterator
from typing import Any

from parks.catalogue.domain.errors import NotFound
from parks.people.domain import Scope
from parks.register.models import Enterprise, Outlet, Park, Pipe, PipeNode, Station
from parks.register.selectors.places import (
    visible_enterprises,
    visible_outlets,
    visible_parks,
    visible_pipe_nodes,
    visible_pipes,
    visible_stations,
)

Geometry = dict[str, Any] | None


def feature_collection(*, scope: Scope, park_id: int) -> dict[str, Any]:
    """Boundary, premises, outlets, stations, nodes and pipes of a park that the viewer may see.

    Raises:
        NotFound: the viewer does not see this park.
    """
    park = visible_parks(scope=scope).filter(pk=park_id).first()
    if park is None:
        raise NotFound
    return {"type": "FeatureCollection", "features": list(features(scope=scope, park=park))}


def features(*, scope: Scope, park: Park) -> Iterator[dict[str, Any]]:
    yield boundary(park)
    for enterprise in visible_enterprises(scope=scope).filter(park=park).order_by("pk"):
        yield site(enterprise)
    outlets = visible_outlets(scope=scope).filter(enterprise__park=park)
    for outlet in outlets.select_related("enterprise").prefetch_related("handled").order_by("pk"):
        yield of_outlet(outlet)
    stations = visible_stations(scope=scope).filter(park=park)
    for station in stations.select_related("enterprise").order_by("pk"):
        yield of_station(station)
    nodes = visible_pipe_nodes(scope=scope).filter(park=park)
    for node in nodes.select_related("outlet__enterprise").order_by("pk"):
        yield of_node(node)
    pipes = visible_pipes(scope=scope).filter(park=park)
    for pipe in pipes.select_related("start", "end").order_by("pk"):
        yield of_pipe(pipe)


def feature(layer: str, pk: int, geometry: Geometry, **properties: Any) -> dict[str, Any]:
    return {
        "type": "Feature",
        "id": f"{layer}-{pk}",
        "geometry": geometry,
        "properties": {"layer": layer, "id": pk, **properties},
    }


def point(lon: float | None, lat: float | None) -> Geometry:
    return None if lon is None or lat is None else {"type": "Point", "coordinates": [lon, lat]}


def boundary(park: Park) -> dict[str, Any]:
    geometry = park.boundary
    return feature("boundary", park.pk, geometry, code=park.code, name=park.name, name_en=park.name_en, kind="PARK")


def site(one: Enterprise) -> dict[str, Any]:
    return feature(
        "site", one.pk, one.site or point(one.lon, one.lat), code=one.uscc, uscc=one.uscc, name=one.name,
        name_en=one.name_en, kind=one.kind, industry_code=one.industry_code, industry_name=one.industry_name,
        lon=one.lon, lat=one.lat,
    )  # fmt: skip


def of_outlet(one: Outlet) -> dict[str, Any]:
    return feature(
        "outlet", one.pk, point(one.lon, one.lat), code=one.code, uscc=one.enterprise.uscc, name=one.name,
        name_en=one.name_en, kind=one.medium, enterprise=one.enterprise_id, stack_height_m=one.stack_height_m,
        diameter_m=one.diameter_m, gas_temperature_c=one.gas_temperature_c,
        gas_velocity_m_per_s=one.gas_velocity_m_per_s, is_active=one.is_active,
        handled=sorted(pollutant.pk for pollutant in one.handled.all()),
    )  # fmt: skip


def of_station(one: Station) -> dict[str, Any]:
    return feature(
        "station", one.pk, point(one.lon, one.lat), code=one.code, name=one.name, name_en=one.name_en, kind=one.kind,
        height_m=one.height_m, uscc=one.enterprise.uscc if one.enterprise else None,
    )  # fmt: skip


def of_node(one: PipeNode) -> dict[str, Any]:
    return feature(
        "node", one.pk, point(one.lon, one.lat), code=one.code, name=one.code, name_en=one.code, kind=one.kind,
        invert_m=one.invert_m, outlet=one.outlet.code if one.outlet else None,
        uscc=one.outlet.enterprise.uscc if one.outlet else None,
    )  # fmt: skip


def of_pipe(one: Pipe) -> dict[str, Any]:
    ends = (point(one.start.lon, one.start.lat), point(one.end.lon, one.end.lat))
    line = None
    if ends[0] is not None and ends[1] is not None:
        line = {"type": "LineString", "coordinates": [end["coordinates"] for end in ends if end is not None]}
    return feature(
        "pipe", one.pk, line, code=one.code, name=one.code, name_en=one.code, kind="PIPE", start=one.start.code,
        end=one.end.code, length_m=one.length_m, diameter_m=one.diameter_m, slope=one.slope,
    )  # fmt: skip
