"""Reading people: members of a park, keys of enterprises, the audit trail."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection
from django.db.models import CharField, Prefetch, Q, QuerySet
from django.db.models.functions import Cast

from parks.catalogue.domain.errors import NotFound
from parks.people.domain import LOADING, Loading, Scope
from parks.people.models import ApiToken, AuditEntry, Membership, User


def members_of(*, park_id: int) -> QuerySet[User]:
    """People with a role in the park, with their roles."""
    mine = Membership.objects.filter(park=park_id).select_related("enterprise").order_by("role")
    return (
        User.objects.filter(memberships__park=park_id)
        .distinct()
        .prefetch_related(Prefetch("memberships", queryset=mine, to_attr="held"))
        .order_by("username")
    )


def member_of(*, park_id: int, user_id: int) -> User:
    """One person of the park. Raises NotFound for people of other parks."""
    found = members_of(park_id=park_id).filter(pk=user_id).first()
    if found is None:
        raise NotFound
    return found


def enterprises_of_park(*, park_id: int) -> list[tuple[int, str]]:
    """Number and name of each enterprise that has somebody or could have: all of the park."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, name FROM parks_enterprise WHERE park_id = %s ORDER BY name", [park_id])
        return [(int(number), str(name)) for number, name in cursor.fetchall()]


def visible_tokens(*, scope: Scope, park_id: int) -> QuerySet[ApiToken]:
    """Keys of the enterprises the viewer may see, newest first."""
    return (
        ApiToken.objects.filter(park=park_id)
        .filter(Q(park__in=scope.park_ids) | Q(enterprise__in=scope.enterprise_ids))
        .select_related("enterprise", "created_by")
        .order_by("-created_at", "-pk")
    )


def visible_entries(*, scope: Scope, park_id: int) -> QuerySet[AuditEntry]:
    """Audit entries of the park and of the accounts of its members, newest first."""
    if park_id not in scope.park_ids:
        return AuditEntry.objects.none()
    members = Membership.objects.filter(park=park_id).values(key=Cast("user_id", CharField()))
    return (
        AuditEntry.objects.filter(Q(park_id=park_id) | Q(table_name="parks_user", row_key__in=members))
        .select_related("actor")
        .order_by("-at", "-pk")
    )


def entries_about(*, scope: Scope, table: str, keys: Iterable[str]) -> QuerySet[AuditEntry]:
    """Audit entries about certain rows, newest first."""
    return (
        AuditEntry.objects.filter(table_name=table, row_key__in=list(keys))
        .filter(Q(park_id__in=scope.park_ids) | Q(enterprise_id__in=scope.enterprise_ids))
        .select_related("actor")
        .order_by("-at", "-pk")
    )


@dataclass(frozen=True, slots=True)
class ParkName:
    """A park in the head of a page."""

    pk: int
    name: str
    name_en: str


def parks_named(*, park_ids: Iterable[int]) -> list[ParkName]:
    """Names of parks, by name."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, name, name_en FROM parks_park WHERE id = ANY(%s) ORDER BY name", [sorted(park_ids)])
        return [ParkName(*row) for row in cursor.fetchall()]


def first_load() -> Loading | None:
    """How far the first load has come that runs now; None when none runs, or somebody has an account already."""
    if User.objects.exists():
        return None
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT application_name FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE %s",
            [LOADING + " %"],
        )
        return next((loading for (name,) in cursor.fetchall() if (loading := Loading.of(name))), None)
