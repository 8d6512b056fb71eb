"""People for tests."""

from itertools import count
from typing import Any

from parks.people.domain import Role
from parks.people.models import Membership, User
from tests.factories.register import make_enterprise, make_park

_numbers = count(1)


def make_user(*, role: Role | None = None, park: Any = None, enterprise: Any = None, **overrides: Any) -> User:
    """A user; with a role also a membership, in the given or a new park or enterprise."""
    number = next(_numbers)
    user = User(username=overrides.pop("username", f"user-{number}"), **overrides)
    user.set_password("correct horse battery")
    user.save()
    if role is not None:
        if role.of_enterprise:
            enterprise = enterprise or make_enterprise(**({"park": park} if park else {}))
            park = enterprise.park
        Membership.objects.create(
            user=user, role=role.value, park=park or make_park(), enterprise=enterprise if role.of_enterprise else None
        )
    return user
