"""Live updates: workers publish, open pages listen. Messages are hints; a page that missed one reads the database."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from typing import Any

import redis
import redis.asyncio
from django.conf import settings

KEEP_ALIVE_S = 15.0


def topic(park_id: int) -> str:
    return f"tj:live:{park_id}"


_client: redis.Redis | None = None


def publish(*, park_id: int, event: str, data: Sequence[Any]) -> None:
    """Tell the open pages of a park. Without Redis nobody is told, and nothing else suffers."""
    global _client
    if _client is None:
        _client = redis.Redis.from_url(settings.CELERY_BROKER_URL, socket_timeout=1, socket_connect_timeout=1)
    try:
        _client.publish(topic(park_id), json.dumps({"event": event, "data": data}, separators=(",", ":")))
    except redis.RedisError:
        _client = None


async def events(*, park_id: int) -> AsyncIterator[tuple[str, list[Any]]]:
    """Events of a park as they are published; an empty event as a sign of life. Ends when the broker goes away."""
    client = redis.asyncio.Redis.from_url(settings.CELERY_BROKER_URL, socket_connect_timeout=2)
    pubsub = client.pubsub(ignore_subscribe_messages=True)
    try:
        await pubsub.subscribe(topic(park_id))
        while True:
            message = await pubsub.get_message(timeout=KEEP_ALIVE_S)
            if message is None:
                yield "", []
                continue
            found = json.loads(message["data"])
            yield found["event"], found["data"]
    except (redis.RedisError, asyncio.IncompleteReadError):
        return
    finally:
        await pubsub.aclose()  # type: ignore[no-untyped-call]
        await client.aclose()
