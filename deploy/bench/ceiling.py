"""What the database takes when nothing else is done: the same rows by COPY to staging and INSERT ... ON CONFLICT."""

from __future__ import annotations

import time

import numpy as np
import psycopg

from monitoring.series.services.storing import CREATE_STAGING, INSERT, NAMES, Rows, encode

BATCH = 24_000  # rows: two thousand frames of twelve values, the largest batch of the pipeline
BATCHES = 12
DAY_US = 86_400_000_000


def rows_of(*, batch: int, channels: int) -> Rows:
    """Rows of a day long ago; every channel once in each step."""
    place = np.arange(BATCH)
    step = batch * (BATCH // channels) + place // channels
    numbers = np.full((7, BATCH), np.nan)
    numbers[0] = 5 + (place % 997) / 37
    small = np.zeros(BATCH, dtype=np.int16)
    return Rows(
        channel_id=(place % channels + 1).astype(np.int64), interval=small, time=(DAY_US * 30 + step * 30_000_000).astype(np.int64),
        numbers=numbers, flag=np.full(BATCH, b"N", dtype="S1"), verdict=small, reason=small, rule=small + 1,
        submission_id=(step + 1).astype(np.int64), asserted_at=(DAY_US * 30 + step * 30_000_000).astype(np.int64),
    )  # fmt: skip


def ceiling_rows_per_second(*, url: str, channels: int) -> float:
    """Rows a second, each batch durable by a commit of its own."""
    batches = [encode(rows=rows_of(batch=number, channels=channels)) for number in range(BATCHES)]
    with psycopg.connect(url) as link, link.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE IF NOT EXISTS monitoring_observation_2000_01 PARTITION OF monitoring_observation "
            "FOR VALUES FROM ('2000-01-01 00:00:00+00') TO ('2000-02-01 00:00:00+00')"
        )
        link.commit()
        start = time.perf_counter()
        for data in batches:
            cursor.execute(CREATE_STAGING)
            with cursor.copy(f"COPY staging ({NAMES}) FROM STDIN (FORMAT BINARY)") as copy:
                copy.write(data)
            cursor.execute(INSERT)
            link.commit()
        return BATCH * BATCHES / (time.perf_counter() - start)
