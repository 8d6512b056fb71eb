"""From rows of a table or items of a list to lines of activity data. One row holds one quantity; rows of one code make a line."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from accounting.activity.domain.declared import DECLARED
from parks.catalogue.domain.errors import PlatformError

# Column names as the template prints them, in both languages, and as programs write them.
COLUMNS: dict[str, tuple[str, ...]] = {
    "month": ("month", "月份", "月"),
    "code": ("code", "编号", "排放源编号"),
    "kind": ("kind", "类型"),
    "field": ("field", "字段"),
    "value": ("value", "数值", "数量"),
    "unit": ("unit", "单位"),
    "uncertainty": ("uncertainty", "不确定度"),
    "meter": ("meter", "计量器具"),
    "factor": ("factor", "因子"),
    "fuel": ("fuel", "燃料"),
    "choices": ("choices", "选项"),
    "node": ("node", "节点"),
    "stream": ("stream", "流股", "物料流"),
    "quality": ("quality", "质量等级"),
    "biogenic": ("biogenic", "生物质"),
    "note": ("note", "备注"),
}
FIELD_OF = {alias.lower(): name for name, aliases in COLUMNS.items() for alias in aliases}
NEEDED = ("month", "code", "kind", "value")
MONTH = re.compile(r"(20\d\d)\D?(0?[1-9]|1[0-2])(?:\D.*)?")
CODE = re.compile(r"[-\w]{1,60}", re.ASCII)
YES = ("1", "true", "yes", "是", "y")
CERTIFICATE = "certificate"


class BadRow(Exception):
    """One row cannot be used: field, rule and value say why."""

    def __init__(self, row: int, field: str, rule: str, value: object, message: str) -> None:
        super().__init__(message)
        self.row, self.field, self.rule, self.value, self.message = (
            row,
            field[:40],
            rule,
            str(value)[:120],
            message[:300],
        )


@dataclass(slots=True)
class Draft:
    """A line as it was handed in, with the rows it stands in and what each of them says."""

    month: date
    code: str
    kind: str
    rows: dict[int, str] = field(default_factory=dict)  # row -> field
    values: dict[str, Any] = field(default_factory=dict)
    choices: dict[str, str] = field(default_factory=dict)
    groups: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)  # group -> number -> part -> quantity
    node: str = ""
    stream: str = ""
    quality: int | None = None
    biogenic: bool = False
    note: str = ""
    error: BadRow | None = None  # the first row of it that cannot be used

    @property
    def key(self) -> tuple[date, str]:
        return self.month, self.code

    def rows_of_groups(self) -> dict[str, list[dict[str, Any]]]:
        return {
            name: [parts for _number, parts in sorted(rows.items(), key=lambda item: item[0].zfill(6))]
            for name, rows in self.groups.items()
            if name != CERTIFICATE
        }

    def certificates(self) -> list[dict[str, Any]]:
        return [parts for _number, parts in sorted(self.groups.get(CERTIFICATE, {}).items())]

    def row_of(self, named: str) -> int:
        """The row that says something of a field; the first where none does."""
        return next((row for row, name in self.rows.items() if name == named), next(iter(self.rows)))


def header_of(cells: Sequence[Any]) -> list[str] | None:
    """Field of each column, when the row is the header."""
    names = [re.split(r"[(（\[]", str(cell or "").strip().lower())[0].strip() for cell in cells]
    fields = [FIELD_OF.get(name, "") for name in names]
    return fields if all(name in fields for name in NEEDED) else None


def drafts_of_rows(rows: Iterable[tuple[int, Mapping[str, Any]]]) -> Iterator[Draft | BadRow]:
    """Lines of a table, in the order of their first row; rows that belong to none come as errors."""
    drafts: dict[tuple[date, str], Draft] = {}
    for number, item in rows:
        try:
            draft = started(number, item, drafts)
            add_row(draft, number, item)
        except BadRow as error:
            known = drafts.get(key_of(item))
            if known is None or error.rule == "row.twice":
                yield error
            else:
                known.rows[number] = error.field
                known.error = known.error or error
    yield from drafts.values()


def key_of(item: Mapping[str, Any]) -> tuple[date, str]:
    try:
        return month_of(0, item.get("month")), text(item.get("code"))
    except BadRow:
        return date.min, ""


def started(number: int, item: Mapping[str, Any], drafts: dict[tuple[date, str], Draft]) -> Draft:
    if not is_storable(item):
        raise BadRow(number, "", "row.form", "", "the row holds characters that are no text")
    for name in NEEDED[:3]:
        if text(item.get(name)) == "":
            raise BadRow(number, name, "required", "", f"{name} is missing")
    month, code, kind = month_of(number, item["month"]), text(item["code"]), text(item["kind"])
    if not CODE.fullmatch(code):
        raise BadRow(number, "code", "row.form", code, "letters, digits, - and _ only")
    draft = drafts.setdefault((month, code), Draft(month, code, kind))
    if draft.kind != kind:
        raise BadRow(number, "kind", "row.twice", kind, f"an earlier row says {draft.kind}")
    return draft


def is_storable(item: Mapping[str, Any]) -> bool:
    """Whether all of it is text that the database takes: no zero bytes, no halves of characters."""
    try:
        whole = json.dumps(item, ensure_ascii=False, default=str).encode()
    except (UnicodeEncodeError, ValueError, RecursionError):
        return False
    return b"\\u0000" not in whole


def add_row(draft: Draft, number: int, item: Mapping[str, Any]) -> None:
    name = text(item.get("field")) or main_field(draft.kind, number)
    if text(item.get("value")) == "":
        draft.rows[number] = name
        raise BadRow(number, name, "required", "", "value is missing")
    quantity: Any = {
        "value": text(item["value"]),
        **{k: text(item.get(k)) for k in ("unit", "meter", "factor") if text(item.get(k))},
    }
    if text(item.get("uncertainty")):
        quantity["uncertainty"] = share_of(number, item["uncertainty"])
    group, _, rest = name.partition(".")
    place, _, part = rest.partition(".")
    if rest and not (place.isdigit() and part):
        raise BadRow(number, name, "activity.unknown_field", name, "write repeated fields as feed.1.amount")
    target = draft.groups.setdefault(group, {}).setdefault(place, {}) if rest else draft.values
    key = part if rest else name
    said: Any = quantity["value"] if rest and (part == "substance" or group == CERTIFICATE) else quantity
    if key in target and target[key] != said:
        raise BadRow(number, name, "row.twice", quantity["value"], "an earlier row says something else")
    target[key] = said
    draft.rows[number] = name
    add_of_line(draft, number, item)


def add_of_line(draft: Draft, number: int, item: Mapping[str, Any]) -> None:
    if text(item.get("fuel")):
        draft.choices["fuel"] = text(item["fuel"])
    for pair in filter(None, re.split(r"[;；\n]", text(item.get("choices")))):
        name, equals, value = pair.partition("=")
        if not equals:
            raise BadRow(number, "choices", "row.form", pair, "write choices as name=value; name=value")
        draft.choices[name.strip()] = value.strip()
    draft.node = text(item.get("node")) or draft.node
    draft.stream = text(item.get("stream")) or draft.stream
    draft.note = text(item.get("note"))[:300] or draft.note
    draft.biogenic = draft.biogenic or text(item.get("biogenic")).lower() in YES
    if text(item.get("quality")):
        draft.quality = quality_of(number, item["quality"])


def drafts_of_items(items: Sequence[Any]) -> Iterator[Draft | BadRow]:
    """Lines of a JSON list; the row is the position from 1."""
    seen: dict[tuple[date, str], Any] = {}
    for number, item in enumerate(items, start=1):
        try:
            draft = draft_of_item(number, item)
            if seen.setdefault(draft.key, item) != item:
                raise BadRow(number, "code", "row.twice", draft.code, "an earlier line says something else")
        except BadRow as error:
            yield error
            continue
        yield draft


def draft_of_item(number: int, item: Any) -> Draft:
    if not isinstance(item, dict):
        raise BadRow(number, "", "row.form", item, "a line is an object")
    drafts: dict[tuple[date, str], Draft] = {}
    draft = started(number, item, drafts)
    values, choices, groups = (item.get(name) or {} for name in ("values", "choices", "groups"))
    shaped = all(isinstance(one, dict) for one in (values, choices, groups)) and all(
        isinstance(rows, list) and all(isinstance(row, dict) for row in rows) for rows in groups.values()
    )
    if not shaped:
        raise BadRow(number, "values", "row.form", "", "values and choices are objects, groups lists of objects")
    draft.rows[number] = ""
    draft.values, draft.choices = dict(values), {str(name): text(one) for name, one in choices.items()}
    draft.groups = {str(name): {str(n): dict(row) for n, row in enumerate(rows)} for name, rows in groups.items()}
    certificates = item.get("certificates") or []
    if not isinstance(certificates, list) or not all(isinstance(one, dict) for one in certificates):
        raise BadRow(number, "certificates", "row.form", "", "certificates are a list of objects")
    if certificates:
        draft.groups[CERTIFICATE] = {str(n): dict(one) for n, one in enumerate(certificates)}
    draft.node, draft.stream, draft.note = (text(item.get(name))[:300] for name in ("node", "stream", "note"))
    draft.biogenic = item.get("biogenic") is True
    if item.get("quality") is not None:
        draft.quality = quality_of(number, item["quality"])
    return draft


def main_field(kind: str, number: int) -> str:
    try:
        return DECLARED.kind(kind).main
    except PlatformError as error:
        raise BadRow(number, "kind", error.code, kind, str(error)) from error


def month_of(number: int, value: Any) -> date:
    """A month as people and spreadsheets write it: 2026-01, 2026/1, 2026年1月, a day of it."""
    if isinstance(value, datetime | date):
        return date(value.year, value.month, 1)
    found = MONTH.fullmatch(text(value))
    if found is None:
        raise BadRow(number, "month", "month.form", value, "write the month as 2026-01")
    return date(int(found[1]), int(found[2]), 1)


def quality_of(number: int, value: Any) -> int:
    found = text(value)
    if found not in ("1", "2", "3", "4", "5"):
        raise BadRow(number, "quality", "row.form", value, "quality is 1 (best) to 5")
    return int(found)


def share_of(number: int, value: Any) -> str:
    """Percent to a fraction."""
    try:
        found = Decimal(text(value).removesuffix("%").strip()) / 100
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite() or found < 0:
        raise BadRow(number, "uncertainty", "activity.number", value, "the uncertainty is a number in percent")
    return format(found, "f")


def text(value: Any) -> str:
    """A cell as text, without the .0 that a spreadsheet gives whole numbers."""
    if value is None:
        return ""
    if isinstance(value, float):
        return repr(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return str(value).strip()
