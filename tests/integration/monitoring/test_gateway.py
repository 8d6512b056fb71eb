"""The TCP door on real sockets: all editions on one port, answers in each form, and nobody who can hold it up."""

import asyncio
import os
import signal
from collections.abc import Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from monitoring.hj212.codes import Version
from monitoring.hj212.crc import crc16
from monitoring.hj212.frames import FrameSplitter
from monitoring.intake.gateway import server
from monitoring.intake.gateway.registry import Registry
from monitoring.intake.gateway.server import Gateway
from monitoring.intake.models import Submission
from tests.factories.register import make_logger
from tests.factories.series import make_channel
from tests.integration.monitoring.pipeline import upload

pytestmark = pytest.mark.django_db(transaction=True)


@asynccontextmanager
async def open_gateway(**limits: float) -> Any:
    """A gateway of this process on a free port, and the numbers of the jobs it asked workers to do."""
    woken: list[int] = []
    gateway = Gateway(registry=Registry(), wake_workers=woken.append, **limits)
    port: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(gateway.serve(host="127.0.0.1", port=0, ready=port.set_result))
    done, _ = await asyncio.wait([task, port], return_when=asyncio.FIRST_COMPLETED)
    if task in done:
        task.result()
    try:
        yield gateway, port.result(), woken
    finally:
        os.kill(os.getpid(), signal.SIGTERM)  # the gateway took the signal over
        await asyncio.wait_for(task, 20)


def run(test: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(asyncio.wait_for(test(), 60))


async def talk(port: int, data: bytes, *, answers: int = 1) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(data)
    heard = b""
    while heard.count(b"##") < answers or not heard.endswith(b"\r\n"):
        heard += await asyncio.wait_for(reader.read(4096), 10)
    writer.close()
    return heard


@pytest.fixture
def moment() -> datetime:
    return timezone.now().replace(microsecond=0) - timedelta(minutes=1)


def test_three_editions_are_answered_on_one_port_each_in_its_form(committed: None, moment: datetime) -> None:
    logger = make_channel(logger=make_logger(sm4_key="30" * 16)).logger
    values = {"a21026": {"Rtd": 12.5, "Flag": "N"}}
    qn = moment.astimezone(timezone.get_default_timezone()).strftime("%Y%m%d%H%M%S000").encode()
    frames = {version: upload(logger, moment, values, cn="2011", version=version) for version in Version}
    expected = {
        Version.V2005: b"ST=91;CN=9014;CP=&&QN=" + qn + b"&&",
        Version.V2017: b"QN=" + qn + b";ST=91;CN=9014;PW=123456;MN=" + logger.mn.encode() + b";Flag=4;CP=&&&&",
        Version.V2025: b"QN=" + qn + b";ST=91;CN=9014;PW=123456;MN=" + logger.mn.encode() + b";Flag=8;CP=&&&&",
    }
    assert b"a21026" not in frames[Version.V2025]  # this one travels ciphered

    async def test() -> None:
        async with open_gateway() as (_gateway, port, woken):
            for version, frame in frames.items():
                heard = await talk(port, frame)
                segment = expected[version]
                assert heard == b"##%04d%b%04X\r\n" % (len(segment), segment, crc16(segment))
            assert woken

    run(test)
    assert Submission.objects.filter(arrival=0).count() == 3


def test_answer_means_stored_in_the_journal(committed: None, moment: datetime) -> None:
    logger = make_channel().logger
    frames = [
        upload(logger, moment - timedelta(seconds=i), {"a21026": {"Rtd": float(i)}}, cn="2011") for i in range(50)
    ]
    counted: list[int] = []

    async def test() -> None:
        async with open_gateway() as (_gateway, port, _woken):
            await talk(port, b"".join(frames), answers=50)
            counted.append(await asyncio.to_thread(count_submissions))

    run(test)
    assert counted == [50]


def count_submissions() -> int:
    from django.db import connection

    try:
        return Submission.objects.count()
    finally:
        connection.close()


def test_heartbeat_and_log_in_are_answered(committed: None) -> None:
    logger = make_logger()

    async def test() -> None:
        async with open_gateway() as (_gateway, port, _woken):
            for cn, answer in ((b"9015", b"CN=9013"), (b"9021", b"CN=9022")):
                segment = b"QN=20260318103001234;ST=91;CN=%b;PW=123456;MN=%b;Flag=9;CP=&&&&" % (cn, logger.mn.encode())
                assert answer in await talk(port, b"##%04d%b%04X\r\n" % (len(segment), segment, crc16(segment)))

    run(test)


def test_refused_frames_are_kept_and_not_answered(committed: None, moment: datetime) -> None:
    logger = make_channel().logger
    values = {"a21026": {"Rtd": 12.5}}
    good = upload(logger, moment, values, cn="2011")
    wrong = upload(logger, moment, values, cn="2011", password="000000")

    async def test() -> None:
        async with open_gateway() as (_gateway, port, _woken):
            heard = await talk(port, b"junk\r\n" + wrong + good.replace(b"Rtd=12.5", b"Rtd=13.5") + good)
            assert len(FrameSplitter().feed(heard)) == 1

    run(test)
    assert sorted(Submission.objects.values_list("arrival", flat=True)) == [0, 1, 2, 6]


async def closed_within(reader: asyncio.StreamReader, seconds: float) -> bool:
    try:
        return await asyncio.wait_for(reader.read(10), seconds) == b""
    except ConnectionResetError:
        return True
    except TimeoutError:
        return False


def test_slow_sender_is_cut_and_a_steady_one_is_not(committed: None, moment: datetime) -> None:
    logger = make_channel().logger
    frame = upload(logger, moment, {"a21026": {"Rtd": 12.5}}, cn="2011")

    async def test() -> None:
        async with open_gateway(slow_seconds=0.8) as (_gateway, port, _woken):
            slow_reader, slow = await asyncio.open_connection("127.0.0.1", port)
            reader, steady = await asyncio.open_connection("127.0.0.1", port)
            # The steady one always has the next frame under way, so that it never stands at the end of one.
            steady.write(frame[:50])
            for i in range(12):
                slow.write(frame[i : i + 1])
                steady.write(frame[50:] + frame[:50])
                await asyncio.sleep(0.2)
                if slow_reader.at_eof():
                    break
            assert await closed_within(slow_reader, 3)
            assert not reader.at_eof()
            assert (await asyncio.wait_for(reader.read(100), 5)).startswith(b"##")
            steady.close()

    run(test)


def test_silent_connection_is_cut(committed: None) -> None:
    async def test() -> None:
        async with open_gateway(idle_seconds=0.6, slow_seconds=0.8) as (_gateway, port, _woken):
            reader, _writer = await asyncio.open_connection("127.0.0.1", port)
            assert await closed_within(reader, 4)

    run(test)


def test_memory_of_a_connection_is_bounded_while_the_database_is_away(
    committed: None, moment: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.db import OperationalError

    from monitoring.intake.services import journal

    logger = make_channel().logger
    frame = upload(logger, moment, {"a21026": {"Rtd": 12.5}}, cn="2011")
    away = [True]
    write = journal.write

    def sometimes(**fields: Any) -> int:
        if away[0]:
            raise OperationalError("the database is away")
        return write(**fields)

    monkeypatch.setattr(journal, "write", sometimes)

    async def test() -> None:
        async with open_gateway() as (gateway, port, _woken):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            flood = asyncio.create_task(pour(writer, frame * 100, times=400))  # some 8 MB
            await asyncio.sleep(1.5)
            waiting = len(gateway.journal._waiting)
            # One portion of the socket may come on top of the bound.
            assert server.MOST_UNANSWERED <= waiting < server.MOST_UNANSWERED + 2_000
            assert not flood.done()
            away[0] = False
            heard = 0
            while heard < 5_000:
                heard += (await asyncio.wait_for(reader.read(65_536), 10)).count(b"##")
            flood.cancel()
            writer.close()

    run(test)


async def pour(writer: asyncio.StreamWriter, data: bytes, *, times: int) -> None:
    for _ in range(times):
        writer.write(data)
        await writer.drain()


def test_gateway_whose_background_work_dies_ends_so_that_it_is_started_again(
    committed: None, moment: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    from monitoring.intake.services import journal

    logger = make_channel().logger
    frame = upload(logger, moment, {"a21026": {"Rtd": 12.5}}, cn="2011")

    def broken(**_: Any) -> int:
        raise ZeroDivisionError("a mistake in the program")

    monkeypatch.setattr(journal, "write", broken)

    async def test() -> None:
        gateway = Gateway(registry=Registry(), wake_workers=lambda job: None)
        port: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        task = asyncio.create_task(gateway.serve(host="127.0.0.1", port=0, ready=port.set_result))
        _reader, writer = await asyncio.open_connection("127.0.0.1", await port)
        writer.write(frame)
        with pytest.raises(ZeroDivisionError):
            await asyncio.wait_for(task, 10)

    run(test)


def test_connection_over_the_limit_is_turned_away(committed: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "MOST_CONNECTIONS", 3)

    async def test() -> None:
        async with open_gateway() as (_gateway, port, _woken):
            links = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3)]
            await asyncio.sleep(0.1)
            reader, _writer = await asyncio.open_connection("127.0.0.1", port)
            assert await closed_within(reader, 3)
            assert not links[0][0].at_eof()

    run(test)


def test_stop_journals_and_answers_what_arrived(committed: None, moment: datetime) -> None:
    logger = make_channel().logger
    frame = upload(logger, moment, {"a21026": {"Rtd": 12.5}}, cn="2011")
    heard: list[bytes] = []

    async def test() -> None:
        async with open_gateway() as (gateway, port, _woken):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(frame)
            while not gateway.journal._waiting and not gateway.journal.answered:
                await asyncio.sleep(0.001)
        heard.append(await reader.read())

    run(test)
    assert b"CN=9014" in heard[0]
    assert Submission.objects.count() == 1
