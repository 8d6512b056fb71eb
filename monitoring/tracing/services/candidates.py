"""Who may have emitted: air outlets of the register, and the premises of enterprises, which leak without a stack."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

from monitoring.tracing.domain.areas import area_of
from monitoring.tracing.domain.substances import Ground, best_ground, ground_of, ground_of_premises
from monitoring.tracing.selectors.incidents import confirmed_cases, confirmed_premises
from parks.catalogue.domain.periods import park_zone
from parks.people.domain import Scope
from parks.permits.selectors import limits_in_force
from parks.register.selectors.places import visible_enterprises, visible_outlets

STACK_HEIGHT = 15.0  # [m], where the register says nothing
# Open-air plants and tanks are about as high as that where nobody has said how high; leaks are spread over it.
PLANT_HEIGHT = 15.0
PREMISES_NAME = "厂区无组织排放"


@dataclass(frozen=True, slots=True)
class Candidates:
    """Points of a case, the numbers of outlet and enterprise behind their names, and how many rest on which ground."""

    points: list[dict[str, Any]]
    owners: dict[str, list[int | None]]

    def count(self, ground: Ground) -> int:
        return sum(one["ground"] == ground.value for one in self.points)


Grounds = dict[str, Ground]  # by substance


def candidates_of(
    *, scope: Scope, park_id: int, pollutant: str, at: datetime, companions: Sequence[str] = ()
) -> Candidates:
    """Active air outlets with coordinates, then premises whose polygon is known and that are known to hold the substance.

    Args:
        companions: traced together with the pollutant; a point that holds one of them may be the source.

    An outlet of which the register says that it emits other substances only, and no permit says otherwise, is in the case with
    its ground and has no chance. Premises stand for leaks beside the stacks of a plant that holds the substance, by an outlet of it
    or a confirmed leak; wide areas of every other plant would take up what is only an error of the wind.
    """
    points, owners, grounds = _outlets(scope, park_id, (pollutant, *companions), at)
    more, their = _premises(scope, park_id, grounds, (pollutant, *companions))
    return Candidates([*points, *more], owners | their)


def _outlets(
    scope: Scope, park_id: int, substances: Sequence[str], at: datetime
) -> tuple[list[dict[str, Any]], dict[str, list[int | None]], dict[int, list[Grounds]]]:
    """Also the grounds of the outlets by enterprise."""
    rows = list(
        visible_outlets(scope=scope)
        .filter(enterprise__park=park_id, medium="AIR", is_active=True, lon__isnull=False)
        .select_related("enterprise")
        .prefetch_related("handled")
        .order_by("pk")
    )
    permitted = _permitted([one.pk for one in rows], at)
    confirmed = confirmed_cases(park_id=park_id)
    points, owners, grounds = [], dict[str, list[int | None]](), dict[int, list[Grounds]]()
    for one in rows:
        handled = sorted(substance.pk for substance in one.handled.all())
        allowed = permitted.get(one.pk, set())
        why = {code: ground_of(substance=code, handled=handled, permitted=allowed) for code in substances}
        grounds.setdefault(one.enterprise_id, []).append(why)
        owners[f"{one.pk}"] = [one.pk, one.enterprise_id]
        points.append(_stack(one, confirmed.get(one.pk, 0)) | _known({*handled, *allowed}, why))
    return points, owners, grounds


def _permitted(outlet_ids: list[int], at: datetime) -> dict[int, set[str]]:
    """What permits in force at a time limit, by outlet."""
    found: dict[int, set[str]] = {}
    for limit in limits_in_force(outlet_ids=outlet_ids, at=at, day=at.astimezone(park_zone()).date()):
        found.setdefault(limit.outlet_id, set()).add(limit.pollutant)
    return found


def _known(named: set[str], why: Mapping[str, Ground]) -> dict[str, Any]:
    """Substances for the prior, where they are known: the engine compares names and knows no sums."""
    found = _told(why)
    if set(why.values()) == {Ground.UNKNOWN}:
        return found
    possible = {code for code, ground in why.items() if ground is not Ground.NOT_HANDLED}
    return found | {"substances": sorted(named | possible)}


def _told(why: Mapping[str, Ground]) -> dict[str, Any]:
    """The ground of a point; where several substances are traced also that of each."""
    found: dict[str, Any] = {"ground": best_ground(grounds=why.values()).value}
    return found | ({"grounds": {code: ground.value for code, ground in why.items()}} if len(why) > 1 else {})


def _stack(one: Any, confirmed: int) -> dict[str, Any]:
    found: dict[str, Any] = {
        "id": f"{one.pk}", "kind": "STACK", "name": f"{one.code} {one.name}", "enterprise": one.enterprise.name, "latitude": one.lat,
        "longitude": one.lon, "height_m": one.stack_height_m or STACK_HEIGHT, "confirmed_cases": confirmed,
    }  # fmt: skip
    if one.diameter_m and one.gas_velocity_m_per_s and one.gas_temperature_c is not None:
        found["exit"] = {
            "diameter_m": one.diameter_m, "velocity_m_s": one.gas_velocity_m_per_s, "temperature_c": one.gas_temperature_c,
        }  # fmt: skip
    return found


def _premises(
    scope: Scope, park_id: int, grounds: dict[int, list[Grounds]], substances: Sequence[str]
) -> tuple[list[dict[str, Any]], dict[str, list[int | None]]]:
    run = Q(units__isnull=False) | Q(outlets__medium="AIR", outlets__is_active=True)
    rows = visible_enterprises(scope=scope).filter(run, park=park_id, site__isnull=False).distinct().order_by("pk")
    confirmed = confirmed_premises(park_id=park_id)
    points, owners = [], dict[str, list[int | None]]()
    for one in rows:
        area = area_of(geometry=one.site or {})
        own = grounds.get(one.pk, [])
        why = {code: ground_of_premises(grounds=[each[code] for each in own]) for code in substances}
        ground = best_ground(grounds=why.values())
        if area is None or (ground is not Ground.HANDLED and not confirmed.get(one.pk)):
            continue
        name = f"e{one.pk}"
        owners[name] = [None, one.pk]
        points.append({
            "id": name, "kind": "PREMISES", "name": PREMISES_NAME, "enterprise": one.name, "latitude": area.lat, "longitude": area.lon,
            "height_m": PLANT_HEIGHT / 2, "width_m": round(area.width, 1), "depth_m": PLANT_HEIGHT, "confirmed_cases": confirmed.get(one.pk, 0),
            "doubtful": ground is Ground.DOUBTFUL, **_told(why),
        })  # fmt: skip
    return points, owners
