"""Beginning a park: the park itself and the account that administers it, both or neither."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from parks.people.domain import Role
from parks.people.services import accounts
from parks.register.models import Park
from parks.register.services.register import create_park


@dataclass(frozen=True, slots=True)
class Begun:
    """A new park, its administrator, and the password that is shown once."""

    park: Park
    username: str
    password: str


@transaction.atomic
def begin_park(
    *,
    code: str,
    name: str,
    name_en: str,
    province: str,
    lon: float | None,
    lat: float | None,
    username: str,
    now: datetime,
    area_class: str = "GENERAL",
) -> Begun:
    """Create a park with an administrator.

    Raises:
        BrokenRule: a field of the park breaks a rule, or the code is taken.
        NameTaken: the user name is taken.
    """
    park = create_park(
        by_id=None, now=now, code=code, name=name, name_en=name_en, province=province, lon=lon, lat=lat,
        area_class=area_class,
    )  # fmt: skip
    user, password = accounts.create_user(by_id=None, username=username, display_name=f"{name} 管理员")
    accounts.add_membership(by_id=None, user=user, role=Role.PARK_ADMIN, park_id=park.pk)
    return Begun(park, username, password)
