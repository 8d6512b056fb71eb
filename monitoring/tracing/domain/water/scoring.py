"""How the answer of a water trace stands to a truth that is known."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from monitoring.tracing.domain.scoring import Score


@dataclass(frozen=True, slots=True)
class WaterScored:
    """One answer held against the truth."""

    score: Score
    rank: int | None  # of the true node among the candidates, from one
    probability: float | None
    mass: float | None  # median [kg]
    mass_held: bool | None  # whether the 90 % band holds the mass
    start_held: bool | None  # whether it holds the start
    innocent: tuple[str, ...]  # nodes that were named and let nothing in


def water_scored(*, kind: str, truth: Mapping[str, Any], answer: Mapping[str, Any]) -> WaterScored:
    """Hold an answer against the truth.

    Args:
        kind: STEADY for a registered outlet, UNREGISTERED for a manhole that nobody is registered for.
        truth: node, mass_kg, start; answer: as it is kept with the trace.

    Several names with the true one among them are right in part. So is "not registered" at another manhole: it accuses nobody and
    sends people to the wrong lid.
    """
    named, order = tuple(answer["named"]), [one["id"] for one in answer["candidates"]]
    verdict, node = answer["verdict"], truth["node"]
    place = order.index(node) if node in order else None
    row = answer["candidates"][place] if place is not None else None
    if named == (node,):
        score = Score.RIGHT
    elif node in named or (kind == "UNREGISTERED" and verdict == "unregistered"):
        score = Score.PARTLY
    else:
        score = Score.NOT_TOLD if verdict == "cannot tell" else Score.WRONG
    return WaterScored(
        score, None if place is None else place + 1, row["probability"] if row else None, row["mass_kg"]["p50"] if row else None,
        row["mass_kg"]["p5"] <= truth["mass_kg"] <= row["mass_kg"]["p95"] if row else None,
        _moment(row["start"]["p5"]) <= _moment(truth["start"]) <= _moment(row["start"]["p95"]) if row else None,
        tuple(one for one in named if one != node),
    )  # fmt: skip


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
