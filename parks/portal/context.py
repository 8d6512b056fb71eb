"""Template context of every page: the menu the viewer may see, and what the wings provide."""

from itertools import groupby
from typing import Any

from django.http import HttpRequest

from parks.portal.registry import lobby


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context processor. Providers run first, because the menu depends on the viewer's capabilities."""
    context: dict[str, Any] = {}
    for provider in lobby.context:
        context.update(provider(request))
    held = context.get("capabilities", frozenset())
    current = request.resolver_match.url_name if request.resolver_match else ""
    shown = [entry for entry in lobby.menu if not entry.capability or entry.capability in held]
    context["menu"] = [(group, list(entries)) for group, entries in groupby(shown, key=lambda entry: entry.group)]
    context["current_url_name"] = current
    return context
