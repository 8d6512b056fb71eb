"""A park to measure on: loggers with twelve channels each, entered through the services."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import connection

from deploy.bench.names import FACTORS, PASSWORD, SM4_KEY, mn_of
from monitoring.series.services.channels import create_channels
from parks.people.domain import Role
from parks.people.services import accounts
from parks.register.domain.identifiers import credit_code_check
from parks.register.services import register


def credit_code() -> str:
    body = "91310000MA1FL0000"
    return body + credit_code_check(body)


def add_reader(*, now: datetime) -> dict[str, str]:
    """A person who may see the whole park, and the key of a program. Returns their secrets."""
    park_id, enterprise_id = first_of("parks_park"), first_of("parks_enterprise")
    user, password = accounts.create_user(by_id=None, username="measure")
    accounts.add_membership(by_id=None, user=user, role=Role.PARK_ADMIN, park_id=park_id)
    _token, secret = accounts.create_token(
        by=user, park_id=park_id, enterprise_id=enterprise_id, name="measure", scopes=["observations:read"], now=now
    )
    return {"username": user.username, "password": password, "token": secret}


def first_of(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT min(id) FROM {table}")
        return int(cursor.fetchone()[0])


def build_park(*, loggers: int, now: datetime, channels: int | None = None) -> list[str]:
    """A park with one enterprise, one stack a logger, and a channel for each factor, or so many in all.

    Returns:
        The MNs of the loggers.
    """
    park = register.create_park(by_id=None, now=now, code="measure", name="Measurement", province="上海市")
    enterprise = register.create_enterprise(
        by_id=None, uscc=credit_code(), park=park, name="Measurement", industry_code="2614"
    )
    made: list[str] = []
    rows: list[dict[str, Any]] = []
    for number in range(loggers):
        outlet = register.create_outlet(
            by_id=None, enterprise=enterprise, code=f"DA{number:04d}", name=f"Stack {number}", medium="AIR"
        )
        logger = register.create_logger(
            by_id=None,
            park=park,
            enterprise=enterprise,
            outlet=outlet,
            mn=mn_of(number),
            password=PASSWORD,
            sm4_key=SM4_KEY,
        )
        made.append(logger.mn)
        rows += [
            {
                "park": park,
                "enterprise": enterprise,
                "outlet": outlet,
                "logger": logger,
                "pollutant_id": factor,
                "reported_unit": "mg/m3",
            }
            for factor in FACTORS
        ]
    create_channels(by_id=None, now=now, rows=rows[:channels])
    return made
