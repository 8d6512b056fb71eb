"""An installation that could lose or leak data refuses to start."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from deploy import guard
from deploy.guard import (
    UnsafeInstallation,
    check_broker,
    check_database,
    check_production,
    check_settings,
    refuse_unsafe,
)

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[3]
GOOD = {"GUARDED": True, "DEBUG": False, "SECRET_KEY": "k" * 64, "ALLOWED_HOSTS": ["park.example"]}


def ids(found: list[Any]) -> list[str]:
    return [message.id for message in found]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"DEBUG": True}, "deploy.E001"), ({"SECRET_KEY": "short"}, "deploy.E002"),
        ({"SECRET_KEY": "development-only-not-for-production" + "x" * 40}, "deploy.E002"), ({"ALLOWED_HOSTS": []}, "deploy.E003"),
        ({"ALLOWED_HOSTS": ["*"]}, "deploy.E003"),
    ],
)  # fmt: skip
def test_unsafe_settings_are_found(settings: Any, change: dict[str, Any], error: str) -> None:
    for name, value in (GOOD | change).items():
        setattr(settings, name, value)

    assert ids(check_settings()) == [error]


def test_good_settings_pass(settings: Any) -> None:
    for name, value in GOOD.items():
        setattr(settings, name, value)

    assert check_settings() == []


def test_database_that_forgets_commits_is_found() -> None:
    # The server of the tests runs without fsync; what is tested here is the setting of the session.
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")
        assert any("synchronous_commit" in str(message.msg) for message in check_database())
        cursor.execute("SET LOCAL synchronous_commit = on")
        assert not any("synchronous_commit" in str(message.msg) for message in check_database())


def test_broker_of_the_house_passes_and_one_without_its_file_does_not() -> None:
    import redis
    from django.conf import settings

    assert check_broker() == []
    client = redis.Redis.from_url(settings.CELERY_BROKER_URL)
    try:
        client.config_set("appendonly", "no")
        client.config_set("maxmemory-policy", "allkeys-lru")
        assert ids(check_broker()) == ["deploy.E006", "deploy.E007"]
    finally:
        client.config_set("appendonly", "yes")
        client.config_set("maxmemory-policy", "noeviction")


def test_broker_that_is_away_is_found(settings: Any) -> None:
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"

    assert ids(check_broker()) == ["deploy.E005"]


def test_guarded_installation_refuses_and_says_what_to_do(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (GOOD | {"DEBUG": True}).items():
        setattr(settings, name, value)
    monkeypatch.setattr(guard, "check_database", list)

    with pytest.raises(UnsafeInstallation, match="DEBUG is on"):
        refuse_unsafe()


def test_demonstration_is_not_guarded(settings: Any) -> None:
    settings.GUARDED = False
    settings.DEBUG = True

    assert check_production() == []


def test_gateway_itself_refuses_to_open_its_door() -> None:
    environment = {
        **os.environ, "DJANGO_SETTINGS_MODULE": "deploy.settings.prod", "TONGJIAN_DEBUG": "1", "TONGJIAN_SECRET_KEY": "short",
        "TONGJIAN_HOSTS": "*", "TONGJIAN_BOOTSTRAP": "0",
    }  # fmt: skip

    done = subprocess.run(
        [sys.executable, "manage.py", "gateway", "--port", "0"], cwd=ROOT, env=environment, capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip

    assert done.returncode != 0
    # The server of the tests runs without fsync, so the database is found unsafe as well.
    for error in ("deploy.E001", "deploy.E002", "deploy.E003", "deploy.E004"):
        assert error in done.stderr
    assert "listening" not in done.stdout


PROCESSES = {
    "web": ["-c", "import deploy.asgi"],
    "wsgi": ["-c", "import deploy.wsgi"],
    "worker": ["-m", "celery", "-A", "deploy.celery", "worker", "-P", "solo"],
    "beat": ["-m", "celery", "-A", "deploy.celery", "beat", "--pidfile", "", "-s", "SCHEDULE"],
}


@pytest.mark.parametrize("process", PROCESSES)
def test_every_process_refuses_unsafe_production_settings(process: str, tmp_path: Path) -> None:
    # The schedule file of beat is replaced by it when it cannot be read, so it must be a file of the test's own.
    command = [str(tmp_path / "schedule") if word == "SCHEDULE" else word for word in PROCESSES[process]]
    environment = {
        **os.environ, "DJANGO_SETTINGS_MODULE": "deploy.settings.prod", "TONGJIAN_DEBUG": "1", "TONGJIAN_SECRET_KEY": "short",
        "TONGJIAN_HOSTS": "",
    }  # fmt: skip

    done = subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False
    )

    assert done.returncode != 0
    told = done.stdout + done.stderr
    assert "Refusing to start" in told
    for name in ("TONGJIAN_DEBUG", "TONGJIAN_SECRET_KEY", "TONGJIAN_HOSTS"):
        assert name in told
