"""A park whose loggers reported whole local days."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from monitoring.series.models import Channel
from tests.factories.permits import make_permit_limit
from tests.factories.register import make_enterprise, make_logger, make_outlet, make_park
from tests.factories.series import make_channel
from tests.integration.monitoring.pipeline import through, upload

DAY = datetime(2026, 3, 16, 16, tzinfo=UTC)  # the 17th of March begins in Shanghai
NAME = "东屿化工园区"


def reporting_channel(*, limit: float = 35.0, **park: Any) -> Channel:
    """A channel with a limit, in a park with a name."""
    enterprise = make_enterprise(park=make_park(name=NAME, **park), name="瀚澜乙烯有限公司")
    outlet = make_outlet(enterprise=enterprise, code="DA001", name="裂解炉烟囱")
    make_permit_limit(outlet=outlet, maximum=limit)
    return make_channel(logger=make_logger(outlet=outlet, name="一号数采仪"))


def report_hours(channel: Channel, *, at: datetime, values: Iterable[float], start: datetime = DAY) -> None:
    """Hour means as the logger reports them, one after the other."""
    frames = [
        upload(channel.logger, start + timedelta(hours=n), {"a21026": {"Avg": value, "Flag": "N"}}, cn="2061",
               qn=start + timedelta(hours=n + 1, minutes=1))
        for n, value in enumerate(values)
    ]  # fmt: skip
    through(frames, at=at)
