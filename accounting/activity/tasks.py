"""Uploads of activity data behind the door. Celery carries no data: what there is to do stands in PostgreSQL."""

import logging

from celery import shared_task
from django.db import connection
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerAway

from accounting.activity.services import uploads
from monitoring.intake.domain import JobKind
from monitoring.intake.services import processing
from monitoring.intake.services import uploads as intake

log = logging.getLogger(__name__)


@shared_task(queue="intake")
def process_upload(job_id: int = 0, **_later: object) -> None:
    """Read a table or batch of activity data and enter its lines. The number only says that there is one."""
    for claimed in processing.claim(kind=JobKind.ACTIVITY, now=timezone.now(), most=1):
        try:
            uploads.process(job_id=claimed, now=timezone.now())
        except Exception as error:
            log.exception("activity upload job %s failed", claimed)
            connection.close()
            processing.give_back(job_ids=[claimed], error=f"{type(error).__name__}: {error}", now=timezone.now())
            intake.fail(job_id=claimed, error="The upload could not be processed.", now=timezone.now())


@shared_task(queue="intake", ignore_result=True)
def sweep(**_later: object) -> None:
    """Find uploads whose message was lost with the broker, or whose worker died."""
    for _ in range(processing.waiting_jobs(kind=JobKind.ACTIVITY, now=timezone.now())):
        process_upload.apply_async(retry=False)


def wake(*, job_id: int) -> None:
    """Tell a worker that an upload waits; without the broker the sweeper finds it."""
    try:
        process_upload.apply_async(kwargs={"job_id": job_id}, retry=False)
    except (BrokerAway, OSError):
        log.warning("the broker is away; the sweeper will find activity upload job %s", job_id)
