"""The factor library as it is delivered with the platform."""

from functools import cache
from pathlib import Path

from accounting.factors.domain.library import Library
from accounting.factors.domain.loading import TABLES, load

REFERENCE = Path(__file__).resolve().parents[1] / "reference"


@cache
def reference_library() -> Library:
    """The delivered tables, checked while they are read.

    Raises:
        BrokenRow, WrongChecksum: a table was damaged.
    """
    return load(tables={name: (REFERENCE / f"{name}.csv").read_text(encoding="utf-8") for name in TABLES})
