"""A stand-alone case of a sewer, from plain data to plain data. Every refusal names the path in the file."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from monitoring.tracing.domain.case.reading import moment, refuse
from monitoring.tracing.domain.releases.fitting import Noise
from monitoring.tracing.domain.releases.posterior import QUANTILES, Origin, ReleaseFinding
from monitoring.tracing.domain.sewers.network import Manhole, Pipe, Sewer, sewer_of
from monitoring.tracing.domain.sewers.tracing import Question, SewerFinding, registered, traced
from monitoring.tracing.domain.stages import WaterStage

FORMAT = "tongjian-trace-water-answer/1"
CAUTION = "A lead, not proof."
MANNING = 0.013  # concrete in fair state [memory, verify]
PER_MG_L = 1e-3  # kg/m3
MOST_CELLS = 4_000_000  # candidates x steps x readings; bounds time and memory
FITTED = 5  # places whose readings are shown beside those that were read
LISTED = 1e-4  # probability from which a manhole is listed


def answered(*, document: Mapping[str, Any], progress: Callable[[str], None] = lambda stage: None) -> dict[str, Any]:
    """Trace a case that holds to `monitoring/reference/trace_water_case.schema.json`.

    Args:
        progress: told the name of each stage as it begins, see `domain.stages.WaterStage`.

    Raises:
        BadCase: ends that do not fit, such as readings of a manhole that is not there; `WrongSewer` for a ring or unfair shares.
    """
    sewer, question = sewer_from(document), question_from(document)
    start = moment(text=document["readings"]["start"], path="/readings/start")
    found = traced(sewer=sewer, question=question, progress=progress)
    progress(WaterStage.ANSWER.value)
    return {
        "format": FORMAT, "title": document.get("title", ""), "substance": question.substance, "verdict": found.finding.verdict.value,
        "named": list(found.finding.named), "reasons": list(found.finding.reasons), "caution": CAUTION,
        "candidates": [
            _candidate(one, sewer, question, found, start) for one in found.finding.origins if one.probability >= LISTED
        ],
        "excluded": [{"id": one.manhole, "reason": one.reason} for one in found.excluded],
        "unregistered_probability": rounded(found.unregistered), "fits": fits(finding=found.finding, document=document),
        "diagnostics": {
            "explained": rounded(found.finding.explained), "tempering": rounded(found.finding.tempering),
            "readings_above_floor": found.finding.heard,
        },
    }  # fmt: skip


def sewer_from(document: Mapping[str, Any]) -> Sewer:
    names = [one["id"] for one in document["manholes"]]
    for place, name in enumerate(names):
        if name in names[:place]:
            raise refuse(f"/manholes/{place}/id", f"{name} stands there twice")
    manholes = tuple(
        Manhole(
            one["id"], one.get("inflow_m3_h", 0.0) / 3600, one.get("enterprise"),
            frozenset(one["substances"]) if "substances" in one else None, one.get("confirmed_cases", 0),
        )
        for one in document["manholes"]
    )  # fmt: skip
    for place, one in enumerate(document["pipes"]):
        for end in ("from", "to"):
            if one[end] not in names:
                raise refuse(f"/pipes/{place}/{end}", f"there is no manhole {one[end]}")
    pipes = tuple(
        Pipe(
            one["id"], one["from"], one["to"], one["length_m"], one["diameter_mm"] / 1000, one["slope"],
            one.get("manning_n", MANNING), one.get("share", 1.0),
        )
        for one in document["pipes"]
    )  # fmt: skip
    return sewer_of(manholes=manholes, pipes=pipes)


def question_from(document: Mapping[str, Any]) -> Question:
    given, options = document["readings"], document.get("options", {})
    names = {one["id"] for one in document["manholes"]}
    lengths = {len(one["values_mg_l"]) for one in given["manholes"]}
    if len(lengths) > 1:
        raise refuse("/readings/manholes", "all manholes need as many values, null where one is missing")
    readings: dict[str, Any] = {}
    for place, one in enumerate(given["manholes"]):
        if one["manhole"] not in names or one["manhole"] in readings:
            raise refuse(f"/readings/manholes/{place}/manhole", "no such manhole, or it stands there twice")
        values = np.array([np.nan if v is None else float(v) for v in one["values_mg_l"]])
        if not np.isfinite(values).any():
            raise refuse(f"/readings/manholes/{place}/values_mg_l", "no value at all")
        readings[one["manhole"]] = (values - one.get("background_mg_l", 0.0)) * PER_MG_L
    question = Question(
        readings=readings, interval=given["interval_s"],
        noise=Noise(given["noise_floor_mg_l"] * PER_MG_L, given.get("noise_relative", 0.05)), substance=document.get("substance"),
        decay=options.get("decay_per_h", 0.0) / 3600, step=options.get("step_s", 600.0), longest=options.get("longest_h", 6.0) * 3600,
        before=options.get("before_h", 6.0) * 3600, ruled_out=frozenset(options.get("ruled_out", ())),
    )  # fmt: skip
    count = lengths.pop()
    steps = (count * question.interval + question.before) / question.step
    if steps * count * len(names) * len(readings) > MOST_CELLS:
        raise refuse(
            "/options/step_s", "too many steps for so many readings; make the step longer or the stretch shorter"
        )
    return question


def _candidate(one: Origin, sewer: Sewer, question: Question, found: SewerFinding, start: datetime) -> dict[str, Any]:
    manhole = sewer.manholes[one.node]
    travel = found.upstream.get(one.node)
    return {
        "id": one.node, "enterprise": manhole.enterprise, "probability": rounded(one.probability),
        "registered": registered(sewer=sewer, name=one.node, substance=question.substance),
        "start": banded([(start + timedelta(seconds=value)).isoformat() for value in one.start]),
        "duration_h": banded([rounded(value / 3600) for value in one.duration]),
        "rate": {"unit": "kg/h"} | banded([rounded(value * 3600) for value in one.rate]),
        "mass_kg": banded([rounded(value) for value in one.mass]),
        "travel_time_h": None if travel is None else rounded(travel / 3600), "tied_with": list(one.tied),
    }  # fmt: skip


def fits(*, finding: ReleaseFinding, document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What the likeliest places would have given where it was read [mg/L above the background], beside what was read."""
    read = document["readings"]["manholes"]
    return [
        {
            "id": one.node,
            "sensors": [
                {"manhole": place["manhole"], "expected_mg_l": [rounded(value / PER_MG_L) for value in row]}
                for place, row in zip(read, one.expected, strict=True)
            ],
        }
        for one in finding.origins[:FITTED]
    ]


def banded(values: list[Any]) -> dict[str, Any]:
    return {f"p{round(100 * share)}": value for share, value in zip(QUANTILES, values, strict=True)}


def rounded(value: float) -> float | None:
    """Six significant digits; None where there is no number."""
    return float(f"{value:.6g}") if np.isfinite(value) else None
