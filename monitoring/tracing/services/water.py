"""Networks kept as revisions; water incidents opened, frozen, traced, talked about and decided."""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction

from monitoring.tracing.domain.sewers import case as gravity
from monitoring.tracing.domain.water import pressure
from monitoring.tracing.domain.water.networks import document_of, network_of
from monitoring.tracing.domain.water.readings import gridded, interval_of, readings_of
from monitoring.tracing.models import DECIDED, WaterIncident, WaterNetwork, WaterStep, WaterTrace
from monitoring.tracing.selectors.water import water_incident_of
from monitoring.tracing.services.hydraulics import library_for, wanted
from monitoring.tracing.services.incidents import BadIncident
from monitoring.tracing.services.runs import DEAD_AFTER, code_version, digest_of
from parks.catalogue.domain.errors import NotFound, PlatformError
from parks.catalogue.domain.periods import park_zone
from parks.people.domain import Scope
from parks.register.selectors.places import enterprise_of

log = logging.getLogger(__name__)
SIMULATED_H, EVERY_S = 48, 600.0  # of a library: hours and distance of its readings


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


@transaction.atomic
def open_water_incident(
    *, network: WaterNetwork, by_id: int | None, title: str, substance: str, table: bytes, floor: float, demands_known: bool, now: datetime,
    truth: dict[str, Any] | None = None,
) -> WaterTrace:  # fmt: skip
    """Open an incident from a table of readings, freeze its inputs and ask for a trace.

    Raises:
        BadTable, TooFew: the readings cannot be taken; single rows that do not hold are kept with the incident.
    """
    found = readings_of(data=table, nodes={one["id"] for one in network.layout["nodes"]}, zone=park_zone())
    common: dict[str, Any] = {"title": title, "substance": substance}
    if network.kind == "SEWER":
        interval = interval_of(readings=found.readings)
        case = document_of(text=network.text) | common | {
            "readings": gridded(readings=found.readings, interval=interval, floor=floor), "options": {"step_s": max(interval, 600.0)},
        }  # fmt: skip
        gravity.question_from(case)  # refuses what would take too long
    else:
        begin = (
            min(one.at for one in found.readings)
            .astimezone(park_zone())
            .replace(hour=0, minute=0, second=0, microsecond=0)
        )
        count = int(SIMULATED_H * 3600 / EVERY_S) + 1
        readings = gridded(readings=found.readings, interval=EVERY_S, start=begin, count=count, floor=floor)
        case = common | {"network": network.digest, "readings": readings, "options": {"demands_known": demands_known}}
        wanted(network=network, sensors=[one["manhole"] for one in readings["manholes"]])
    made = WaterIncident.objects.create(
        park_id=network.park_id, network=network, title=title, substance=substance, opened_at=now, opened_by_id=by_id, truth=truth,
        refused=[[one.row, one.field, one.rule] for one in found.refused],
    )  # fmt: skip
    WaterStep.objects.create(incident=made, kind="OPENED", at=now, by_id=by_id)
    return WaterTrace.objects.create(
        incident=made, case=case, digest=digest_of(case=case), asked_at=now, asked_by_id=by_id
    )


def run_water_trace(*, trace_id: int, clock: Callable[[], datetime]) -> None:
    """Compute a waiting trace; one that somebody else has begun or ended is left alone."""
    with transaction.atomic():
        row = WaterTrace.objects.select_for_update(skip_locked=True).filter(pk=trace_id).first()
        now = clock()
        silent = row is not None and row.started_at is not None and now - row.started_at > DEAD_AFTER
        if row is None or not (row.state == "WAITING" or (row.state == "RUNNING" and silent)):
            return
        row.state, row.started_at, row.code_version = "RUNNING", now, code_version()
        row.save(update_fields=["state", "started_at", "code_version"])
    try:
        row.answer, row.state = water_answer(case=row.case, network=row.incident.network), "DONE"
    except PlatformError as error:
        row.state, row.error = "FAILED", error.text
    except Exception:
        log.exception("water trace %s failed", row.pk)
        row.state, row.error = "FAILED", "The computation broke off; the log of the worker says where."
    row.finished_at = clock()
    row.save(update_fields=["state", "answer", "error", "finished_at"])


def water_answer(*, case: dict[str, Any], network: WaterNetwork) -> dict[str, Any]:
    if network.kind == "SEWER":
        return gravity.answered(document=case)
    sensors = [one["manhole"] for one in case["readings"]["manholes"]]
    return pressure.answered(document=case, library=library_for(network=network, sensors=sensors))


@transaction.atomic
def water_step(
    *, scope: Scope, incident_id: int, kind: str, text: str, now: datetime, enterprise_id: int | None = None
) -> None:
    """Note, ask, answer, confirm, reject or reopen.

    Raises:
        NotFound: the incident or the enterprise is out of reach. BadIncident: without words, or decided already.
    """
    found = water_incident_of(scope=scope, incident_id=incident_id)
    own_park = found.park_id in scope.park_ids
    if own_park == (kind == "ANSWER"):
        raise NotFound
    if not text.strip():
        raise BadIncident("Say why, in words.", text=["missing"])
    row = WaterIncident.objects.select_for_update().get(pk=found.pk)
    if (kind == "REOPENED") != (row.state in DECIDED) and kind in (*DECIDED, "REOPENED"):
        raise BadIncident("This incident is decided, or open, already.")
    named = _named(scope, row, kind, enterprise_id)
    if kind in (*DECIDED, "REOPENED"):
        row.state, row.enterprise_id = ("OPEN" if kind == "REOPENED" else kind), named if kind == "CONFIRMED" else None
        row.save(update_fields=["state", "enterprise"])
    WaterStep.objects.create(
        incident=row, kind=kind, at=now, by_id=scope.user_id, text=text.strip(), enterprise_id=named
    )


def _named(scope: Scope, row: WaterIncident, kind: str, enterprise_id: int | None) -> int | None:
    """The enterprise that a step names: asked, confirmed, or answering."""
    if kind == "ANSWER":
        asked = (
            row.steps.filter(kind="ASKED", enterprise__in=scope.enterprise_ids)
            .values_list("enterprise", flat=True)
            .first()
        )
        if asked is None:
            raise NotFound
        return int(asked)
    if kind == "ASKED" or (kind == "CONFIRMED" and enterprise_id):
        asked_for = enterprise_of(scope=scope, enterprise_id=enterprise_id or 0)
        if asked_for.park_id != row.park_id:
            raise NotFound
        return asked_for.pk
    return None
