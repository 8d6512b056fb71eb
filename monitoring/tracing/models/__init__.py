"""Tables of the wing."""

from monitoring.tracing.models.companions import IncidentCompanion
from monitoring.tracing.models.drives import Drive, DriveReading, DriveTrace
from monitoring.tracing.models.fingerprints import FingerprintRun, SourceProfile
from monitoring.tracing.models.incidents import (
    DECIDED,
    BlindTest,
    Incident,
    IncidentStep,
    StepFile,
    Trace,
    WaterBlindTest,
    WaterGauge,
    WaterIncident,
    WaterLibrary,
    WaterNetwork,
    WaterStep,
    WaterTrace,
)
from monitoring.tracing.models.rivers import RiverDecay, RiverPlace, RiverReach
from monitoring.tracing.models.siting import SitingPlan

__all__ = [
    "DECIDED", "BlindTest", "Drive", "DriveReading", "DriveTrace", "FingerprintRun", "Incident", "IncidentCompanion", "IncidentStep", "RiverDecay", "RiverPlace", "RiverReach", "SitingPlan", "SourceProfile", "StepFile", "Trace", "WaterBlindTest", "WaterGauge",
    "WaterIncident", "WaterLibrary", "WaterNetwork", "WaterStep", "WaterTrace",
]  # fmt: skip
