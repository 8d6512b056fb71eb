"""Networks kept as revisions, stations bound to their nodes; water incidents opened and their traces asked for."""

from datetime import datetime
from typing import Any

from django.db import transaction

from monitoring.alarms.selectors import problem_of
from monitoring.tracing.domain.water.networks import network_of
from monitoring.tracing.domain.water.readings import readings_of
from monitoring.tracing.models import WaterGauge, WaterIncident, WaterNetwork, WaterStep, WaterTrace
from monitoring.tracing.selectors.water import newest_water_trace, read_nodes, water_incident_of
from monitoring.tracing.services.incidents import LONGEST, NoTime, TooLong
from monitoring.tracing.services.runs import digest_of
from monitoring.tracing.services.water_cases import Asked, again, case_of
from monitoring.tracing.services.water_gathering import Read, read_of_channels
from parks.catalogue.domain.errors import NotFound
from parks.catalogue.domain.periods import park_zone
from parks.people.domain import Scope


def keep_network(
    *, park_id: int, by_id: int | None, name: str, file_name: str, text: str, now: datetime
) -> WaterNetwork:
    """Keep a revision; the same file once more is the same revision.

    Raises:
        BadNetwork, WrongSewer, NoPipe, BadCase.
    """
    sent = network_of(text=text)
    return WaterNetwork.objects.get_or_create(
        park_id=park_id, digest=sent.digest,
        defaults={
            "kind": sent.kind.value, "name": name, "file_name": file_name[:120], "text": text, "made_at": now, "made_by_id": by_id,
            "layout": {"nodes": sent.layout.nodes, "links": sent.layout.links},
        },
    )[0]  # fmt: skip


def bind(
    *, network: WaterNetwork, node: str, station_id: int | None, outlet_id: int | None, by_id: int | None, now: datetime
) -> None:
    """Say at which node a station or an outlet measures; an empty node takes it back.

    Raises:
        NotFound: the network has no such node, or the reach no such station.
    """
    place: dict[str, Any] = {"network": network, "station_id": station_id, "outlet_id": outlet_id}
    if not node:
        WaterGauge.objects.filter(**place).delete()
        return
    if node not in read_nodes(network=network):
        raise NotFound
    said = {"node": node, "bound_at": now, "bound_by_id": by_id}
    WaterGauge.objects.update_or_create(**place, defaults=said)


@transaction.atomic
def open_from_table(
    *, network: WaterNetwork, by_id: int | None, kind: str, title: str, told: str, substance: str, table: bytes, asked: Asked, now: datetime
) -> WaterTrace:  # fmt: skip
    """Open an incident from a table of readings, freeze its inputs and ask for a trace.

    Raises:
        BadTable, TooFew: the readings cannot be taken; single rows that do not hold are kept with the incident.
    """
    read, refused = _of_table(network, table)
    case = case_of(network=network, title=title, substance=substance, read=read, asked=asked)
    made = WaterIncident.objects.create(
        park_id=network.park_id, network=network, kind=kind, title=title, told=told, substance=substance, opened_at=now, opened_by_id=by_id,
        refused=refused,
    )  # fmt: skip
    WaterStep.objects.create(incident=made, kind="OPENED", at=now, by_id=by_id, text=told)
    return _frozen(made, case, {}, by_id, now)


def _of_table(network: WaterNetwork, table: bytes) -> tuple[Read, list[list[Any]]]:
    found = readings_of(data=table, nodes=set(read_nodes(network=network)), zone=park_zone())
    return Read(readings=list(found.readings)), [[one.row, one.field, one.rule] for one in found.refused]


@transaction.atomic
def open_from_channels(
    *, scope: Scope, network: WaterNetwork, kind: str, title: str, told: str, pollutant: str, start: datetime, end: datetime, asked: Asked,
    now: datetime, problem_id: int | None = None,
) -> WaterTrace:  # fmt: skip
    """Open an incident from the readings of the network's stations, freeze them and ask for a trace.

    Raises:
        NoTime, TooLong: its time is no time, lies ahead, or is too long. NoGauge, TooFew: nothing was read.
        NotFound: the network or the alarm is out of reach.
    """
    if network.park_id not in scope.park_ids:
        raise NotFound
    if not start < end <= now:
        raise NoTime(end=end.isoformat())
    if end - start > LONGEST:
        raise TooLong(end=end.isoformat())
    if problem_id is not None:
        problem_of(scope=scope, problem_id=problem_id)
    read = read_of_channels(scope=scope, network_id=network.pk, pollutant=pollutant, start=start, end=end)
    case = case_of(network=network, title=title, substance=pollutant, read=read, asked=asked)
    made = WaterIncident.objects.create(
        park_id=network.park_id, network=network, kind=kind, title=title, told=told, substance=pollutant, pollutant_id=pollutant,
        began_at=start, ended_at=end, problem_id=problem_id, opened_at=now, opened_by_id=scope.user_id,
    )  # fmt: skip
    WaterStep.objects.create(incident=made, kind="OPENED", at=now, by_id=scope.user_id, text=told)
    return _frozen(made, case, {"channels": read.channels}, scope.user_id, now)


@transaction.atomic
def ask_again(*, scope: Scope, incident_id: int, asked: Asked, now: datetime, table: bytes | None = None) -> WaterTrace:
    """Another trace of an incident, with other choices, and with what the channels or a new table say now. Older ones stay.

    Raises:
        NotFound: the incident is not of the viewer's park. BadTable, TooFew, NoGauge: nothing can be read.
    """
    found = water_incident_of(scope=scope, incident_id=incident_id)
    if found.park_id not in scope.park_ids:
        raise NotFound
    last, network = newest_water_trace(incident_id=found.pk), found.network
    common: dict[str, Any] = {"network": network, "title": found.title, "substance": found.substance, "asked": asked}
    if found.pollutant_id is not None and found.began_at and found.ended_at:
        read = read_of_channels(
            scope=scope, network_id=network.pk, pollutant=found.pollutant_id, start=found.began_at, end=found.ended_at
        )
        return _frozen(found, case_of(read=read, **common), {"channels": read.channels}, scope.user_id, now)
    if table is not None:
        read, refused = _of_table(network, table)
        case = case_of(read=read, **common)
        WaterIncident.objects.filter(pk=found.pk).update(refused=refused)
        return _frozen(found, case, {}, scope.user_id, now)
    if last is None:
        raise NotFound
    return _frozen(found, again(case=last.case, **common), last.sources, scope.user_id, now)


def _frozen(
    incident: WaterIncident, case: dict[str, Any], sources: dict[str, Any], by_id: int | None, now: datetime
) -> WaterTrace:
    return WaterTrace.objects.create(
        incident=incident, case=case, digest=digest_of(case=case), sources=sources, asked_at=now, asked_by_id=by_id
    )
