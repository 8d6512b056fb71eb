"""A report as XLSX: the same content, every number a number."""

from datetime import datetime
from typing import Any

from parks.catalogue.domain.periods import park_zone
from parks.portal.sheets import xlsx_bytes


def render(content: dict[str, Any], *, digest: str, revision: int, stamp: datetime) -> bytes:
    """The workbook. The same content gives the same bytes."""
    summary = [
        ("园区", content["park"]), ("日期", content["day"]), ("版次", revision), ("监测点位", content["points"]),
        ("通道", content["channels"]), ("应测小时均值", content["hours_due"]), ("有效小时均值", content["hours_valid"]),
        ("有效率", content["valid_rate"]), ("有效性规则", "、".join(content["rules"])), ("报表版本", content["version"]), ("内容指纹", digest),
    ]  # fmt: skip
    over = [
        (r["enterprise"], r["code"], r["point"], r["pollutant"], r["pollutant_name"], "小时" if r["period"] == "HOUR" else "日",
         datetime.fromisoformat(r["time"]), r["value"], r["limit"], r["unit"], r["times"], r["rule"])
        for r in content["exceedances"]
    ]  # fmt: skip
    loads = [
        (r["enterprise"], r["pollutant"], r["pollutant_name"], float(r["day_kg"]), float(r["emitted_t"]), float(r["quota_t"]), r["used"])
        for r in content["quotas"]
    ]  # fmt: skip
    rates = [(r["enterprise"], r["code"], r["point"], r["valid"], r["due"], r["rate"]) for r in content["validity"]]
    quiet = [(r["enterprise"], r["code"], r["logger"], r["missing"], r["due"]) for r in content["silent"]]
    return xlsx_bytes(
        sheets=[
            ("概要", ("项目", "内容"), summary),
            ("超标", ("企业", "排放口", "名称", "因子编码", "污染物", "时段", "时间", "数值", "限值", "单位", "超标倍数", "依据"), over),
            ("排放量", ("企业", "因子编码", "污染物", "当日 kg", "年累计 t", "许可 t/a", "已用"), loads),
            ("缺数", ("企业", "点位", "数采仪", "缺数小时", "应有小时"), quiet),
            ("有效率", ("企业", "点位", "名称", "有效", "应测", "有效率"), rates),
        ],
        zone=park_zone(content["zone"]), created=stamp,
    )  # fmt: skip
