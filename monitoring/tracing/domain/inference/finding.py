"""The answer of a trace in plain values: who, how much, how sure, and what speaks against it. A lead, not proof."""

from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


class Verdict(Enum):
    """What may be said."""

    NAMED = "named"
    SEVERAL = "several"
    UNREGISTERED = "unregistered"
    OUTSIDE = "outside"
    CANNOT_TELL = "cannot tell"


@dataclass(frozen=True, slots=True)
class Rate:
    """Rate while it is on [kg/s], or mass [kg]: mean and the quantiles of `QUANTILES`."""

    mean: float
    quantiles: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class When:
    """When a source was on, if it was active: once from some time to another within the event. Times in seconds after the first reading."""

    edges: tuple[float, ...]  # of the parts of the event
    on: tuple[float, ...]  # probability of being on in each of them, one fewer
    throughout: float  # probability of being on in all of them
    begin: tuple[float, ...]  # quantiles of `QUANTILES`
    end: tuple[float, ...]
    lasted: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Composition:
    """One registered point by substance, of several that were traced as one."""

    rates: tuple[Rate, ...]  # if active [kg/s]
    profile: tuple[tuple[float, ...], ...]  # quantiles of the shares, as in `QUANTILES`, if active
    expected: tuple[float, ...]  # shares of the register; even where it says nothing
    read: tuple[float, ...] | None  # shares of what was read where its plume lies; None where that was too little
    # For its profile above zero, against it below: log likelihood ratio of the share that was read, against any being equally likely.
    speaks: tuple[float, ...]
    masses: tuple[Rate, ...] | None = None  # let out while on, if active [kg]; None where nothing rose

    def only(self, *, substances: NDArray[np.int_]) -> "Composition":
        """These substances in this order."""
        own = [int(j) for j in substances]
        return Composition(
            tuple(self.rates[j] for j in own), tuple(self.profile[j] for j in own), tuple(self.expected[j] for j in own),
            None if self.read is None else tuple(self.read[j] for j in own), tuple(self.speaks[j] for j in own),
            None if self.masses is None else tuple(self.masses[j] for j in own),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Candidate:
    """One registered point in the answer."""

    place: int  # in the list that was given
    probability: float
    rate: Rate  # if active
    share: float  # of all signal that the model explains
    observable: float  # smallest rate seen at two deviations in this wind [kg/s]; infinite where no sensor could see it
    # Block and sensor of the readings that speak most for it, and where it should have been seen and was not; of several substances
    # the number of the substance, too.
    evidence_for: tuple[tuple[int, ...], ...] = ()
    evidence_against: tuple[tuple[int, ...], ...] = ()
    composition: Composition | None = None  # of several substances
    when: When | None = None  # None where it was hardly ever active, or nothing rose
    mass: Rate | None = None  # let out while on, if active [kg]; None where nothing rose


@dataclass(frozen=True, slots=True)
class Owner:
    """One enterprise in the answer: any of its points."""

    number: int  # as in `Case.owners`
    probability: float  # that at least one of them is active
    rate: Rate  # of all its active points together, if any is
    mass: Rate | None = None  # let out by them while on [kg]


@dataclass(frozen=True, slots=True)
class Location:
    """Where an unknown source stands."""

    east: float
    north: float
    height: float
    area: float  # credible, 90 % [m2]
    cells: Floats  # east, north, height, probability; shape (n, 4), best first
    step: float  # side of a cell [m]
    probability: float
    rate: Rate
    when: When | None = None
    mass: Rate | None = None  # [kg]


@dataclass(frozen=True, slots=True)
class Finding:
    """One event, traced."""

    verdict: Verdict
    named: tuple[int, ...]  # places of the candidates that are named
    reasons: tuple[str, ...]  # of the verdict, in words
    candidates: tuple[Candidate, ...]  # in the order given
    unregistered: float
    outside: float
    sector: str | None  # of the outside source that is most likely
    locations: tuple[Location, ...]
    owners: tuple[Owner, ...] = ()  # likeliest first
    likely_owners: tuple[int, ...] = ()  # numbers of those that are likely as a whole, while no point of them is
    span: tuple[int, int] | None = (
        None  # first block in which sources are taken to be on, and the one after the last; None where nothing rose
    )
    diagnostics: dict[str, Any] = field(default_factory=dict)


def scattered(*, draws: Floats, scatter: float, least: float, rng: np.random.Generator) -> Floats:
    """Draws of a rate with the scatter that no reading removes.

    Args:
        draws: above zero; scatter: added standard deviation of ln(rate); least: what it comes to together with that of the draws.
    """
    own = float(np.log(draws[draws > 0]).std()) if (draws > 0).any() else 0.0
    added = np.sqrt(max(least**2 - own**2, scatter**2))
    return np.asarray(draws * np.exp(added * rng.normal(size=draws.shape)))


def rate_of(*, draws: Floats) -> Rate:
    """Mean and quantiles of draws [kg/s]."""
    return Rate(float(draws.mean()), tuple(float(q) for q in np.quantile(draws, QUANTILES)))


def r_hat(*, draws: Floats) -> float:
    """Split R-hat of one quantity, shape (chains, kept); 1 where nothing varies."""
    half = draws.shape[1] // 2
    parts = np.concatenate([draws[:, :half], draws[:, half : 2 * half]])
    within = float(parts.var(axis=1, ddof=1).mean())
    if within <= 0:
        return 1.0 if float(parts.mean(axis=1).std()) == 0 else float("inf")
    between = half * float(parts.mean(axis=1).var(ddof=1))
    return float(np.sqrt(((half - 1) / half * within + between / half) / within))
