"""One running installation in one folder: its servers, its processes, its environment.

`up`, `selftest`, `bench` and the crash tests all start Tongjian through this.
"""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from deploy.processes import Supervisor, Watched, python_command
from deploy.services import (
    READY_SECONDS,
    CannotStart,
    Postgres,
    Valkey,
    die_with_parent,
    free_port,
    port_taken,
    remembered_ports,
    stop_process,
)

ROOT = Path(__file__).resolve().parents[1]
ASIDE_NICE = 15
PLAIN = ("--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "WARNING")  # of a worker
WORKERS_NICE = 5  # answers to loggers and to people come before the work behind them


class Instance:
    """Servers and processes of one installation.

    Args:
        folder: where data, logs and secrets lie.
        http_port, gateway_port: where people and data loggers reach it; 0 takes a free port.
        use_given: take DATABASE_URL and REDIS_URL of the environment instead of embedded servers.
    """

    def __init__(
        self,
        *,
        folder: Path,
        host: str = "127.0.0.1",
        http_port: int = 0,
        gateway_port: int = 0,
        use_given: bool = False,
        say: Callable[[str], None] = lambda line: None,
    ) -> None:
        self.folder, self.host, self.say = folder, host, say
        self.http_port, self.gateway_port = http_port or free_port(), gateway_port or free_port()
        self.postgres: Postgres | None = None
        self.valkey: Valkey | None = None
        self.given = {
            name: os.environ[name] for name in ("DATABASE_URL", "REDIS_URL") if use_given and os.environ.get(name)
        }
        self.environment: dict[str, str] = {}
        self.supervisor: Supervisor | None = None
        self.loading: subprocess.Popen[bytes] | None = None
        self.prepared = -1

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.http_port}"

    def check_ports(self) -> None:
        for name, port, option in (("web", self.http_port, "--port"), ("gateway", self.gateway_port, "--gateway-port")):
            if port_taken(port):
                raise CannotStart(
                    f"Port {port} of the {name} is in use. End the other program, or choose one: {option} N"
                )

    def start_servers(self, *, meanwhile: Callable[[], None] = lambda: None) -> None:
        """Make the environment of the processes and start the embedded servers that it does not name.

        Args:
            meanwhile: is called when the environment is made, before the servers answer.
        """
        check_writable(self.folder)
        ports = remembered_ports(file=self.folder / "ports.json")
        urls = dict(self.given)
        if "DATABASE_URL" not in urls:
            self.postgres = Postgres(folder=self.folder / "postgres", port=ports["postgres"])
            self.postgres.keep_password()
            urls["DATABASE_URL"] = self.postgres.url
        if "REDIS_URL" not in urls:
            self.valkey = Valkey(folder=self.folder / "valkey", port=ports["valkey"])
            urls["REDIS_URL"] = self.valkey.url
        self.environment = {
            **os.environ,
            **urls,
            "TONGJIAN_VAR": str(self.folder),
            "TONGJIAN_SECRET_KEY": os.environ.get("TONGJIAN_SECRET_KEY") or kept_secret(self.folder / "secret_key"),
            "TONGJIAN_BOOTSTRAP": "0",
            "DJANGO_SETTINGS_MODULE": os.environ.get("DJANGO_SETTINGS_MODULE", "deploy.settings.dev"),
            "PYTHONUNBUFFERED": "1",
            "OPENBLAS_NUM_THREADS": "1",
            "OMP_NUM_THREADS": "1",
            # Arrays from two megabytes on go back to the system when they are done with; glibc would keep up to a hundred megabytes of them.
            "MALLOC_MMAP_THRESHOLD_": "2097152",
        }
        self.supervisor = Supervisor(logs=self.folder / "log", environment=self.environment)
        meanwhile()
        for server in (self.postgres, self.valkey):
            if server is not None:
                server.start()

    def manage(self, *arguments: str, quiet: bool = True) -> str:
        """Run a management command inside this installation. Raises CannotStart with its output when it fails."""
        done = subprocess.run(
            [sys.executable, str(ROOT / "manage.py"), *arguments], env=self.environment, cwd=ROOT,
            stdout=subprocess.PIPE if quiet else None, stderr=subprocess.STDOUT if quiet else None, text=True, check=False,
        )  # fmt: skip
        if done.returncode != 0:
            raise CannotStart(f"manage.py {arguments[0]} failed:\n{done.stdout or ''}")
        return done.stdout or ""

    def begin_preparing(self, *, demo: bool) -> None:
        """Begin to bring the database up to date; the same process goes on to load the demonstration park."""
        self.prepared, told = os.pipe()
        arguments = ["prepare", "--verbosity", "0", "--tell", str(told), *(["--demo"] if demo else [])]
        if self.postgres is not None:
            arguments += ["--wait", str(READY_SECONDS)]
        # A session of its own: Ctrl-C is for us, and we end it.
        self.loading = subprocess.Popen(
            python_command(str(ROOT / "manage.py"), *arguments), env=self.environment, cwd=ROOT, stdin=subprocess.DEVNULL,
            pass_fds=[told], start_new_session=True, preexec_fn=die_with_parent(signal.SIGTERM),
        )  # fmt: skip
        os.close(told)

    def wait_prepared(self) -> None:
        """Wait until the database is up to date. Raises CannotStart when it cannot be; why stands above."""
        with os.fdopen(self.prepared) as line:
            if not line.read():
                raise CannotStart("manage.py prepare failed, see above")

    def wait_loaded(self) -> None:
        """Wait until the process that prepares and loads has ended. Raises CannotStart when it failed; its own words stand above."""
        assert self.loading is not None
        while self.loading.poll() is None:
            for line in self.tick():
                self.say(line)
            time.sleep(0.1)
        if self.loading.returncode != 0:
            raise CannotStart("The demonstration park could not be loaded, see above")

    def start_processes(self, *, web: bool = True, beat: bool = True, intake_workers: int = 1) -> None:
        """Start the gateway, the web server, the workers and beat."""
        self.start_doors(web=web)
        self.start_workers(beat=beat, intake_workers=intake_workers)

    def start_doors(self, *, web: bool = True) -> None:
        """Start what answers loggers and people: the gateway and the web server."""
        assert self.supervisor is not None
        manage = str(ROOT / "manage.py")
        page = ["-m", "uvicorn", "deploy.asgi:application", "--app-dir", str(ROOT), "--host", self.host]
        page += [
            "--port",
            str(self.http_port),
            "--lifespan",
            "off",
            "--no-access-log",
            "--timeout-graceful-shutdown",
            "3",
        ]
        start = self.supervisor.start
        start(
            Watched("gateway", python_command(manage, "gateway", "--host", self.host, "--port", str(self.gateway_port)))
        )
        if web:
            start(Watched("web", python_command(*page)))

    def start_workers(self, *, beat: bool = True, intake_workers: int = 1) -> None:
        """Start what works behind them: the workers and beat."""
        assert self.supervisor is not None
        start = self.supervisor.start
        celery = python_command("-m", "celery", "-A", "deploy.celery", "--workdir", str(ROOT))
        intake = ["worker", "-Q", "intake", "-c", str(intake_workers), "-n", "intake@%h", *PLAIN]
        start(Watched("worker-intake", [*celery, *intake], nice=WORKERS_NICE))
        start(
            Watched(
                "worker", [*celery, "worker", "-Q", "default", "-c", "1", "-n", "default@%h", *PLAIN], nice=WORKERS_NICE
            )
        )
        if beat:
            schedule = str(self.folder / "beat-schedule")
            start(Watched("beat", [*celery, "beat", "-s", schedule, "--pidfile", "", "--loglevel", "WARNING"]))

    def start_hydraulics(self) -> None:
        """Start the worker of networks under pressure. It gives way to all else, and nobody waits for it to begin."""
        assert self.supervisor is not None
        command = python_command(
            "-m", "celery", "-A", "deploy.celery", "--workdir", str(ROOT), "worker", "-Q", "hydraulics"
        )
        command += ["-c", "1", "-n", "hydraulics@%h", *PLAIN]
        self.supervisor.start(Watched("worker-hydraulics", command, nice=ASIDE_NICE))

    def start_more(self, name: str, *arguments: str) -> None:
        assert self.supervisor is not None
        self.supervisor.start(Watched(name, python_command(str(ROOT / "manage.py"), *arguments)))

    def start_aside(self, *arguments: str) -> None:
        """A command that nobody waits for and that gives way to all else; it ends by itself or with us."""
        logs = self.folder / "log"
        logs.mkdir(parents=True, exist_ok=True)
        with (logs / "aside.log").open("ab") as log:
            subprocess.Popen(
                python_command(str(ROOT / "manage.py"), *arguments), env=self.environment, cwd=ROOT, stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, start_new_session=True, preexec_fn=die_with_parent(signal.SIGTERM, nice=ASIDE_NICE),
            )  # fmt: skip

    def wait_web(self, *, seconds: float = 60.0) -> None:
        """Wait until the web server and the gateway answer."""
        self.wait(lambda: answers(self.url + "/healthz") and port_taken(self.gateway_port), seconds=seconds)

    def wait_gateway(self, *, seconds: float = 60.0) -> None:
        """Wait until data loggers can connect."""
        self.wait(lambda: port_taken(self.gateway_port), seconds=seconds)

    def wait_workers(self, *, seconds: float = 60.0) -> None:
        """Wait until both workers listen."""
        from celery import Celery

        app = Celery(broker=self.environment["REDIS_URL"])
        self.wait(lambda: len(app.control.ping(timeout=0.3) or []) >= 2, seconds=seconds)

    def wait(self, ready: Callable[[], bool], *, seconds: float) -> None:
        assert self.supervisor is not None
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for line in self.tick():
                self.say(line)
            broken = self.supervisor.fallen()
            if broken is not None:
                raise CannotStart(f"{broken.name} does not start:\n{self.supervisor.tail(broken)}")
            if ready():
                return
            time.sleep(0.1)
        raise CannotStart(f"The processes are not ready after {seconds:.0f} s; see {self.folder / 'log'}")

    def tick(self) -> list[str]:
        """Restart what has fallen, servers included. Returns a line for each event."""
        assert self.supervisor is not None
        lines = []
        for name, server in (("PostgreSQL", self.postgres), ("Valkey", self.valkey)):
            if server is not None and server.process is not None and server.process.poll() is not None:
                lines.append(f"{name} ended with {server.process.returncode}; starting it again")
                server.spawn()
        return lines + self.supervisor.tick()

    def stop(self) -> None:
        """Stop the processes, then the servers."""
        stop_process(self.loading, number=signal.SIGTERM, seconds=10)
        if self.supervisor is not None:
            self.supervisor.stop()
        for server in (self.valkey, self.postgres):
            if server is not None:
                server.stop()


def check_writable(folder: Path) -> None:
    """Make the folder, and see that files can be written into it. Raises CannotStart."""
    probe = folder / ".writable"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.write_text("x" * 4096)
        probe.unlink()
    except OSError as error:
        raise CannotStart(
            f"Cannot write to {folder}: {error.strerror}. Free some space or mend the rights, then start again."
        ) from error


def kept_secret(file: Path) -> str:
    """A random key of this installation, made once."""
    # A start that was cut off may have left the file empty, and an empty key would sign nothing.
    if not file.exists() or not file.read_text().strip():
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(48))
    return file.read_text()


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False
