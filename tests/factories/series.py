"""Channels and observations for tests."""

from datetime import datetime
from typing import Any

import numpy as np

from monitoring.series.domain.readings import Interval
from monitoring.series.models import Channel
from monitoring.series.services import storing
from monitoring.series.services.storing import Rows, Stored, microseconds
from tests.factories.register import BEGINNING, make_logger


def make_channel(**overrides: Any) -> Channel:
    """A channel of a logger (or of an outlet, when `logger=None` is said)."""
    pollutant = overrides.pop("pollutant", "a21026")
    logger = overrides.pop("logger", "new")
    logger = make_logger() if logger == "new" else logger
    point = {}
    if logger is not None:
        point = {
            "logger": logger,
            "park": logger.park,
            "enterprise": logger.enterprise,
            "outlet": logger.outlet,
            "station": logger.station,
        }
    elif (outlet := overrides.get("outlet")) is not None:
        point = {"park": outlet.enterprise.park, "enterprise": outlet.enterprise}
    fields = {"pollutant_id": pollutant, "reported_unit": "mg/m3", "created_at": BEGINNING, **point}
    return Channel.objects.create(**(fields | overrides))


def store_values(
    *, channel: Channel, times: list[datetime], values: list[float | None], now: datetime,
    interval: Interval = Interval.MINUTE, submission: int = 1, asserted_at: datetime | None = None,
    verdict: list[int] | None = None, reason: list[int] | None = None, flag: str = "N", rule: int = 1,
) -> Stored:  # fmt: skip
    """Store plain values as they stand after judgement."""
    n = len(times)
    numbers = np.full((7, n), np.nan)
    numbers[0] = [np.nan if v is None else v for v in values]
    rows = Rows(
        channel_id=np.full(n, channel.pk, dtype=np.int64), interval=np.full(n, int(interval), dtype=np.int16),
        time=np.array([microseconds(t) for t in times], dtype=np.int64), numbers=numbers,
        flag=np.full(n, flag.encode(), dtype="S1"),
        verdict=np.array(verdict or [0] * n, dtype=np.int16), reason=np.array(reason or [0] * n, dtype=np.int16),
        rule=np.full(n, rule, dtype=np.int16), submission_id=np.full(n, submission, dtype=np.int64),
        asserted_at=np.full(n, microseconds(asserted_at or now), dtype=np.int64),
    )  # fmt: skip
    storing.ensure_months(rows=rows)
    return storing.store(rows=rows, now=now)
