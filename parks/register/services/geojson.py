"""Taking GeoJSON into the register. Valid features are kept; each other one is named with its field and rule."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import models, transaction

from parks.catalogue.domain.errors import NotFound, PlatformError
from parks.register.domain.geojson import (
    BadFeature,
    Feature,
    Refused,
    features_of,
    length_m,
    position,
    same_degrees,
    same_geometry,
)
from parks.register.domain.identifiers import check_credit_code
from parks.register.models import Enterprise, Outlet, Park, Pipe, PipeNode, Station
from parks.register.services import register
from parks.register.services.rows import change, enter


@dataclass(slots=True)
class Outcome:
    """What an import did. Received features = created + updated + same + refused."""

    imported_at: datetime
    created: int = 0
    updated: int = 0
    same: int = 0
    refused: list[Refused] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Meant:
    """The row a feature is about: the one that stands there, and what its fields should be."""

    model: type[models.Model]
    row: models.Model | None
    key: dict[str, Any]
    fields: dict[str, Any]
    handled: list[str] | None = None  # what an outlet may emit; None where the feature does not say


@transaction.atomic
def import_features(
    *, park_id: int, document: object, by_id: int | None, now: datetime, datum: str = "WGS84"
) -> Outcome:
    """Create and update what the features describe.

    Enterprises are found by credit code, outlets by enterprise and code, all others by code. Properties that a feature
    does not name stay as they are.

    Raises:
        NotFound: there is no such park.
        NotGeoJson: the document as a whole cannot be read; nothing is written.
    """
    park = Park.objects.select_for_update().filter(pk=park_id).first()
    if park is None:
        raise NotFound
    features, refused = features_of(document=document, datum=datum)
    outcome = Outcome(now, refused=refused)
    if datum == "GCJ02" and features:
        outcome.notices.append("GCJ-02 coordinates were converted to WGS 84.")
    for one in features:
        try:
            apply(MEANINGS[one.layer](park, one, datum), outcome=outcome, by_id=by_id)
        except PlatformError as error:
            outcome.refused.append(refusal(one, error))
    outcome.refused.sort(key=lambda row: row.feature)
    return outcome


def apply(meant: Meant, *, outcome: Outcome, by_id: int | None) -> None:
    """Create the row, change what differs, or leave it alone."""
    if meant.row is None:
        link(enter(meant.model, by_id=by_id, **meant.key, **meant.fields), meant, by_id)
        outcome.created += 1
        return
    row = meant.row
    different = {name: value for name, value in meant.fields.items() if differs(name, getattr(row, name), value)}
    if different:
        change(meant.model, pk=row.pk, by_id=by_id, **different)
    if link(row, meant, by_id) or different:
        outcome.updated += 1
    else:
        outcome.same += 1


def link(row: models.Model, meant: Meant, by_id: int | None) -> bool:
    """Say what an outlet may emit, where the feature says it. Returns whether that is new."""
    if meant.handled is None or not isinstance(row, Outlet):
        return False
    return register.link_handled(row, codes=meant.handled, by_id=by_id)


def differs(name: str, one: Any, other: Any) -> bool:
    if name in ("boundary", "site"):
        return not same_geometry(one, other)
    if name in ("lon", "lat") and one is not None and other is not None:
        return not same_degrees(one, other)
    return bool(one != other)


def refusal(one: Feature, error: PlatformError) -> Refused:
    """The first field of an error, with what stood there."""
    if {"field", "rule"} <= error.details.keys():
        return Refused(one.number, **error.details)
    name, why = next(iter(error.details.items()), (one.layer, [str(error)]))
    rule = " ".join(str(part) for part in why) if isinstance(why, list) else str(error)
    shown = one.properties.get(name, one.properties.get("code", ""))
    return Refused(one.number, name, rule[:200], str(shown)[:120])


def picked(one: Feature, *names: str, **renamed: str) -> dict[str, Any]:
    """Fields that the feature names, under the names of the table."""
    pairs = [(name, name) for name in names] + list(renamed.items())
    return {column: one.properties[name] for column, name in pairs if name in one.properties}


def code_of(one: Feature) -> str:
    code = one.properties.get("code")
    if not isinstance(code, str) or not code:
        raise BadFeature(field="code", rule="must be given", value=code)
    return code


def place(one: Feature) -> dict[str, Any]:
    """Position of a point feature; nothing where the feature has none."""
    if one.geometry is None:
        return {}
    lon, lat = one.geometry["coordinates"]
    return {"lon": lon, "lat": lat}


def enterprise_of(park: Park, one: Feature) -> Enterprise | None:
    """The enterprise a feature names by its credit code."""
    uscc = one.properties.get("uscc")
    if uscc in (None, ""):
        return None
    found = Enterprise.objects.filter(park=park, uscc=uscc).first()
    if found is None:
        raise BadFeature(field="uscc", rule="no enterprise of this code in the park", value=uscc)
    return found


def meant_boundary(park: Park, one: Feature, datum: str) -> Meant:
    return Meant(Park, park, {}, {} if one.geometry is None else {"boundary": one.geometry})


def meant_site(park: Park, one: Feature, datum: str) -> Meant:
    uscc = check_credit_code(str(one.properties.get("uscc", "")))
    fields = picked(one, "name", "name_en", "industry_code", "industry_name", "kind")
    if one.geometry is not None and one.geometry["type"] == "Point":
        fields |= place(one)
    elif one.geometry is not None:
        fields["site"] = one.geometry
        # Coordinates among the properties are converted with the geometry only for plain datums.
        if datum != "GCJ02" and one.properties.get("lon") is not None:
            fields["lon"], fields["lat"] = position(one.properties["lon"], one.properties.get("lat"))
    row = Enterprise.objects.filter(park=park, uscc=uscc).first()
    return Meant(Enterprise, row, {"park": park, "uscc": uscc}, fields)


def meant_outlet(park: Park, one: Feature, datum: str) -> Meant:
    code, enterprise = code_of(one), enterprise_of(park, one)
    if enterprise is None:
        raise BadFeature(field="uscc", rule="must be given")
    fields = place(one) | picked(
        one, "name", "name_en", "stack_height_m", "diameter_m", "gas_temperature_c", "gas_velocity_m_per_s",
        "is_active", medium="kind",
    )  # fmt: skip
    row = Outlet.objects.filter(enterprise=enterprise, code=code).first()
    medium = fields.get("medium", row.medium if row else "")
    return Meant(Outlet, row, {"enterprise": enterprise, "code": code}, fields, handled_of(one, str(medium)))


def handled_of(one: Feature, medium: str) -> list[str] | None:
    """What the feature says an outlet may emit: a list of codes, empty for "not known", nothing where it does not say."""
    given = one.properties.get("handled")
    if given is None:
        return None
    if not isinstance(given, list) or not all(isinstance(code, str) for code in given):
        raise BadFeature(field="handled", rule="a list of pollutant codes", value=given)
    return register.substances(codes=given, medium=medium)


def meant_station(park: Park, one: Feature, datum: str) -> Meant:
    code = code_of(one)
    fields = place(one) | picked(one, "name", "name_en", "kind", "height_m")
    if "uscc" in one.properties:
        fields["enterprise"] = enterprise_of(park, one)
    return Meant(Station, Station.objects.filter(park=park, code=code).first(), {"park": park, "code": code}, fields)


def meant_node(park: Park, one: Feature, datum: str) -> Meant:
    code = code_of(one)
    fields = place(one) | picked(one, "kind", "invert_m")
    outlet = one.properties.get("outlet")
    if outlet:
        fields["outlet"] = Outlet.objects.filter(enterprise=enterprise_of(park, one), code=outlet).first()
        if fields["outlet"] is None:
            raise BadFeature(field="outlet", rule="no outlet of this code at the enterprise", value=outlet)
    return Meant(PipeNode, PipeNode.objects.filter(park=park, code=code).first(), {"park": park, "code": code}, fields)


def meant_pipe(park: Park, one: Feature, datum: str) -> Meant:
    code = code_of(one)
    fields = picked(one, "length_m", "diameter_m", "slope")
    for end in ("start", "end"):
        if end in one.properties:
            fields[end] = PipeNode.objects.filter(park=park, code=one.properties[end]).first()
            if fields[end] is None:
                raise BadFeature(field=end, rule="no node of this code in the park", value=one.properties[end])
    row = Pipe.objects.filter(park=park, code=code).first()
    if row is None and "length_m" not in fields and one.geometry is not None:
        fields["length_m"] = round(length_m(one.geometry["coordinates"]), 1)
    return Meant(Pipe, row, {"park": park, "code": code}, fields)


MEANINGS: dict[str, Callable[[Park, Feature, str], Meant]] = {
    "boundary": meant_boundary,
    "site": meant_site,
    "outlet": meant_outlet,
    "station": meant_station,
    "node": meant_node,
    "pipe": meant_pipe,
}
