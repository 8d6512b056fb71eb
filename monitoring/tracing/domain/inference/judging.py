"""From probabilities to a verdict. Naming needs more than a large number: sensors that could have seen it, and wind."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitoring.tracing.domain.inference.finding import Verdict
from monitoring.tracing.domain.inference.settings import FAR

Floats = NDArray[np.float64]

CALM = 1.0  # [m/s]
MOST_CALM = 0.7  # share of the evidence in calm minutes beyond which nobody is named
# Relative error of the model; its prior says 0.5 within a factor of 1.5, and on a hundred days of foreign physics it was 0.73 at most.
WORST_FIT = 0.8
# Likewise where the signal comes from `FAR`, on curves drawn out beyond what they were measured on; evenly less and less from `NEAR` on.
WORST_FIT_FAR = 0.65
NEAR = 800.0  # [m]
# Likewise where the short list left points out: what cut it is the model, and a neighbour of the true point takes its place.
WORST_FIT_CUT = 0.2
WORST_AGREEMENT = 1.7  # R-hat beyond which a probability of a place or a sector is the luck of the draw
EACH = 0.5  # probability that every population of chains has to give a point by itself for it to be named
CUT_SHORT = "Of many points only the likeliest were looked at, and the model errs too much to be sure that the true one is among them."
PLANT = "One enterprise is likely as a whole; which of its points it was cannot be told."
PLANTS = "Enterprises are likely as a whole; which of their points it was cannot be told."
DISAGREE = "The chains do not agree on who it was; more rounds may tell."
SEEN = 2  # rows that must carry the signal


@dataclass(frozen=True, slots=True)
class Grounds:
    """What the verdict rests on."""

    probability: Floats  # of the registered candidates, shape (k,)
    share: Floats  # of the explained signal by candidate, shape (k,)
    unregistered: float
    unregistered_share: float
    outside: float
    outside_share: float
    heard: int  # rows with a signal of more than three deviations above the background
    rows_of: NDArray[np.int_]  # rows where a candidate, at its rate, adds more than two deviations; shape (k,)
    calm: float  # share of calm minutes
    kappa: float  # relative error of the model that the readings ask for
    r_hat: float = 1.0  # between the populations of chains
    least: Floats | None = (
        None  # smallest probability that a population gives a candidate, shape (k,); as `probability` where None
    )
    whole: bool = True  # every point that can have emitted it was sampled
    way: float = 0.0  # mean way of the signal from registered points to the sensors that read it [m]
    plants: int = 0  # enterprises that are likely with all their points together, while none of these can be named


def judged(*, grounds: Grounds, name_from: float) -> tuple[Verdict, tuple[int, ...], tuple[str, ...]]:
    """Verdict, the candidates named, and why.

    Args:
        name_from: probability from which a candidate is named.
    """
    if grounds.heard < SEEN:
        return Verdict.CANNOT_TELL, (), ("No sensor rose above its background.",)
    if grounds.calm >= MOST_CALM:
        return Verdict.CANNOT_TELL, (), ("The air was calm nearly throughout; calm air points nowhere.",)
    # What comes from outside is told by all stations rising together, not by the shape of a plume.
    way = grounds.way if grounds.outside_share <= 0.5 else 0.0
    if grounds.kappa > np.interp(way, [NEAR, FAR], [WORST_FIT, WORST_FIT_FAR]):
        return (
            Verdict.CANNOT_TELL,
            (),
            ("No candidate and no place explains the readings; the wind or the widths are not as assumed.",),
        )
    if not grounds.whole and grounds.kappa > WORST_FIT_CUT:
        return Verdict.CANNOT_TELL, (), (CUT_SHORT,)
    probable = grounds.probability >= name_from
    # Populations may differ about a level or a rate and still all point at the same stack; a place or a sector has no such check, and
    # of points that the short list left out none of them knows.
    agreed = probable if grounds.least is None else probable & (grounds.least >= EACH)
    settled = grounds.r_hat <= WORST_AGREEMENT
    if not settled and not (grounds.whole and (agreed.any() or grounds.plants)):
        return Verdict.CANNOT_TELL, (), (DISAGREE,)
    order = np.argsort(-grounds.probability, kind="stable")
    named = [int(k) for k in order if agreed[k] and grounds.rows_of[k] >= SEEN]
    registered = float(grounds.share[named].sum()) if named else 0.0
    if grounds.unregistered >= name_from and grounds.unregistered_share > max(registered, grounds.outside_share):
        if not settled:
            return Verdict.CANNOT_TELL, (), (DISAGREE,)
        return Verdict.UNREGISTERED, (), ("A point that is not in the register explains the readings best.",)
    if grounds.outside >= name_from and grounds.outside_share > max(registered, grounds.unregistered_share):
        if not settled:
            return Verdict.CANNOT_TELL, (), (DISAGREE,)
        return Verdict.OUTSIDE, (), ("All sensors rose together with wind from one sector.",)
    if not named:
        return (
            Verdict.CANNOT_TELL,
            (),
            (DISAGREE, *_plants(grounds)) if (probable & ~agreed).any() else _doubts(grounds, name_from),
        )
    verdict = Verdict.NAMED if len(named) == 1 else Verdict.SEVERAL
    return verdict, tuple(named), ("A lead, not proof.", *_plants(grounds))


def _plants(grounds: Grounds) -> tuple[str, ...]:
    return () if grounds.plants == 0 else (PLANT if grounds.plants == 1 else PLANTS,)


def _doubts(grounds: Grounds, name_from: float) -> tuple[str, ...]:
    found = [f"No candidate reaches a probability of {name_from:g}."]
    found += _plants(grounds)
    order = np.argsort(-grounds.probability, kind="stable")[:3]
    joint = float(grounds.probability[order].sum())
    if joint >= name_from and not grounds.plants:
        found.append("Several candidates explain the readings equally well; together they are likely.")
    if not (grounds.rows_of >= SEEN).any():
        found.append("No sensor stood where it could have seen any candidate.")
    return tuple(found)
