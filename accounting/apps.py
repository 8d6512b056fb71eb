from django.apps import AppConfig
from django.utils.translation import gettext_noop as _


class AccountingConfig(AppConfig):
    name = "accounting"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from accounting.activity.domain.declared import DECLARED
        from accounting.activity.views import derivations, options, uploads, words
        from accounting.carbon.domain.units import UNITS
        from accounting.carbon.rendering.kinds import declared_kinds
        from accounting.carbon.views import formulas, inventories, live, own, park_words, review, streams, years
        from accounting.factors import views as factors
        from accounting.reports import views as reports
        from parks.people.domain import Capability
        from parks.portal.registry import MenuEntry, Panel, lobby

        DECLARED.kinds.update(declared_kinds())
        DECLARED.units.update(UNITS)
        lobby.add_menu(MenuEntry(_("Accounting"), _("Reports"), "reports", "▧", 40, Capability.VIEW_REPORTS.value))
        lobby.add_menu(MenuEntry(_("Accounting"), _("Carbon"), "carbon", "◔", 42, Capability.VIEW_PARK.value))
        lobby.add_menu(
            MenuEntry(_("Accounting"), _("Stream factors"), "stream_factors", "⇄", 43, Capability.VIEW_REPORTS.value)
        )
        lobby.add_menu(MenuEntry(_("Accounting"), _("Factor library"), "factors", "∑", 45, Capability.VIEW_PARK.value))
        lobby.add_words(reports.WORDS)
        for some in (
            factors.WORDS, words.WORDS, options.OPTIONS, derivations.MEASURES, live.WORDS, formulas.WORDS, inventories.WORDS, own.WORDS, park_words.WORDS, streams.WORDS, years.WORDS
        ):  # fmt: skip
            lobby.add_words(some)
        lobby.add_panel(Panel("activity_line", "accounting/carbon/line_result.html", 10, review.line_panel))
        lobby.add_panel(Panel("activity_line", "accounting/activity/meters.html", 20, derivations.meters_panel))
        lobby.add_panel(Panel("factor", "accounting/carbon/factor_uses.html", 10, inventories.factor_uses_panel))
        lobby.add_panel(Panel("receipt", "accounting/activity/taken.html", 10, uploads.taken_panel))
