"""Parks, enterprises, outlets and loggers for tests: what a test does not name is filled in."""

from datetime import UTC, datetime
from itertools import count
from typing import Any

from parks.register.domain.identifiers import USCC_ALPHABET, credit_code_check
from parks.register.models import Enterprise, Logger, Outlet, Park, Station

_numbers = count(1)
BEGINNING = datetime(2024, 1, 1, tzinfo=UTC)


def credit_code(number: int) -> str:
    """A well-formed unified social credit code."""
    digits = ""
    while number:
        number, rest = divmod(number, 31)
        digits = USCC_ALPHABET[rest] + digits
    body = "91310000" + digits.rjust(9, "0")
    return body + credit_code_check(body)


def make_park(**overrides: Any) -> Park:
    number = next(_numbers)
    fields = {"code": f"park-{number}", "name": f"园区 {number}", "province": "上海市", "created_at": BEGINNING}
    return Park.objects.create(**(fields | overrides))


def make_enterprise(**overrides: Any) -> Enterprise:
    number = next(_numbers)
    park = overrides.pop("park", None) or make_park()
    fields = {"park": park, "name": f"企业 {number}", "uscc": credit_code(number), "industry_code": "2614"}
    return Enterprise.objects.create(**(fields | overrides))


def make_outlet(**overrides: Any) -> Outlet:
    number = next(_numbers)
    enterprise = overrides.pop("enterprise", None) or make_enterprise()
    medium = overrides.get("medium", "AIR")
    prefix = {"AIR": "DA", "WATER": "DW", "RAIN": "YS"}[medium]
    fields = {
        "enterprise": enterprise,
        "code": f"{prefix}{number % 10_000:03d}",
        "name": f"排放口 {number}",
        "medium": medium,
    }
    return Outlet.objects.create(**(fields | overrides))


def make_station(**overrides: Any) -> Station:
    number = next(_numbers)
    park = overrides.pop("park", None) or make_park()
    fields = {"park": park, "code": f"S{number}", "name": f"站点 {number}", "kind": "AMBIENT"}
    return Station.objects.create(**(fields | overrides))


def make_logger(**overrides: Any) -> Logger:
    number = next(_numbers)
    outlet = overrides.pop("outlet", None)
    if outlet is None and "station" not in overrides:
        outlet = make_outlet()
    owner = (
        {"park": outlet.enterprise.park, "enterprise": outlet.enterprise}
        if outlet
        else {"park": overrides["station"].park}
    )
    fields = {"mn": f"88888880000{number:013d}", "password": "123456", "outlet": outlet, **owner}
    return Logger.objects.create(**(fields | overrides))
