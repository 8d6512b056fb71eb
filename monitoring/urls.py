from django.urls import URLPattern, URLResolver, path, register_converter

from monitoring.alarms import views as alarms
from monitoring.intake import api as intake_api
from monitoring.intake.views import monitor, uploads
from monitoring.series import api as series_api
from monitoring.series import views as series
from monitoring.tracing import api as tracing_api
from monitoring.tracing.views import (
    blind,
    companions,
    drives,
    fingerprint_pages,
    fingerprints,
    incidents,
    maps,
    receptor,
    rivers,
    siting,
    source_profiles,
    traces,
    water,
    water_forms,
    water_traces,
)


class SheetKind:
    """The two kinds of sheets that can be downloaded."""

    regex = "csv|xlsx"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(SheetKind, "sheet")


class Observations(intake_api.Batches, series_api.Values):
    """Values of one series out, batches of observations in."""


urlpatterns: list[URLPattern | URLResolver] = [
    path("map.geojson", alarms.map_data, name="map_data"),
    path("overview/part/", alarms.overview_part, name="overview_part"),
    path("problems/", alarms.problems, name="problems"),
    path("problems/<int:problem_id>/", alarms.problem, name="problem"),
    path("stream/<int:park_id>/", series.stream, name="stream"),
    path("points/<int:channel_id>/", series.point_page, name="point"),
    path("points/<int:channel_id>/winds/", receptor.receptor, name="receptor"),
    path("points/<int:channel_id>/<slug:interval>/<int:at>/", series.derivation, name="derivation"),
    path("series/", series.explorer, name="explorer"),
    path("series/export.<sheet:kind>", series.series_export, name="series_export"),
    path("loggers/<int:logger_id>/", monitor.logger, name="logger"),
    path("loggers/<int:logger_id>/channels/new/", series.channel_new, name="channel_new"),
    path("intake/", monitor.intake, name="intake"),
    path("intake/frames/<int:submission_id>/", monitor.frame, name="frame"),
    path("intake/frames/<int:submission_id>/raw/", monitor.frame_download, name="frame_download"),
    path("intake/quarantine/", monitor.quarantine, name="quarantine"),
    path("intake/quarantine/<int:case_id>/", monitor.case, name="case"),
    path("intake/quarantine/<int:case_id>/replay/", monitor.case_replay, name="case_replay"),
    path("intake/quarantine/<int:case_id>/dismiss/", monitor.case_dismiss, name="case_dismiss"),
    path("uploads/", uploads.upload_list, name="uploads"),
    path("uploads/template.<sheet:kind>", uploads.upload_template, name="upload_template"),
    path("uploads/<int:receipt_id>/", uploads.receipt, name="receipt"),
    path("uploads/<int:receipt_id>/refused.csv", uploads.receipt_errors, name="receipt_errors"),
    path("incidents/", incidents.incident_list, name="incidents"),
    path("incidents/new/", incidents.incident_new, name="incident_new"),
    path("incidents/new/companions/", companions.incident_companions, name="incident_companions"),
    path("incidents/<int:incident_id>/", incidents.incident, name="incident"),
    path("incidents/<int:incident_id>/step/", incidents.incident_step, name="incident_step"),
    path("incidents/<int:incident_id>/trace/", incidents.incident_trace, name="incident_trace"),
    path("incidents/files/<int:file_id>/", incidents.incident_file, name="incident_file"),
    path("traces/blind/", blind.blind_tests, name="blind_tests"),
    path("traces/blind/trace/", blind.blind_trace, name="blind_trace"),
    path("traces/<int:trace_id>/", traces.trace_page, name="trace"),
    path("traces/<int:trace_id>/state/", traces.trace_state, name="trace_state"),
    path("traces/<int:trace_id>/tried/", traces.trace_tried, name="trace_tried"),
    path("traces/<int:trace_id>/map/", maps.trace_map, name="trace_map"),
    path("traces/<int:trace_id>/cell/", maps.trace_cell, name="trace_cell"),
    path("traces/<int:trace_id>/again/", traces.trace_again, name="trace_again"),
    path("traces/<int:trace_id>/case.json", traces.trace_case, name="trace_case"),
    path("traces/<int:trace_id>/dossier.pdf", traces.trace_dossier, name="trace_dossier"),
    path("traces/siting/", siting.siting_list, name="siting"),
    path("traces/siting/new/", siting.siting_new, name="siting_new"),
    path("traces/siting/<int:plan_id>/", siting.siting_plan, name="siting_plan"),
    path("traces/siting/<int:plan_id>/state/", siting.siting_state, name="siting_state"),
    path("traces/siting/<int:plan_id>/case.json", siting.siting_case, name="siting_case"),
    path("traces/fingerprints/", fingerprints.fingerprint_list, name="fingerprints"),
    path("traces/fingerprints/new/", fingerprints.fingerprint_new, name="fingerprint_new"),
    path("traces/fingerprints/profiles/", source_profiles.profile_list, name="source_profiles"),
    path("traces/fingerprints/profiles/new/", source_profiles.profile_new, name="source_profile_new"),
    path("traces/fingerprints/<int:analysis_id>/", fingerprint_pages.fingerprint_run, name="fingerprint_run"),
    path("traces/fingerprints/<int:analysis_id>/state/", fingerprint_pages.fingerprint_state, name="fingerprint_state"),
    path(
        "traces/fingerprints/<int:analysis_id>/case.json", fingerprint_pages.fingerprint_case, name="fingerprint_case"
    ),
    path("traces/fingerprints/<int:analysis_id>/again/", fingerprint_pages.fingerprint_again, name="fingerprint_again"),
    path("drives/", drives.drive_list, name="drives"),
    path("drives/new/", drives.drive_new, name="drive_new"),
    path("drives/template.csv", drives.drive_template, name="drive_template"),
    path("drives/<int:drive_id>/", drives.drive, name="drive"),
    path("drives/<int:drive_id>/file/", drives.drive_file, name="drive_file"),
    path("drives/<int:drive_id>/trace/", drives.drive_trace, name="drive_trace"),
    path("drives/traces/<int:drive_trace_id>/state/", drives.drive_state, name="drive_state"),
    path("drives/traces/<int:drive_trace_id>/case.json", drives.drive_case, name="drive_case"),
    path("water/", water.water_list, name="water"),
    path("water/new/", water_forms.water_new, name="water_new"),
    path("water/stations/", water_forms.water_stations, name="water_stations"),
    path("water/networks/new/", water_forms.water_network_new, name="water_network_new"),
    path("water/rivers/new/", rivers.water_river_new, name="water_river_new"),
    path("water/networks/<int:network_id>/", water.water_network, name="water_network"),
    path("water/networks/<int:network_id>/bind/", water_forms.water_bind, name="water_bind"),
    path("water/<int:water_id>/", water.water_incident, name="water_incident"),
    path("water/<int:water_id>/step/", water.water_step, name="water_step"),
    path("water/<int:water_id>/trace/", water_forms.water_trace_again, name="water_trace_again"),
    path("water/traces/<int:water_trace_id>/state/", water_traces.water_state, name="water_state"),
    path("water/traces/<int:water_trace_id>/again/", water_traces.water_recompute, name="water_recompute"),
    path("water/traces/<int:water_trace_id>/case.json", water_traces.water_case, name="water_case"),
    path("water/traces/<int:water_trace_id>/dossier.pdf", water_traces.water_trace_dossier, name="water_dossier"),
    path("api/v1/incidents/", tracing_api.Incidents.as_view(), name="api_incidents"),
    path("api/v1/incidents/companions/", tracing_api.IncidentCompanions.as_view(), name="api_incident_companions"),
    path("api/v1/traces/", tracing_api.Traces.as_view(), name="api_traces"),
    path("api/v1/traces/<int:trace_id>/", tracing_api.OneTrace.as_view(), name="api_trace"),
    path("api/v1/water-incidents/", tracing_api.WaterIncidents.as_view(), name="api_water_incidents"),
    path("api/v1/water-incidents/<int:water_id>/", tracing_api.OneWaterIncident.as_view(), name="api_water_incident"),
    path("api/v1/water-traces/", tracing_api.WaterTraces.as_view(), name="api_water_traces"),
    path("api/v1/water-traces/<int:water_trace_id>/", tracing_api.OneWaterTrace.as_view(), name="api_water_trace"),
    path("api/v1/schema/", intake_api.Schema.as_view(), name="api_schema"),
    path("api/v1/channels/", series_api.Channels.as_view(), name="api_channels"),
    path("api/v1/latest/", series_api.Latest.as_view(), name="api_latest"),
    path("api/v1/observations/", Observations.as_view(), name="api_observations"),
    path("api/v1/files/", intake_api.Files.as_view(), name="api_files"),
    path("api/v1/receipts/<int:receipt_id>/", intake_api.Receipt.as_view(), name="api_receipt"),
]
