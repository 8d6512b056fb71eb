from django.apps import AppConfig
from django.utils.translation import gettext_noop as _


class ParksConfig(AppConfig):
    name = "parks"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from parks.people.domain import Capability
        from parks.people.views import keys, members, shell
        from parks.permits import views as permits
        from parks.portal.registry import MenuEntry, Panel, lobby
        from parks.register.views import catalogue, forms

        who, admin = _("Who and where"), _("Administration")
        lobby.add_menu(
            MenuEntry(_("Monitoring"), _("Overview"), "overview", "◉", 10, Capability.VIEW_PARK.value),
            MenuEntry(who, _("Enterprises"), "enterprises", "▦", 60, Capability.VIEW_PARK.value),
            MenuEntry(who, _("Outlets and stations"), "outlets", "◎", 61, Capability.VIEW_PARK.value),
            MenuEntry(who, _("Discharge permits"), "permits", "▤", 62, Capability.VIEW_PARK.value),
            MenuEntry(who, _("Factor catalogue"), "catalogue", "≡", 63, Capability.VIEW_PARK.value),
            MenuEntry(admin, _("Users and roles"), "people", "◍", 80, Capability.MANAGE_PEOPLE.value),
            MenuEntry(admin, _("API keys"), "keys", "◆", 81, Capability.MANAGE_TOKENS.value),
            MenuEntry(admin, _("Audit trail"), "audit", "☰", 82, Capability.VIEW_AUDIT.value),
        )
        lobby.add_context(shell.viewer_context)
        for words in (members.WORDS, keys.WORDS, forms.WORDS, catalogue.WORDS):
            lobby.add_words(words)
        lobby.add_panel(Panel("outlet", "permits/limits_panel.html", 40, permits.limits_panel))
        lobby.add_panel(Panel("enterprise", "permits/permits_panel.html", 40, permits.permits_panel))
