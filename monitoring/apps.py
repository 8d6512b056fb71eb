from django.apps import AppConfig
from django.utils.translation import gettext_noop as _


class MonitoringConfig(AppConfig):
    name = "monitoring"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from monitoring.alarms import views as alarms
        from monitoring.intake.views import monitor, uploads
        from monitoring.series import views as series
        from monitoring.tracing.views import incidents, receptor, water_forms
        from monitoring.tracing.views import words as tracing_words
        from parks.people.domain import Capability
        from parks.portal.registry import Action, Card, MenuEntry, Panel, lobby

        group = _("Monitoring")
        lobby.add_menu(
            MenuEntry(group, _("Problems"), "problems", "▲", 20, Capability.VIEW_PARK.value),
            MenuEntry(group, _("Source tracing"), "incidents", "◎", 20, Capability.VIEW_PARK.value),
            MenuEntry(group, _("Water tracing"), "water", "≈", 20, Capability.VIEW_PARK.value),
            MenuEntry(group, _("Mobile monitoring"), "drives", "⇝", 20, Capability.VIEW_INTAKE.value),
            MenuEntry(group, _("Fingerprints"), "fingerprints", "≣", 20, Capability.VIEW_INTAKE.value),
            MenuEntry(group, _("Sensor siting"), "siting", "◈", 20, Capability.VIEW_INTAKE.value),
            MenuEntry(group, _("Series explorer"), "explorer", "∿", 21, Capability.VIEW_PARK.value),
            MenuEntry(group, _("Uploads"), "uploads", "⇪", 22, Capability.VIEW_PARK.value),
            MenuEntry(group, _("Intake monitor"), "intake", "⇄", 23, Capability.VIEW_INTAKE.value),
        )
        lobby.add_card(
            Card("problems", "monitoring/alarms/overview.html", 10, alarms.problems_card, Capability.VIEW_PARK.value)
        )
        lobby.add_panel(Panel("outlet", "monitoring/series/points_panel.html", 10, series.outlet_panel))
        lobby.add_panel(Panel("station", "monitoring/series/points_panel.html", 10, series.station_panel))
        lobby.add_panel(Panel("station", "monitoring/tracing/station_panel.html", 20, receptor.station_panel))
        lobby.add_panel(Panel("enterprise", "monitoring/alarms/enterprise_panel.html", 20, alarms.enterprise_panel))
        lobby.add_panel(Panel("enterprise", "monitoring/series/points_panel.html", 30, series.enterprise_panel))
        lobby.add_action(
            Action("problem", _("Trace this alarm"), incidents.url_for_problem, Capability.TRACE_SOURCES.value)
        )
        lobby.add_action(
            Action(
                "problem", _("Trace in the water"), water_forms.url_for_water_problem, Capability.TRACE_SOURCES.value
            )
        )
        for words in (series.WORDS, alarms.WORDS, monitor.WORDS, uploads.WORDS, tracing_words.WORDS):
            lobby.add_words(words)
