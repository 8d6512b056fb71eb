"""A frozen balance as a workbook."""

from typing import Any

from parks.catalogue.domain.periods import park_zone
from parks.portal.sheets import csv_bytes, xlsx_bytes


def balance_as_workbook(row: Any, names: Any) -> bytes:
    """A frozen balance as sheets: factors, enterprises, flows between them, bridge, and the lines behind."""
    found = row.result
    prints = found.get("footprints", {})
    factors = [
        (
            code,
            names.stream(code),
            names.unit(code),
            one["CO2e"],
            prints[code]["half"],
            found["delivered"][code],
            prints[code]["primary"],
        )
        for code, one in found.get("factors", {}).items()
    ]
    enterprises = [
        (names.enterprise(code), one["direct"]["CO2e"], one["in"]["CO2e"], one["out"]["CO2e"])
        for code, one in found.get("enterprises", {}).items()
    ]
    cells = [
        (names.stream(c["stream"]), names.enterprise(c["from"]), names.enterprise(c["to"]), c["CO2e"])
        for c in found.get("cells", [])
    ]
    terms = [
        (t["name"], names.stream(t["stream"]), names.enterprise(t["enterprise"]), t["tonnes"])
        for t in found.get("bridge", {}).get("terms", [])
    ]
    lines = [
        (
            names.enterprise(one["enterprise"]),
            one["code"],
            one["version"],
            one["kind"],
            names.node(one["node"]),
            one["quality"],
            one["id"],
        )
        for one in row.inputs["lines"]
    ]
    wrong = [(one["code"], one["message"]) for one in [*found["problems"], *found.get("lines", [])]]
    return xlsx_bytes(
        sheets=[
            ("流股因子 factors", ("编号 code", "流股 stream", "单位 unit", "tCO2e/单位", "±", "交付量 delivered", "一手数据占比 primary"), factors),
            ("企业 enterprises", ("企业 enterprise", "直接 direct tCO2e", "流入 in tCO2e", "流出 out tCO2e"), enterprises),
            ("流向 flows", ("流股 stream", "来自 from", "去向 to", "tCO2e"), cells),
            ("衔接表 bridge", ("项 term", "流股 stream", "企业 enterprise", "tCO2e"), terms),
            ("活动数据 lines", ("企业 enterprise", "编号 code", "版本 version", "类型 kind", "节点 node", "质量 quality", "id"), lines),
            ("问题 problems", ("代码 code", "说明 message"), wrong),
        ],
        zone=park_zone(), created=row.computed_at,
    )  # fmt: skip


def flows_as_csv(row: Any, names: Any) -> bytes:
    """One row a flow between enterprises, with the factor of its stream."""
    factors = row.result.get("factors", {})
    header = ("月份 month", "流股 stream", "单位 unit", "因子 tCO2e/unit", "来自 from", "去向 to", "tCO2e")
    rows = [
        (f"{row.month:%Y-%m}", names.stream(c["stream"]), names.unit(c["stream"]), factors[c["stream"]]["CO2e"], names.enterprise(c["from"]),
         names.enterprise(c["to"]), c["CO2e"])
        for c in row.result.get("cells", [])
    ]  # fmt: skip
    return csv_bytes(header=header, rows=rows)


def part_of_enterprises(*, result: dict[str, Any], case: dict[str, Any], enterprises: set[str]) -> dict[str, Any]:
    """What enterprises may see of a balance: their own amounts and nodes, and the factors of streams that they make or take."""
    own = {node["id"] for node in case["network"]["nodes"] if node["enterprise"] in enterprises}
    streams = {
        s
        for node in case["network"]["nodes"]
        if node["id"] in own
        for s in (*node.get("inputs", {}), *node.get("outputs", {}))
    }
    prints = result.get("footprints", {})
    return {
        "month": result["month"], "gases": result.get("gases", []),
        "factors": {s: row for s, row in result.get("factors", {}).items() if s in streams},
        "footprints": {
            s: {name: row[name] for name in ("total", "half", "primary", "unstated", "stages")} for s, row in prints.items() if s in streams
        },
        "enterprises": {e: row for e, row in result.get("enterprises", {}).items() if e in enterprises},
        "nodes": {n: row for n, row in result.get("nodes", {}).items() if n in own},
        "lines": [one for one in result.get("lines", []) if one["enterprise"] in enterprises],
        "checks": [one for one in result.get("checks", []) if one["node"] in own],
    }  # fmt: skip
