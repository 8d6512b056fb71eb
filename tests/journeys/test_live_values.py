"""The stream of an open page, over a real Valkey: one's own values, nobody else's."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import redis
from asgiref.sync import async_to_sync
from django.conf import settings
from django.test import AsyncClient

from monitoring.series.views import messages
from parks.people.domain import Role
from parks.portal import live
from tests.factories.people import make_user
from tests.factories.register import make_enterprise, make_logger, make_outlet, make_park
from tests.factories.series import make_channel

pytestmark = pytest.mark.django_db
Say = Callable[[], None]


async def heard(parts: AsyncIterator[Any], *, park_id: int, say: Say, count: int) -> list[tuple[str, Any]]:
    """Events of a stream after its greeting; `say` publishes once the stream listens."""
    greeting = await anext(parts)
    assert "retry:" in (greeting.decode() if isinstance(greeting, bytes) else greeting)
    first = asyncio.ensure_future(anext(parts))
    with redis.Redis.from_url(settings.CELERY_BROKER_URL) as broker:
        for _ in range(200):
            if broker.pubsub_numsub(live.topic(park_id))[0][1]:
                break
            await asyncio.sleep(0.02)
    say()
    told = [await asyncio.wait_for(first, 5)]
    while len(events := [parsed(part) for part in told if not is_comment(part)]) < count:
        told.append(await asyncio.wait_for(anext(parts), 5))
    return events


def is_comment(part: Any) -> bool:
    """Whether a part is only a sign of life, which browsers skip."""
    return (part.decode() if isinstance(part, bytes) else part).startswith(":")


def parsed(part: Any) -> tuple[str, Any]:
    """Name and data of one event in the form of the WHATWG specification."""
    text = part.decode() if isinstance(part, bytes) else part
    name, data, *rest = text.split("\n")
    assert name.startswith("event: ")
    assert data.startswith("data: ")
    assert rest == ["", ""]
    return name[7:], json.loads(data[6:])


@pytest.fixture
def park() -> Any:
    return make_park()


def channel_in(park: Any) -> Any:
    return make_channel(logger=make_logger(outlet=make_outlet(enterprise=make_enterprise(park=park))))


def speak(park: Any, *channels: Any) -> Say:
    def say() -> None:
        live.publish(park_id=park.pk, event="values", data=[{"channel": channels[-1].pk, "value": 9.0}])
        live.publish(
            park_id=park.pk, event="values", data=[{"channel": c.pk, "value": float(n)} for n, c in enumerate(channels)]
        )
        live.publish(park_id=park.pk, event="problems", data=[])

    return say


def listen(user: Any, park: Any, say: Say, *, count: int) -> list[tuple[str, Any]]:
    client = AsyncClient()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")

    async def course() -> list[tuple[str, Any]]:
        answer = await client.get(f"/stream/{park.pk}/")
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/event-stream")
        assert answer.headers["Cache-Control"] == "no-cache"
        parts = aiter(answer.streaming_content)
        try:
            return await heard(parts, park_id=park.pk, say=say, count=count)
        finally:
            await parts.aclose()

    return async_to_sync(course)()


def test_enterprise_hears_its_own_values_and_nobody_elses(park: Any) -> None:
    mine, neighbours = channel_in(park), channel_in(park)
    reporter = make_user(role=Role.REPORTER, enterprise=mine.enterprise)

    # the first message holds only the neighbour's value and is kept back as a whole
    told = listen(reporter, park, speak(park, mine, neighbours), count=2)

    assert told == [("values", [{"channel": mine.pk, "value": 0.0}]), ("problems", [])]


def test_officer_hears_the_whole_park(park: Any) -> None:
    one, other = channel_in(park), channel_in(park)

    told = listen(make_user(role=Role.OFFICER, park=park), park, speak(park, one, other), count=3)

    assert [name for name, _ in told] == ["values", "values", "problems"]
    assert {item["channel"] for item in told[1][1]} == {one.pk, other.pk}


def test_other_parks_are_not_heard(park: Any) -> None:
    here, away = channel_in(park), make_channel()

    def say() -> None:
        live.publish(park_id=away.park_id, event="values", data=[{"channel": away.pk, "value": 1.0}])
        live.publish(park_id=park.pk, event="values", data=[{"channel": here.pk, "value": 2.0}])

    told = listen(make_user(role=Role.OFFICER, park=park), park, say, count=1)

    assert told == [("values", [{"channel": here.pk, "value": 2.0}])]


def test_strangers_and_people_of_other_parks_hear_nothing(park: Any) -> None:
    client, foreigner = AsyncClient(), AsyncClient()
    foreigner.force_login(make_user(role=Role.PARK_ADMIN), backend="django.contrib.auth.backends.ModelBackend")

    assert async_to_sync(client.get)(f"/stream/{park.pk}/").status_code == 401
    assert async_to_sync(foreigner.get)(f"/stream/{park.pk}/").status_code == 404
    assert async_to_sync(foreigner.get)("/stream/999999999/").status_code == 404


def test_stream_without_a_broker_ends_instead_of_hanging(park: Any, settings: Any) -> None:
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"

    async def all_of_it() -> list[str]:
        return [text async for text in messages(park.pk, None)]

    assert async_to_sync(all_of_it)() == ["retry: 3000\n\n: hello\n\n"]


def test_quiet_stream_shows_that_it_lives(park: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "KEEP_ALIVE_S", 0.05)

    async def second() -> str:
        parts = messages(park.pk, None)
        await anext(parts)
        try:
            return await asyncio.wait_for(anext(parts), 5)
        finally:
            await parts.aclose()  # type: ignore[attr-defined]

    assert async_to_sync(second)() == ": alive\n\n"
