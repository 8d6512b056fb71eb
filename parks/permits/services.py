"""Entering permits, their limits and quotas, and special periods."""

from collections.abc import Sequence
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import IntegrityError

from parks.catalogue.domain.errors import Conflict, Invalid
from parks.people.services.audit import acting
from parks.permits.models import Permit, PermitLimit, Quota, SpecialPeriod

Row = TypeVar("Row", PermitLimit, Quota)


class PermitOverlaps(Conflict):
    """Another permit of this enterprise is in force at the same time."""

    code = "permit.overlap"


class BrokenPermit(Invalid):
    """A field of the permit breaks a rule."""

    code = "permit.rule"


def create_permit(
    *, by_id: int | None, limits: Sequence[dict[str, Any]] = (), quotas: Sequence[dict[str, Any]] = (), **fields: Any
) -> Permit:
    """Create a permit with its limits and quotas, all or nothing.

    Raises:
        PermitOverlaps: the validity overlaps that of another permit of the enterprise.
        BrokenPermit: a field breaks a rule.
    """
    permit = Permit(**fields)
    try:
        permit.full_clean(validate_constraints=False)
        with acting(user_id=by_id, action="permit.create"):
            permit.save()
            PermitLimit.objects.bulk_create([PermitLimit(permit=permit, **row) for row in limits])
            Quota.objects.bulk_create([Quota(permit=permit, **row) for row in quotas])
    except ValidationError as error:
        raise BrokenPermit("; ".join(error.messages), **error.message_dict) from error
    except IntegrityError as error:
        if "permits_of_an_enterprise_do_not_overlap" in str(error):
            raise PermitOverlaps(valid_from=str(permit.valid_from)) from error
        raise BrokenPermit(str(error).split("\n")[0]) from error
    return permit


def add_limit(*, by_id: int | None, permit: Permit, pollutant: str, **fields: Any) -> PermitLimit:
    """Add a limit to a permit. Raises BrokenPermit when a rule refuses it."""
    return added(PermitLimit(permit=permit, pollutant_id=pollutant, **fields), by_id=by_id, action="permit.add_limit")


def add_quota(*, by_id: int | None, permit: Permit, pollutant: str, **fields: Any) -> Quota:
    """Add a yearly quota to a permit. Raises BrokenPermit when a rule refuses it."""
    return added(Quota(permit=permit, pollutant_id=pollutant, **fields), by_id=by_id, action="permit.add_quota")


def added(row: Row, *, by_id: int | None, action: str) -> Row:
    try:
        row.full_clean()
    except ValidationError as error:
        raise BrokenPermit("; ".join(error.messages), **error.message_dict) from error
    with acting(user_id=by_id, action=action):
        row.save()
    return row


def create_special_period(*, by_id: int | None, **fields: Any) -> SpecialPeriod:
    """Create a time of stricter limits."""
    period = SpecialPeriod(**fields)
    try:
        period.full_clean()
    except ValidationError as error:
        raise BrokenPermit("; ".join(error.messages), **error.message_dict) from error
    with acting(user_id=by_id, action="special_period.create"):
        period.save()
    return period
