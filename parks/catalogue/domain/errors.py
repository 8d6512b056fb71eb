"""Errors the platform expects. A family gives the status of the answer, a code gives the meaning."""

from typing import Any


class PlatformError(Exception):
    """An expected error. Subclasses set `code`; `details` name the row, field, rule or stream."""

    code = "error"

    def __init__(self, message: str = "", **details: Any) -> None:
        super().__init__(message or (self.__doc__ or "").strip().split("\n")[0])
        self.details = details

    @property
    def text(self) -> str:
        return str(self)


class NotFound(PlatformError):
    """There is nothing here, or nothing that you may see."""

    code = "not_found"


class Conflict(PlatformError):
    """The state of things does not allow this."""

    code = "conflict"


class Invalid(PlatformError):
    """The input breaks a rule."""

    code = "invalid"


class Forbidden(PlatformError):
    """Your role does not include this."""

    code = "forbidden"


class Unavailable(PlatformError):
    """A service is away; try again."""

    code = "unavailable"
