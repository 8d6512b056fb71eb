from datetime import date

from django.urls import URLPattern, URLResolver, path, register_converter

from accounting.activity import api as activity_api
from accounting.activity.views import derivations, places, uploads
from accounting.activity.views import entry as activity
from accounting.carbon.api import account as account_api
from accounting.carbon.api import balances as balances_api
from accounting.carbon.api import inventories as inventories_api
from accounting.carbon.views import inventories, live, own, park, review, streams, years
from accounting.factors import api as factors_api
from accounting.factors import views as factors
from accounting.reports import views as reports


class DocumentKind:
    """The two kinds of documents of a report."""

    regex = "pdf|xlsx"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(DocumentKind, "document")


class FileKind(DocumentKind):
    """The three kinds of files of an inventory."""

    regex = "csv|xlsx|json"


register_converter(FileKind, "file")


class MonthOfYear:
    """A month in an address, as 2026-01."""

    regex = "20[0-9]{2}-(?:0[1-9]|1[0-2])"

    def to_python(self, value: str) -> date:
        return date.fromisoformat(f"{value}-01")

    def to_url(self, value: date) -> str:
        return f"{value:%Y-%m}"


register_converter(MonthOfYear, "month")


class TableKind:
    """A file in an address: json, xlsx or csv."""

    regex = "json|xlsx|csv"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(TableKind, "table")

urlpatterns: list[URLPattern | URLResolver] = [
    path("carbon/", park.cockpit, name="carbon"),
    path("carbon/now/", park.park_now, name="park_now"),
    path("carbon/park/", park.park_slider, name="park_slider"),
    path("carbon/park/<month:month>/", park.park_month, name="park_month"),
    path("carbon/park/<month:month>/compute/", park.park_compute, name="park_compute"),
    path(
        "carbon/enterprises/<int:enterprise_id>/balance/<month:month>/",
        own.enterprise_balance,
        name="enterprise_balance",
    ),
    path("carbon/enterprises/<int:enterprise_id>/method/", own.method_new, name="method_new"),
    path("carbon/balances/<int:balance_id>/simulate/", park.park_simulate, name="park_simulate"),
    path("carbon/balances/<int:balance_id>/check/", park.park_check, name="park_check"),
    path("carbon/balances/<int:balance_id>/file.<table:kind>", park.park_file, name="park_file"),
    path("carbon/streams/", streams.stream_factors, name="stream_factors"),
    path("carbon/streams/<slug:code>/", streams.stream, name="carbon_stream"),
    path("carbon/nodes/<str:code>/", streams.node, name="carbon_node"),
    path("carbon/nodes/<slug:code>/allocation/", streams.allocation_new, name="allocation_new"),
    path("carbon/year/", years.park_year, name="park_year"),
    path("carbon/year/number/", years.fact_new, name="fact_new"),
    path("carbon/register/", places.balance_register, name="balance_register"),
    path("carbon/register/streams/new/", places.stream_edit, name="stream_new"),
    path("carbon/register/streams/<slug:code>/", places.stream_edit, name="stream_edit"),
    path("carbon/register/nodes/new/", places.node_edit, name="node_new"),
    path("carbon/register/nodes/<slug:code>/", places.node_edit, name="node_edit"),
    path("carbon/what-if/", streams.what_if, name="what_if"),
    path("carbon/enterprises/<int:enterprise_id>/", inventories.enterprise_carbon, name="enterprise_carbon"),
    path("carbon/enterprises/<int:enterprise_id>/compute/", inventories.inventory_run, name="inventory_run"),
    path("carbon/enterprises/<int:enterprise_id>/<month:month>/", activity.activity_month, name="activity_month"),
    path("carbon/enterprises/<int:enterprise_id>/<month:month>/move/", review.month_move, name="month_move"),
    path("carbon/enterprises/<int:enterprise_id>/<month:month>/review/", review.month_review, name="month_review"),
    path(
        "carbon/enterprises/<int:enterprise_id>/<month:month>/review/sample/",
        review.sample_enlarge,
        name="sample_enlarge",
    ),
    path("carbon/enterprises/<int:enterprise_id>/<month:month>/review/line/", review.line_judge, name="line_judge"),
    path(
        "carbon/enterprises/<int:enterprise_id>/<month:month>/new/<slug:form>/",
        activity.activity_new,
        name="activity_new",
    ),
    path(
        "carbon/enterprises/<int:enterprise_id>/derivations/",
        derivations.activity_derivations,
        name="activity_derivations",
    ),
    path("carbon/enterprises/<int:enterprise_id>/live/", live.enterprise_live, name="enterprise_live"),
    path(
        "carbon/enterprises/<int:enterprise_id>/certificates/",
        live.enterprise_certificates,
        name="enterprise_certificates",
    ),
    path("carbon/enterprises/<int:enterprise_id>/derivations/end/", derivations.derivation_end, name="derivation_end"),
    path(
        "carbon/enterprises/<int:enterprise_id>/<month:month>/derive/",
        derivations.activity_derive,
        name="activity_derive",
    ),
    path("carbon/uploads/", uploads.activity_uploads, name="activity_uploads"),
    path("carbon/uploads/template.<sheet:kind>", uploads.activity_template, name="activity_template"),
    path("carbon/activity/<int:line_id>/", activity.activity_line, name="activity_line"),
    path("carbon/activity/<int:line_id>/evidence/", activity.activity_evidence, name="activity_evidence"),
    path("carbon/activity/<int:line_id>/remove/", activity.activity_remove, name="activity_remove"),
    path("carbon/inventories/<int:run_id>/", inventories.inventory, name="inventory"),
    path("carbon/inventories/<int:run_id>/lines/<int:number>/", inventories.inventory_line, name="inventory_line"),
    path("carbon/inventories/<int:run_id>/inventory.<file:kind>", inventories.inventory_file, name="inventory_file"),
    path("carbon/inventories/<int:run_id>/again/", inventories.inventory_again, name="inventory_again"),
    path("carbon/inventories/<int:run_id>/changes/", inventories.inventory_changes, name="inventory_changes"),
    path("api/v1/activity/", activity_api.Activity.as_view(), name="api_activity"),
    path("api/v1/activity/files/", activity_api.ActivityFiles.as_view(), name="api_activity_files"),
    path("api/v1/activity/uploads/<int:receipt_id>/", activity_api.UploadRows.as_view(), name="api_activity_rows"),
    path("api/v1/months/", activity_api.Months.as_view(), name="api_months"),
    path("api/v1/months/<int:enterprise_id>/<month:month>/", activity_api.MonthSteps.as_view(), name="api_month_move"),
    path("api/v1/inventories/", inventories_api.Inventories.as_view(), name="api_inventories"),
    path("api/v1/inventories/<int:run_id>/", inventories_api.Inventory.as_view(), name="api_inventory"),
    path("api/v1/balances/", balances_api.Balances.as_view(), name="api_balances"),
    path("api/v1/balances/<int:balance_id>/", balances_api.OneBalance.as_view(), name="api_balance"),
    path("api/v1/account/", account_api.Account.as_view(), name="api_account"),
    path("api/v1/factors/", factors_api.Factors.as_view(), name="api_factors"),
    path("api/v1/factors/<str:key>/", factors_api.Factor.as_view(), name="api_factor"),
    path("factors/", factors.factors, name="factors"),
    path("factors/<str:key>/", factors.factor, name="factor"),
    path("factors/<str:key>/propose/", factors.factor_propose, name="factor_propose"),
    path("factors/<str:key>/<int:factor_id>/approve/", factors.factor_approve, name="factor_approve"),
    path("reports/", reports.reports, name="reports"),
    path("reports/issue/", reports.report_issue, name="report_issue"),
    path("reports/<int:report_id>/", reports.report, name="report"),
    path("reports/<int:report_id>/file.<document:kind>", reports.report_file, name="report_file"),
]
