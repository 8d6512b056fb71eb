"""Computing what was frozen: once, by one worker, with its failure kept in words that pages can say."""

import logging
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import QuerySet

from monitoring.tracing.models.siting import ToldRun
from monitoring.tracing.services.runs import BROKE_OFF, code_version, is_free
from parks.catalogue.domain.errors import PlatformError

log = logging.getLogger(__name__)
Row = TypeVar("Row", bound=ToldRun)
Answer = Callable[[Any, Callable[[str], None]], dict[str, Any]]


def compute(*, rows: QuerySet[Row], pk: int, clock: Callable[[], datetime], answer: Answer) -> None:
    """Compute a waiting row; one that somebody else has begun or ended is left alone.

    Args:
        clock: gives the time when asked; answer: of a frozen case, telling the name of each stage as it begins.
    """
    now = clock()
    with transaction.atomic():
        row = rows.select_for_update(skip_locked=True).filter(pk=pk).first()
        if row is None or not is_free(row=row, now=now):
            return
        row.state, row.started_at, row.code_version, row.stage = "RUNNING", now, code_version(), ""
        row.save(update_fields=["state", "started_at", "code_version", "stage"])
    try:
        row.answer, row.state = answer(row.case, partial(_note_stage, rows, pk, now)), "DONE"
    except PlatformError as error:
        row.state, row.error, row.error_code = "FAILED", error.text, error.code
        row.error_details = {name: str(value) for name, value in error.details.items()}
    except Exception:
        log.exception("%s failed", row)
        row.state, row.error, row.error_code = "FAILED", BROKE_OFF, "tracing.broke_off"
    row.finished_at = clock()
    row.save(update_fields=["state", "answer", "error", "error_code", "error_details", "finished_at"])


def _note_stage(rows: QuerySet[Any], pk: int, began: datetime, stage: str) -> None:
    """Let the page see how far it is. A run that was begun anew by another says nothing any more."""
    rows.filter(pk=pk, state="RUNNING", started_at=began).update(stage=stage)
