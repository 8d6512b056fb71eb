"""Factors next to registered profiles. A factor keeps its number unless one profile is close and no other is nearly as close."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
CLOSE = 0.9  # least cosine of a match; assumed
AHEAD = 0.03  # by which the best must lead


@dataclass(frozen=True, slots=True)
class Match:
    factor: int
    profile: str | None  # None: not to be named
    cosine: float  # with the best profile
    others: tuple[str, ...]  # profiles as close, when there are several
    reason: str


def matched(*, factors: Floats, profiles: Mapping[str, Floats], errors: Floats | None = None) -> tuple[Match, ...]:
    """Match by cosine.

    Args:
        factors: shape (factors, species); profiles: by name, shape (species,).
        errors: typical relative weight of each species, shape (species,); a badly measured one counts less.
    """
    scale = np.ones(factors.shape[1]) if errors is None else 1 / errors
    return tuple(_one(number, factor * scale, profiles, scale) for number, factor in enumerate(factors))


def _one(number: int, factor: Floats, profiles: Mapping[str, Floats], scale: Floats) -> Match:
    found = sorted(((cosine(factor, profile * scale), name) for name, profile in profiles.items()), reverse=True)
    if not found:
        return Match(number, None, 0.0, (), "No profile is registered.")
    best, name = found[0]
    if best < CLOSE:
        return Match(
            number, None, best, (), f"The closest profile, {name}, has a cosine of {best:.2f}; {CLOSE} is needed."
        )
    rivals = tuple(other for value, other in found[1:] if value > best - AHEAD)
    if rivals:
        return Match(number, None, best, (name, *rivals), "Several profiles are as close.")
    return Match(number, name, best, (), "")


def cosine(one: Floats, other: Floats) -> float:
    length = float(np.linalg.norm(one) * np.linalg.norm(other))
    return float(one @ other) / length if length > 0 else 0.0
