"""For which enterprise a program or person calls."""

from typing import Any

from parks.catalogue.domain.errors import Forbidden, Invalid, NotFound
from parks.people.access import require
from parks.people.domain import Capability, Scope
from parks.register.selectors.places import enterprise_of


def enterprise_in_call(*, scope: Scope, wanted: int | None, capability: Capability) -> Any:
    """The enterprise of a call. A key names one; a person of the park says which.

    Raises:
        Forbidden: the caller lacks the capability, or the enterprise is another's.
        Invalid: it is not said which.
    """
    require(scope=scope, capability=capability)
    own = sorted(scope.enterprise_ids)
    chosen = wanted or (own[0] if len(own) == 1 else None)
    if chosen is None:
        raise Invalid("Say for which enterprise: ?enterprise=NUMBER.", field="enterprise")
    try:
        found = enterprise_of(scope=scope, enterprise_id=chosen)
    except NotFound as error:
        raise Forbidden("This enterprise is not yours.") from error
    require(scope=scope, capability=capability, park_id=found.park_id)
    return found
