"""Starting an installation where something stands in the way, and keeping its processes alive."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.instance import ROOT, Instance, check_writable, kept_secret
from deploy.processes import Supervisor, Watched
from deploy.services import CannotStart, Postgres, free_port, remembered_ports


@pytest.mark.parametrize(("port", "option"), [("http_port", "--port"), ("gateway_port", "--gateway-port")])
def test_port_in_use_is_named_with_the_option_that_changes_it(tmp_path: Path, port: str, option: str) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        number = other.getsockname()[1]

        with pytest.raises(CannotStart, match=f"Port {number} .* is in use.*{option} N"):
            Instance(folder=tmp_path, **{port: number}).check_ports()  # type: ignore[arg-type]


def test_free_ports_pass(tmp_path: Path) -> None:
    Instance(folder=tmp_path, http_port=free_port(), gateway_port=free_port()).check_ports()


def test_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")

    with pytest.raises(CannotStart, match=r"Cannot write to .*start again"):
        check_writable(file)  # not even a superuser writes below a file
    with pytest.raises(CannotStart, match=r"Cannot write to .*start again"):
        Instance(folder=file / "var").start_servers()
    with pytest.raises(CannotStart, match="Cannot write to"):
        check_writable(Path("/proc/none"))


def test_writable_folder_is_left_as_it_was(tmp_path: Path) -> None:
    check_writable(tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_secret_is_made_once_and_read_by_nobody_else(tmp_path: Path) -> None:
    file = tmp_path / "secret_key"

    first = kept_secret(file)

    assert kept_secret(file) == first
    assert len(first) >= 50
    assert file.stat().st_mode & 0o077 == 0
    assert kept_secret(tmp_path / "other") != first


def test_secret_that_was_only_half_made_is_made_again(tmp_path: Path) -> None:
    file = tmp_path / "secret_key"
    file.touch()  # the power failed between making and writing

    assert len(kept_secret(file)) >= 50
    assert kept_secret(file) == file.read_text()


def test_address_of_the_database_is_known_before_it_runs_and_stays(tmp_path: Path) -> None:
    first, second = (Postgres(folder=tmp_path / "postgres", port=5) for _ in range(2))
    first.keep_password()
    second.keep_password()

    assert first.url == second.url
    assert len(first.password) >= 20
    assert (tmp_path / "postgres" / "password").stat().st_mode & 0o077 == 0


def test_up_starts_without_importing_the_platform() -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "manage.py", "up", "--help"], capture_output=True, text=True, check=True,
        cwd=ROOT, env=os.environ | {"TONGJIAN_BOOTSTRAP": "0"},
    )  # fmt: skip

    assert "--gateway-port" in done.stdout
    assert "rest_framework" not in done.stderr


def test_database_that_cannot_be_prepared_is_told(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    instance = Instance(folder=tmp_path)
    instance.environment = os.environ | {
        "DATABASE_URL": f"postgresql://nobody@127.0.0.1:{free_port()}/none", "TONGJIAN_VAR": str(tmp_path), "TONGJIAN_BOOTSTRAP": "0",
    }  # fmt: skip

    instance.begin_preparing(demo=True)
    with pytest.raises(CannotStart, match="prepare failed"):
        instance.wait_prepared()
    instance.stop()

    assert "OperationalError" in capfd.readouterr().err


def test_ports_of_the_last_start_are_kept_unless_somebody_took_them(tmp_path: Path) -> None:
    file = tmp_path / "ports.json"
    first = remembered_ports(file=file)
    assert remembered_ports(file=file) == first

    with socket.socket() as other:
        other.bind(("127.0.0.1", first["postgres"]))
        other.listen()
        second = remembered_ports(file=file)

    assert second["postgres"] != first["postgres"]
    assert second["valkey"] == first["valkey"]


def test_broken_file_of_ports_is_made_again(tmp_path: Path) -> None:
    file = tmp_path / "ports.json"
    file.write_text('{"postgres": "x"')

    assert set(remembered_ports(file=file)) == {"postgres", "valkey"}


@pytest.fixture
def supervisor(tmp_path: Path) -> Supervisor:
    return Supervisor(logs=tmp_path / "log", environment=dict(os.environ))


def until(condition: Callable[[], object], *, seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def pid_of(one: Watched) -> int:
    assert one.process is not None
    return one.process.pid


def alive(pid: int) -> bool:
    """Whether a process runs; a zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def test_fallen_process_is_started_again_and_the_fall_is_told(supervisor: Supervisor) -> None:
    one = Watched("sleeper", ["sleep", "600"])
    supervisor.start(one)
    first = pid_of(one)

    os.kill(first, signal.SIGKILL)
    told: list[str] = []
    until(lambda: told.extend(supervisor.tick()) or (one.process is not None and one.process.pid != first))
    second = pid_of(one)

    assert len(told) == 1
    assert "sleeper ended with -9" in told[0]
    assert alive(second)
    supervisor.stop()
    assert not alive(second)


def test_stopping_leaves_no_process_behind_grandchildren_included(supervisor: Supervisor, tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    # a parent that ignores nothing, and a child of it that ignores the polite signal
    script = f"trap '' TERM; sh -c 'echo $$ >> {pids}; exec sleep 600' & trap - TERM; echo $$ >> {pids}; wait"
    for number in range(3):
        supervisor.start(Watched(f"w{number}", ["sh", "-c", script], stop_seconds=2.0))
    until(lambda: pids.exists() and len(pids.read_text().split()) == 6)
    started = [int(text) for text in pids.read_text().split()]
    assert all(alive(pid) for pid in started)

    supervisor.stop()

    until(lambda: not any(alive(pid) for pid in started))
    assert supervisor.watched == []


def test_process_that_will_not_end_is_ended(supervisor: Supervisor, tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    stubborn = (
        "import signal,time,pathlib; signal.signal(15, signal.SIG_IGN); pathlib.Path({!r}).touch(); time.sleep(600)"
    )
    one = Watched("stubborn", [sys.executable, "-c", stubborn.format(str(ready))], stop_seconds=0.2)
    supervisor.start(one)
    until(ready.exists)
    pid = pid_of(one)

    supervisor.stop()

    assert not alive(pid)


def test_process_that_keeps_falling_is_named_with_its_log(supervisor: Supervisor) -> None:
    one = Watched("broken", ["sh", "-c", "echo no such setting >&2; exit 3"])
    supervisor.start(one)

    until(lambda: supervisor.tick() is None or supervisor.fallen() is not None)

    assert supervisor.fallen() is one
    assert "no such setting" in supervisor.tail(one)
    supervisor.stop()
