"""Series as the charts of the pages take them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from monitoring.series.domain.readings import Interval
from monitoring.series.domain.verdicts import Verdict
from monitoring.series.selectors.history import Value
from monitoring.series.selectors.points import Point


def milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def line_of(*, point: Point, values: Sequence[Value], name: str) -> dict[str, Any]:
    """One line. Values that do not count are left out and leave a gap; the table below the chart names them."""
    converted = point.reference_o2 is not None
    points: list[list[Any]] = []
    for v in values:
        shown = v.converted if converted and v.converted is not None else v.value
        counts = v.verdict in (Verdict.VALID, Verdict.SUSPECT)
        points.append([milliseconds(v.time), shown if counts else None])
    return {"name": name, "unit": point.unit, "points": points}


def marks_of(*, values: Sequence[Value], interval: Interval, now: datetime) -> list[dict[str, Any]]:
    """Stretches that do not count, for shading; the period that still runs is no loss."""
    length = {Interval.MINUTE: 60_000, Interval.HOUR: 3_600_000, Interval.DAY: 86_400_000}.get(interval, 60_000)
    marks: list[dict[str, Any]] = []
    for v in values:
        if v.verdict in (Verdict.VALID, Verdict.SUSPECT):
            continue
        start = milliseconds(v.time)
        if start + length > milliseconds(now):
            continue
        if marks and start - marks[-1]["to"] <= length // 2:
            marks[-1]["to"] = start + length
        else:
            marks.append({"from": start, "to": start + length, "label": ""})
    return marks
