"""Documents by Typst: the fonts, and text that they can draw. Data travels as JSON and is never read as markup."""

import json
from datetime import datetime
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import typst
from fontTools.ttLib import TTFont

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


def typeset(*, template: Path, data: dict[str, Any], stamp: datetime) -> bytes:
    """A PDF/A-2b of a template and data. The same data give the same bytes.

    Args:
        stamp: the date that the file carries, never the clock.
    """
    pdf = typst.compile(
        template, root=template.parent, font_paths=[font_folder()], ignore_system_fonts=True, pdf_standards="a-2b",
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)}, timestamp=int(stamp.timestamp()),
    )  # fmt: skip
    return bytes(pdf)
