"""Reaches of rivers kept as revisions, and the frozen cases of spills in them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.db import transaction

from monitoring.tracing.domain.river_reach import (
    FORM,
    BadReach,
    Known,
    Table,
    Told,
    bands_of,
    checked,
    digest_of,
    layout_of,
    table_of,
    text_of,
)
from monitoring.tracing.domain.water.readings import gridded, interval_of
from monitoring.tracing.domain.water.sheets import Refused
from monitoring.tracing.models import RiverDecay, RiverPlace, RiverReach, WaterGauge, WaterNetwork
from monitoring.tracing.selectors.rivers import reach_of, river_decays, river_places, table_of_reach, told_of
from monitoring.tracing.selectors.water import network_of
from monitoring.tracing.services.water_gathering import Read
from parks.catalogue.domain.errors import Invalid, NotFound
from parks.catalogue.domain.periods import park_zone
from parks.catalogue.selectors import pollutants
from parks.people.domain import Scope
from parks.register.selectors.places import visible_enterprises, visible_stations

MOST_CELLS = 180  # readings of a station in a case; finer ones are means, a spill passes in hours
FORMAT = "tongjian-trace-river/1"


class NotValidThen(Invalid):
    """The revision of the reach does not hold at the time of the readings."""

    code = "tracing.reach_not_valid"


@transaction.atomic
def keep_river(*, scope: Scope, park_id: int, told: Told, table: bytes | None, like: int | None, now: datetime) -> WaterNetwork:  # fmt: skip
    """Keep a revision of a reach; the same numbers and places once more are the same revision.

    Args:
        table: stations, outfalls and decays as CSV; like: revision whose places are taken over where no table is sent.

    Raises:
        BadReach: with row, field and rule of everything that does not hold; nothing is kept. BadTable: the table cannot be read.
        NotFound: the park, or the revision to take over from, is out of reach.
    """
    if park_id not in scope.park_ids:
        raise NotFound
    wrong, found = checked(told=told), Table(())
    owners = {one.name: one.pk for one in visible_enterprises(scope=scope).filter(park=park_id)}
    if table is not None:
        known = Known(frozenset(owners), frozenset(pollutants(medium="WATER").values_list("code", flat=True)))
        found, more = table_of(data=table, length_m=told.length_m, known=known)
        wrong += more
    elif like is not None:
        found = table_of_reach(network_id=network_of(scope=scope, network_id=like).pk)
        if any(one.chainage_m > told.length_m for one in found.places):
            wrong.append(Refused(FORM, "length_m", "chainage.outside"))
    else:
        wrong.append(Refused(FORM, "file", "required"))
    if wrong:
        raise BadReach(wrong)
    return _kept(scope, park_id, told, found, owners, now)


def _kept(scope: Scope, park_id: int, told: Told, table: Table, owners: dict[str, int], now: datetime) -> WaterNetwork:
    text = text_of(told=told, table=table)
    network, new = WaterNetwork.objects.get_or_create(
        park_id=park_id, digest=digest_of(text=text),
        defaults={
            "kind": "RIVER", "name": told.name, "text": text, "layout": layout_of(table=table), "made_at": now, "made_by_id": scope.user_id,
        },
    )  # fmt: skip
    if not new:
        return network
    numbers = {name: getattr(told, name) for name in Told.__slots__ if name != "name"}
    reach = RiverReach.objects.create(network=network, **numbers)
    RiverPlace.objects.bulk_create(
        RiverPlace(
            reach=reach, kind=one.kind, code=one.code, chainage_m=one.chainage_m, enterprise_id=owners.get(one.enterprise),
            substances=None if one.substances is None else list(one.substances),
        )
        for one in table.places
    )  # fmt: skip
    RiverDecay.objects.bulk_create(
        RiverDecay(reach=reach, substance=one.substance, per_day=one.per_day) for one in table.decays
    )
    # A station of the register with the code of the table is the same station.
    registered = dict(visible_stations(scope=scope).filter(park=park_id, kind="RIVER").values_list("code", "pk"))
    WaterGauge.objects.bulk_create(
        WaterGauge(network=network, node=one.code, station_id=registered[one.code], bound_at=now, bound_by_id=scope.user_id)
        for one in table.places if one.kind == "STATION" and one.code in registered
    )  # fmt: skip
    return network


@dataclass(frozen=True, slots=True)
class Sought:
    """What whoever asks for a trace chose, and what is known of the outfalls."""

    floor: float | None  # noise of a reading [mg/L] where it is told, else each station has its own
    usual_floor: float  # [mg/L], where nothing is known of a station
    before_h: float  # how long before the first reading it may have begun
    seed: int
    ruled_out: Collection[str]
    confirmed: Mapping[str, int]  # how often an inspection found the source at an outfall


def river_case(*, network: WaterNetwork, title: str, substance: str, read: Read, sought: Sought) -> dict[str, Any]:
    """The frozen case of a spill in a reach, as `manage.py trace` takes it.

    Raises:
        TooFew: the readings make no series. NotValidThen: the revision does not hold at their time.
    """
    reach, places = reach_of(network_id=network.pk), river_places(network_id=network.pk)
    first, last = min(one.at for one in read.readings), max(one.at for one in read.readings)
    _check_valid(reach, first)
    stations = {one.code: one.chainage_m for one in places if one.kind == "STATION"}
    decay = {one.substance: one.per_day for one in river_decays(network_id=network.pk)}.get(substance, 0.0)
    return {
        "format": FORMAT, "title": title, "substance": substance,
        "river": bands_of(told=told_of(reach=reach)) | {
            "decay_per_day": decay, "width_m": reach.width_m, "depth_m": reach.depth_m, "slope": reach.slope, "revision": network.digest,
        },
        "stations": _stations(read, stations, sought), "search": _search(first, last, sought),
        "outfalls": [_outfall(one, substance, sought.confirmed) for one in places if one.kind == "OUTFALL"],
        "options": {"seed": sought.seed, "ruled_out": sorted(sought.ruled_out)},
    }  # fmt: skip


def river_case_again(*, case: dict[str, Any], sought: Sought) -> dict[str, Any]:
    """A frozen case with other choices and with what inspections have found since; readings and reach stay."""
    starts = [datetime.fromisoformat(one["start"]) for one in case["stations"]]
    outfalls = [
        {name: value for name, value in one.items() if name != "confirmed_cases"}
        | ({"confirmed_cases": sought.confirmed[one["id"]]} if one["id"] in sought.confirmed else {})
        for one in case["outfalls"]
    ]  # fmt: skip
    floor = {"noise_floor_mg_l": sought.floor} if sought.floor else {}
    return case | {
        "stations": [one | floor for one in case["stations"]], "outfalls": outfalls,
        "search": _search(min(starts), datetime.fromisoformat(case["search"]["latest"]), sought),
        "options": {"seed": sought.seed, "ruled_out": sorted(sought.ruled_out)},
    }  # fmt: skip


def _check_valid(reach: RiverReach, moment: datetime) -> None:
    day = moment.astimezone(park_zone()).date()
    if day < reach.valid_from or (reach.valid_to is not None and day >= reach.valid_to):
        raise NotValidThen(day=day.isoformat(), first=reach.valid_from.isoformat(), end=str(reach.valid_to or "–"))


def _search(first: datetime, last: datetime, sought: Sought) -> dict[str, Any]:
    earliest = first - timedelta(hours=sought.before_h)
    return {"from_m": 0.0, "earliest": earliest.isoformat(), "latest": last.isoformat()}


def _outfall(one: RiverPlace, substance: str, confirmed: Mapping[str, int]) -> dict[str, Any]:
    row: dict[str, Any] = {"id": one.code, "position_m": one.chainage_m, "enterprise": one.enterprise.name if one.enterprise else None}  # fmt: skip
    # A substance outside the catalogue stands in nobody's list, which says nothing about it.
    if one.substances is not None and pollutants().filter(code=substance).exists():
        row["substances"] = one.substances
    if one.code in confirmed:
        row["confirmed_cases"] = confirmed[one.code]
    return row


def _stations(read: Read, places: dict[str, float], sought: Sought) -> list[dict[str, Any]]:
    """Readings of each station on a grid, coarse enough to be computed in seconds."""
    span = max(one.at for one in read.readings) - min(one.at for one in read.readings)
    coarse = 60.0 * np.ceil(span.total_seconds() / MOST_CELLS / 60.0)
    grid = gridded(
        readings=read.readings, interval=max(interval_of(readings=read.readings), float(coarse)), floor=sought.usual_floor, level=read.level
    )  # fmt: skip
    rows = []
    for one in grid["manholes"]:
        row = {
            "id": one["manhole"], "position_m": places[one["manhole"]], "start": grid["start"], "interval_s": grid["interval_s"],
            "noise_floor_mg_l": sought.floor or read.noise.get(one["manhole"], sought.usual_floor), "values_mg_l": one["values_mg_l"],
        }  # fmt: skip
        if "background_mg_l" in one:
            row["background_mg_l"] = one["background_mg_l"]
        rows.append(row)
    return sorted(rows, key=lambda row: row["position_m"])
