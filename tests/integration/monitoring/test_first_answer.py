"""The command on a machine that has compiled nothing yet gives the bits of every later run; processes of their own, with folders of their own."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
REFERENCE = ROOT / "monitoring" / "reference" / "trace_cases"
# What a numba process that finds no folder to write to looks like, whoever runs the tests: root may write anywhere.
LOCKED = "import sys; from numba.core import caching; caching.CacheImpl._locator_classes = [caching.UserProvidedCacheLocator]; "
MANAGE = "from django.core.management import execute_from_command_line; execute_from_command_line(['manage.py', *sys.argv[1:]])"


def told(folder: Path, *arguments: str, locked: bool = False) -> subprocess.CompletedProcess[str]:
    """The command in a process that keeps its machine code in the folder."""
    environment = {
        **os.environ,
        "NUMBA_CACHE_DIR": str(folder),
        "TONGJIAN_BOOTSTRAP": "0",
        "DJANGO_SETTINGS_MODULE": "deploy.settings.test",
    }
    begin = [sys.executable, "-c", LOCKED + MANAGE] if locked else [sys.executable, "manage.py"]
    return subprocess.run([*begin, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def without_seconds(text: str) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(text)
    for event in answer["events"]:
        del event["seconds"]
    return answer


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A quick one of several substances: the moves for those are used, too."""
    document = json.loads((REFERENCE / "together.json").read_text(encoding="utf-8"))
    document["options"] = document.get("options", {}) | {"rounds": 40, "burn": 20}
    file = tmp_path_factory.mktemp("case") / "case.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    return str(file)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory, case: str) -> list[subprocess.CompletedProcess[str]]:
    """The first and the second one of a machine."""
    folder = tmp_path_factory.mktemp("code")
    return [told(folder, "trace", case) for _ in range(2)]


def test_the_first_run_and_the_second_give_the_same_bits(runs: list[subprocess.CompletedProcess[str]]) -> None:
    first, second = runs

    assert "is compiled for this machine" in first.stderr
    assert second.stderr == ""
    assert without_seconds(first.stdout)["events"]
    assert without_seconds(first.stdout) == without_seconds(second.stdout)


def test_where_no_folder_can_be_written_the_answer_is_the_same_and_the_command_says_why_it_takes_longer(
    tmp_path: Path, case: str, runs: list[subprocess.CompletedProcess[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "own").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "own"))

    locked = told(tmp_path / "file" / "code", "trace", case, locked=True)

    assert "cannot be kept" in locked.stderr
    assert "NUMBA_CACHE_DIR" in locked.stderr
    assert without_seconds(locked.stdout) == without_seconds(runs[1].stdout)
    assert not list((tmp_path / "own").iterdir())
