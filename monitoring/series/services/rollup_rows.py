"""Roll-ups as rows: their layout in memory, reading by binary COPY, and writing those that differ."""

from datetime import datetime
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from monitoring.series.domain.readings import Interval
from monitoring.series.domain.verdicts import Reason, Verdict
from monitoring.series.services.storing import COPY_HEAD, COPY_TAIL, HOUR_US


def fixed(*columns: tuple[str, str]) -> np.dtype[Any]:
    """Layout of a binary COPY row of fixed-width columns."""
    return np.dtype([("n", ">i2")] + [f for name, kind in columns for f in ((f"_{name}", ">i4"), (name, kind))])


def fetch(layout: np.dtype[Any], sql: str, parameters: list[Any]) -> NDArray[Any]:
    """Rows of a query whose columns are of fixed width and never null, through binary COPY."""
    with (
        connection.wrap_database_errors,
        connection.cursor() as cursor,
        cursor.copy(f"COPY ({sql}) TO STDOUT (FORMAT BINARY)", parameters) as copy,
    ):
        data = b"".join(bytes(part) for part in copy)
    count = (len(data) - len(COPY_HEAD) - len(COPY_TAIL)) // layout.itemsize
    return np.frombuffer(data, dtype=layout, offset=len(COPY_HEAD), count=count)


ROLLUP = np.dtype(
    [("channel_id", "i8"), ("interval", "i2"), ("time", "i8")]
    + [(name, "f8") for name in ("value", "minimum", "maximum", "converted", "coverage")]
    + [(name, "i2") for name in ("verdict", "reason", "rule", "basis")]
    + [(name, "f8") for name in ("load_kg", "volume_m3", "reported_total")]
)
NUMBERS = ("value", "minimum", "maximum", "converted", "load_kg", "volume_m3", "reported_total")


def empty_rollups(*, channel: NDArray[np.int64], interval: Interval, time: NDArray[np.int64]) -> NDArray[Any]:
    """Roll-ups of periods without data."""
    rows = np.zeros(len(channel), dtype=ROLLUP)
    rows["channel_id"], rows["interval"], rows["time"] = channel, int(interval), time
    for name in NUMBERS:
        rows[name] = np.nan
    rows["verdict"], rows["reason"] = int(Verdict.MISSING), int(Reason.NO_DATA)
    return rows


def pair_key(channel: NDArray[np.int64], time: NDArray[np.int64]) -> NDArray[np.int64]:
    """One sortable number for channel and hour: hours since 2000 fit in 2^24 until the year 3900."""
    return channel.astype(np.int64) * (1 << 24) + time.astype(np.int64) // HOUR_US + (1 << 22)


def native(values: NDArray[Any]) -> NDArray[np.float64]:
    return values.astype(np.float64)


WRITTEN: tuple[tuple[str, str], ...] = (
    ("channel_id", ">i8"), ("interval", ">i2"), ("time", ">i8"), ("value", ">f8"), ("minimum", ">f8"), ("maximum", ">f8"),
    ("converted", ">f8"), ("coverage", ">f8"), ("verdict", ">i2"), ("reason", ">i2"), ("rule", ">i2"), ("basis", ">i2"),
    ("load_kg", ">f8"), ("volume_m3", ">f8"), ("reported_total", ">f8"),
)  # fmt: skip
KINDS = {">i8": "bigint", ">i2": "smallint", ">f8": "float8"}
STAGING = ", ".join(f'"{name}" {"timestamptz" if name == "time" else KINDS[kind]}' for name, kind in WRITTEN)
EXACT = {"load_kg": "numeric(20, 6)", "volume_m3": "numeric(20, 3)", "reported_total": "numeric(20, 6)"}
SELECTED = ", ".join(
    f"NULLIF({name}, 'NaN')::{EXACT[name]}"
    if name in EXACT
    else f"NULLIF({name}, 'NaN')"
    if name in NUMBERS
    else f'"{name}"'
    for name, _ in WRITTEN
)
CHANGING = [name for name, _ in WRITTEN[3:]]
UPSERT = f"""
INSERT INTO monitoring_rollup ({", ".join(f'"{n}"' for n, _ in WRITTEN)}, computed_at)
SELECT {SELECTED}, %s FROM staging_rollup ORDER BY channel_id, "interval", time
ON CONFLICT (channel_id, "interval", time) DO UPDATE SET {", ".join(f"{n} = EXCLUDED.{n}" for n in CHANGING)},
    computed_at = EXCLUDED.computed_at
WHERE ({", ".join("monitoring_rollup." + n for n in CHANGING)}) IS DISTINCT FROM ({", ".join("EXCLUDED." + n for n in CHANGING)})"""


def write_rollups(*, rows: NDArray[Any], now: datetime) -> int:
    """Write roll-ups that differ from what stands there. Returns how many were written."""
    layout = fixed(*WRITTEN)
    table = np.zeros(len(rows), dtype=layout)
    table["n"] = len(WRITTEN)
    for name, kind in WRITTEN:
        table[f"_{name}"] = np.dtype(kind).itemsize
        table[name] = rows[name]
    with connection.wrap_database_errors, connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE IF NOT EXISTS staging_rollup ({STAGING}) ON COMMIT DELETE ROWS")
        cursor.execute("TRUNCATE staging_rollup")
        with cursor.copy("COPY staging_rollup FROM STDIN (FORMAT BINARY)") as copy:
            copy.write(COPY_HEAD + table.tobytes() + COPY_TAIL)
        cursor.execute(UPSERT, [now])
        return int(cursor.rowcount)
