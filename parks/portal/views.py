"""Signs of life for load balancers and supervisors."""

from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from redis import RedisError


@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """PostgreSQL answers; Redis is named but not needed: without it work waits, and nothing is lost."""
    found = {"postgresql": database_answers(), "redis": broker_answers()}
    ready = found["postgresql"]
    return JsonResponse({"status": "ok" if ready else "unavailable", **found}, status=200 if ready else 503)


def database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def broker_answers() -> bool:
    try:
        cache.get("tj:ready")
    except (RedisError, OSError):
        return False
    return True
