"""Who calls the API: a program with the key of its enterprise, or a person in the browser."""

from typing import Any

from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from parks.people.access import scope_of_token
from parks.people.domain import Scope
from parks.people.services import accounts


class Program:
    """A program that calls with a key of one enterprise."""

    is_authenticated = is_active = True
    pk = None

    def __init__(self, *, token_id: int, scope: Scope) -> None:
        self.token_id, self._scope = token_id, scope
        self.throttle_name = f"token:{token_id}"


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer tj_…`."""

    def authenticate(self, request: Request) -> tuple[Program, None] | None:
        words = get_authorization_header(request).split()
        if not words or words[0].lower() != b"bearer":
            return None
        secret = words[1].decode("latin-1") if len(words) == 2 else ""
        token = accounts.token_in_use(secret=secret, now=timezone.now())
        if token is None:
            raise AuthenticationFailed("This key is unknown, expired or revoked.")
        return Program(token_id=token.pk, scope=scope_of_token(token=token)), None

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "parks.people.api.TokenAuthentication"
    name = "key"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {"type": "http", "scheme": "bearer", "description": "The key of an enterprise, made on the page Keys."}
