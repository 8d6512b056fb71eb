"""The lobby: wings register their menu entries, dashboard cards, actions and page context; the shell knows none of them."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.http import HttpRequest


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """One line of the menu. `label` and `group` are message ids; shown when the viewer holds the capability."""

    group: str
    label: str
    url_name: str
    icon: str
    order: int
    capability: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """A part of the overview: asked with (viewer, park id, now), it answers its template's context."""

    name: str
    template: str
    order: int
    context: Callable[[Any, int, datetime], dict[str, Any]]
    capability: str = ""


@dataclass(frozen=True, slots=True)
class Action:
    """A button one wing offers on another wing's page, without either importing the other."""

    place: str
    label: str
    url: Callable[[Any], str]
    capability: str = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """A part of another wing's page: asked with (viewer, number of the subject, now), it answers its template's context."""

    place: str
    template: str
    order: int
    context: Callable[[Any, int, datetime], dict[str, Any]]


@dataclass
class Lobby:
    menu: list[MenuEntry] = field(default_factory=list)
    cards: list[Card] = field(default_factory=list)
    panels: list[Panel] = field(default_factory=list)
    actions: list[Action] = field(default_factory=list)
    context: list[Callable[[HttpRequest], dict[str, Any]]] = field(default_factory=list)
    words: dict[str, Any] = field(default_factory=dict)  # "role.AUDITOR" to what people read, translated when shown

    def add_menu(self, *entries: MenuEntry) -> None:
        known = {entry.url_name for entry in self.menu}
        self.menu.extend(entry for entry in entries if entry.url_name not in known)
        self.menu.sort(key=lambda entry: entry.order)

    def add_card(self, card: Card) -> None:
        if card.name not in {known.name for known in self.cards}:
            self.cards.append(card)
            self.cards.sort(key=lambda known: known.order)

    def add_panel(self, panel: Panel) -> None:
        if (panel.place, panel.template) not in {(known.place, known.template) for known in self.panels}:
            self.panels.append(panel)
            self.panels.sort(key=lambda known: known.order)

    def panels_of(self, place: str, *, viewer: Any, subject: int, now: datetime) -> list[dict[str, Any]]:
        """Templates and contexts of all panels of a page."""
        return [
            {"template": panel.template, **panel.context(viewer, subject, now)}
            for panel in self.panels
            if panel.place == place
        ]

    def add_action(self, action: Action) -> None:
        if (action.place, action.label) not in {(known.place, known.label) for known in self.actions}:
            self.actions.append(action)

    def actions_of(self, place: str, *, capabilities: Collection[str], subject: Any) -> list[dict[str, str]]:
        """Label and address of what the viewer may do with the subject of a page."""
        found = [
            {"label": action.label, "url": action.url(subject)}
            for action in self.actions
            if action.place == place and (not action.capability or action.capability in capabilities)
        ]
        return [one for one in found if one["url"]]

    def add_words(self, words: Mapping[str, Any]) -> None:
        """Words for stored codes, by family and code."""
        self.words.update(words)

    def add_context(self, provider: Callable[[HttpRequest], dict[str, Any]]) -> None:
        """A provider of template context for every page, for example the viewer's scope and parks."""
        self.context.append(provider)


lobby = Lobby()
