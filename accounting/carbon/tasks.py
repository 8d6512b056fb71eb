"""Balances that the clock keeps true, and simulations in the background."""

import logging
from datetime import timedelta

from celery import shared_task
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerAway

from accounting.activity.selectors import months_with_lines
from accounting.carbon.services.balances import run_balance
from accounting.carbon.services.simulating import DRAWS
from accounting.carbon.services.simulating import simulate as draw
from parks.catalogue.domain.errors import PlatformError
from parks.catalogue.domain.periods import day_of, park_zone
from parks.register.selectors.places import all_park_ids

log = logging.getLogger(__name__)
FOLLOWED = timedelta(days=100)  # months that may still change; older ones are computed by hand


@shared_task(queue="default", ignore_result=True)
def balance_due(**_later: object) -> None:
    """Balance the whole months of the last quarter. What has not changed gives the run that exists."""
    now = timezone.now()
    this_month = day_of(now, park_zone()).replace(day=1)
    oldest = (now - FOLLOWED).date()
    for park_id in all_park_ids():
        for month in months_with_lines(park_id=park_id):
            if not oldest <= month < this_month:
                continue
            try:
                run_balance(park_id=park_id, month=month, by_id=None, now=now)
            except PlatformError:
                log.info("park %s has nothing to balance in %s", park_id, month)
            except Exception:
                log.exception("balancing park %s in %s failed; tried again in an hour", park_id, month)


@shared_task(queue="default", ignore_result=True)
def simulate(*, balance_id: int, seed: int, by_id: int | None = None, draws: int = DRAWS, **_later: object) -> None:
    """Monte Carlo of one balance; twice is the same as once."""
    draw(balance_id=balance_id, seed=seed, by_id=by_id, now=timezone.now(), draws=draws)


def begin_simulation(*, balance_id: int, seed: int, by_id: int | None) -> bool:
    """Ask a worker; False when the broker is away and nobody was asked."""
    try:
        simulate.apply_async(kwargs={"balance_id": balance_id, "seed": seed, "by_id": by_id}, retry=False)
    except (BrokerAway, OSError):
        log.warning("the broker is away; balance %s is not simulated", balance_id)
        return False
    return True
