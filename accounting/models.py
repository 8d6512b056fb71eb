"""Table of contents: the wings' tables, named so that Django finds them."""

from accounting.activity.models import ActivityLine, Month, MonthStep, ProcessNode, Stream
from accounting.carbon.models import InventoryRun, NodeAllocation, ParkBalance, ReportingMethod, YearFact
from accounting.factors.models import Factor
from accounting.reports.models import Report

__all__ = [
    "ActivityLine",
    "Factor",
    "InventoryRun",
    "Month",
    "MonthStep",
    "NodeAllocation",
    "ParkBalance",
    "ProcessNode",
    "Report",
    "ReportingMethod",
    "Stream",
    "YearFact",
]
