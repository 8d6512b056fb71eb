"""Readings of a water event from the channels of stations and outlets that stand at nodes of a network."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from monitoring.series.domain.readings import Interval
from monitoring.series.domain.verdicts import Reason, Verdict
from monitoring.series.selectors.history import Value, values_of
from monitoring.series.selectors.points import Point, points
from monitoring.tracing.domain.water.quiet import quiet_of
from monitoring.tracing.domain.water.readings import LEAST_VALUES, Reading
from monitoring.tracing.models import WaterGauge
from monitoring.tracing.selectors.water import gauges_of
from monitoring.tracing.services.gathering import COUNTED
from parks.catalogue.domain.errors import Invalid
from parks.catalogue.domain.periods import park_zone
from parks.catalogue.domain.units import scale_between
from parks.people.domain import Scope

KEPT = "mg/L"


class NoGauge(Invalid):
    """No station or outlet that stands at a node of this network has enough readings of the substance."""

    code = "tracing.no_gauge"


@dataclass(slots=True)
class Read:
    """Readings of an event, what each node reads without it, and where they come from."""

    readings: list[Reading] = field(default_factory=list)
    level: dict[str, float] = field(default_factory=dict)  # [mg/L]
    noise: dict[str, float] = field(default_factory=dict)  # [mg/L]
    channels: list[dict[str, Any]] = field(default_factory=list)


def read_of_channels(*, scope: Scope, network_id: int, pollutant: str, start: datetime, end: datetime) -> Read:
    """What the gauges of a network read in a time.

    Minutes where there are some, else hours. Readings that are not valid are left out and counted by their reason.

    Raises:
        NoGauge: no gauge has four valid readings. WrongUnit: the channel does not measure a mass in a volume.
    """
    found = Read()
    for gauge, one in _channels(scope, gauges_of(network_id=network_id), pollutant):
        interval, rows = _rows(one.id, start, end)
        weight = scale_between(reported=one.unit, kept=KEPT)
        valid = [row for row in rows if row.verdict in COUNTED and row.value is not None]
        left_out = Counter(_why(row) for row in rows if row.verdict not in COUNTED or row.value is None)
        half = _half(rows, interval)
        found.channels.append({
            "node": gauge.node, "channel": one.id, "code": one.code, "name": one.name, "interval": interval.name.lower(), "unit": one.unit,
            "counted": len(valid), "left_out": dict(sorted(left_out.items())),
        })  # fmt: skip
        # A mean stands for the middle of its time.
        found.readings += [
            Reading((row.time + half).astimezone(park_zone()), gauge.node, float(row.value or 0.0) * weight)
            for row in valid
        ]
    _quieten(found)
    if not found.level:
        raise NoGauge(pollutant=pollutant, gauges=len(found.channels))
    return found


def _channels(scope: Scope, gauges: Sequence[WaterGauge], pollutant: str) -> list[tuple[WaterGauge, Point]]:
    stations = {one.station_id: one for one in gauges if one.station_id}
    outlets = {one.outlet_id: one for one in gauges if one.outlet_id}
    rows = [
        (stations[one.station_id], one) for one in points(scope=scope, station_ids=stations) if one.station_id in stations
    ] + [(outlets[one.outlet_id], one) for one in points(scope=scope, outlet_ids=outlets) if one.outlet_id in outlets]  # fmt: skip
    return [(gauge, one) for gauge, one in rows if one.pollutant == pollutant]


def _rows(channel_id: int, start: datetime, end: datetime) -> tuple[Interval, list[Value]]:
    minutes = values_of(channel_id=channel_id, interval=Interval.MINUTE, start=start, end=end)
    if len(minutes) >= LEAST_VALUES:
        return Interval.MINUTE, minutes
    return Interval.HOUR, values_of(channel_id=channel_id, interval=Interval.HOUR, start=start, end=end)


def _half(rows: Sequence[Value], interval: Interval) -> timedelta:
    if interval is Interval.HOUR:
        return timedelta(minutes=30)
    gaps = np.diff([row.time.timestamp() for row in rows])
    return timedelta(seconds=float(np.median(gaps)) / 2) if len(gaps) else timedelta()


def _why(row: Value) -> str:
    """Number of the reason, as text: keys of a frozen document are text."""
    return str(int(Reason.NO_VALUE if row.verdict == Verdict.MISSING or row.value is None else row.reason))


def _quieten(found: Read) -> None:
    by_node: dict[str, list[float]] = {}
    for one in found.readings:
        by_node.setdefault(one.node, []).append(one.value)
    for node, values in by_node.items():
        if len(values) >= LEAST_VALUES:
            quiet = quiet_of(values=values)
            found.level[node], found.noise[node] = quiet.level, quiet.noise
