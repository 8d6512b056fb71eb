"""The same checks on TimescaleDB: PostgreSQL 17 with the extension of Debian trixie, in the folder of `deploy/timescale.sh`."""

import os
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from deploy.services import free_port

pytestmark = pytest.mark.timescale
REPOSITORY = Path(__file__).resolve().parents[2]
FOLDER = REPOSITORY / "var" / "timescale"
BINARIES = "/usr/lib/postgresql/17/bin"
CHECKS = [f"tests/integration/monitoring/test_{name}.py" for name in ("order", "pipeline", "quarantine", "storage")]


def skip_aloud(capsys: pytest.CaptureFixture[str], reason: str) -> None:
    with capsys.disabled():
        print(f"\n[TimescaleDB is NOT tested here: {reason}]")
    pytest.skip(reason)


def in_root(*command: str) -> list[str]:
    return ["chroot", "--userspec=postgres:postgres", str(FOLDER / "root"), *command]


class Server:
    """PostgreSQL with TimescaleDB preloaded, in the foreign root, on a loopback port; its data is thrown away."""

    def __init__(self) -> None:
        self.name, self.port, self.password = f"tj{secrets.token_hex(4)}", free_port(), secrets.token_hex(12)
        self.outside = FOLDER / "root" / "tmp" / self.name
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"postgresql://postgres:{self.password}@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        (FOLDER / "root" / "tmp").chmod(0o1777)
        self.outside.mkdir()
        self.outside.chmod(0o777)
        (self.outside / "password").write_text(self.password)
        data = f"/tmp/{self.name}/data"
        initdb = [
            f"{BINARIES}/initdb",
            "-D",
            data,
            "-A",
            "scram-sha-256",
            f"--pwfile=/tmp/{self.name}/password",
            "--locale=C.UTF-8",
        ]
        subprocess.run(in_root(*initdb), check=True, capture_output=True, text=True)
        options = {
            "port": str(self.port), "listen_addresses": "127.0.0.1", "unix_socket_directories": "", "fsync": "off",
            "shared_preload_libraries": "timescaledb", "dynamic_shared_memory_type": "mmap", "timescaledb.telemetry_level": "off",
            "max_connections": "50",
        }  # fmt: skip
        settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        with (self.outside / "log").open("wb") as log:
            self.process = subprocess.Popen(
                in_root(f"{BINARIES}/postgres", "-D", data, *settings), stdout=log, stderr=log
            )
        self.wait()

    def wait(self) -> None:
        for _ in range(200):
            try:
                psycopg.connect(self.url, connect_timeout=2).close()
                return
            except psycopg.OperationalError:
                time.sleep(0.1)
        raise RuntimeError((self.outside / "log").read_text())

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(20)
        shutil.rmtree(self.outside, ignore_errors=True)


@pytest.fixture(scope="module")
def timescale(request: pytest.FixtureRequest) -> Iterator[Server | str]:
    """The server, or the reason why there is none."""
    if os.geteuid() != 0:
        yield "it needs root for chroot"
        return
    fetched = subprocess.run(
        ["bash", "deploy/timescale.sh", "fetch"], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    if fetched.returncode != 0:
        yield (fetched.stdout + fetched.stderr).strip() or "deploy/timescale.sh failed"
        return
    server = Server()
    try:
        server.start()
        yield server
    finally:
        server.stop()


def checked(url: str, digest: Path, checks: list[str]) -> subprocess.CompletedProcess[str]:
    """Run checks in a process of their own on another database server."""
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "TONGJIAN_TEST_DIGEST": str(digest),
        "DJANGO_SETTINGS_MODULE": "deploy.settings.test",
    }
    command = [sys.executable, "-m", "pytest", "-q", *checks]
    return subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False)


def test_pipeline_runs_on_hypertables_with_the_same_results(
    timescale: Server | str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if isinstance(timescale, str):
        skip_aloud(capsys, timescale)
        return
    here = urlsplit(os.environ["DATABASE_URL"])._replace(path="/comparison").geturl()

    foreign = checked(timescale.url, tmp_path / "timescale", CHECKS)
    native = checked(here, tmp_path / "native", CHECKS[:1])

    assert foreign.returncode == 0, foreign.stdout[-4000:]
    assert native.returncode == 0, native.stdout[-4000:]
    assert (tmp_path / "timescale").read_text() == (tmp_path / "native").read_text()
    # Had the migration not made hypertables, the partition tests would have run and not been skipped.
    assert "TimescaleDB makes its chunks itself" in foreign.stdout
