"""Monthly partitions of the large tables, where the server has no TimescaleDB to make chunks by itself."""

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache

from django.db import connection

BY_TIME = ("monitoring_observation", "monitoring_rollup")
BY_ARRIVAL = ("monitoring_submission",)
LOCK = 0x746A  # advisory lock: one process makes partitions at a time

_known: set[tuple[str, int, int]] = set()


def ensure_partitions(*, tables: Iterable[str], times: Iterable[datetime]) -> None:
    """Make the monthly partitions that hold the given times. Cheap when they exist; must run outside the data transaction.

    A month is created apart and attached, because attaching locks the parent far less than creating in place.
    """
    wanted = {(table, t.year, t.month) for table in tables for t in (t.astimezone(UTC) for t in times)} - _known
    if not wanted or uses_hypertables():
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        try:
            for table, year, month in sorted(wanted):
                make_partition(table=table, year=year, month=month)
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
    _known.update(wanted)


def make_partition(*, table: str, year: int, month: int) -> None:
    name = f"{table}_{year:04d}_{month:02d}"
    start = f"{year:04d}-{month:02d}-01 00:00:00+00"
    after = f"{year + month // 12:04d}-{month % 12 + 1:02d}-01 00:00:00+00"
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_inherits WHERE inhrelid = to_regclass(%s)", [name])
        if cursor.fetchone():
            return
        cursor.execute(f"CREATE TABLE IF NOT EXISTS {name} (LIKE {table} INCLUDING DEFAULTS INCLUDING CONSTRAINTS)")
        cursor.execute(f"ALTER TABLE {table} ATTACH PARTITION {name} FOR VALUES FROM ('{start}') TO ('{after}')")


@cache
def uses_hypertables() -> bool:
    """Whether the observations are a TimescaleDB hypertable; fixed for the life of an installation."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT relkind FROM pg_class WHERE oid = 'monitoring_observation'::regclass")
        row = cursor.fetchone()
    return row is not None and row[0] == "r"


def forget_partitions() -> None:
    """Forget what is known, for a database that was replaced under a running process (tests, restores)."""
    _known.clear()
    uses_hypertables.cache_clear()
