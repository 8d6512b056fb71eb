"""Looking at the result as users do: through the API with a key, and on the page with a log-in."""

from __future__ import annotations

import json
import re
import urllib.parse
import urllib.request
from datetime import UTC, datetime
from http.cookiejar import CookieJar


class Api:
    """The API as a program with a key sees it."""

    def __init__(self, *, url: str, token: str) -> None:
        self.url, self.token = url, token

    def get(self, path: str, **query: str) -> object:
        request = urllib.request.Request(
            f"{self.url}/api/v1/{path}/?{urllib.parse.urlencode(query)}",
            headers={"Authorization": f"Bearer {self.token}"},
        )
        with urllib.request.urlopen(request, timeout=10) as response:
            return json.load(response)

    def channels(self) -> dict[tuple[int, str], int]:
        """Channel by the number of its stack and its factor."""
        found = self.get("channels")
        assert isinstance(found, list)
        return {(int(one["point"][2:]), one["factor"]): int(one["id"]) for one in found}

    def values(self, *, channel: int, start: datetime, end: datetime) -> dict[datetime, float]:
        query = {"channel": str(channel), "interval": "realtime", "from": start.isoformat(), "to": end.isoformat()}
        found = self.get("observations", **query)
        assert isinstance(found, dict)
        return {datetime.fromisoformat(one["time"]).astimezone(UTC): one["value"] for one in found["values"]}


class Browser:
    """The pages as a logged-in person sees them."""

    def __init__(self, *, url: str, username: str, password: str) -> None:
        self.url = url
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        form = self.read("/login/")
        hidden = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)
        data = {"username": username, "password": password, "csrfmiddlewaretoken": hidden.group(1) if hidden else ""}
        self.read("/login/", data=urllib.parse.urlencode(data).encode())

    def read(self, path: str, data: bytes | None = None) -> str:
        request = urllib.request.Request(self.url + path, data=data, headers={"Referer": self.url + path})
        with self.opener.open(request, timeout=20) as response:
            return str(response.read().decode())

    def shown(self, *, channel: int) -> str:
        """The last value that the page of a point shows."""
        found = re.search(rf'data-channel="{channel}">([^<]*)<', self.read(f"/points/{channel}/"))
        return found.group(1).strip() if found else ""


def same_shown(*, shown: str, value: float) -> bool:
    """Whether a page shows a value, rounded to the digits it prints."""
    try:
        number = float(shown.replace(",", ""))
    except ValueError:
        return False
    digits = len(shown.partition(".")[2])
    return bool(abs(number - value) <= 0.5 * 10**-digits + 1e-9)
