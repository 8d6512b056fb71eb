"""Telling the database who acts, so that its audit triggers write it down."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def acting(*, user_id: int | None, action: str = "") -> Iterator[None]:
    """Everything written inside belongs to this person and action. Holds for the transaction it opens."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('tongjian.actor', true), current_setting('tongjian.action', true), "
            "set_config('tongjian.actor', %s, true), set_config('tongjian.action', %s, true)",
            [str(user_id or ""), action],
        )
        before = cursor.fetchone()
        yield
        cursor.execute(
            "SELECT set_config('tongjian.actor', %s, true), set_config('tongjian.action', %s, true)",
            [before[0] or "", before[1] or ""],
        )
