"""The template for tables of activity data."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from accounting.activity.domain.checking import Known
from accounting.activity.domain.declared import DECLARED, DeclaredField
from accounting.activity.domain.tables import COLUMNS
from parks.catalogue.domain.periods import park_zone
from parks.portal.registry import lobby
from parks.portal.sheets import csv_bytes, xlsx_bytes

HEADER = tuple(f"{aliases[1]} ({name})" for name, aliases in COLUMNS.items())
HELP = (
    ("月份", "month", "如 2026-01", "for example 2026-01"),
    ("编号", "code", "本企业内排放源编号，如 boiler-1；同月同编号的各行组成一条", "code of the source; rows of one month and code make a line"),
    ("类型", "kind", "见“类型 kinds”", "see the sheet of kinds"),
    ("字段", "field", "留空为主要字段；重复字段写成 feed.1.amount", "empty: the main one; repeated fields as feed.1.amount"),
    ("数值", "value", "数字，不带千位分隔符", "a number without separators"),
    ("单位", "unit", "该字段量纲内的任一单位", "any unit of the field's dimension"),
    ("不确定度", "uncertainty", "相对不确定度 ± %（95%置信区间）", "plus or minus percent, 95 % interval"),
    ("计量器具", "meter", "同一器具的各行共享误差", "lines that name one meter share its error"),
    ("因子", "factor", "因子库编号（代替实测值时）", "id of a factor of the library"),
    ("燃料", "fuel", "见“选项 options”", "see the sheet of options"),
    ("选项", "choices", "如 region=CN; factor_year=2023", "for example region=CN; factor_year=2023"),
    ("节点", "node", "见“节点 nodes”，可留空", "see the sheet of nodes; may be empty"),
    ("流股", "stream", "见“流股 streams”；flow 类型必填", "see the sheet of streams; needed for kind flow"),
    ("质量等级", "quality", "1（最好）至 5", "1 (best) to 5"),
    ("生物质", "biogenic", "是 / 否", "yes or no"),
    ("绿证", "certificate", "字段写成 certificate.1.id、.mwh、.acquisition、.attribute、.proof", "fields certificate.1.id and so on"),
)  # fmt: skip


def word(family: str, code: str) -> str:
    return str(lobby.words.get(f"{family}.{code}", code))


def template_csv() -> bytes:
    """The header row."""
    return csv_bytes(header=HEADER, rows=[])


def template_xlsx(*, known: Known, nodes: Iterable[Any], streams: Iterable[Any], now: datetime) -> bytes:
    """An empty table, and what may stand in it: kinds with fields and units, options, nodes, streams."""
    return xlsx_bytes(
        sheets=[
            ("数据 data", HEADER, []),
            ("说明 help", ("列", "column", "说明", "meaning"), HELP),
            ("类型 kinds", ("类型 kind", "名称", "字段 field", "名称", "必填", "单位 units"), kind_rows()),
            ("选项 options", ("类型 kind", "选项 choice", "名称", "取值 value", "名称"), option_rows(known)),
            ("节点 nodes", ("节点 node", "名称", "企业"), ((n.code, n.name, n.enterprise.name) for n in nodes)),
            ("流股 streams", ("流股 stream", "名称", "单位 unit"), ((s.code, s.name, s.unit) for s in streams)),
        ],
        zone=park_zone(), created=now,
    )  # fmt: skip


def kind_rows() -> Iterator[tuple[str, ...]]:
    for kind in DECLARED.kinds.values():
        name = word("kind_of_line", kind.name)
        for one in kind.fields:
            yield kind.name, name, one.name, word("quantity", one.name), "是" if one.required else "", units(one)
        for group, parts in kind.groups.items():
            for one in parts:
                field = f"{group}.1.{one.name}"
                yield kind.name, name, field, word("quantity", one.name), "是" if one.required else "", units(one)
            if any(one.name == "carbon" for one in parts):
                yield kind.name, name, f"{group}.1.substance", word("choice", "substance"), "", ""


def units(one: DeclaredField) -> str:
    return " / ".join(dict.fromkeys(unit for needed in one.units.values() for unit in DECLARED.alternatives(needed)))


def option_rows(known: Known) -> Iterator[tuple[str, ...]]:
    for kind in DECLARED.kinds.values():
        for choice in kind.choices:
            for option in known.options(choice):
                yield kind.name, choice.name, word("choice", choice.name), option, word("option", option)
