"""Templates for uploads, and refused rows as a file."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from monitoring.series.selectors.points import Point
from parks.catalogue.domain.periods import park_zone
from parks.portal.sheets import csv_bytes, xlsx_bytes

COLUMNS = (
    "排放口编号 (outlet)", "因子编码 (factor)", "数据类型 (interval)", "监测时间 (time)", "监测值 (value)", "最小值 (minimum)", "最大值 (maximum)",
    "累计值 (total)", "折算值 (converted)", "数据标记 (flag)",
)  # fmt: skip
HELP = (
    ("排放口编号", "outlet", "DA001、DW001 等，须已登记", "registered code such as DA001"),
    ("因子编码", "factor", "HJ 212 编码，如 a21026、w01018", "HJ 212 code such as a21026"),
    ("数据类型", "interval", "实时、分钟、小时或日", "realtime, minute, hour or day"),
    (
        "监测时间",
        "time",
        "时段开始时间（园区当地时间），如 2026-01-31 08:00",
        "start of the period, local time of the park",
    ),
    (
        "监测值",
        "value",
        "登记单位下的平均值；无值时填写数据标记",
        "mean in the registered unit; without one give a flag",
    ),
    ("累计值", "total", "时段累计量，kg 或 m³", "total of the period, kg or m³"),
    ("折算值", "converted", "折算到基准含氧量的浓度", "concentration at reference oxygen"),
    ("数据标记", "flag", "N F M S D C T B", "flag of HJ 212"),
)


def template_csv() -> bytes:
    """The header row."""
    return csv_bytes(header=COLUMNS, rows=[])


def template_xlsx(*, points: Sequence[Point], now: datetime) -> bytes:
    """An empty table, what each column means, and the channels that may be filled."""
    mine = [(p.code, p.name, p.pollutant, p.pollutant_name, p.unit, p.enterprise) for p in points]
    return xlsx_bytes(
        sheets=[
            ("数据 data", COLUMNS, []),
            ("说明 help", ("列", "column", "说明", "meaning"), HELP),
            ("可填点位 channels", ("排放口编号", "名称", "因子编码", "因子", "单位", "企业"), mine),
        ],
        zone=park_zone(), created=now,
    )  # fmt: skip


def refused_csv(*, rows: Iterable[Any]) -> bytes:
    """Row, field, rule, value and message of each refused row."""
    header = ("行 row", "字段 field", "规则 rule", "值 value", "说明 message")
    return csv_bytes(header=header, rows=((r.row, r.field, r.rule, r.value, r.message) for r in rows))
