"""Who sees what. Every list starts with the scope of its viewer."""

from collections import defaultdict
from typing import Any

from parks.catalogue.domain.errors import Forbidden
from parks.people.domain import GRANTS, Capability, Role, Scope
from parks.people.models import Membership

NOBODY = Scope()


def scope_of(*, viewer: Any) -> Scope:
    """Scope of a person or program; empty for strangers. One query, kept on the viewer for the request."""
    if viewer is None or not getattr(viewer, "is_authenticated", False) or not viewer.is_active:
        return NOBODY
    kept: Scope | None = getattr(viewer, "_scope", None)
    if kept is None:
        kept = viewer._scope = build_scope(user_id=viewer.pk)
    return kept


def build_scope(*, user_id: int) -> Scope:
    parks: set[int] = set()
    enterprises: set[int] = set()
    homes: set[int] = set()
    by_park: dict[int, set[Capability]] = defaultdict(set)
    for text, park_id, enterprise_id in Membership.objects.filter(user=user_id).values_list(
        "role", "park", "enterprise"
    ):
        role = Role(text)
        by_park[park_id] |= GRANTS[role]
        if role.of_enterprise:
            enterprises.add(enterprise_id)
            homes.add(park_id)
        elif role is not Role.PUBLIC:
            parks.add(park_id)
    return Scope(
        user_id=user_id, park_ids=frozenset(parks), enterprise_ids=frozenset(enterprises), home_park_ids=frozenset(homes),
        capabilities=frozenset().union(*by_park.values()) if by_park else frozenset(),
        by_park={park: frozenset(held) for park, held in by_park.items()},
    )  # fmt: skip


def require(*, scope: Scope, capability: Capability, park_id: int | None = None) -> None:
    """Raise Forbidden unless the viewer holds the capability (in the park, when one is named)."""
    if not scope.may(capability, park_id=park_id):
        raise Forbidden(capability=capability.value)
