"""The pipeline behind the door. Celery carries no data: what there is to do stands in PostgreSQL."""

import logging
from itertools import groupby

from celery import shared_task
from django.db import DatabaseError, connection
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerAway

from monitoring.alarms import tasks as alarms
from monitoring.intake.domain import JobKind
from monitoring.intake.services import processing, uploads
from monitoring.intake.services.processing import Processed
from monitoring.series.selectors.latest import fresh_values
from parks.portal.live import publish

log = logging.getLogger(__name__)

MOST_ROUNDS = 200


@shared_task(queue="intake")
def process(job_id: int = 0, **_later: object) -> None:
    """Step 1: parse, judge and store all frames that wait. The number only says that there are some."""
    for _ in range(MOST_ROUNDS):
        job_ids = processing.claim(kind=JobKind.FRAMES, now=timezone.now())
        if not job_ids:
            return
        done = run(job_ids)
        if done.frames:
            tell(done)
            alarms.follow_up_soon()


def run(job_ids: list[int]) -> Processed:
    """Process claimed jobs; when that fails, each on its own, so that one bad batch does not hold up the others."""
    try:
        return processing.process(job_ids=job_ids, now=timezone.now())
    except Exception as error:
        log.exception("processing jobs %s to %s failed", job_ids[0], job_ids[-1])
        if connection.connection is not None and connection.connection.broken:
            connection.close()
        try:
            processing.give_back(job_ids=job_ids, error=f"{type(error).__name__}: {error}", now=timezone.now())
        except DatabaseError:
            connection.close()  # the lease runs out and the sweeper finds the jobs
        return Processed()


def tell(done: Processed) -> None:
    """Send new values to the open pages of their parks."""
    if done.stored is None or not done.stored.new + done.stored.changed:
        return
    values = fresh_values(channel_ids=done.stored.channel_ids)
    for park_id, group in groupby(values, key=lambda value: value.park_id):
        publish(park_id=park_id, event="values", data=[value.as_message() for value in group])


@shared_task(queue="intake")
def process_upload(job_id: int = 0, **_later: object) -> None:
    """Read an uploaded batch or file and store its rows."""
    for claimed in processing.claim(kind=JobKind.UPLOAD, now=timezone.now(), most=1):
        try:
            stored = uploads.process(job_id=claimed, now=timezone.now())
        except Exception as error:
            log.exception("upload job %s failed", claimed)
            connection.close()
            processing.give_back(job_ids=[claimed], error=f"{type(error).__name__}: {error}", now=timezone.now())
            uploads.fail(job_id=claimed, error="The upload could not be processed.", now=timezone.now())
            continue
        tell(Processed((claimed,), 1, stored))
        alarms.follow_up_soon()


@shared_task(queue="intake", ignore_result=True)
def sweep(**_later: object) -> None:
    """Find work whose message was lost with the broker, or whose worker died."""
    now = timezone.now()
    if processing.waiting_jobs(kind=JobKind.FRAMES, now=now):
        process.apply_async(retry=False)
    for _ in range(processing.waiting_jobs(kind=JobKind.UPLOAD, now=now)):
        process_upload.apply_async(retry=False)


def wake_uploads(*, job_id: int) -> None:
    """Tell a worker that an upload waits; without the broker the sweeper finds it."""
    try:
        process_upload.apply_async(kwargs={"job_id": job_id}, retry=False)
    except (BrokerAway, OSError):
        log.warning("the broker is away; the sweeper will find upload job %s", job_id)
