"""Traces in the background, and the clock that picks up what a lost broker left waiting."""

import logging
from typing import Any

from celery import shared_task
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerAway

from monitoring.tracing.selectors.drives import waiting_drive_traces
from monitoring.tracing.selectors.fingerprints import waiting_runs
from monitoring.tracing.selectors.incidents import waiting_traces
from monitoring.tracing.selectors.siting import waiting_plans
from monitoring.tracing.selectors.water import waiting_libraries, waiting_water
from monitoring.tracing.services.drives import run_drive_trace
from monitoring.tracing.services.fingerprints import run_fingerprints
from monitoring.tracing.services.hydraulics import compute_library
from monitoring.tracing.services.runs import run_trace
from monitoring.tracing.services.siting import run_plan
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
    """Traces in sewers and rivers that wait."""
    for trace_id in waiting_water(pressure=False):
        run_water_trace(trace_id=trace_id, clock=timezone.now)


@shared_task(queue="hydraulics", ignore_result=True)
def hydraulics_due(**_later: object) -> None:
    """Networks under pressure, which may take hours, in a worker of their own: unit responses, then the traces that take them."""
    for library_id in waiting_libraries():
        compute_library(library_id=library_id, clock=timezone.now)
    for trace_id in waiting_water(pressure=True):
        run_water_trace(trace_id=trace_id, clock=timezone.now)


def begin_water(*, trace_id: int, pressure: bool) -> None:
    """Ask the worker of that kind of network for a water trace."""
    _ask(hydraulics_due if pressure else water_due, "water trace", trace_id)


@shared_task(queue="default", ignore_result=True)
def plans_due(**_later: object) -> None:
    """Solve the plans for sensors that wait; twice is the same as once."""
    for plan_id in waiting_plans():
        run_plan(plan_id=plan_id, clock=timezone.now)


def begin_plan(*, plan_id: int) -> None:
    """Ask a worker for a plan for sensors."""
    _ask(plans_due, "plan", plan_id)


@shared_task(queue="default", ignore_result=True)
def fingerprints_due(**_later: object) -> None:
    """Compute the factors that wait; twice is the same as once."""
    for run_id in waiting_runs():
        run_fingerprints(run_id=run_id, clock=timezone.now)


def begin_fingerprints(*, run_id: int) -> None:
    """Ask a worker for factors."""
    _ask(fingerprints_due, "factors", run_id)


@shared_task(queue="default", ignore_result=True)
def drives_due(**_later: object) -> None:
    """Compute the traces of drives that wait; twice is the same as once."""
    for trace_id in waiting_drive_traces():
        run_drive_trace(trace_id=trace_id, clock=timezone.now)


def begin_drive_trace(*, trace_id: int) -> None:
    """Ask a worker for the trace of a drive."""
    _ask(drives_due, "trace of a drive", trace_id)


def _ask(task: Any, what: str, pk: int) -> None:
    """Ask a worker for all that waits. Where the broker is away the clock will find it."""
    try:
        task.apply_async(retry=False)
    except (BrokerAway, OSError):
        log.warning("the broker is away; %s %s waits for the clock", what, pk)
