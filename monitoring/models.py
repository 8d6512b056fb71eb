"""Table of contents: the wings' tables, named so that Django finds them."""

from monitoring.alarms.models import Problem, ProblemEvent
from monitoring.intake.models import IntakeMinute, Job, LoggerState, Quarantine, Receipt, RefusedRow, Submission
from monitoring.series.models import Channel, Due, Latest, Observation, ObservationVersion, Rollup, ValidityRule
from monitoring.tracing.models import (
    BlindTest,
    Drive,
    DriveReading,
    DriveTrace,
    FingerprintRun,
    Incident,
    IncidentCompanion,
    IncidentStep,
    RiverDecay,
    RiverPlace,
    RiverReach,
    SitingPlan,
    SourceProfile,
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

__all__ = [
    "BlindTest", "Channel", "Drive", "DriveReading", "DriveTrace", "Due", "FingerprintRun", "Incident", "IncidentCompanion", "IncidentStep", "IntakeMinute", "Job", "Latest", "LoggerState", "Observation", "ObservationVersion", "Problem",
    "ProblemEvent", "Quarantine", "Receipt", "RefusedRow", "RiverDecay", "RiverPlace", "RiverReach", "Rollup", "SitingPlan", "SourceProfile", "StepFile", "Submission", "Trace", "ValidityRule", "WaterBlindTest", "WaterGauge",
    "WaterIncident", "WaterLibrary", "WaterNetwork", "WaterStep", "WaterTrace",
]  # fmt: skip
