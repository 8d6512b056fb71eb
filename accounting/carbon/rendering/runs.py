"""Ledgers as plain data, and runs as CSV. Decimals travel as text, digit for digit."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from accounting.carbon.domain.inventory import Inventory, is_counted
from accounting.carbon.domain.ledger import Ledger
from accounting.carbon.domain.lines import Bounds, Line
from accounting.carbon.domain.uncertainty import Interval
from parks.portal.sheets import csv_bytes, xlsx_bytes


def plain(value: Any) -> Any:
    """Decimals to text; mappings and sequences through and through."""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def line_as_data(line: Line, *, potentials: Mapping[str, Decimal]) -> dict[str, Any]:
    """One line with its equation and inputs, and its tonnes of CO2e."""
    co2e = line.tonnes * potentials.get(line.gas, Decimal(0))
    data: dict[str, Any] = plain(asdict(line))
    data |= {
        "category": line.category.value,
        "co2e": format(co2e, "f"),
        "counted": is_counted(line),
    }
    return data


def bounds_as_data(one: Bounds) -> dict[str, Any]:
    found = {"id": one.id, "period": one.period, "gas": one.gas, "low": one.low, "high": one.high, "reason": one.reason}
    return {name: plain(value) for name, value in found.items()}


def result_as_data(
    *,
    lines: Sequence[Line],
    ledgers: Sequence[Ledger],
    totals: Inventory,
    interval: Interval | None,
    potentials: Mapping[str, Decimal],
) -> dict[str, Any]:
    """Everything that a run keeps."""
    return {
        "lines": [line_as_data(line, potentials=potentials) for line in lines],
        "totals": plain(asdict(totals)),
        "bounds": [bounds_as_data(one) for ledger in ledgers for one in ledger.bounds],
        "refused": [
            {"line": one.entry, "code": one.error.code, "message": str(one.error), "details": plain(one.error.details)}
            for ledger in ledgers
            for one in ledger.refused
        ],
        "interval": None if interval is None else {
            "half": interval.half, "relative": interval.relative,
            "contributions": [asdict(one) for one in interval.contributions[:12]],
        },
    }  # fmt: skip


def digest_of(*parts: Any) -> str:
    """Fingerprint of plain data: the same content gives the same digest."""
    text = json.dumps(parts, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def run_as_csv(result: Mapping[str, Any]) -> bytes:
    """One row an input of a line, so that every number can be followed."""
    return csv_bytes(header=LINE_HEADER, rows=input_rows(result))


LINE_HEADER = (
    "期间 period", "编号 line", "类型 kind", "类别 category", "气体 gas", "公式 equation", "吨 tonnes", "tCO2e", "输入 input", "值 value",
    "单位 unit", "因子 factor", "状态 status",
)  # fmt: skip
FACTOR_HEADER = ("因子 factor", "版本 version", "值 value", "单位 unit", "状态 status", "来源 source")


def input_rows(result: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    return [
        (line["period"], line["id"], line["kind"], line["category"], line["gas"], line["equation"], line["tonnes"], line["co2e"],
         one["name"], one["value"], one["unit"], one["factor"], one["status"])
        for line in result["lines"]
        for one in line["inputs"]
    ]  # fmt: skip


def run_as_xlsx(run: Any, *, zone: ZoneInfo) -> bytes:
    """Totals, lines with every input, activity data and factors. Numbers stay text, digit for digit, where they are exact."""
    totals = run.result["totals"]
    summary = [
        ("方法 method", run.method), ("企业 enterprise", run.enterprise.name), ("首月 first month", f"{run.first_month:%Y-%m}"),
        ("末月 last month", f"{run.last_month:%Y-%m}"), ("总量 total tCO2e", totals["total"]), ("指纹 digest", run.digest),
        ("程序 code", run.result.get("code_version", "")),
        *((f"{category}", value) for category, value in totals["by_category"].items()),
    ]  # fmt: skip
    data = [
        (one["month"], one["code"], one["version"], one["kind"], json.dumps(one["values"], ensure_ascii=False),
         json.dumps(one["choices"], ensure_ascii=False), json.dumps(one["groups"], ensure_ascii=False), one["evidence"])
        for one in run.inputs
    ]  # fmt: skip
    header = (
        "月份 month",
        "编号 code",
        "版本 version",
        "类型 kind",
        "数量 values",
        "选项 choices",
        "重复字段 groups",
        "凭证 SHA-256",
    )
    factors = [
        tuple(one[name] for name in ("id", "version", "value", "unit", "status", "source")) for one in run.factors
    ]
    return xlsx_bytes(
        sheets=[
            ("汇总 totals", ("项目 item", "值 value"), summary),
            ("排放源 lines", LINE_HEADER, input_rows(run.result)),
            ("活动数据 activity", header, data),
            ("因子 factors", FACTOR_HEADER, factors),
        ],
        zone=zone, created=run.computed_at,
    )  # fmt: skip


def run_as_data(run: Any) -> dict[str, Any]:
    """A run as plain data with everything it rests on."""
    return {
        "id": run.pk, "enterprise": run.enterprise_id, "enterprise_name": run.enterprise.name, "first_month": f"{run.first_month:%Y-%m}",
        "last_month": f"{run.last_month:%Y-%m}", "method": run.method, "total": format(run.total, "f"), "digest": run.digest,
        "computed_at": run.computed_at.isoformat(), "code_version": run.result.get("code_version", ""), "result": run.result,
        "inputs": run.inputs, "factors": run.factors,
    }  # fmt: skip


def run_as_json(run: Any) -> bytes:
    return json.dumps(run_as_data(run), ensure_ascii=False, indent=1, sort_keys=True).encode()
