"""Tables of the wing."""

from accounting.activity.models.derivations import Certificate, Derivation, TakenRow
from accounting.activity.models.lines import ActivityLine, ProcessNode, Stream
from accounting.activity.models.months import LineReview, Month, MonthFinding, MonthSample, MonthSignature, MonthStep

__all__ = [
    "ActivityLine",
    "Certificate",
    "Derivation",
    "LineReview",
    "Month",
    "MonthFinding",
    "MonthSample",
    "MonthSignature",
    "MonthStep",
    "ProcessNode",
    "Stream",
    "TakenRow",
]
