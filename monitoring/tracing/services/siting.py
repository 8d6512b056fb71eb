"""Plans for the next sensors: what is known is frozen with the wish, a worker solves it."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.db import transaction

from monitoring.series.selectors.points import points
from monitoring.tracing.domain.case.reading import Frame
from monitoring.tracing.domain.sites import places
from monitoring.tracing.domain.sites.answer import answered
from monitoring.tracing.domain.sites.case import FORMAT, METHOD, NoSites, wish_of
from monitoring.tracing.domain.substances import Ground
from monitoring.tracing.models import SitingPlan
from monitoring.tracing.selectors.winds import DIRECTION, SPEED, series, wind_pairs
from monitoring.tracing.services.candidates import candidates_of
from monitoring.tracing.services.computing import compute
from monitoring.tracing.services.gathering import MAST_HEIGHT, SENSOR_HEIGHT
from monitoring.tracing.services.runs import digest_of
from parks.catalogue.domain.errors import Invalid, NotFound
from parks.people.domain import Scope
from parks.register.selectors.places import station_of, visible_parks, visible_stations

HOUR = timedelta(hours=1)
LONGEST = timedelta(days=400)
NEAR = 0.25  # of the distance of two sites: nearer to a standing sensor than that, another one sees the same
GRID = 2.0  # distances of the fence, that the grid inside it is wide


class NoFence(Invalid):
    """The register holds no boundary of the park, so nobody can say where its fence runs."""

    code = "tracing.no_fence"


class BadPeriod(Invalid):
    """The period of the winds begins before it ends, ends in the past and is not longer than four hundred days."""

    code = "tracing.bad_period"


@dataclass(frozen=True, slots=True)
class Stands:
    """Sensors that measure a substance, and sites where another could be built; points as a case has them."""

    standing: list[dict[str, Any]]
    sites: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Assumed:
    """What no register and no reading says, chosen by whoever asks."""

    rate_kg_h: float  # that every point would leak and that has to be noticed
    limit_ug_m3: float  # smallest rise that an instrument notices
    often: float = 0.05  # as in `domain.siting`
    apart: float = 0.5
    balance: float = 0.3
    calm_below_m_s: float = 0.5
    total_cloud_tenths: float = 5.0
    low_cloud_tenths: float = 3.0
    seconds: float = 20.0
    site_height_m: float = SENSOR_HEIGHT

    def written(self) -> dict[str, float]:
        return {name: getattr(self, name) for name in self.__slots__}


def ground_of(*, scope: Scope, park_id: int, pollutant: str, step: float, inside: bool) -> Stands:
    """Where sensors for a substance stand, and where they could: along the fence, at stations without one, and inside where asked.

    Raises:
        NoFence: the park has no boundary. TooManySites, WrongFence.
    """
    ring = _boundary(scope, park_id)
    frame = Frame(ring[0][1], ring[0][0])
    plane = [frame.metres(latitude=lat, longitude=lon) for lon, lat in ring]
    measured = {
        one.station_id
        for one in points(scope=scope, park_id=park_id, word=pollutant)
        if one.pollutant == pollutant and one.is_active
    }
    stations = list(visible_stations(scope=scope).filter(park=park_id, lon__isnull=False).order_by("code"))
    standing = [_station(one) for one in stations if one.pk in measured]
    taken = _plane(frame, standing)
    found = [_station(one) | {"kind": "STATION"} for one in stations if one.pk not in measured]
    offers = [("FENCE", "N", places.along(ring=plane, step=step))]
    if inside:
        offers.append(("INSIDE", "G", places.inside(ring=plane, step=GRID * step)))
    for kind, letter, where in offers:
        free = places.apart_from(points=where, others=taken, least=NEAR * step)
        for number in np.flatnonzero(free):
            latitude, longitude = frame.degrees(east=float(where[number, 0]), north=float(where[number, 1]))
            found.append({
                "id": f"{letter}{number + 1}", "name": "", "kind": kind, "latitude": round(latitude, 6), "longitude": round(longitude, 6),
                "height_m": SENSOR_HEIGHT, "station": None,
            })  # fmt: skip
    if len(found) > places.MOST_SITES:
        raise places.TooManySites(sites=len(found), most=places.MOST_SITES)
    return Stands(standing, found)


def _boundary(scope: Scope, park_id: int) -> list[list[float]]:
    """The longest outer ring of the park's boundary, without its repeated corner, degrees."""
    drawn = visible_parks(scope=scope).filter(pk=park_id).values_list("boundary", flat=True).first() or {}
    coordinates = drawn.get("coordinates") or []
    rings = [part[0] for part in coordinates] if drawn.get("type") == "MultiPolygon" else coordinates[:1]
    ring: list[list[float]] = max(rings, key=len, default=[])
    if len(ring) < 4:
        raise NoFence
    return [corner[:2] for corner in ring[:-1]]


def _station(one: Any) -> dict[str, Any]:
    return {
        "id": one.code, "name": one.name, "latitude": one.lat, "longitude": one.lon, "height_m": one.height_m or SENSOR_HEIGHT,
        "station": one.pk,
    }  # fmt: skip


def _plane(frame: Frame, where: list[dict[str, Any]]) -> Any:
    return np.array(
        [frame.metres(latitude=one["latitude"], longitude=one["longitude"]) for one in where], dtype=float
    ).reshape(-1, 2)


@transaction.atomic
def ask_for_plan(
    *, scope: Scope, park_id: int, title: str, pollutant: str, station_id: int, start: datetime, end: datetime, step: float, inside: bool,
    left_out: Collection[str], costs: Mapping[str, float], most: int, budget: float | None, assumed: Assumed, now: datetime,
) -> SitingPlan:  # fmt: skip
    """Freeze a wish with the winds, points and sites of now.

    Args:
        left_out: sites that cannot be built on; costs: by site, 1 where nothing is said; budget: for all new sensors together.

    Raises:
        BadPeriod, NoFence, TooManySites, NothingToPlace and its kind: nothing is written. NotFound: the station is not the viewer's park's.
    """
    begin, over = (one.replace(minute=0, second=0, microsecond=0) for one in (start, end))
    if not begin < over <= now or over - begin > LONGEST:
        raise BadPeriod
    ground = ground_of(scope=scope, park_id=park_id, pollutant=pollutant, step=step, inside=inside)
    sites = [one | {"cost": costs.get(one["id"], 1.0)} for one in ground.sites if one["id"] not in left_out]
    if not sites:
        raise NoSites
    mast, pair = _mast(scope, park_id, station_id)
    known = candidates_of(scope=scope, park_id=park_id, pollutant=pollutant, at=now)
    case = {
        "format": FORMAT, "method": METHOD, "title": title, "substance": pollutant, "register_at": now.isoformat(),
        "site": {"latitude": mast.lat, "longitude": mast.lon, "surroundings": "urban"}, "wind": _hours(mast, pair, begin, over),
        "candidates": [one | {"owner": known.owners[one["id"]]} for one in known.points if one["ground"] != Ground.NOT_HANDLED.value],
        "standing": ground.standing, "sites": sites, "left_out": sorted(left_out), "step_m": step,
        "assumed": assumed.written(), "budget": {"most": most, "cost": budget},
    }  # fmt: skip
    wish_of(case=case)  # refuses what cannot be planned before anybody waits for it
    return SitingPlan.objects.create(
        park_id=park_id, pollutant_id=pollutant, station=mast, channels=[pair[SPEED].id, pair[DIRECTION].id], title=title, began_at=begin,
        ended_at=over, most=most, case=case, digest=digest_of(case=case), asked_at=now, asked_by_id=scope.user_id,
    )  # fmt: skip


def _mast(scope: Scope, park_id: int, station_id: int) -> tuple[Any, dict[str, Any]]:
    mast, pair = (
        station_of(scope=scope, station_id=station_id),
        wind_pairs(scope=scope, park_id=park_id).get(station_id),
    )
    if pair is None or mast.lat is None or mast.park_id != park_id:
        raise NotFound
    return mast, pair


def _hours(mast: Any, pair: Mapping[str, Any], begin: datetime, over: datetime) -> dict[str, Any]:
    """Judged hours of speed and direction; None where an hour does not count."""
    times = [begin + n * HOUR for n in range(int((over - begin) / HOUR))]
    found = [series(pair[name].id, times, over) for name in (SPEED, DIRECTION)]
    speed, bearing = ([None if np.isnan(v) else round(float(v), 2) for v in one] for one in found)
    return {
        "station": mast.code, "start": begin.isoformat(), "step_s": 3600, "height_m": mast.height_m or MAST_HEIGHT, "speed_m_s": speed,
        "from_deg": bearing,
    }  # fmt: skip


def run_plan(*, plan_id: int, clock: Callable[[], datetime]) -> None:
    """Solve a waiting plan; twice is the same as once."""
    compute(
        rows=SitingPlan.objects.all(), pk=plan_id, clock=clock,
        answer=lambda case, progress: answered(case=case, progress=progress),
    )  # fmt: skip
