"""Streams and nodes of the park's balance."""

from typing import Any

from django.db import transaction

from accounting.activity.models import ProcessNode, Stream
from parks.people.services.audit import acting


@transaction.atomic
def set_stream(*, park_id: int, code: str, by_id: int | None, **fields: Any) -> Stream:
    """Enter a stream of the park or change what is known of it."""
    with acting(user_id=by_id, action="stream.set"):
        row, _made = Stream.objects.update_or_create(park_id=park_id, code=code, defaults=fields)
    return row


@transaction.atomic
def set_node(*, park_id: int, code: str, by_id: int | None, **fields: Any) -> ProcessNode:
    """Enter a node of the park or change what is known of it."""
    with acting(user_id=by_id, action="node.set"):
        row, _made = ProcessNode.objects.update_or_create(park_id=park_id, code=code, defaults=fields)
    return row
