"""How often a sender may call the API."""

import logging
from typing import TYPE_CHECKING

import redis
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

if TYPE_CHECKING:  # the views load the throttles
    from rest_framework.views import APIView

log = logging.getLogger(__name__)


class PerSender(SimpleRateThrottle):
    """One budget for each key, person or address. Without Redis nobody is slowed down: intake goes before order."""

    scope = "sender"

    def get_cache_key(self, request: Request, view: "APIView") -> str:
        who = getattr(request.user, "throttle_name", None) or request.user.pk or self.get_ident(request)
        return f"throttle:{self.scope}:{who}" if self.scope != "sender" else f"throttle:{who}"

    def allow_request(self, request: Request, view: "APIView") -> bool:
        try:
            return bool(super().allow_request(request, view))
        except redis.RedisError:
            log.warning("the throttle cannot count now")
            return True


class PerAccount(PerSender):
    """A smaller budget for what computes long."""

    scope = "account"
