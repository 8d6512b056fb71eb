"""How fast frames become queryable, beside what the same database can take at all."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg

from deploy.bench.ceiling import ceiling_rows_per_second
from deploy.bench.names import FACTORS
from deploy.instance import ROOT, Instance

CONNECTIONS = 200
FRAMES_EACH = 250
STEADY_RATE = 400
STEADY_SECONDS = 8
OPEN_WORK = """
SELECT (SELECT count(*) FROM monitoring_job WHERE state <> 2) + (SELECT count(*) FROM monitoring_due WHERE "interval" <= %s)"""
HOURS, ALL = 2, 4


def run(*, say: Callable[[str], None]) -> dict[str, Any]:
    """Measure intake on an empty installation in a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="tongjian-bench-", dir=ROOT / "var") as folder:
        instance = Instance(folder=Path(folder), say=say)
        try:
            instance.start_servers()
            instance.manage("prepare")
            instance.manage("measurement_park", "--loggers", str(CONNECTIONS))
            instance.start_processes(web=False)
            instance.wait_gateway()
            instance.wait_workers()
            return measure(instance, say=say)
        finally:
            instance.stop()


def measure(instance: Instance, *, say: Callable[[str], None]) -> dict[str, Any]:
    begin = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=12)
    say("warming up")
    storm(instance, frames=20, start=begin)
    wait_queryable(instance)
    say(f"sending {CONNECTIONS * FRAMES_EACH} frames over {CONNECTIONS} connections")
    found = storm(instance, frames=FRAMES_EACH, start=begin + timedelta(hours=1))
    took = wait_queryable(instance, upto=HOURS) - found["started_at"]
    wait_queryable(instance)
    check(instance, frames=CONNECTIONS * (20 + FRAMES_EACH))
    say(f"sending {STEADY_RATE} frames a second for {STEADY_SECONDS} s")
    each = STEADY_RATE * STEADY_SECONDS // CONNECTIONS
    steady = storm(instance, frames=each, start=begin + timedelta(hours=5), rate=STEADY_RATE)
    wait_queryable(instance)
    say("measuring the ceiling of the database")
    rate = CONNECTIONS * FRAMES_EACH / took
    ceiling = ceiling_rows_per_second(url=database_url(instance), channels=CONNECTIONS * len(FACTORS))
    return {
        "frames_per_second": round(rate), "values_per_frame": len(FACTORS), "ceiling_rows_per_second": round(ceiling),
        "ratio": round(rate * len(FACTORS) / ceiling, 3), "answer_p99_ms": steady["p99_ms"], "answer_p50_ms": steady["p50_ms"],
        "answered_per_second": round(found["answered"] / (found["answered_at"] - found["started_at"])),
        "frame_bytes": found["frame_bytes"], "connections": CONNECTIONS, "seconds": round(took, 2),
    }  # fmt: skip


def storm(instance: Instance, *, frames: int, start: datetime, rate: float = 0.0) -> dict[str, Any]:
    """Let the crowd send, and keep the installation under watch meanwhile."""
    command = [sys.executable, "-m", "deploy.bench.load", "--port", str(instance.gateway_port), "--frames", str(frames)]
    command += ["--connections", str(CONNECTIONS), "--start", start.isoformat(), "--rate", str(rate)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    if found["answered"] != found["sent"]:
        raise RuntimeError(f"{found['sent']} frames were sent and {found['answered']} answered")
    return found


def database_url(instance: Instance) -> str:
    return instance.environment["DATABASE_URL"]


def wait_queryable(instance: Instance, *, upto: int = ALL, seconds: float = 120.0) -> float:
    """Wait until all journalled work is stored and the periods up to an interval are rolled up. Returns the moment."""
    end = time.monotonic() + seconds
    with psycopg.connect(database_url(instance), autocommit=True) as link:
        while time.monotonic() < end:
            row = link.execute(OPEN_WORK, [upto]).fetchone()
            if row is not None and row[0] == 0:
                return time.time()
            time.sleep(0.1)
    raise RuntimeError("the work is not done in time; see the logs")


def check(instance: Instance, *, frames: int) -> None:
    """A figure counts only when every value is there."""
    with psycopg.connect(database_url(instance)) as link:
        row = link.execute("SELECT count(*) FROM monitoring_observation").fetchone()
    if row is None or row[0] != frames * len(FACTORS):
        raise RuntimeError(f"{frames * len(FACTORS)} values were sent, {row and row[0]} are stored")
