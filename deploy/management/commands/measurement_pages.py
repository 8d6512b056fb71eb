"""`manage.py measurement_pages`: a park of many series for `bench pages`, and the time of its questions."""

import json
import time
from argparse import ArgumentParser
from datetime import timedelta
from statistics import median
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from deploy.bench.names import FACTORS
from deploy.bench.park import build_park
from monitoring.series.domain.readings import Interval
from monitoring.series.selectors.history import values_of
from monitoring.series.selectors.points import newest_values, point
from parks.people.access import build_scope
from parks.people.domain import Role
from parks.people.services import accounts
from parks.register.selectors.places import any_park


class Command(BaseCommand):
    help = "Create a park of many series with an administrator, or time the questions that pages ask of it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--series", type=int, default=5_000)
        parser.add_argument("--measure", type=int, default=0, help="number of the channel to ask for")
        parser.add_argument("--rounds", type=int, default=30)

    def handle(self, *args: Any, **options: Any) -> None:
        park = any_park()
        if options["measure"] and park is not None:
            user = accounts.user_named(username="admin")
            scope = build_scope(user_id=user.pk)
            self.stdout.write(
                json.dumps(timed(scope=scope, park_id=park.pk, channel_id=options["measure"], rounds=options["rounds"]))
            )
            return
        build_park(loggers=-(-options["series"] // len(FACTORS)), now=timezone.now(), channels=options["series"])
        park = any_park()
        assert park is not None
        user, password = accounts.create_user(by_id=None, username="admin")
        accounts.add_membership(by_id=None, user=user, role=Role.PARK_ADMIN, park_id=park.pk)
        channel = newest_values(scope=build_scope(user_id=user.pk), park_id=park.pk)[0]["channel"]
        self.stdout.write(json.dumps({"password": password, "channel": channel}))


def timed(*, scope: Any, park_id: int, channel_id: int, rounds: int) -> dict[str, float]:
    """Median milliseconds of: newest values of all series; one series, one year of hours."""
    now = timezone.now()
    point(scope=scope, channel_id=channel_id)
    latest, year = [], []
    for _ in range(rounds):
        begin = time.perf_counter()
        found = newest_values(scope=scope, park_id=park_id)
        latest.append((time.perf_counter() - begin) * 1000)
        begin = time.perf_counter()
        values = values_of(channel_id=channel_id, interval=Interval.HOUR, start=now - timedelta(days=365), end=now)
        year.append((time.perf_counter() - begin) * 1000)
    return {
        "latest_values_ms": round(median(latest), 1), "latest_values": len(found), "year_of_hours_ms": round(median(year), 1),
        "hours": len(values),
    }  # fmt: skip
