"""Decisions of the set-up: which Python, what is built, what is built again."""

from pathlib import Path

import pytest

from deploy import bootstrap
from deploy.bootstrap import CannotBuild, check_python, check_space, only_one, packages_current, packages_digest


@pytest.mark.parametrize("version", [(3, 11), (3, 12), (3, 13)])
def test_versions_that_the_lock_serves_are_taken(version: tuple[int, int]) -> None:
    check_python(version=version)


@pytest.mark.parametrize("version", [(3, 10), (3, 14), (2, 7), (4, 0)])
def test_other_versions_are_refused_with_found_and_needed(version: tuple[int, int]) -> None:
    with pytest.raises(CannotBuild, match=f"Python {version[0]}.{version[1]} found, 3.11 to 3.13 needed"):
        check_python(version=version)


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clone with locks and an environment folder of its own."""
    for name, file in (("RUNTIME_LOCK", "requirements.txt"), ("DEVELOPMENT_LOCK", "requirements-dev.txt")):
        monkeypatch.setattr(bootstrap, name, tmp_path / file)
        (tmp_path / file).write_text(f"{file}: one==1")
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    monkeypatch.setattr(bootstrap, "VENV", tmp_path / ".venv")
    (tmp_path / ".venv").mkdir()
    return tmp_path


def current(tree: Path, *, development: bool = False) -> bool:
    return packages_current(lock=bootstrap.DEVELOPMENT_LOCK if development else bootstrap.RUNTIME_LOCK)


def stamp(tree: Path, text: str) -> None:
    (tree / ".venv" / ".stamp").write_text(text)


def test_half_finished_environment_is_built_again(tree: Path) -> None:
    (tree / ".venv" / "bin").mkdir()
    assert not current(tree)

    stamp(tree, "")  # the disk was full while the stamp was written
    assert not current(tree)


def test_finished_environment_is_left_alone_until_the_lock_changes(tree: Path) -> None:
    stamp(tree, packages_digest(lock=bootstrap.RUNTIME_LOCK))
    assert current(tree)

    bootstrap.RUNTIME_LOCK.write_text("one==2")
    assert not current(tree)


def test_environment_of_the_development_lock_serves_both(tree: Path) -> None:
    stamp(tree, packages_digest(lock=bootstrap.DEVELOPMENT_LOCK))
    assert current(tree)
    assert current(tree, development=True)

    stamp(tree, packages_digest(lock=bootstrap.RUNTIME_LOCK))
    assert not current(tree, development=True)


def test_environment_of_another_python_is_built_again(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stamp(tree, packages_digest(lock=bootstrap.RUNTIME_LOCK))

    monkeypatch.setattr(bootstrap.sys, "version_info", (3, 99, 0))

    assert not current(tree)


def test_stamp_is_gone_while_packages_are_installed(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stamp(tree, packages_digest(lock=bootstrap.RUNTIME_LOCK))

    def fail(command: list[str], **options: object) -> None:
        raise CannotBuild("no network")

    monkeypatch.setattr(bootstrap, "usable", lambda python: True)
    monkeypatch.setattr(bootstrap, "run", fail)
    with pytest.raises(CannotBuild):
        bootstrap.install_packages(lock=bootstrap.RUNTIME_LOCK)

    assert not current(tree)


def test_python_that_is_not_there_or_broken_is_not_usable(tmp_path: Path) -> None:
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)

    assert not bootstrap.usable(tmp_path / "none")
    assert not bootstrap.usable(broken)


def test_full_disk_is_told_with_what_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        bootstrap.shutil, "disk_usage", lambda folder: bootstrap.shutil._ntuple_diskusage(9, 8, 100 * 1024**2)
    )

    with pytest.raises(CannotBuild, match=r"Only 100 MiB free.*2048 MiB needed"):
        check_space(folder=tmp_path)


def test_failed_installation_shows_the_end_of_what_was_said() -> None:
    command = ["sh", "-c", "seq 1 50; echo no such package >&2; exit 1"]

    with pytest.raises(CannotBuild, match="no such package") as refused:
        bootstrap.run(command, what="the Python packages")

    assert "Could not install the Python packages" in str(refused.value)
    assert len(str(refused.value).splitlines()) <= 13


def test_build_lock_is_free_again_afterwards(tree: Path) -> None:
    for _ in range(2):
        with only_one():
            pass
