from django.urls import URLPattern, URLResolver, path, register_converter

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

urlpatterns: list[URLPattern | URLResolver] = [
    path("factors/", factors.factors, name="factors"),
    path("factors/<str:key>/", factors.factor, name="factor"),
    path("factors/<str:key>/propose/", factors.factor_propose, name="factor_propose"),
    path("factors/<str:key>/<int:factor_id>/approve/", factors.factor_approve, name="factor_approve"),
    path("reports/", reports.reports, name="reports"),
    path("reports/issue/", reports.report_issue, name="report_issue"),
    path("reports/<int:report_id>/", reports.report, name="report"),
    path("reports/<int:report_id>/file.<document:kind>", reports.report_file, name="report_file"),
]
