"""Names of points and enterprises in the language of the page, in memory alone: what is frozen with a trace stays as it is."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from parks.people.domain import Scope
from parks.register.selectors.places import visible_enterprises, visible_outlets
from parks.templatetags.portal import localized

Owner = Sequence[int | None]  # outlet and enterprise
NOBODY: Owner = (None, None)


def in_language(*, row: Any, scope: Scope) -> Any:
    """A trace with the English names of the register on English pages."""
    owners: Mapping[str, Owner] = row.places.get("candidates", {})
    answer = row.answer or {}
    rows = [(one, owners.get(one["id"], NOBODY)) for one in (*row.case.get("candidates", ()), *answer.get("candidates", ()))]  # fmt: skip
    rows += [(one, (None, owners.get(one["points"][0], NOBODY)[1])) for one in answer.get("enterprises", ())]
    rename(rows=rows, scope=scope)
    return row


def points_in_language(*, case: Mapping[str, Any], scope: Scope) -> None:
    """The same for the points of a drive or a plan, which carry their owners."""
    rename(rows=[(one, one["owner"]) for one in case.get("candidates", ())], scope=scope)


def plants_in_language(*, scope: Scope, park_id: int) -> dict[str, str]:
    """What enterprises in reach are called on the page, by the name that a network or a river gives them."""
    return {one.name: localized(one) for one in visible_enterprises(scope=scope).filter(park=park_id)}


def rename(*, rows: Iterable[tuple[dict[str, Any], Owner]], scope: Scope) -> None:
    """Give rows their English names where English is on and the register has one; others stay Chinese."""
    if not (get_language() or "").startswith("en"):
        return
    held = list(rows)
    outlets = dict(visible_outlets(scope=scope).filter(pk__in={own[0] for _one, own in held if own[0]}).values_list("pk", "name_en"))  # fmt: skip
    plants = dict(visible_enterprises(scope=scope).filter(pk__in={own[1] for _one, own in held if own[1]}).values_list("pk", "name_en"))  # fmt: skip
    for one, (outlet, plant) in held:
        if one.get("kind") == "PREMISES":
            one["name"] = _("premises, not through a stack")
        elif "name" in one and outlet and outlets.get(outlet):
            one["name"] = f"{one['name'].partition(' ')[0]} {outlets[outlet]}"
        one["enterprise"] = plants.get(plant or 0) or one.get("enterprise")
