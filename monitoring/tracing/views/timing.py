"""When the likely points were on, as the answer page shows it."""

from datetime import datetime
from typing import Any

LEAST = 0.05  # probability of a point whose hours are worth a line
THROUGHOUT = 0.5


def times_of(*, answer: dict[str, Any], known: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Likely points, and the unregistered place where it is likely, with the time from and up to which each was on.

    Args:
        answer: of a trace; older ones do not tell times. known: points of the case by their number there.
    """
    points = [one | {"point": known[one["id"]]} for one in answer["candidates"]]
    place = answer.get("location")
    if place:
        points.append(place)
    return [_told(one) for one in points if one.get("when") and one["probability"] >= LEAST]


def _told(one: dict[str, Any]) -> dict[str, Any]:
    when = one["when"]
    begin, end = ({key: datetime.fromisoformat(at) for key, at in when[side].items()} for side in ("from", "to"))
    return {
        "point": one.get("point"), "probability": one["probability"], "begin": begin, "end": end, "hours": when["hours"],
        "steady": when["throughout"] >= THROUGHOUT, "throughout": when["throughout"], "mass": one.get("mass"), "parts": when["on"],
        "first": datetime.fromisoformat(when["on"][0]["from"]), "last": datetime.fromisoformat(when["on"][-1]["to"]),
    }  # fmt: skip
