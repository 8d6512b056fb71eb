"""Start-up guard: a production installation that could lose or leak data refuses to start."""

from __future__ import annotations

import redis
from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.db import DatabaseError, connection

SHORTEST_SECRET = 40
KNOWN_SECRETS = ("development-only", "only-for-tests", "change-me", "django-insecure")


def check_production(app_configs: object = None, **kwargs: object) -> list[CheckMessage]:
    """What must not be so in production. Runs only with production settings."""
    if not getattr(settings, "GUARDED", False):
        return []
    return [*check_settings(), *check_database(), *check_broker()]


def check_settings() -> list[CheckMessage]:
    found: list[CheckMessage] = []
    if settings.DEBUG:
        found.append(Error("DEBUG is on", hint="Unset TONGJIAN_DEBUG.", id="deploy.E001"))
    secret = settings.SECRET_KEY
    if len(secret) < SHORTEST_SECRET or secret.startswith(KNOWN_SECRETS):
        hint = "Set TONGJIAN_SECRET_KEY to 50 random characters."
        found.append(Error("the secret key is missing, short or well known", hint=hint, id="deploy.E002"))
    if not settings.ALLOWED_HOSTS or "*" in settings.ALLOWED_HOSTS:
        hint = "Set TONGJIAN_HOSTS to the names under which people reach the portal."
        found.append(Error("any host name is accepted", hint=hint, id="deploy.E003"))
    return found


def check_database() -> list[CheckMessage]:
    """An answer to a data logger means durably stored: PostgreSQL must be set so that a commit survives a power cut."""
    found: list[CheckMessage] = []
    try:
        connection.ensure_connection()
    except DatabaseError as error:
        return [Error(f"the database does not answer: {error}", hint="Check DATABASE_URL.", id="deploy.E008")]
    with connection.cursor() as cursor:
        for name in ("fsync", "synchronous_commit", "full_page_writes"):
            cursor.execute("SELECT current_setting(%s)", [name])
            row = cursor.fetchone()
            if row is None or row[0] == "off":
                hint = f"Set {name} = on in postgresql.conf; with it off, answered frames can be lost."
                found.append(Error(f"PostgreSQL runs with {name} off", hint=hint, id="deploy.E004"))
    return found


def check_broker() -> list[CheckMessage]:
    """The broker may vanish, but it must not forget on its own accord or throw messages away."""
    client = redis.Redis.from_url(settings.CELERY_BROKER_URL, socket_connect_timeout=3, decode_responses=True)
    try:
        persistence = client.info("persistence")
        policy = str(client.info("memory").get("maxmemory_policy"))
    except redis.RedisError as error:
        return [Error(f"the broker does not answer: {error}", hint="Check REDIS_URL.", id="deploy.E005")]
    finally:
        client.close()
    found: list[CheckMessage] = []
    if not persistence.get("aof_enabled"):
        found.append(Error("the broker keeps no append-only file", hint="Set appendonly yes.", id="deploy.E006"))
    if policy != "noeviction":
        hint = "Set maxmemory-policy noeviction."
        found.append(Error(f"the broker evicts keys ({policy})", hint=hint, id="deploy.E007"))
    return found


class UnsafeInstallation(SystemExit):
    """The installation must not start; the message lists why."""


def refuse_unsafe() -> None:
    """Raise UnsafeInstallation when the guard finds something. Called by every process before it serves."""
    found = check_production()
    if found:
        lines = [f"{m.id}: {m.msg}. {m.hint}" for m in found]
        raise UnsafeInstallation("Refusing to start:\n" + "\n".join(lines))
