"""Who sees what. Every list starts with the scope of its viewer."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from parks.catalogue.domain.errors import Forbidden
from parks.people.domain import GRANTS, TOKEN_GRANTS, Capability, Role, Scope
from parks.people.models import ApiToken, Membership

NOBODY = Scope()
PARK_KEY = "park"


class NoPark(Forbidden):
    """Your account has no role in any park yet. Ask the park administrator for one."""

    code = "viewer.no_park"


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


def scope_of_token(*, token: ApiToken) -> Scope:
    """Scope of a program: one enterprise, and what the scopes of its key allow."""
    held = frozenset(capability for name in token.scopes for capability in TOKEN_GRANTS.get(name, ()))
    return Scope(
        enterprise_ids=frozenset({token.enterprise_id}), home_park_ids=frozenset({token.park_id}), capabilities=held,
        by_park={token.park_id: held}, key_scopes=frozenset(token.scopes),
    )  # fmt: skip


def park_in_view(*, session: Mapping[str, Any], scope: Scope) -> int | None:
    """The park whose pages the viewer looks at: the chosen one, else the first they may see."""
    chosen = session.get(PARK_KEY)
    return chosen if chosen in scope.all_park_ids else min(scope.all_park_ids, default=None)


def require(*, scope: Scope, capability: Capability, park_id: int | None = None) -> None:
    """Raise Forbidden unless the viewer holds the capability (in the park, when one is named)."""
    if not scope.may(capability, park_id=park_id):
        raise Forbidden(capability=capability.value)


def require_key(*, scope: Scope, names: Collection[str]) -> None:
    """Raise Forbidden when a program calls whose key has none of these scopes. Capabilities alone would let it too far."""
    if scope.key_scopes is not None and not scope.key_scopes & set(names):
        raise Forbidden("This key does not allow this.", scopes=sorted(names))


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks, and at which park."""

    scope: Scope
    park_id: int

    def require(self, capability: Capability) -> None:
        """Raise Forbidden unless the viewer holds the capability in this park."""
        require(scope=self.scope, capability=capability, park_id=self.park_id)

    def scope_require(self, capability: Capability, *, park_id: int) -> None:
        """Raise Forbidden unless the viewer holds the capability in the park of the thing itself."""
        require(scope=self.scope, capability=capability, park_id=park_id)

    def may(self, capability: Capability) -> bool:
        return self.scope.may(capability, park_id=self.park_id)


def viewer_of(*, request: HttpRequest) -> Viewer:
    """The viewer of a page. Raises Forbidden for people without any park."""
    scope = scope_of(viewer=request.user)
    park_id = park_in_view(session=request.session, scope=scope)
    if park_id is None:
        raise NoPark
    return Viewer(scope, park_id)
