"""Table of contents: the wings' tables, named so that Django finds them."""

from accounting.factors.models import Factor
from accounting.reports.models import Report

__all__ = ["Factor", "Report"]
