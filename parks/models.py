"""Table of contents: the wings' tables, named so that Django finds them."""

from parks.catalogue.models import LimitRow, Pollutant
from parks.people.models import ApiToken, AuditEntry, Membership, User
from parks.permits.models import Permit, PermitLimit, Quota, SpecialPeriod
from parks.register.models import Enterprise, Instrument, Logger, Outlet, Park, Pipe, PipeNode, Station, Unit

__all__ = [
    "ApiToken", "AuditEntry", "Enterprise", "Instrument", "LimitRow", "Logger", "Membership", "Outlet", "Park",
    "Permit", "PermitLimit", "Pipe", "PipeNode", "Pollutant", "Quota", "SpecialPeriod", "Station", "Unit", "User",
]  # fmt: skip
