"""Compiles the translations that lie in the tree as text. Machines without gettext need none."""

from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parents[1]


def compile_translations() -> int:
    """Compile each .po file that is newer than its .mo file. Returns how many were compiled."""
    compiled = 0
    for source in sorted(ROOT.glob("*/locale/*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if not target.exists() or target.stat().st_mtime < source.stat().st_mtime:
            polib.pofile(str(source)).save_as_mofile(str(target))
            compiled += 1
    return compiled
