"""Table of contents: the wings' tables, named so that Django finds them."""

from accounting.activity.models import (
    ActivityLine,
    Certificate,
    Derivation,
    LineReview,
    Month,
    MonthFinding,
    MonthSample,
    MonthSignature,
    MonthStep,
    ProcessNode,
    Stream,
    TakenRow,
)
from accounting.carbon.models import (
    BalanceSimulation,
    InventoryRun,
    NodeAllocation,
    ParkBalance,
    ReportingMethod,
    YearFact,
)
from accounting.factors.models import Factor
from accounting.reports.models import Report

__all__ = [
    "ActivityLine",
    "BalanceSimulation",
    "Certificate",
    "Derivation",
    "Factor",
    "InventoryRun",
    "LineReview",
    "Month",
    "MonthFinding",
    "MonthSample",
    "MonthSignature",
    "MonthStep",
    "NodeAllocation",
    "ParkBalance",
    "ProcessNode",
    "Report",
    "ReportingMethod",
    "Stream",
    "TakenRow",
    "YearFact",
]
