"""Who closes a month waits for lines that are being entered, also where nobody moved the month before."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Event

import pytest
from django.db import connection, transaction

from accounting.activity.models import MonthSample
from tests.factories.accounting import close_month, make_line
from tests.factories.people import make_user
from tests.factories.register import make_enterprise


@pytest.mark.usefixtures("committed")
def test_a_close_waits_for_a_line_and_sees_it(now: datetime) -> None:
    enterprise, closer = make_enterprise(), make_user()
    entered, may_commit = Event(), Event()

    def enter() -> int:
        try:
            with transaction.atomic():
                line = make_line(enterprise=enterprise, now=now)
                entered.set()
                may_commit.wait(20)
            return line.pk
        finally:
            connection.close()

    def close() -> None:
        try:
            close_month(enterprise=enterprise, now=now, by=closer)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        line = pool.submit(enter)
        assert entered.wait(20)
        closing = pool.submit(close)
        with pytest.raises(TimeoutError):
            closing.result(timeout=0.5)
        may_commit.set()
        closing.result(timeout=20)

    assert MonthSample.objects.get().line_ids == [line.result()]
