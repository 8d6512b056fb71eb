"""The part of a dossier on several substances: which profile each point was given, and what was found by substance."""

from typing import Any


def together(*, row: Any, names: dict[str, str], words: dict[str, str], most: int) -> dict[str, Any] | None:
    """What the template prints of substances that were traced together; None where there was one.

    Args:
        names: of the substances by code; words: of the origins of profiles; most: points that are printed.
    """
    codes = row.answer.get("together")
    if not codes:
        return None
    known = {one["id"]: one for one in row.case["candidates"]}
    listed = [one for one in row.answer["candidates"][:most] if one.get("by_substance")]
    return {
        "names": [names.get(code, code) for code in codes],
        "points": [
            {
                "name": known[one["id"]].get("name", one["id"]), "enterprise": one.get("enterprise") or "", "chance": one["probability"],
                "profile": profile_said(point=known[one["id"]], place=row.places.get("profiles", {}).get(one["id"]), words=words),
                "parts": [
                    part | {"name": names.get(part["substance"], part["substance"]), "held": known[one["id"]].get("grounds", {}).get(part["substance"]) != "NOT_HANDLED"}
                    for part in one["by_substance"]
                ],
            }
            for one in listed
        ],
    }  # fmt: skip


def profile_said(*, point: dict[str, Any], place: dict[str, Any] | None, words: dict[str, str]) -> str:
    """Origin, source and certainty of a profile in one line."""
    grounds = point.get("grounds", {})
    if sum(ground != "NOT_HANDLED" for ground in grounds.values()) == 1:
        return words["profile_origin.SINGLE"]
    if place is None or "profile" not in point:
        return ""
    source = ""
    if "profile" in place:
        source = f"{place['name']} v{place['version']} {place['said']}".strip()
    elif "permit" in place:
        source = f"{place['number']} · {place['year']}"
    elif "hours" in place:
        source = f"{place['from'][:10]} – {place['to'][:10]}, {place['hours']} h"
    origin = words[f"profile_origin.{place['origin']}"]
    return f"{origin}：{source}（确信度 {point['profile']['certainty']:g}）"
