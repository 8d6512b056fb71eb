"""What pages of a trace say of several substances that were traced together: which, one of them shown, the profile of each point."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.urls import reverse

from parks.catalogue.selectors import names_of


def codes_of(*, row: Any) -> list[str]:
    """Substances of a trace, that of its incident first."""
    return [row.incident.pollutant_id, *row.companions]


def shown_of(*, row: Any, asked: str) -> str:
    """The substance that maps, replay and supposition show: one that was asked for, else that of the incident."""
    return asked if asked in row.companions else str(row.incident.pollutant_id)


def choice_of(*, row: Any, asked: str) -> dict[str, Any]:
    """Which of several substances is shown, and which others could be; nothing where there is one."""
    if not row.companions:
        return {"together": [], "shown": None, "names": {}}
    names = names_of(codes=codes_of(row=row))
    substances = [names[code] for code in codes_of(row=row)]
    return {"together": substances, "shown": names[shown_of(row=row, asked=asked)], "names": names}


def supposed_of(*, answer: dict[str, Any], substance: str) -> list[dict[str, Any]]:
    """Points that were tried alone by a substance; an answer about one substance names none."""
    return [one for one in answer["supposed"] if one.get("substance", substance) == substance]


def composed(*, row: Any, rows: Sequence[dict[str, Any]], substances: Iterable[Any]) -> list[dict[str, Any]]:
    """The listed points with the profile that was used of each and what was found by substance.

    Args:
        rows: points of the page, as `traces.ranked` gives them; substances: rows of the catalogue.
    """
    names = {one.code: one for one in substances}
    places = row.places.get("profiles", {})
    return [
        {
            "point": one, "single": emits_one(point=one["point"]), "profile": profile_of(point=one["point"], place=places.get(one["id"]), names=names),
            "parts": [
                part | {"named": names[part["substance"]], "ground": one["point"].get("grounds", {}).get(part["substance"], "")}
                for part in one["by_substance"]
            ],
        }
        for one in rows if one.get("by_substance")
    ]  # fmt: skip


def emits_one(*, point: dict[str, Any]) -> bool:
    """Whether a point of the case may emit one of the substances only, all of it then."""
    possible = [code for code, ground in point.get("grounds", {}).items() if ground != "NOT_HANDLED"]
    return len(possible) == 1


def profile_of(*, point: dict[str, Any], place: dict[str, Any] | None, names: dict[str, Any]) -> dict[str, Any] | None:
    """The profile of a point in the case with the addresses of what it came from; None where it had none."""
    if place is None or "profile" not in point:
        return None
    found = place | {"certainty": point["profile"]["certainty"]}
    if "profile" in place:
        found["url"] = f"{reverse('source_profiles')}?profile={place['profile']}"
    elif "permit" in place:
        found["url"] = reverse("permit", args=[place["permit"]])
    elif "channels" in place:
        found["channels"] = [(names[code], reverse("point", args=[pk])) for code, pk in place["channels"].items()]
        found["times"] = [datetime.fromisoformat(place[end]) for end in ("from", "to")]
    return found
