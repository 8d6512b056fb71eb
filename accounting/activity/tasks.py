"""Uploads of activity data behind the door. Celery carries no data: what there is to do stands in PostgreSQL."""

import logging

from celery import shared_task
from django.db import connection
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerAway

from accounting.activity.selectors import enterprises_with_derivations, months_to_derive
from accounting.activity.services import derivations, uploads
from monitoring.intake.domain import JobKind
from monitoring.intake.services import processing
from monitoring.intake.services import uploads as intake
from parks.catalogue.domain.periods import day_of, park_zone

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


@shared_task(queue="default", ignore_result=True)
def derive(**_later: object) -> None:
    """Fill lines from measurements: the running month and the one before, while they are open.

    Once a day, because every change is another version; late data of a night are in the next day's version.
    """
    now = timezone.now()
    month = day_of(now, park_zone()).replace(day=1)
    for enterprise_id in enterprises_with_derivations():
        try:
            for one in months_to_derive(enterprise_id=enterprise_id, this_month=month):
                derivations.derive_month(enterprise_id=enterprise_id, month=one, now=now)
        except Exception:
            log.exception("deriving activity data of enterprise %s failed; tried again tomorrow", enterprise_id)
