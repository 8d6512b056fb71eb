"""A report as PDF, by Typst. Data travels as JSON and is never read as markup."""

from datetime import datetime
from pathlib import Path
from typing import Any

from parks.catalogue.domain.periods import park_zone
from parks.portal.typeset import covered, typeset

FOLDER = Path(__file__).resolve().parent


def render(content: dict[str, Any], *, digest: str, revision: int, stamp: datetime) -> tuple[bytes, set[str]]:
    """The document, and the characters that could not be drawn. The same content gives the same bytes.

    Args:
        stamp: the date that the file carries; the end of the reported day, never the clock.
    """
    missing: set[str] = set()
    data = covered(prepared(content, zone_name=content["zone"]), missing=missing)
    data |= {"digest": digest, "revision": revision, "missing": "".join(sorted(f"U+{ord(c):04X} " for c in missing))}
    return typeset(template=FOLDER / "daily.typ", data=data, stamp=stamp), missing


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
