"""Settings of `manage.py up`: one machine, loopback, demonstration or first real park."""

import json
import os

from deploy.settings.base import *  # noqa: F403
from deploy.settings.base import DATABASES, VAR_DIR, database_from_url


def running_instance() -> str | None:
    """Address of the embedded PostgreSQL of this folder, so that commands in another terminal find it."""
    try:
        port = json.loads((VAR_DIR / "ports.json").read_text())["postgres"]
        password = (VAR_DIR / "postgres" / "password").read_text().strip()
    except (OSError, ValueError, KeyError):
        return None
    return f"postgresql://tongjian:{password}@127.0.0.1:{port}/tongjian"


def running_broker() -> str | None:
    try:
        return f"redis://127.0.0.1:{json.loads((VAR_DIR / 'ports.json').read_text())['valkey']}/0"
    except (OSError, ValueError, KeyError):
        return None


if "DATABASE_URL" not in os.environ and (_found := running_instance()):
    DATABASES["default"] = database_from_url(_found)
if "REDIS_URL" not in os.environ and (_broker := running_broker()):
    REDIS_URL = CELERY_BROKER_URL = _broker
    CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL, "KEY_PREFIX": "tj"}
    }

SECRET_KEY = os.environ.get("TONGJIAN_SECRET_KEY", "development-only-not-for-production")
DEBUG = os.environ.get("TONGJIAN_DEBUG") == "1"
ALLOWED_HOSTS = ["*"] if DEBUG else os.environ.get("TONGJIAN_HOSTS", "127.0.0.1,localhost,[::1]").split(",")
