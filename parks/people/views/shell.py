"""What every page needs to know of its viewer."""

from typing import Any

from django.http import HttpRequest

from parks.people.access import park_in_view, scope_of
from parks.people.selectors import parks_named


def viewer_context(request: HttpRequest) -> dict[str, Any]:
    """Parks of the viewer, the one in view, and what they may do there."""
    user = getattr(request, "user", None)
    scope = scope_of(viewer=user)
    park_id = park_in_view(session=request.session, scope=scope) if scope.all_park_ids else None
    found = parks_named(park_ids=scope.all_park_ids) if park_id else []
    held = {capability.value for capability in scope.by_park.get(park_id or 0, ())}
    current = next((park for park in found if park.pk == park_id), None)
    return {"parks": found, "current_park": current, "capabilities": held}
