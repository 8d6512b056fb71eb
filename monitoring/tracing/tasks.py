"""Traces in the background, and the clock that picks up what a lost broker left waiting."""

import logging

from celery import shared_task
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerAway

from monitoring.tracing.selectors.incidents import waiting_traces
from monitoring.tracing.selectors.water import waiting_libraries, waiting_water
from monitoring.tracing.services.hydraulics import compute_library
from monitoring.tracing.services.runs import run_trace
from monitoring.tracing.services.water_runs import run_water_trace

log = logging.getLogger(__name__)


@shared_task(queue="default", ignore_result=True)
def compute_trace(*, trace_id: int, **_later: object) -> None:
    """Compute one trace; twice is the same as once."""
    run_trace(trace_id=trace_id, now=timezone.now(), clock=timezone.now)


@shared_task(queue="default", ignore_result=True)
def traces_due(**_later: object) -> None:
    """Compute what waits: the broker may have been away when it was asked for."""
    for trace_id in waiting_traces():
        run_trace(trace_id=trace_id, now=timezone.now(), clock=timezone.now)


def begin(*, trace_id: int) -> None:
    """Ask a worker. Where the broker is away the clock will find the trace."""
    try:
        compute_trace.apply_async(kwargs={"trace_id": trace_id}, retry=False)
    except (BrokerAway, OSError):
        log.warning("the broker is away; trace %s waits for the clock", trace_id)


@shared_task(queue="default", ignore_result=True)
def water_due(**_later: object) -> None:
    """Traces in sewers that wait."""
    for trace_id in waiting_water(kind="SEWER"):
        run_water_trace(trace_id=trace_id, clock=timezone.now)


@shared_task(queue="hydraulics", ignore_result=True)
def hydraulics_due(**_later: object) -> None:
    """Networks under pressure, which may take hours, in a worker of their own: unit responses, then the traces that take them."""
    for library_id in waiting_libraries():
        compute_library(library_id=library_id, clock=timezone.now)
    for trace_id in waiting_water(kind="PRESSURE"):
        run_water_trace(trace_id=trace_id, clock=timezone.now)


def begin_water(*, trace_id: int, pressure: bool) -> None:
    """Ask the worker of that kind of network. Where the broker is away the clock will find the trace."""
    try:
        (hydraulics_due if pressure else water_due).apply_async(retry=False)
    except (BrokerAway, OSError):
        log.warning("the broker is away; water trace %s waits for the clock", trace_id)
