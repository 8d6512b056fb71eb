"""Ledgers as plain data, and runs as CSV. Decimals travel as text, digit for digit."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from accounting.carbon.domain.inventory import Inventory, is_counted
from accounting.carbon.domain.ledger import Ledger
from accounting.carbon.domain.lines import Bounds, Line
from accounting.carbon.domain.uncertainty import Interval
from parks.portal.sheets import csv_bytes


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
    header = (
        "期间 period",
        "编号 line",
        "类型 kind",
        "类别 category",
        "气体 gas",
        "公式 equation",
        "吨 tonnes",
        "tCO2e",
        "输入 input",
        "值 value",
        "单位 unit",
        "因子 factor",
        "状态 status",
    )
    rows = [
        (line["period"], line["id"], line["kind"], line["category"], line["gas"], line["equation"], line["tonnes"], line["co2e"],
         one["name"], one["value"], one["unit"], one["factor"], one["status"])
        for line in result["lines"]
        for one in line["inputs"]
    ]  # fmt: skip
    return csv_bytes(header=header, rows=rows)
