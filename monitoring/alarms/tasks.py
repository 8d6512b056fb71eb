"""Step 2: roll up what is due, compare with limits, tell the open pages."""

import logging

from celery import shared_task
from django.db import DatabaseError, connection
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerAway

from monitoring.alarms import services as alarms
from monitoring.series.services import rolling
from parks.portal.live import publish

log = logging.getLogger(__name__)

MOST_ROUNDS = 50


@shared_task(queue="default", ignore_result=True)
def follow_up(**_later: object) -> None:
    """Roll up touched hours, days and months, and evaluate what came out."""
    changed: set[int] = set()
    more = False
    try:
        for roll in (rolling.roll_hours, rolling.roll_days, rolling.roll_months):
            for _ in range(MOST_ROUNDS):
                rolled = roll(now=timezone.now())
                if not len(rolled):
                    break
                if roll is not rolling.roll_months:
                    more = True  # the longer periods are due now, when they were quiet for a moment
                    changed |= alarms.evaluate(rolled=rolled, now=timezone.now())
    except DatabaseError:
        # What was due is still due: the transaction gave it back.
        log.exception("a roll-up failed and will be tried again")
        connection.close()
    for park_id in changed:
        publish(park_id=park_id, event="problems", data=[])
    if more:
        follow_up_soon()


def follow_up_soon() -> None:
    """Ask for the roll-up when what was stored has been quiet for a moment; beat asks again in any case."""
    try:
        follow_up.apply_async(countdown=rolling.QUIET_S + 0.1, expires=10, retry=False)
    except (BrokerAway, OSError):
        log.warning("the broker is away; the timetable asks again when it is back")


@shared_task(queue="default", ignore_result=True)
def watch(**_later: object) -> None:
    """Look for loggers that fell silent."""
    for park_id in alarms.watch_loggers(now=timezone.now()):
        publish(park_id=park_id, event="problems", data=[])
