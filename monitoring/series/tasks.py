"""Housekeeping of the series."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from monitoring.series.services.partitions import BY_ARRIVAL, BY_TIME, ensure_partitions


@shared_task(queue="default", ignore_result=True)
def prepare_months(**_later: object) -> None:
    """Make the partitions of this month and the next two, so that no frame has to wait for one."""
    now = timezone.now()
    ensure_partitions(tables=[*BY_TIME, *BY_ARRIVAL], times=[now, now + timedelta(days=31), now + timedelta(days=62)])
