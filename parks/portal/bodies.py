"""Bodies of requests that are kept as they came in."""

from typing import Any

from rest_framework.parsers import BaseParser


class RawJson(BaseParser):
    """Leaves the body as it came in: it is journalled, or read with every digit, before it is understood."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        return bytes(stream.read())
