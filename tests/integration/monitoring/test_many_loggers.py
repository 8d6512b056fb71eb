"""As many loggers as a large park has, all connected at once."""

import asyncio
import resource
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from monitoring.intake.gateway.server import MOST_CONNECTIONS
from monitoring.intake.models import Job, Submission
from tests.factories.series import make_channel
from tests.integration.monitoring.pipeline import upload
from tests.integration.monitoring.test_gateway import open_gateway

pytestmark = pytest.mark.django_db(transaction=True)
BOTH_ENDS = 2 * MOST_CONNECTIONS + 500  # files of this process, which holds the loggers and the gateway


def test_five_thousand_connections_are_served_together(committed: None) -> None:
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < BOTH_ENDS:
        pytest.skip(f"this machine lets a process open {hard} files; the test needs {BOTH_ENDS}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    logger = make_channel().logger
    begin: datetime = timezone.now().replace(microsecond=0) - timedelta(hours=3)
    frames = [
        upload(logger, begin + timedelta(seconds=i), {"a21026": {"Rtd": 1.0}}, cn="2011")
        for i in range(MOST_CONNECTIONS)
    ]

    async def test() -> None:
        async with open_gateway() as (gateway, port, _woken):
            links = []
            for _ in range(MOST_CONNECTIONS // 500):
                links += await asyncio.gather(*(asyncio.open_connection("127.0.0.1", port) for _ in range(500)))
            for (_reader, writer), frame in zip(links, frames, strict=True):
                writer.write(frame)
            heard = await asyncio.gather(*(asyncio.wait_for(reader.readuntil(b"\r\n"), 60) for reader, _ in links))
            assert len(gateway.connections) == MOST_CONNECTIONS
            assert all(b"CN=9014" in answer for answer in heard)
            for _reader, writer in links:
                writer.close()

    asyncio.run(asyncio.wait_for(test(), 120))
    assert Submission.objects.count() == MOST_CONNECTIONS
    assert Job.objects.count() < MOST_CONNECTIONS // 5, "many frames share a commit"
