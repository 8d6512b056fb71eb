"""Loggers that fall silent, and what the gateway counts of them."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from monitoring.alarms import services as alarms
from monitoring.alarms.models import Problem
from monitoring.intake.models import IntakeMinute, LoggerState
from monitoring.intake.services import contacts
from monitoring.intake.services.contacts import Contact
from tests.factories.register import make_logger

pytestmark = pytest.mark.django_db


def contact(logger: Any, at: datetime, **overrides: Any) -> Contact:
    fields = {
        "logger_id": logger.pk, "frames": 1, "bytes": 200, "crc_errors": 0, "refused": 0, "answered": 1, "qn": "", "peer": "192.0.2.7:1",
        "dialect": 2017, "heard_at": at, "park_id": logger.park_id,
    }  # fmt: skip
    return Contact(**(fields | overrides))


def test_silent_logger_is_reported_and_cleared_when_it_speaks_again(now: datetime) -> None:
    logger = make_logger()
    contacts.record(contacts=[contact(logger, now - timedelta(minutes=6))], now=now)

    assert alarms.watch_loggers(now=now) == {logger.park_id}
    assert Problem.objects.get(cleared_at=None).kind == "LOGGER_SILENT"
    assert alarms.watch_loggers(now=now) == frozenset()  # once

    contacts.record(contacts=[contact(logger, now)], now=now)
    assert alarms.watch_loggers(now=now) == {logger.park_id}
    assert Problem.objects.get().cleared_at == now


def test_logger_within_its_interval_is_not_silent(now: datetime) -> None:
    logger = make_logger(minute_interval_min=10)
    contacts.record(contacts=[contact(logger, now - timedelta(minutes=29))], now=now)

    assert alarms.watch_loggers(now=now) == frozenset()


def test_nobody_waits_for_a_logger_that_was_switched_off(now: datetime) -> None:
    logger = make_logger()
    contacts.record(contacts=[contact(logger, now - timedelta(hours=1))], now=now)
    alarms.watch_loggers(now=now)

    logger.is_active = False
    logger.save()
    alarms.watch_loggers(now=now)

    assert Problem.objects.get().cleared_at == now


def test_counters_add_up_and_the_last_contact_never_moves_back(now: datetime) -> None:
    logger = make_logger()

    contacts.record(contacts=[contact(logger, now, frames=3, crc_errors=1)], now=now)
    contacts.record(contacts=[contact(logger, now - timedelta(minutes=5), frames=2)], now=now)

    state = LoggerState.objects.get()
    assert (state.frames, state.crc_errors, state.bytes, state.last_frame_at) == (5, 1, 400, now)
    assert IntakeMinute.objects.count() == 2


def test_contact_of_a_logger_that_was_deleted_meanwhile_harms_nobody(now: datetime) -> None:
    logger, other = make_logger(), make_logger()
    gone = contact(logger, now)
    logger.delete()

    contacts.record(contacts=[gone, contact(other, now)], now=now)

    assert LoggerState.objects.get().logger_id == other.pk
