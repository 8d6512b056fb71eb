"""Entering parks, enterprises and what stands in them. Each change is one transaction with its author."""

from datetime import datetime
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models

from parks.catalogue.domain.errors import Invalid, NotFound
from parks.people.services.audit import acting
from parks.register.domain.identifiers import check_credit_code
from parks.register.models import Enterprise, Instrument, Logger, Outlet, Park, Pipe, PipeNode, Station, Unit

Row = TypeVar("Row", bound=models.Model)


class BrokenRule(Invalid):
    """A field breaks a rule of the register."""

    code = "register.rule"


def enter(model: type[Row], *, by_id: int | None, **fields: Any) -> Row:
    """Create one row.

    Raises:
        BrokenRule: a field or a database rule refuses it; `details` name the fields.
    """
    row = model(**fields)
    return store(row, by_id=by_id, action=f"{model._meta.model_name}.create")


def store(row: Row, *, by_id: int | None, action: str) -> Row:
    """Check and save a row under its author."""
    try:
        row.full_clean(validate_constraints=True)
        with acting(user_id=by_id, action=action):
            row.save()
    except ValidationError as error:
        raise BrokenRule("; ".join(error.messages), **error.message_dict) from error
    except IntegrityError as error:
        raise BrokenRule(str(error).split("\n")[0]) from error
    return row


def change(model: type[Row], *, pk: int, by_id: int | None, **fields: Any) -> Row:
    """Change fields of one row."""
    row: Row | None = model._default_manager.filter(pk=pk).first()
    if row is None:
        raise NotFound
    for name, value in fields.items():
        setattr(row, name, value)
    return store(row, by_id=by_id, action=f"{model._meta.model_name}.change")


def create_park(*, by_id: int | None, now: datetime, **fields: Any) -> Park:
    return enter(Park, by_id=by_id, created_at=now, **fields)


def create_enterprise(*, by_id: int | None, **fields: Any) -> Enterprise:
    """Create an enterprise; its credit code must carry the right check character."""
    return enter(Enterprise, by_id=by_id, **fields | {"uscc": check_credit_code(fields["uscc"])})


def change_enterprise(*, pk: int, by_id: int | None, **fields: Any) -> Enterprise:
    if "uscc" in fields:
        fields["uscc"] = check_credit_code(fields["uscc"])
    return change(Enterprise, pk=pk, by_id=by_id, **fields)


def create_unit(*, by_id: int | None, **fields: Any) -> Unit:
    return enter(Unit, by_id=by_id, **fields)


def create_outlet(*, by_id: int | None, units: tuple[Unit, ...] = (), **fields: Any) -> Outlet:
    """Create an outlet and link it to the units that emit through it."""
    outlet = enter(Outlet, by_id=by_id, **fields)
    outlet.units.set(units)
    return outlet


def change_outlet(*, pk: int, by_id: int | None, **fields: Any) -> Outlet:
    return change(Outlet, pk=pk, by_id=by_id, **fields)


def create_station(*, by_id: int | None, **fields: Any) -> Station:
    return enter(Station, by_id=by_id, **fields)


def create_pipe_node(*, by_id: int | None, **fields: Any) -> PipeNode:
    return enter(PipeNode, by_id=by_id, **fields)


def create_pipe(*, by_id: int | None, **fields: Any) -> Pipe:
    return enter(Pipe, by_id=by_id, **fields)


def create_logger(*, by_id: int | None, **fields: Any) -> Logger:
    return enter(Logger, by_id=by_id, **fields)


def change_logger(*, pk: int, by_id: int | None, **fields: Any) -> Logger:
    return change(Logger, pk=pk, by_id=by_id, **fields)


def create_instrument(*, by_id: int | None, **fields: Any) -> Instrument:
    return enter(Instrument, by_id=by_id, **fields)
