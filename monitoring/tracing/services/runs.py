"""Traces: frozen when asked for, computed by a worker, and computed again to the same answer."""

import hashlib
import json
import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
from django.db import transaction

from monitoring.tracing.domain.case.building import Event, event_of
from monitoring.tracing.domain.case.writing import written
from monitoring.tracing.domain.inference.engine import begin, traced
from monitoring.tracing.domain.inference.supposing import Supposed, supposed, supposed_each
from monitoring.tracing.domain.physics.amounts import from_rate
from monitoring.tracing.domain.stages import Stage
from monitoring.tracing.models import Trace, WaterTrace
from monitoring.tracing.selectors.incidents import incident_of
from monitoring.tracing.services.companions import checked
from monitoring.tracing.services.compiling import compile_first
from monitoring.tracing.services.gathering import gathered
from parks.catalogue.domain.errors import NotFound, PlatformError
from parks.people.domain import Scope

log = logging.getLogger(__name__)
DOMAIN = Path(__file__).resolve().parents[1] / "domain"
SUPPOSED = 3  # points that are tried alone, the most probable ones
LEAST_WORTH = 0.02
BROKE_OFF = "The computation broke off; the log of the worker says where."
DEAD_AFTER = timedelta(minutes=15)


@cache
def code_version() -> str:
    """Fingerprint of the code that computes: equal fingerprints compute equal answers on one machine."""
    digest = hashlib.sha256()
    for path in sorted(DOMAIN.rglob("*.py")):
        digest.update(path.relative_to(DOMAIN).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def digest_of(*, case: Any) -> str:
    return hashlib.sha256(json.dumps(case, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


@transaction.atomic
def ask_for_trace(
    *, scope: Scope, incident_id: int, now: datetime, seed: int = 1, companions: Sequence[str] | None = None
) -> Trace:
    """Freeze what is known of the event now.

    Args:
        companions: substances that are traced together with that of the incident; those it was opened with where None.

    Raises:
        NothingToTrace: wind or readings are missing. NotFound: the incident is not the viewer's park's.
        NotMeasured, CountedTwice, TooManyTogether: the companions cannot be traced with it.
    """
    found = incident_of(scope=scope, incident_id=incident_id)
    if found.park_id not in scope.park_ids:
        raise NotFound
    wanted = [one.pollutant_id for one in found.companions.all()] if companions is None else companions
    event: dict[str, Any] = {
        "scope": scope, "park_id": found.park_id, "pollutant": found.pollutant_id, "start": found.began_at, "end": found.ended_at,
    }  # fmt: skip
    others = checked(**event, companions=wanted)
    facts = gathered(**event, seed=seed, companions=others)
    return Trace.objects.create(
        incident=found, case=facts.case, places=facts.places, companions=list(others), digest=digest_of(case=facts.case), asked_at=now,
        asked_by_id=scope.user_id,
    )  # fmt: skip


def run_trace(*, trace_id: int, now: datetime, clock: Any) -> None:
    """Compute a waiting trace; one that somebody else has begun or ended is left alone.

    Args:
        clock: gives the time when asked.
    """
    with transaction.atomic():
        row = Trace.objects.select_for_update(skip_locked=True).filter(pk=trace_id).first()
        if row is None or not is_free(row=row, now=now):
            return
        row.state, row.started_at, row.code_version, row.stage = "RUNNING", now, code_version(), ""
        row.save(update_fields=["state", "started_at", "code_version", "stage"])
    progress = partial(_note_stage, row.pk, now)
    try:
        compile_first(tell=progress)
        row.answer = answer_of(case=row.case, progress=progress, answered=partial(_note_answer, row.pk, now))
        row.state = "DONE"
    except PlatformError as error:
        note_refusal(row=row, error=error)
    except Exception:
        log.exception("trace %s failed", row.pk)
        row.state, row.error, row.error_code = "FAILED", BROKE_OFF, "tracing.broke_off"
    row.finished_at = clock()
    row.save(update_fields=["state", "answer", "error", "error_code", "error_details", "finished_at"])


def note_refusal(*, row: Trace | WaterTrace, error: PlatformError) -> None:
    """Write to a run why it was refused, so that pages can say it in their language."""
    row.state, row.error, row.error_code = "FAILED", error.text, error.code
    row.error_details = {name: str(value) for name, value in error.details.items()}


def _note_stage(trace_id: int, began: datetime, stage: str) -> None:
    """Let the page see how far a run is. A run that was taken for dead and begun anew by another says nothing any more."""
    Trace.objects.filter(pk=trace_id, state="RUNNING", started_at=began).update(stage=stage)


def _note_answer(trace_id: int, began: datetime, answer: dict[str, Any]) -> None:
    """Let the page show the answer before the likely points were tried alone; like `_note_stage` it says nothing for a dead run."""
    running = Trace.objects.filter(pk=trace_id, state="RUNNING", started_at=began)
    running.update(answer=answer)


def is_free(*, row: Any, now: datetime) -> bool:
    """Whether nobody computes it, or whoever did has been silent for so long that he is dead."""
    silent = row.started_at is not None and now - row.started_at > DEAD_AFTER
    return row.state == "WAITING" or (row.state == "RUNNING" and silent)


def answer_of(
    *, case: dict[str, Any], progress: Callable[[str], None] | None = None, answered: Callable[[dict[str, Any]], None] | None = None
) -> dict[str, Any]:  # fmt: skip
    """The answer as the command prints it, with the likeliest points tried alone and what each station should have read.

    Args:
        progress: told the name of each stage as it begins, see `domain.stages`.
        answered: given the answer as soon as it is known, before the likeliest points are tried alone.
    """
    event = event_of(case=case, number=0)
    begun = begin(case=event.case, settings=event.settings, progress=progress)
    finding = traced(begun=begun, progress=progress)
    found = written(event=event, finding=finding)
    if answered is not None:
        answered(found)
    if progress is not None:
        progress(Stage.ALONE.value)
    order = sorted(finding.candidates, key=lambda one: -one.probability)[:SUPPOSED]
    likely = [one.place for one in order if one.probability >= LEAST_WORTH]
    found["supposed"] = [
        _told(event, one) | ({"substance": event.together[number]} if event.together else {})
        for number in range(max(len(event.together), 1))
        for one in supposed_each(
            begun=begun, sets=tuple((place,) for place in _holding(event, likely, number)), substance=number
        )
    ]
    return found


def _holding(event: Event, places: list[int], number: int) -> list[int]:
    """Those that may hold a substance; where none may, the first, so that what was read of it can be shown."""
    held = event.case.companions
    return [one for one in places if held is None or held.shares[one, number] > 0] or places[:1]


def alone_of(*, event: Event, place: int, number: int = 0) -> dict[str, Any]:
    """What if it was this point and no other, by one of the substances that were traced together."""
    found = _told(event, supposed(case=event.case.alone[number], settings=event.settings, places=(place,)))
    return found | ({"substance": event.together[number]} if event.together else {})


def what_if(*, case: dict[str, Any], name: str, substance: str = "") -> dict[str, Any]:
    """What if it was the point of this name, by a substance of the case. Raises NotFound where the case has no such point or substance."""
    event = event_of(case=case, number=0)
    names, substances = [one["id"] for one in event.candidates], event.together or (event.substance,)
    if name not in names or (substance and substance not in substances):
        raise NotFound
    return alone_of(event=event, place=names.index(name), number=substances.index(substance or substances[0]))


def _told(event: Event, one: Supposed) -> dict[str, Any]:
    rate = one.rates[0]
    names = ("p5", "p25", "p50", "p75", "p95")
    return {
        "id": event.candidates[one.places[0]]["id"], "log_evidence": round(one.log_evidence, 2), "minutes": one.minutes,
        "rate": {"unit": event.rate_unit, "mean": _rounded(from_rate(value=rate.mean, unit=event.rate_unit))}
        | {name: _rounded(from_rate(value=v, unit=event.rate_unit)) for name, v in zip(names, rate.quantiles, strict=True)},
        "misfit": dict(zip(event.sensors, [_rounded(v) for v in one.misfit], strict=True)),
        "observed": _grid(one.observed), "level": _grid(one.level), "expected": _grid(one.expected), "unit": "ug/m3",
    }  # fmt: skip


def _grid(values: Any) -> list[list[float | None]]:
    return [[_rounded(v * 1e9) for v in row] for row in values]


def _rounded(value: Any) -> float | None:
    return float(f"{float(value):.5g}") if np.isfinite(value) else None


def computed_again(*, row: Trace) -> bool:
    """Whether this code gives the answer that was kept, from the case that was kept."""
    return digest_of(case=row.case) == row.digest and answer_of(case=row.case) == row.answer
