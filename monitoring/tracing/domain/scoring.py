"""How an answer stands to a truth that is known: right, in part, wrong, or not told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from math import cos, hypot, radians
from typing import Any

DEGREE = 111_195.0  # [m]


class Score(Enum):
    """In words."""

    RIGHT = "RIGHT"
    PARTLY = "PARTLY"
    WRONG = "WRONG"
    NOT_TOLD = "NOT_TOLD"


@dataclass(frozen=True, slots=True)
class Place:
    """One place of the truth, and what the answer says of it."""

    outlet: int | None
    kg_per_h: float  # while it gives off
    rank: int | None = None  # among the candidates, from one
    probability: float | None = None
    median: float | None = None  # [kg/h]
    held: bool | None = None  # whether the 90 % band holds the rate
    away_m: float | None = None  # of an unregistered place from the one found


@dataclass(frozen=True, slots=True)
class Scored:
    """One answer held against the truth."""

    score: Score
    places: tuple[Place, ...]
    innocent: tuple[str, ...]  # names of candidates that were named and did not give off


def scored(*, kind: str, truth: Sequence[Mapping[str, Any]], answer: Mapping[str, Any]) -> Scored:
    """Hold an answer against the truth.

    Args:
        kind: STEADY, INTERMITTENT, TWO, UNREGISTERED or OUTSIDE; truth: places with outlet, lon, lat, kg_per_h, and
            premises: the enterprise on whose ground it lies, where there is one.
        answer: as it is kept with the trace; rates in kg/h.
    """
    order = {one["id"]: number for number, one in enumerate(answer["candidates"])}
    places = tuple(_place(one, order, answer) for one in truth)
    # The number of an outlet; premises are named by an e and the number of their enterprise.
    guilty = {str(one["outlet"]) for one in truth if one["outlet"] is not None}
    named = set(answer["named"])
    verdict = answer["verdict"]
    around = {f"e{one['premises']}" for one in truth if one["outlet"] is None and one.get("premises")}
    if kind == "UNREGISTERED" and around & named:
        # A point that nobody registered, on premises that somebody did.
        score = Score.RIGHT if around == named else Score.PARTLY
    elif kind in ("UNREGISTERED", "OUTSIDE"):
        wanted = "unregistered" if kind == "UNREGISTERED" else "outside"
        score = (
            Score.RIGHT if verdict == wanted else _not_told(around, answer) if verdict == "cannot tell" else Score.WRONG
        )
    elif guilty == named:
        score = Score.RIGHT
    elif guilty & named or _premises_of(guilty, answer) & named:
        score = Score.PARTLY
    else:
        score = _not_told(guilty, answer) if verdict == "cannot tell" else Score.WRONG
    innocent = tuple(sorted(named - guilty - around - _premises_of(guilty, answer)))
    return Scored(score, places, innocent)


def _not_told(guilty: set[str], answer: Mapping[str, Any]) -> Score:
    """No point was told; perhaps a plant was, as a whole."""
    likely = {one["enterprise"] for one in answer.get("enterprises", ()) if one.get("likely_as_a_whole")}
    if not likely:
        return Score.NOT_TOLD
    return Score.PARTLY if likely & _firms_of(guilty, answer) else Score.WRONG


def _firms_of(guilty: set[str], answer: Mapping[str, Any]) -> set[str]:
    """Enterprises of points."""
    return {one["enterprise"] for one in answer["candidates"] if one["id"] in guilty and one.get("enterprise")}


def _premises_of(guilty: set[str], answer: Mapping[str, Any]) -> set[str]:
    """Premises of the enterprises whose outlets gave off: who goes there finds them."""
    firms = _firms_of(guilty, answer)
    return {one["id"] for one in answer["candidates"] if one["id"].startswith("e") and one.get("enterprise") in firms}


def _place(one: Mapping[str, Any], order: Mapping[str, int], answer: Mapping[str, Any]) -> Place:
    name = str(one["outlet"])
    if one["outlet"] is None or name not in order:
        found = answer["location"]
        if found is None or found.get("latitude") is None:
            return Place(one["outlet"], one["kg_per_h"])
        north = (found["latitude"] - one["lat"]) * DEGREE
        east = (found["longitude"] - one["lon"]) * DEGREE * cos(radians(one["lat"]))
        return Place(None, one["kg_per_h"], away_m=round(hypot(east, north)))
    row = answer["candidates"][order[name]]
    rate = row["rate"]
    return Place(
        one["outlet"], one["kg_per_h"], order[name] + 1, row["probability"], rate["p50"], rate["p5"] <= one["kg_per_h"] <= rate["p95"]
    )  # fmt: skip
