"""Entering and changing parks, enterprises and what stands in them. Each change is one transaction with its author."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction

from parks.catalogue.selectors import pollutants
from parks.people.services.audit import acting
from parks.register.domain.identifiers import check_credit_code
from parks.register.models import Enterprise, Instrument, Logger, Outlet, Park, Pipe, PipeNode, Station, Unit
from parks.register.services.rows import BrokenRule, change, enter


def create_park(*, by_id: int | None, now: datetime, **fields: Any) -> Park:
    return enter(Park, by_id=by_id, created_at=now, **fields)


def update_park(*, park_id: int, by_id: int | None, **fields: Any) -> Park:
    return change(Park, pk=park_id, by_id=by_id, **fields)


def create_enterprise(*, by_id: int | None, uscc: str, **fields: Any) -> Enterprise:
    """Create an enterprise.

    Raises:
        WrongCreditCode: the unified social credit code does not carry the right check character.
        BrokenRule: a field breaks a rule.
    """
    return enter(Enterprise, by_id=by_id, uscc=check_credit_code(uscc), **fields)


def update_enterprise(*, enterprise_id: int, by_id: int | None, **fields: Any) -> Enterprise:
    """Change an enterprise; a new credit code is checked as for a new enterprise."""
    if "uscc" in fields:
        fields["uscc"] = check_credit_code(fields["uscc"])
    return change(Enterprise, pk=enterprise_id, by_id=by_id, **fields)


@transaction.atomic
def create_unit(*, by_id: int | None, upstream_ids: Iterable[int] = (), **fields: Any) -> Unit:
    """Create a process or treatment unit and link it to the units that feed it."""
    unit = enter(Unit, by_id=by_id, **fields)
    link_upstream(unit, upstream_ids=upstream_ids, by_id=by_id)
    return unit


@transaction.atomic
def update_unit(*, unit_id: int, by_id: int | None, upstream_ids: Iterable[int] | None = None, **fields: Any) -> Unit:
    unit = change(Unit, pk=unit_id, by_id=by_id, **fields)
    if upstream_ids is not None:
        link_upstream(unit, upstream_ids=upstream_ids, by_id=by_id)
    return unit


def link_upstream(unit: Unit, *, upstream_ids: Iterable[int], by_id: int | None) -> None:
    wanted = set(upstream_ids)
    units = of_enterprise(unit_ids=wanted, enterprise_id=unit.enterprise_id, field="upstream_ids")
    if unit.pk in wanted:
        raise BrokenRule("A unit does not feed itself.", upstream_ids=["self"])
    with acting(user_id=by_id, action="unit.link"):
        unit.upstream.set(units)


@transaction.atomic
def create_outlet(
    *, by_id: int | None, unit_ids: Iterable[int] = (), handled_codes: Iterable[str] = (), **fields: Any
) -> Outlet:
    """Create an outlet and link it to the units that emit through it and to what it may emit."""
    codes = substances(codes=handled_codes, medium=str(fields.get("medium", "")))
    outlet = enter(Outlet, by_id=by_id, **fields)
    link_units(outlet, unit_ids=unit_ids, by_id=by_id)
    link_handled(outlet, codes=codes, by_id=by_id)
    return outlet


@transaction.atomic
def update_outlet(
    *, outlet_id: int, by_id: int | None, unit_ids: Iterable[int] | None = None, handled_codes: Iterable[str] | None = None,
    **fields: Any,
) -> Outlet:  # fmt: skip
    """Change an outlet; with `unit_ids` also the units that emit through it, with `handled_codes` what it may emit."""
    outlet = change(Outlet, pk=outlet_id, by_id=by_id, **fields)
    if unit_ids is not None:
        link_units(outlet, unit_ids=unit_ids, by_id=by_id)
    if handled_codes is not None:
        link_handled(outlet, codes=substances(codes=handled_codes, medium=outlet.medium), by_id=by_id)
    return outlet


def substances(*, codes: Iterable[str], medium: str) -> list[str]:
    """Codes of the catalogue that an outlet of this medium can emit, each once.

    Raises:
        BrokenRule: a code is not in the catalogue, or stands for another medium; `handled` names them.
    """
    wanted = sorted(set(codes))
    if not wanted:
        return []
    known = set(
        pollutants(medium=medium if medium == "AIR" else "WATER").filter(pk__in=wanted).values_list("pk", flat=True)
    )
    unknown = [code for code in wanted if code not in known]
    if unknown:
        raise BrokenRule(
            f"No pollutants of this kind of outlet: {', '.join(unknown)}.",
            handled=[f"unknown: {code}" for code in unknown],
        )
    return wanted


def link_handled(outlet: Outlet, *, codes: Iterable[str], by_id: int | None) -> bool:
    """Say what an outlet may emit. Returns whether that differs from what was said before."""
    wanted, before = set(codes), set(outlet.handled.values_list("pk", flat=True))
    if wanted != before:
        with acting(user_id=by_id, action="outlet.link"):
            outlet.handled.set(measured(sorted(wanted)))
    return wanted != before


def link_units(outlet: Outlet, *, unit_ids: Iterable[int], by_id: int | None) -> None:
    units = of_enterprise(unit_ids=set(unit_ids), enterprise_id=outlet.enterprise_id, field="unit_ids")
    with acting(user_id=by_id, action="outlet.link"):
        outlet.units.set(units)


def of_enterprise(*, unit_ids: set[int], enterprise_id: int, field: str) -> list[Unit]:
    """Units of one enterprise; others must not be linked."""
    if not unit_ids:
        return []
    units = list(Unit.objects.filter(pk__in=unit_ids, enterprise=enterprise_id))
    foreign = unit_ids - {unit.pk for unit in units}
    if foreign:
        raise BrokenRule("A unit belongs to another enterprise, or there is none.", **{field: sorted(foreign)})
    return units


def create_station(*, by_id: int | None, **fields: Any) -> Station:
    return enter(Station, by_id=by_id, **fields)


def update_station(*, station_id: int, by_id: int | None, **fields: Any) -> Station:
    return change(Station, pk=station_id, by_id=by_id, **fields)


def create_pipe_node(*, by_id: int | None, **fields: Any) -> PipeNode:
    return enter(PipeNode, by_id=by_id, **fields)


def update_pipe_node(*, node_id: int, by_id: int | None, **fields: Any) -> PipeNode:
    return change(PipeNode, pk=node_id, by_id=by_id, **fields)


def create_pipe(*, by_id: int | None, **fields: Any) -> Pipe:
    """Create a pipe; water runs from `start` to `end`."""
    return enter(Pipe, by_id=by_id, **fields)


def update_pipe(*, pipe_id: int, by_id: int | None, **fields: Any) -> Pipe:
    return change(Pipe, pk=pipe_id, by_id=by_id, **fields)


def create_logger(*, by_id: int | None, **fields: Any) -> Logger:
    return enter(Logger, by_id=by_id, **fields)


def update_logger(*, logger_id: int, by_id: int | None, **fields: Any) -> Logger:
    return change(Logger, pk=logger_id, by_id=by_id, **fields)


@transaction.atomic
def create_instrument(*, by_id: int | None, pollutant_codes: Iterable[str] = (), **fields: Any) -> Instrument:
    """Create an analyser and name what it measures."""
    instrument = enter(Instrument, by_id=by_id, **fields)
    with acting(user_id=by_id, action="instrument.link"):
        instrument.pollutants.set(measured(pollutant_codes))
    return instrument


def measured(codes: Iterable[str]) -> list[Any]:
    """Keys of the catalogue's pollutants, as links to them are set."""
    return list(codes)


@transaction.atomic
def update_instrument(
    *, instrument_id: int, by_id: int | None, pollutant_codes: Iterable[str] | None = None, **fields: Any
) -> Instrument:
    instrument = change(Instrument, pk=instrument_id, by_id=by_id, **fields)
    if pollutant_codes is not None:
        with acting(user_id=by_id, action="instrument.link"):
            instrument.pollutants.set(measured(pollutant_codes))
    return instrument
