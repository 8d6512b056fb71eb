"""Permits for tests."""

from datetime import date
from itertools import count
from typing import Any

from parks.permits.models import Permit, PermitLimit
from parks.register.models import Outlet

_numbers = count(1)


def make_permit(*, enterprise: Any, **overrides: Any) -> Permit:
    fields = {
        "enterprise": enterprise, "park": enterprise.park, "number": f"P{next(_numbers):08d}",
        "valid_from": date(2024, 1, 1), "valid_to": date(2029, 1, 1),
    }  # fmt: skip
    return Permit.objects.create(**(fields | overrides))


def make_permit_limit(*, outlet: Outlet, **overrides: Any) -> PermitLimit:
    """A limit of an outlet, in the permit of its enterprise that exists or is made."""
    permit = (
        overrides.pop("permit", None) or outlet.enterprise.permits.first() or make_permit(enterprise=outlet.enterprise)
    )
    fields = {
        "permit": permit, "outlet": outlet, "pollutant_id": "a21026", "period": "HOUR", "maximum": 35.0, "unit": "mg/m3",
        "source": "GB 13223-2011",
    }  # fmt: skip
    return PermitLimit.objects.create(**(fields | overrides))
