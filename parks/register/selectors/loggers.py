"""Loggers as the gateway knows them, and as people see them."""

from dataclasses import dataclass

from django.db.models import Q, QuerySet

from parks.catalogue.domain.errors import NotFound
from parks.people.domain import Scope
from parks.register.models import Logger


@dataclass(frozen=True, slots=True)
class KnownLogger:
    """What the door must know of a logger."""

    id: int
    park_id: int
    mn: str
    password: str
    key: bytes
    crc_variant: str
    label_end: bool
    minute_interval_min: int
    zone: str
    is_active: bool


def known_loggers() -> dict[str, KnownLogger]:
    """All registered loggers by MN."""
    rows = Logger.objects.values_list(
        "id",
        "park_id",
        "mn",
        "password",
        "sm4_key",
        "crc_variant",
        "label",
        "minute_interval_min",
        "park__time_zone",
        "is_active",
    )
    return {
        row[2]: KnownLogger(
            row[0], row[1], row[2], row[3], bytes.fromhex(row[4]), row[5], row[6] == "END", row[7], row[8], row[9]
        )
        for row in rows
    }


def visible_loggers(*, scope: Scope) -> QuerySet[Logger]:
    """Loggers the viewer may see."""
    return Logger.objects.filter(Q(park__in=scope.park_ids) | Q(enterprise__in=scope.enterprise_ids))


def logger_of(*, scope: Scope, logger_id: int) -> Logger:
    """One logger. Raises NotFound outside the viewer's scope."""
    found = visible_loggers(scope=scope).select_related("enterprise", "outlet", "station").filter(pk=logger_id).first()
    if found is None:
        raise NotFound
    return found


def logger_of_number(*, logger_id: int) -> KnownLogger | None:
    """One logger as the door knows it."""
    return next((known for known in known_loggers().values() if known.id == logger_id), None)
