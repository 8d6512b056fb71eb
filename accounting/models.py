"""Table of contents: the wings' tables, named so that Django finds them."""

from accounting.reports.models import Report

__all__ = ["Report"]
