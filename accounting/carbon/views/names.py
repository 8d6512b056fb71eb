"""Names behind the codes of a frozen balance, in the language of the page."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from accounting.activity.selectors import nodes_of, streams_of
from accounting.carbon.domain.balance.gathering import SITE
from accounting.carbon.domain.balance.ledgers import OUTSIDE
from parks.people.domain import Scope
from parks.register.selectors.places import visible_enterprises
from parks.templatetags.portal import localized, unit

SUFFIXES = {".charge": "charged", ".draw": "drawn"}


@dataclass(frozen=True, slots=True)
class Names:
    """Rows of the register by the code that stands in a balance."""

    enterprises: Mapping[str, Any]
    nodes: Mapping[str, Any]
    streams: Mapping[str, Any]

    def enterprise(self, code: str) -> str:
        if code == OUTSIDE:
            return _("outside the park")
        return localized(self.enterprises[code]) if code in self.enterprises else code

    def node(self, code: str) -> str:
        base = code
        for suffix in SUFFIXES:
            base = base.removesuffix(suffix)
        if base.startswith(SITE):
            return _("site of %(enterprise)s") % {"enterprise": self.enterprise(base.removeprefix(SITE))}
        return localized(self.nodes[base]) if base in self.nodes else code

    def stream(self, code: str) -> str:
        if code in self.streams:
            return localized(self.streams[code])
        return self.node(code)

    def unit(self, code: str) -> str:
        return unit(self.streams[code].unit) if code in self.streams else ""


def names_of(*, scope: Scope, park_id: int) -> Names:
    """Three queries for a whole page."""
    return Names(
        {str(one.pk): one for one in visible_enterprises(scope=scope).filter(park=park_id)},
        {one.code: one for one in nodes_of(park_id=park_id)},
        {one.code: one for one in streams_of(park_id=park_id)},
    )
