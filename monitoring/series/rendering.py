"""Series as CSV and XLSX."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from monitoring.series.domain.readings import Interval
from monitoring.series.domain.verdicts import Reason, Verdict
from monitoring.series.selectors.history import Value
from monitoring.series.selectors.points import Point
from parks.catalogue.domain.periods import park_zone
from parks.portal.sheets import csv_bytes, xlsx_bytes

HEADER = (
    "时间 time", "企业 enterprise", "点位 point", "因子编码 factor", "因子 name", "单位 unit", "数据类型 interval", "数值 value",
    "最小值 minimum", "最大值 maximum", "折算值 converted", "标记 flag", "判定 verdict", "原因 reason", "覆盖率 coverage", "排放量 kg load",
)  # fmt: skip
Series = tuple[Point, Sequence[Value]]


def rows_of(*, series: Sequence[Series], interval: Interval) -> Iterator[tuple[Any, ...]]:
    for point, values in series:
        for v in values:
            yield (
                v.time, point.enterprise, f"{point.code} {point.name}", point.pollutant, point.pollutant_name, point.unit,
                interval.name.lower(), v.value, v.minimum, v.maximum, v.converted, v.flag, Verdict(v.verdict).name,
                Reason(v.reason).name, v.coverage, None if v.load_kg is None else float(v.load_kg),
            )  # fmt: skip


def as_csv(*, series: Sequence[Series], interval: Interval, zone_name: str) -> bytes:
    """One row a value, times in local time of the park."""
    zone = park_zone(zone_name)
    rows = (
        (row[0].astimezone(zone).strftime("%Y-%m-%d %H:%M:%S"), *row[1:])
        for row in rows_of(series=series, interval=interval)
    )
    return csv_bytes(header=HEADER, rows=rows)


def as_xlsx(*, series: Sequence[Series], interval: Interval, zone_name: str, now: datetime) -> bytes:
    """One row a value; numbers are numbers and times are times."""
    rows = rows_of(series=series, interval=interval)
    return xlsx_bytes(sheets=[("series", HEADER, rows)], zone=park_zone(zone_name), created=now)
