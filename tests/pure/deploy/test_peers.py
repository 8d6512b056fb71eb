"""The peers' environment where it cannot be built, and the measurement without it."""

from pathlib import Path

import pytest

from deploy import bootstrap
from deploy.bench import balance
from deploy.bench.peers import environment


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(environment, "FOLDER", tmp_path / "var" / "peers")
    monkeypatch.setattr(environment.venv, "create", lambda place, with_pip: Path(place).mkdir(parents=True))
    return tmp_path / "var" / "peers"


def test_an_environment_that_is_there_is_not_built_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[str] = []
    monkeypatch.setattr(bootstrap, "run", lambda command, what: built.append(what))

    for _ in range(2):
        assert environment.python(say=print) == folder / "bin" / "python"
    assert built == ["the peers"]


def test_without_a_network_the_reason_is_told_and_nothing_counts_as_built(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(command: list[str], what: str) -> None:
        raise bootstrap.CannotBuild(f"Could not install {what}.")

    monkeypatch.setattr(bootstrap, "run", refuse)

    with pytest.raises(environment.NoPeers, match="Could not install the peers"):
        environment.python(say=print)
    assert not (folder / ".stamp").exists()


def test_without_space_or_with_a_python_that_is_too_new_nothing_is_begun(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment, "NEEDED_BYTES", 10**18)
    with pytest.raises(environment.NoPeers, match="MiB"):
        environment.python(say=print)
    monkeypatch.setattr(environment, "NEWEST", (3, 10))
    with pytest.raises(environment.NoPeers, match="no packages for Python"):
        environment.python(say=print)
    assert not folder.exists()


def test_a_script_that_fails_tells_how(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setattr(environment, "SCRIPTS", tmp_path)
    (tmp_path / "broken.py").write_text("raise SystemExit('no such matrix')")

    with pytest.raises(environment.PeerFailed, match="no such matrix"):
        environment.asked(interpreter=Path(sys.executable), script="broken")


def test_the_measurement_without_peers_has_its_own_figures() -> None:
    found = balance.all_products(pools=30, peers="")

    assert found["year_30_residual"] <= 1e-12
    assert not [name for name in found if "bw2calc" in name]
