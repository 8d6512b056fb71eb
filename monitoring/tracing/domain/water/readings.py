"""Readings of a water event: rows of a table onto one grid of times, a mean of each cell."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Any

import numpy as np

from monitoring.tracing.domain.water.sheets import WEIGHTS, BadTable, Refused, moment_of, number_of, rows_of
from parks.catalogue.domain.errors import Invalid

FIELDS = ("time", "node", "value", "unit")
MOST_CELLS = 2000
LEAST_VALUES = 4


class TooFew(Invalid):
    """The readings do not make a series."""

    code = "tracing.too_few_readings"


@dataclass(frozen=True, slots=True)
class Reading:
    at: datetime
    node: str
    value: float  # [mg/L]


@dataclass(frozen=True, slots=True)
class Table:
    readings: tuple[Reading, ...]
    refused: tuple[Refused, ...]


def readings_of(*, data: bytes, nodes: Collection[str], zone: tzinfo) -> Table:
    """Rows of a CSV file with time, node, value, unit.

    Raises:
        BadTable: the file as a whole cannot be read, or no row holds.
    """
    taken: list[Reading] = []
    refused: list[Refused] = []
    seen: set[tuple[datetime, str]] = set()
    for number, row in rows_of(data=data, fields=FIELDS):
        at, value = moment_of(row.get("time", ""), zone), number_of(row.get("value", ""))
        weight, node = WEIGHTS.get(row.get("unit", "")), row.get("node", "")
        wrong = [
            *([Refused(number, "time", "time.format")] if at is None else []),
            *([Refused(number, "node", "node.unknown")] if node not in nodes else []),
            *([Refused(number, "value", "number")] if value is None else []),
            *([Refused(number, "unit", "unit.unknown")] if weight is None else []),
        ]
        if not wrong and at is not None and (at, node) in seen:
            wrong = [Refused(number, "time", "row.duplicate")]
        refused += wrong
        if not wrong and at is not None and value is not None and weight is not None:
            seen.add((at, node))
            taken.append(Reading(at, node, value * weight))
    if not taken:
        raise BadTable(
            "No row of the table can be taken.", refused=[f"{one.row} {one.field} {one.rule}" for one in refused[:20]]
        )
    return Table(tuple(taken), tuple(refused))


def interval_of(*, readings: Collection[Reading]) -> float:
    """The usual distance of two readings of one node [s], whole minutes."""
    gaps: list[float] = []
    for node in {one.node for one in readings}:
        times = sorted(one.at.timestamp() for one in readings if one.node == node)
        gaps += np.diff(times).tolist()
    if not gaps:
        raise TooFew(f"A node needs at least {LEAST_VALUES} readings.")
    return float(max(60.0, 60 * round(float(np.median(gaps)) / 60)))


def gridded(
    *,
    readings: Collection[Reading],
    interval: float,
    start: datetime | None = None,
    count: int | None = None,
    floor: float,
    level: Mapping[str, float] | None = None,
) -> dict[str, Any]:
    """The `readings` of a case: a mean in each cell, null where nothing was read.

    Args:
        start, count: of the grid; from the first to the last reading unless told otherwise. floor: noise of a reading [mg/L].
        level: what a node reads without the event [mg/L], where it is known.

    Raises:
        TooFew: no node has enough values on the grid, or the grid is longer than a case may be.
    """
    first = start or min(one.at for one in readings)
    last = max(one.at for one in readings)
    cells = count or round((last - first) / timedelta(seconds=interval)) + 1
    if cells > MOST_CELLS:
        raise TooFew(f"{cells} steps of {interval:.0f} s are more than {MOST_CELLS}; send a shorter stretch.")
    found: dict[str, list[list[float]]] = {}
    for one in readings:
        cell = round((one.at - first).total_seconds() / interval)
        if 0 <= cell < cells:
            found.setdefault(one.node, [[] for _ in range(cells)])[cell].append(one.value)
    kept = {node: grid for node, grid in found.items() if sum(map(bool, grid)) >= LEAST_VALUES}
    if not kept:
        raise TooFew(f"A node needs at least {LEAST_VALUES} readings.")
    manholes: list[dict[str, Any]] = [
        {"manhole": node, "values_mg_l": [round(float(np.mean(cell)), 6) if cell else None for cell in grid]}
        for node, grid in sorted(kept.items())
    ]  # fmt: skip
    for row in manholes:
        if level is not None and row["manhole"] in level:
            row["background_mg_l"] = round(level[row["manhole"]], 6)
    return {"start": first.isoformat(), "interval_s": interval, "noise_floor_mg_l": floor, "manholes": manholes}
