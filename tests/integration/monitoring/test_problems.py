"""Exceedances and stuck analysers: raised, made worse, cleared."""

from datetime import UTC, datetime, timedelta

import pytest

from monitoring.alarms.models import Problem
from monitoring.series.models import Rollup
from tests.factories.permits import make_permit_limit
from tests.factories.register import make_logger, make_outlet
from tests.factories.series import make_channel
from tests.integration.monitoring.pipeline import minutes, through, upload

pytestmark = pytest.mark.django_db
HOUR = datetime(2026, 3, 18, 1, tzinfo=UTC)


def test_exceedance_is_raised_made_worse_and_cleared(now: datetime) -> None:
    channel = make_channel()
    make_permit_limit(outlet=channel.outlet, maximum=35.0)

    through(minutes(channel.logger, 50.0), at=now)
    problem = Problem.objects.get()
    assert (problem.kind, problem.severity, problem.value, problem.limit, problem.count) == (
        "LIMIT_EXCEEDED",
        "WARNING",
        50.0,
        35.0,
        1,
    )
    assert problem.times == pytest.approx(50 / 35 - 1)

    later = now + timedelta(hours=1)
    through(minutes(channel.logger, 80.0, start=HOUR + timedelta(hours=1)), at=later)
    problem.refresh_from_db()
    assert (problem.severity, problem.worst, problem.count, problem.cleared_at) == ("CRITICAL", 80.0, 2, None)

    later += timedelta(hours=1)
    through(minutes(channel.logger, 20.0, start=HOUR + timedelta(hours=2)), at=later)
    problem.refresh_from_db()
    assert problem.cleared_at == later
    assert list(problem.events.order_by("at").values_list("event", flat=True)) == ["raised", "worse", "cleared"]


def test_worst_value_below_a_minimum_is_the_lowest(now: datetime) -> None:
    logger = make_logger(outlet=make_outlet(medium="WATER"))
    ph = make_channel(logger=logger, pollutant="w01001", reported_unit="-")
    make_permit_limit(outlet=ph.outlet, pollutant_id="w01001", maximum=9.0, minimum=6.0, unit="-")

    through(minutes(logger, 5.0, factor="w01001"), at=now)
    through(minutes(logger, 4.0, factor="w01001", start=HOUR + timedelta(hours=1)), at=now + timedelta(hours=1))
    through(minutes(logger, 5.5, factor="w01001", start=HOUR + timedelta(hours=2)), at=now + timedelta(hours=2))

    problem = Problem.objects.get()
    assert problem.worst == pytest.approx(4.0)
    assert problem.limit == 6.0


def test_invalid_hour_is_no_exceedance(now: datetime) -> None:
    channel = make_channel()
    make_permit_limit(outlet=channel.outlet, maximum=35.0)

    through(minutes(channel.logger, 500.0, flag="C"), at=now)

    assert not Problem.objects.exists()


def test_late_data_raises_nothing(now: datetime) -> None:
    channel = make_channel()
    make_permit_limit(outlet=channel.outlet, maximum=35.0)

    through(minutes(channel.logger, 50.0, start=HOUR - timedelta(days=3)), at=now)

    assert Rollup.objects.get(interval=2).value == 50.0
    assert not Problem.objects.exists()


def test_analyser_that_repeats_itself_for_two_hours_is_reported_and_cleared(now: datetime) -> None:
    channel = make_channel()

    through(minutes(channel.logger, 12.3, count=120, start=HOUR - timedelta(hours=1)), at=now)
    assert Problem.objects.get().kind == "VALUE_STUCK"

    lively = [
        upload(channel.logger, HOUR + timedelta(hours=1, minutes=i), {"a21026": {"Avg": 12.0 + i / 10}})
        for i in range(60)
    ]
    through(lively, at=now + timedelta(hours=1))
    assert Problem.objects.get().cleared_at is not None
