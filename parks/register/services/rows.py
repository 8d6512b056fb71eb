"""Writing one row of the register: checked by its model, by the database, and under the name of its author."""

from typing import Any, TypeVar

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import IntegrityError, models

from parks.catalogue.domain.errors import Invalid, NotFound
from parks.people.services.audit import acting

Row = TypeVar("Row", bound=models.Model)
FIXED = frozenset({"id", "pk", "park", "park_id", "created_at"})  # what a row is born with

FIELD_OF = {  # the field a person corrects when a rule of the database is broken
    "uscc_shape": "uscc",
    "industry_shape": "industry_code",
    "outlet_code_shape": "code",
    "outlet_code_says_medium": "code",
    "stack_height_positive": "stack_height_m",
    "diameter_positive": "diameter_m",
    "gas_velocity_not_negative": "gas_velocity_m_per_s",
    "pipe_has_two_ends": "end",
    "pipe_length_positive": "length_m",
    "mn_not_blank": "mn",
    "sm4_key_shape": "sm4_key",
    "minute_interval_of_the_standard": "minute_interval_min",
    "realtime_interval_positive": "realtime_interval_s",
    "logger_at_one_place": "outlet",
    "instrument_removed_later": "removed_on",
    "park_on_earth": "lon",
    "enterprise_on_earth": "lon",
    "outlet_on_earth": "lon",
    "station_on_earth": "lon",
    "pipe_node_on_earth": "lon",
}


class BrokenRule(Invalid):
    """A field breaks a rule of the register."""

    code = "register.rule"


def enter(model: type[Row], *, by_id: int | None, **fields: Any) -> Row:
    """Create one row.

    Raises:
        BrokenRule: a field or a database rule refuses it; `details` name the fields and what is wrong with each.
    """
    known(model, fields=fields)
    return store(model(**fields), by_id=by_id, action=f"{model._meta.model_name}.create")


def change(model: type[Row], *, pk: int, by_id: int | None, **fields: Any) -> Row:
    """Change the named fields of one row.

    Raises:
        NotFound: there is no such row.
        BrokenRule: as for `enter`; also for fields that never change.
    """
    known(model, fields=fields)
    fixed = FIXED & fields.keys()
    if fixed:
        raise BrokenRule(f"{', '.join(sorted(fixed))} cannot be changed.", **{name: ["fixed"] for name in fixed})
    row: Row | None = model._default_manager.filter(pk=pk).first()
    if row is None:
        raise NotFound
    for name, value in fields.items():
        setattr(row, name, value)
    return store(row, by_id=by_id, action=f"{model._meta.model_name}.update")


def known(model: type[models.Model], *, fields: dict[str, Any]) -> None:
    """Refuse names that are no fields of the table, before they are lost in silence."""
    unknown: dict[str, list[str]] = {}
    for name in fields:
        try:
            model._meta.get_field(name.removesuffix("_id"))
        except FieldDoesNotExist:
            unknown[name] = ["unknown"]
    if unknown:
        raise BrokenRule(f"Unknown fields: {', '.join(sorted(unknown))}.", **unknown)


def store(row: Row, *, by_id: int | None, action: str) -> Row:
    """Check and save a row under its author."""
    try:
        # A related row that is at hand exists; the database holds the link in any case.
        at_hand = {field.name for field in row._meta.fields if field.name in row._state.fields_cache}
        row.full_clean(exclude=at_hand, validate_constraints=False)
        with acting(user_id=by_id, action=action):
            row.save()
    except ValidationError as error:
        raise BrokenRule("; ".join(error.messages), **error.message_dict) from error
    except IntegrityError as error:
        name_broken_rules(row)
        raise BrokenRule(str(error).split("\n")[0], rule=constraint_of(error)) from error
    return row


def name_broken_rules(row: models.Model) -> None:
    """Ask the rules of the table one by one after the database refused a row, so that the answer can name every field.

    The database stops at the first broken rule. Asking all of them before every row took as long as the rest of its writing.
    """
    broken: dict[str, list[str]] = {}
    for rule in row._meta.constraints:
        try:
            rule.validate(type(row), row)
        except ValidationError as error:
            field = rule.fields[-1] if isinstance(rule, models.UniqueConstraint) else FIELD_OF.get(rule.name, rule.name)
            broken.setdefault(field, []).extend(error.messages)
    if broken:
        raise BrokenRule("; ".join(text for texts in broken.values() for text in texts), **broken)


def constraint_of(error: IntegrityError) -> str:
    """Name of the database rule that refused, where the server tells it."""
    return str(getattr(getattr(error.__cause__, "diag", None), "constraint_name", "") or "")
