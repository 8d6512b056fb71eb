"""Uncertainty of a total: inputs that several lines share are one variable, so their errors add up and do not cancel."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from accounting.carbon.domain.equations import EQUATIONS
from accounting.carbon.domain.lines import Line
from parks.catalogue.domain.errors import Invalid

STEP = 1e-30  # of the complex step: so small that the derivative carries no error of its own
LOGNORMAL_ABOVE = 0.30
K = 1.96  # half a 95 % interval over a standard deviation


class ConflictingInput(Invalid):
    """Two lines share a factor or meter and give it different uncertainties."""

    code = "uncertainty.conflict"


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one independent input adds [t CO2e, half a 95 % interval]; signed as its effect on the total."""

    identity: str
    amount: float
    share: float  # of the variance


@dataclass(frozen=True, slots=True)
class Interval:
    """A total with half of its 95 % interval [t CO2e]."""

    total: float
    half: float
    relative: float | None  # of the total; None for a total of zero
    contributions: tuple[Contribution, ...]  # largest first
    unknown: tuple[str, ...]  # identities of inputs without a stated uncertainty; they count as exact


@dataclass(frozen=True, slots=True)
class Simulated:
    """A total by Monte Carlo [t CO2e]."""

    mean: float
    low: float
    high: float
    draws: int
    seed: int


def propagated(*, lines: Sequence[Line], weights: Mapping[str, Decimal]) -> Interval:
    """Error propagation of first order.

    Args:
        lines: of one total.
        weights: of each gas: its warming potential [tCO2e/t]. Its own uncertainty is a separate axis and stays out.

    Returns:
        Half of the 95 % interval from U^2 = sum over independent inputs of (sum over lines dE/dx x u)^2.

    Raises:
        ConflictingInput: see `uncertainties`.

    Source: IPCC 2006 volume 1 chapter 3, approach 1, with correlated inputs.
    """
    known = uncertainties(lines=lines)
    effects: defaultdict[str, float] = defaultdict(float)
    unknown: set[str] = set()
    for line in lines:
        weight = float(weights[line.gas])
        for one in line.inputs:
            if one.identity not in known:
                unknown |= {one.identity} if not one.identity.startswith(("method.", "constant ")) else set()
                continue
            effects[one.identity] += weight * slope(line=line, name=one.name) * float(one.value) * known[one.identity]
    total = sum(float(weights[line.gas] * line.tonnes) for line in lines)
    variance = sum(effect**2 for effect in effects.values())
    ranked = sorted(effects.items(), key=lambda pair: (-abs(pair[1]), pair[0]))
    return Interval(
        total=total, half=sqrt(variance), relative=sqrt(variance) / abs(total) if total else None,
        contributions=tuple(Contribution(name, effect, effect**2 / variance if variance else 0.0) for name, effect in ranked),
        unknown=tuple(sorted(unknown)),
    )  # fmt: skip


def uncertainties(*, lines: Sequence[Line]) -> dict[str, float]:
    """Relative half ranges by identity.

    Raises:
        ConflictingInput: one identity comes with two of them.
    """
    known: dict[str, float] = {}
    for line in lines:
        for one in line.inputs:
            if one.uncertainty is None:
                continue
            given = float(one.uncertainty)
            if known.setdefault(one.identity, given) != given:
                raise ConflictingInput(
                    f"{one.identity} is given with {known[one.identity]} and {given}.",
                    identity=one.identity,
                    line=line.id,
                )
    return known


def slope(*, line: Line, name: str) -> float:
    """Derivative of a line by one of its inputs, by the complex step: exact to the last bits of a float."""
    point: dict[str, complex] = {one.name: complex(one.value) for one in line.inputs}
    point[name] += complex(0, STEP)
    return float(EQUATIONS[line.equation].function(point).imag / STEP)


def simulated(*, lines: Sequence[Line], weights: Mapping[str, Decimal], draws: int, seed: int) -> Simulated:
    """Monte Carlo over the same inputs; one draw of an identity serves all lines that share it.

    Args:
        draws: 10,000 or more for a report.
        seed: kept with the result; the same seed gives the same numbers.

    Returns:
        Mean and the 2.5 and 97.5 percentiles.

    Raises:
        ConflictingInput: see `uncertainties`.

    Special cases: half ranges over 30 % are lognormal with the input as median; fractions are cut at 0 and 1. An input
    under one identity is scaled by one relative deviation, so two meters' values under one name deviate together.
    """
    known = uncertainties(lines=lines)
    generator = np.random.Generator(np.random.PCG64(seed))
    scales = {name: scale(u=known[name], generator=generator, draws=draws) for name in sorted(known)}
    total = np.zeros(draws)
    for line in lines:
        values: dict[str, NDArray[np.float64] | float] = {}
        for one in line.inputs:
            value: NDArray[np.float64] | float = float(one.value)
            if one.identity in scales:
                value = float(one.value) * scales[one.identity]
                value = np.clip(value, 0.0, 1.0) if one.fraction else value
            values[one.name] = value
        total += float(weights[line.gas]) * EQUATIONS[line.equation].function(values)
    low, high = np.percentile(total, (2.5, 97.5))
    return Simulated(float(total.mean()), float(low), float(high), draws, seed)


def scale(*, u: float, generator: np.random.Generator, draws: int) -> NDArray[np.float64]:
    """Relative deviations of one input, around 1."""
    normal = generator.standard_normal(draws)
    if u > LOGNORMAL_ABOVE:
        return np.asarray(np.exp(normal * np.log1p(u) / K))
    return np.asarray(1.0 + normal * u / K)
