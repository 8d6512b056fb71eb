"""A report as PDF, by Typst. Data travels as JSON and is never read as markup."""

import json
from datetime import datetime
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import typst
from fontTools.ttLib import TTFont

from parks.catalogue.domain.periods import park_zone

FOLDER = Path(__file__).resolve().parent
FONT_PACKAGE = "pylopdf_fonts_zh_cn"
MISSING = "〓"
WHITE = frozenset("\n\t\r ")


@cache
def font_folder() -> Path:
    found = find_spec(FONT_PACKAGE)
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent


@cache
def drawable() -> frozenset[int]:
    """Code points for which the fonts of the document have a glyph."""
    points: set[int] = set()
    for file in sorted(font_folder().glob("*.otf")):
        with TTFont(file, lazy=True) as font:
            points |= set(font.getBestCmap())
    return frozenset(points)


def covered(value: Any, *, missing: set[str]) -> Any:
    """The value with characters that no font can draw replaced by 〓; those are collected in `missing`."""
    if isinstance(value, str):
        lost = {c for c in value if ord(c) not in drawable() and c not in WHITE}
        missing |= lost
        return "".join(MISSING if c in lost else c for c in value) if lost else value
    if isinstance(value, dict):
        return {key: covered(item, missing=missing) for key, item in value.items()}
    if isinstance(value, list):
        return [covered(item, missing=missing) for item in value]
    return value


def render(content: dict[str, Any], *, digest: str, revision: int, stamp: datetime) -> tuple[bytes, set[str]]:
    """The document, and the characters that could not be drawn. The same content gives the same bytes.

    Args:
        stamp: the date that the file carries; the end of the reported day, never the clock.
    """
    missing: set[str] = set()
    data = covered(prepared(content, zone_name=content["zone"]), missing=missing)
    data |= {"digest": digest, "revision": revision, "missing": "".join(sorted(f"U+{ord(c):04X} " for c in missing))}
    pdf = typst.compile(
        FOLDER / "daily.typ", root=FOLDER, font_paths=[font_folder()], ignore_system_fonts=True, pdf_standards="a-2b",
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)}, timestamp=int(stamp.timestamp()),
    )  # fmt: skip
    return bytes(pdf), missing


def prepared(content: dict[str, Any], *, zone_name: str) -> dict[str, Any]:
    """Content with times as local text."""
    zone = park_zone(zone_name)
    rows = [
        {
            **row,
            "local": datetime.fromisoformat(row["time"]).astimezone(zone).strftime("%H:%M")
            if row["period"] == "HOUR"
            else "日均值",
        }
        for row in content["exceedances"]
    ]
    return {**content, "exceedances": rows}
