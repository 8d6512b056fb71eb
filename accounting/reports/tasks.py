"""The timetable of the reports."""

import logging

from celery import shared_task
from django.utils import timezone

from accounting.reports import services as reports
from parks.portal.live import publish
from parks.register.selectors.places import all_park_ids

log = logging.getLogger(__name__)


@shared_task(queue="default", ignore_result=True)
def issue_due(**_later: object) -> None:
    """Issue what is due in every park. Each park on its own: one that fails does not hold up the others."""
    for park_id in all_park_ids():
        try:
            issued = reports.issue_due(park_id=park_id, now=timezone.now())
        except Exception:
            log.exception("issuing reports of park %s failed; tried again in a minute", park_id)
            continue
        if issued:
            publish(park_id=park_id, event="reports", data=[report.pk for report in issued])
