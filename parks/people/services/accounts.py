"""Users, their roles, and the keys of programs."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction

from parks.catalogue.domain.errors import Conflict, Invalid, NotFound
from parks.people.domain import TOKEN_GRANTS, Role
from parks.people.models import ApiToken, Membership, User
from parks.people.selectors import enterprises_of_park
from parks.people.services.audit import acting

TOKEN_SCOPES = tuple(TOKEN_GRANTS)
PREFIX = "tj_"
TOUCH = timedelta(minutes=1)


class NameTaken(Conflict):
    """This user name is taken."""

    code = "user.name_taken"


class WrongRole(Invalid):
    """Enterprise roles need an enterprise of the park; park roles have none."""

    code = "membership.role"


def create_user(
    *,
    by_id: int | None,
    username: str,
    display_name: str = "",
    email: str = "",
    password: str | None = None,
    encoded: str | None = None,
    superuser: bool = False,
) -> tuple[User, str]:
    """Create a user. Returns the user and the first password, made here unless given.

    Args:
        encoded: the given password as `encoded_password` makes it, for callers that did so ahead.
    """
    password = password or first_password()
    try:
        with acting(user_id=by_id, action="user.create"):
            user = User(
                username=username, display_name=display_name, email=email, is_superuser=superuser, is_staff=superuser
            )
            user.password = encoded or encoded_password(password)
            user.save()
    except IntegrityError as error:
        raise NameTaken(username=username) from error
    return user, password


def first_password() -> str:
    return secrets.token_urlsafe(9)


def encoded_password(password: str) -> str:
    """What is kept of a password. Takes a third of a second of a processor, on purpose; other threads run meanwhile."""
    return make_password(password)


@transaction.atomic
def invite(
    *, by_id: int | None, park_id: int, username: str, role: Role, enterprise_id: int | None = None,
    display_name: str = "", email: str = "",
) -> tuple[User, str]:  # fmt: skip
    """Create a user with a first role, both or neither. Returns the user and the first password, which is not kept."""
    user, password = create_user(by_id=by_id, username=username, display_name=display_name, email=email)
    add_membership(by_id=by_id, user=user, role=role, park_id=park_id, enterprise_id=enterprise_id)
    return user, password


def add_membership(
    *, by_id: int | None, user: User, role: Role, park_id: int, enterprise_id: int | None = None
) -> Membership:
    """Give a role in a park, or for one enterprise of it."""
    if role.of_enterprise is (enterprise_id is None):
        raise WrongRole(role=role.value)
    check_enterprise(park_id=park_id, enterprise_id=enterprise_id)
    where: dict[str, Any] = {"park_id": park_id, "enterprise_id": enterprise_id}
    with acting(user_id=by_id, action="membership.create"):
        found, _ = Membership.objects.get_or_create(user=user, role=role.value, **where)
    return found


def check_enterprise(*, park_id: int, enterprise_id: int | None) -> None:
    """Raise WrongRole unless the enterprise, when there is one, belongs to the park."""
    if enterprise_id is not None and enterprise_id not in dict(enterprises_of_park(park_id=park_id)):
        raise WrongRole(enterprise=enterprise_id)


def remove_membership(*, by_id: int | None, membership_id: int) -> None:
    """Take a role away."""
    with acting(user_id=by_id, action="membership.delete"):
        deleted, _ = Membership.objects.filter(pk=membership_id).delete()
        if not deleted:
            raise NotFound


def set_active(*, by_id: int | None, user_id: int, active: bool) -> None:
    """Let a user log in, or not."""
    with acting(user_id=by_id, action="user.activate" if active else "user.deactivate"):
        if not User.objects.filter(pk=user_id).update(is_active=active):
            raise NotFound


def new_password(*, by_id: int | None, user_id: int) -> tuple[User, str]:
    """Give a user another password, made here and not kept. Returns the user and the password."""
    user = User.objects.filter(pk=user_id).first()
    if user is None:
        raise NotFound
    password = secrets.token_urlsafe(9)
    with acting(user_id=by_id, action="user.new_password"):
        user.set_password(password)
        user.save(update_fields=["password"])
    return user, password


def digest_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def create_token(
    *,
    by: User,
    park_id: int,
    enterprise_id: int,
    name: str,
    scopes: Sequence[str],
    now: datetime,
    days: int | None = 365,
) -> tuple[ApiToken, str]:
    """Create a key for a program of an enterprise. Returns it with the secret, which is shown once and not kept."""
    unknown = set(scopes) - set(TOKEN_SCOPES)
    if unknown or not scopes:
        raise Invalid(f"Unknown scopes: {', '.join(sorted(unknown)) or 'none given'}.")
    check_enterprise(park_id=park_id, enterprise_id=enterprise_id)
    secret = PREFIX + secrets.token_urlsafe(32)
    with acting(user_id=by.pk, action="token.create"):
        token = ApiToken.objects.create(
            park_id=park_id, enterprise_id=enterprise_id, name=name, prefix=secret[:9], secret_digest=digest_of(secret),
            scopes=list(scopes), created_by=by, created_at=now, expires_at=now + timedelta(days=days) if days else None,
        )  # fmt: skip
    return token, secret


def revoke_token(*, by: User, token_id: int, now: datetime) -> None:
    """Revoke a key at once."""
    with acting(user_id=by.pk, action="token.revoke"):
        if not ApiToken.objects.filter(pk=token_id, revoked_at__isnull=True).update(revoked_at=now):
            raise NotFound


@transaction.atomic
def token_in_use(*, secret: str, now: datetime) -> ApiToken | None:
    """The valid key of a secret, with its use noted; None for unknown, expired and revoked ones."""
    token = (
        ApiToken.objects.select_related("enterprise")
        .filter(secret_digest=digest_of(secret), revoked_at__isnull=True)
        .first()
    )
    if token is None or (token.expires_at is not None and token.expires_at <= now):
        return None
    if token.last_used_at is None or now - token.last_used_at > TOUCH:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
    return token


def user_named(*, username: str) -> User:
    """The user of that name. Raises NotFound."""
    found = User.objects.filter(username=username).first()
    if found is None:
        raise NotFound
    return found
