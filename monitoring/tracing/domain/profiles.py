"""Profiles that a park already knows of its points, and how sure each kind of them is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum


class Origin(Enum):
    """Where the shares of a point come from, the best first."""

    MEASURED = "MEASURED"  # sampled at the point, with a report that says so
    UNVERIFIED = "UNVERIFIED"  # entered for the point without one
    MONITORED = "MONITORED"  # its own mass rates by substance
    PERMITTED = "PERMITTED"  # permitted annual amounts of an enterprise with one air outlet
    PERMITTED_WHOLE = "PERMITTED_WHOLE"  # likewise with several, whose amounts the permit does not part


@dataclass(frozen=True, slots=True)
class Rule:
    """How sure a kind of profile is. Rows of `profile_rules.csv`; numbers are frozen with every trace."""

    number: int
    origin: Origin
    certainty: float  # parts of a Dirichlet prior, where nothing better is stated
    least: float  # bounds of what stated deviations may make of it
    most: float
    days: int  # of mass rates before the event
    least_hours: int  # of each substance in them
    valid_from: date
    valid_to: date | None


def rule_of(*, rules: Sequence[Rule], origin: Origin, day: date) -> Rule | None:
    """The newest rule of a kind that holds on a day."""
    held = [
        one
        for one in rules
        if one.origin is origin and one.valid_from <= day and (one.valid_to is None or day <= one.valid_to)
    ]
    return max(held, key=lambda one: (one.valid_from, one.number), default=None)


def certainty_of(
    *, shares: Mapping[str, float], deviations: Mapping[str, float], substances: Sequence[str], rule: Rule
) -> float:
    """Parts of the Dirichlet prior whose shares scatter as stated, within the bounds of the rule.

    Args:
        shares, deviations: of the mass of everything that was measured, by substance; substances: those that are traced.

    A Dirichlet share p has the variance p (1 - p) / (c + 1), so c + 1 is the sum of p (1 - p) over the sum of the variances, both of
    what is traced alone. The sum of what is traced is taken as known, which makes a profile rather less sure than more. Without a
    stated deviation the rule decides.
    """
    own = [(shares.get(code, 0.0), deviations.get(code, 0.0)) for code in substances]
    total = sum(share for share, _ in own)
    scatter = sum(deviation**2 for _, deviation in own)
    if total <= 0 or scatter <= 0:
        return rule.certainty
    spread = sum(share / total * (1 - share / total) for share, _ in own)
    return min(max(spread * total**2 / scatter - 1, rule.least), rule.most)
