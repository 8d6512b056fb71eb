"""How fast people see values while the store grows: 5,000 series, two and then twenty million observations."""

from __future__ import annotations

import http.cookiejar
import json
import re
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import psycopg

from deploy.instance import ROOT, Instance

SERIES = 5_000
SMALL, LARGE = 2_000_000, 20_000_000
PORTION = 250  # channels of one INSERT
ROUNDS = 30
YEAR_CHANNELS = 200

# One-minute observations of each channel, backwards from now; the older part goes in when the store grows.
OBSERVATIONS = """
INSERT INTO monitoring_observation (channel_id, "interval", time, value, minimum, maximum, flag, verdict, reason, rule, version,
    submission_id, asserted_at)
SELECT c.id, 1, t, v, v, v, 'N', 0, 0, 1, 1, 1, t
FROM (SELECT id FROM monitoring_channel ORDER BY id OFFSET %s LIMIT %s) c
CROSS JOIN generate_series(%s::timestamptz - make_interval(mins => %s), %s::timestamptz - make_interval(mins => %s),
    interval '1 minute') t
CROSS JOIN LATERAL (SELECT 20 + 10 * sin(extract(epoch FROM t) / 7000 + c.id) AS v) x
ORDER BY 1, 3"""
HOURS = """
INSERT INTO monitoring_rollup (channel_id, "interval", time, value, minimum, maximum, coverage, verdict, reason, rule, basis, load_kg,
    computed_at)
SELECT c.id, 2, t, v, v - 1, v + 1, 1, 0, 0, 1, 1, v / 100, t
FROM (SELECT id FROM monitoring_channel ORDER BY id LIMIT %s) c
CROSS JOIN generate_series(date_trunc('hour', now()) - make_interval(hours => %s), date_trunc('hour', now()), interval '1 hour') t
CROSS JOIN LATERAL (SELECT 20 + 10 * sin(extract(epoch FROM t) / 7000 + c.id) AS v) x
ON CONFLICT DO NOTHING"""
LATEST = """
INSERT INTO monitoring_latest (channel_id, "interval", time, value, flag, verdict, reason, submission_id, stored_at)
SELECT id, 1, date_trunc('minute', now()), 20, 'N', 0, 0, 1, now() FROM monitoring_channel ON CONFLICT DO NOTHING"""


def run(*, say: Callable[[str], None]) -> dict[str, Any]:
    """Measure pages and queries at both sizes, in a temporary folder. Needs about 8 GB of disk and five minutes."""
    with tempfile.TemporaryDirectory(prefix="tongjian-bench-", dir=ROOT / "var") as folder:
        instance = Instance(folder=Path(folder), say=say)
        try:
            instance.start_servers()
            instance.manage("prepare")
            seed = json.loads(instance.manage("measurement_pages", "--series", str(SERIES)).strip().splitlines()[-1])
            with psycopg.connect(instance.environment["DATABASE_URL"], autocommit=True) as link:
                link.execute("SET synchronous_commit = off")
                months(instance)
                newest = datetime.now(UTC).replace(second=0, microsecond=0)
                link.execute(HOURS, [YEAR_CHANNELS, 366 * 24])
                link.execute(HOURS, [SERIES, 48])
                link.execute(LATEST)
                grow(link, newest=newest, start=0, end=SMALL // SERIES, say=say)
                instance.start_processes(beat=False)
                instance.wait_web()
                small = measure(instance, seed=seed, say=say)
                grow(link, newest=newest, start=SMALL // SERIES, end=LARGE // SERIES, say=say)
                large = measure(instance, seed=seed, say=say)
        finally:
            instance.stop()
    return {**{f"{name}_at_2_million": value for name, value in small.items()}, **large, "series": SERIES}


def months(instance: Instance) -> None:
    """Partitions of the last thirteen months."""
    code = (
        "from datetime import datetime, timedelta, UTC\n"
        "from monitoring.series.services.partitions import BY_TIME, ensure_partitions\n"
        "now = datetime.now(UTC)\n"
        "ensure_partitions(tables=BY_TIME, times=[now - timedelta(days=14 * n) for n in range(28)])\n"
    )
    instance.manage("shell", "--no-imports", "-c", code)


def grow(link: psycopg.Connection[Any], *, newest: datetime, start: int, end: int, say: Callable[[str], None]) -> None:
    """Store the minutes from `start` to `end` before the newest, of every series."""
    say(f"growing to {end * SERIES:,} observations")
    for first in range(0, SERIES, PORTION):
        link.execute(OBSERVATIONS, [first, PORTION, newest, end - 1, newest, start])
    link.execute("VACUUM ANALYZE monitoring_observation")
    link.execute("VACUUM ANALYZE monitoring_rollup")
    link.execute("ANALYZE")


def measure(instance: Instance, *, seed: dict[str, Any], say: Callable[[str], None]) -> dict[str, Any]:
    """Times of the three questions, in milliseconds."""
    with psycopg.connect(instance.environment["DATABASE_URL"]) as link:
        row = link.execute("SELECT count(*) FROM monitoring_observation").fetchone()
    stored = int(row[0]) if row else 0
    say(f"{stored:,} observations: measuring")
    inner = instance.manage("measurement_pages", "--measure", str(seed["channel"]), "--rounds", str(ROUNDS))
    found: dict[str, Any] = json.loads(inner.strip().splitlines()[-1])
    overview = page_times(instance, seed=seed, path="/")
    point = page_times(instance, seed=seed, path=f"/points/{seed['channel']}/")
    found |= {
        "overview_p50_ms": round(median(overview), 1), "overview_p95_ms": round(quantiles(overview, n=20)[-1], 1),
        "point_page_p95_ms": round(quantiles(point, n=20)[-1], 1), "observations": stored,
    }  # fmt: skip
    return found


def page_times(instance: Instance, *, seed: dict[str, Any], path: str) -> list[float]:
    """Milliseconds of a page as the park's administrator gets it, over HTTP."""
    jar = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
    form = jar.open(instance.url + "/login/", timeout=30).read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)
    assert token is not None
    data = {"username": "admin", "password": seed["password"], "csrfmiddlewaretoken": token.group(1)}
    jar.open(instance.url + "/login/", data=urllib.parse.urlencode(data).encode(), timeout=30).read()
    jar.open(instance.url + path, timeout=30).read()
    times = []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        answer = jar.open(instance.url + path, timeout=30)
        body = answer.read()
        times.append((time.perf_counter() - begin) * 1000)
        if answer.url.rstrip("/") != (instance.url + path).rstrip("/") or len(body) < 2_000:
            raise RuntimeError(f"{path} was not answered with its page")
    return times
