"""Pure modules import no framework: they can be read, tested and reused without it."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FRAMEWORKS = ("django", "celery", "rest_framework", "redis", "psycopg", "kombu")


def name_of(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def pure_modules() -> list[str]:
    found = [ROOT / "deploy" / "bootstrap.py", *(ROOT / "monitoring" / "hj212").glob("*.py")]
    for app in ("parks", "monitoring", "accounting"):
        found += (ROOT / app).glob("*/domain.py")
        found += (ROOT / app).glob("*/domain/**/*.py")
    return sorted(name_of(file) for file in found)


@pytest.mark.parametrize("module", pure_modules())
def test_pure_module_imports_no_framework(module: str) -> None:
    code = f"import {module}, sys; print([n for n in {FRAMEWORKS!r} if n in sys.modules])"

    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


def test_the_known_pure_modules_are_among_those_looked_at() -> None:
    found = pure_modules()

    assert {
        "deploy.bootstrap",
        "monitoring.hj212.crc",
        "monitoring.series.domain.rollups",
        "parks.people.domain",
    } <= set(found)
