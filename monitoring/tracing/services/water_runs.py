"""Water traces computed by a worker, with the stage it has come to."""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction

from monitoring.tracing.domain import river_case
from monitoring.tracing.domain.sewers import case as gravity
from monitoring.tracing.domain.stages import WaterStage
from monitoring.tracing.domain.water import pressure
from monitoring.tracing.models import WaterNetwork, WaterTrace
from monitoring.tracing.services.hydraulics import library_for
from monitoring.tracing.services.runs import BROKE_OFF, DEAD_AFTER, code_version, digest_of, note_refusal
from parks.catalogue.domain.errors import PlatformError

log = logging.getLogger(__name__)
Progress = Callable[[str], None]


def run_water_trace(*, trace_id: int, clock: Callable[[], datetime]) -> None:
    """Compute a waiting trace; one that somebody else has begun or ended is left alone."""
    with transaction.atomic():
        row = WaterTrace.objects.select_for_update(skip_locked=True).filter(pk=trace_id).first()
        now = clock()
        silent = row is not None and row.started_at is not None and now - row.started_at > DEAD_AFTER
        if row is None or not (row.state == "WAITING" or (row.state == "RUNNING" and silent)):
            return
        row.state, row.started_at, row.code_version, row.stage = "RUNNING", now, code_version(), ""
        row.save(update_fields=["state", "started_at", "code_version", "stage"])

    def progress(stage: str) -> None:
        WaterTrace.objects.filter(pk=trace_id, state="RUNNING", started_at=now).update(stage=stage)

    try:
        row.answer = water_answer(case=row.case, network=row.incident.network, progress=progress)
        row.state = "DONE"
    except PlatformError as error:
        note_refusal(row=row, error=error)
    except Exception:
        log.exception("water trace %s failed", row.pk)
        row.state, row.error, row.error_code = "FAILED", BROKE_OFF, "tracing.broke_off"
    row.finished_at = clock()
    row.save(update_fields=["state", "answer", "error", "error_code", "error_details", "finished_at"])


def water_answer(
    *, case: dict[str, Any], network: WaterNetwork, progress: Progress = lambda stage: None
) -> dict[str, Any]:
    """The answer to a frozen case."""
    if network.kind == "RIVER":
        return river_case.answered(document=case, progress=progress)
    if network.kind == "SEWER":
        return gravity.answered(document=case, progress=progress)
    progress(WaterStage.RESPONSES.value)
    sensors = [one["manhole"] for one in case["readings"]["manholes"]]
    library = library_for(network=network, sensors=sensors)
    return pressure.answered(document=case, library=library, progress=progress)


def water_computed_again(*, row: WaterTrace) -> bool:
    """Whether this code gives the answer that was kept, from the case that was kept."""
    same = digest_of(case=row.case) == row.digest
    return same and water_answer(case=row.case, network=row.incident.network) == row.answer
