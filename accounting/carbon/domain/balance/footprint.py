"""Where the emissions in a unit of a stream were set free: the factor taken apart by origin, exact to rounding.

The adjoint of the pool equations gives each tonne emitted anywhere its share in the stream, through all loops. The parts
sum to the factor, so the stages of a product's footprint need no second model.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from accounting.carbon.domain.balance.assembly import OPENING
from accounting.carbon.domain.balance.network import StreamKind
from accounting.carbon.domain.balance.park import Park
from accounting.carbon.domain.balance.sensitivity import Sensitivity


class Stage(StrEnum):
    """Where a part of a footprint arose, as seen from the plant that makes the product."""

    OWN = "OWN"  # the process itself
    ENERGY = "ENERGY"  # power stations and boilers of the park
    BOUGHT_ENERGY = "BOUGHT_ENERGY"  # power and heat from outside the park
    PRECURSORS = "PRECURSORS"  # other plants of the park
    TREATMENT = "TREATMENT"  # waste and water
    UPSTREAM = "UPSTREAM"  # goods from outside the park
    STOCK = "STOCK"  # carried over from the month before


@dataclass(frozen=True, slots=True)
class Origin:
    """One part of a stream's factor [t CO2e per unit]. `node` is empty for what comes from outside the park."""

    stage: Stage
    node: str
    stream: str
    factor_id: str
    amount: float


@dataclass(frozen=True, slots=True)
class Footprint:
    """A stream's factor by origin [t CO2e per unit].

    `primary`: share of it that stands on metered activity data of the park; `half`: half of the 95 % interval;
    `unweighted`: shares of the factor whose uncertainty nobody stated, which counts as exact.
    """

    stream: str
    total: float
    origins: tuple[Origin, ...]
    primary: float
    half: float
    unstated: float

    def by_stage(self) -> dict[Stage, float]:
        """Sum of each stage [t CO2e per unit]."""
        found = dict.fromkeys(Stage, 0.0)
        for one in self.origins:
            found[one.stage] += one.amount
        return {stage: amount for stage, amount in found.items() if amount}


@dataclass(frozen=True, slots=True)
class Grounds:
    """What is known about the quality of a month's numbers.

    `kinds`: of each node, the kind of the register. `primary`: of each node, the share of its direct emissions on metered
    data. `uncertainty`: of each node's direct emission, relative half of the 95 % interval. `factors`: the same of import
    factors by id; what is missing was not stated.
    """

    kinds: Mapping[str, str]
    primary: Mapping[str, float]
    uncertainty: Mapping[str, float]
    factors: Mapping[str, float]
    direct_half: float | None = None  # of all direct emissions together, shared factors correlated [t CO2e]


def half_of_total(*, park: Park, weights: Mapping[str, float], grounds: Grounds) -> float | None:
    """Half of the 95 % interval of the park's own emissions and bought energy [t CO2e]; None where lines contradict.

    Imports that share a factor err together; their meters err alone.
    """
    if grounds.direct_half is None:
        return None
    kinds = {one.id: one for one in park.network.streams}
    by_factor: dict[str, float] = {}
    variance = grounds.direct_half**2
    for one in park.network.imports:
        if kinds[one.stream].kind not in (StreamKind.POWER, StreamKind.HEAT) or one.factor_id == OPENING:
            continue
        amount = one.quantity * sum(value * weights.get(gas, 0.0) for gas, value in one.factors.items())
        by_factor[one.factor_id] = by_factor.get(one.factor_id, 0.0) + amount
        variance += (amount * kinds[one.stream].uncertainty) ** 2
    variance += sum((amount * grounds.factors.get(name, 0.0)) ** 2 for name, amount in by_factor.items())
    return float(variance**0.5)


def footprint(
    *,
    park: Park,
    stream: str,
    weights: Mapping[str, float],
    grounds: Grounds,
    rows: Sequence[Sensitivity] | None = None,
) -> Footprint:
    """Take the factor of a stream apart.

    Args:
        park: a solved month; weights: warming potentials by gas.
        rows: the stream's sensitivities, for callers that have them.

    Raises:
        UnknownStream: nothing of the stream was delivered.
    """
    makers = {node.id for node in park.network.nodes if stream in node.outputs}
    kinds = {one.id: one.kind for one in park.network.streams}
    parts, variance, unstated = [], 0.0, 0.0
    spread = {one.id: one.uncertainty for one in park.network.streams}
    for one in park.sensitivities(stream=stream, weights=weights) if rows is None else rows:
        if one.kind == "direct":
            parts.append(Origin(stage_of(one.node, makers, grounds), one.node, "", "", one.elasticity))
            half = grounds.uncertainty.get(one.node)
        elif one.kind == "import":
            parts.append(Origin(outside(one.stream, one.node, kinds), "", one.stream, one.node, one.elasticity))
            half = grounds.factors.get(one.node)
        else:
            half = spread[one.stream]
            variance += (one.elasticity * half) ** 2
            continue
        variance += (one.elasticity * (half or 0.0)) ** 2
        unstated += abs(one.elasticity) if half is None else 0.0
    total = sum(part.amount for part in parts)
    measured = sum(part.amount * grounds.primary.get(part.node, 0.0) for part in parts if part.node)
    size = sum(abs(part.amount) for part in parts)
    return Footprint(
        stream, total, tuple(parts), measured / total if total else 0.0, variance**0.5, unstated / size if size else 0.0
    )


def stage_of(node: str, makers: set[str], grounds: Grounds) -> Stage:
    if node in makers:
        return Stage.OWN
    kind = grounds.kinds.get(node, "")
    return Stage.ENERGY if kind == "ENERGY" else Stage.TREATMENT if kind == "TREATMENT" else Stage.PRECURSORS


def outside(stream: str, factor_id: str, kinds: Mapping[str, StreamKind]) -> Stage:
    if factor_id == OPENING:
        return Stage.STOCK
    return Stage.BOUGHT_ENERGY if kinds.get(stream) in (StreamKind.POWER, StreamKind.HEAT) else Stage.UPSTREAM


def ranked(*, park: Park, rows: Sequence[Sensitivity], grounds: Grounds) -> Sequence[tuple[str, str, float]]:
    """What makes a factor uncertain, largest first: kind and name of the input, share of the variance.

    Args:
        rows: sensitivities of the factor.
    """
    spread = {one.id: one.uncertainty for one in park.network.streams}
    stated = {"direct": grounds.uncertainty, "import": grounds.factors}
    found = []
    for one in rows:
        half = stated[one.kind].get(one.node) if one.kind in stated else spread[one.stream]
        names = {"use": f"{one.node} · {one.stream}", "direct": one.node}
        found.append((one.kind, names.get(one.kind, one.stream), (one.elasticity * (half or 0.0)) ** 2))
    whole = sum(value for _k, _n, value in found)
    shares = sorted(
        ((k, n, value / whole) for k, n, value in found if value and whole), key=lambda row: (-row[2], row[1])
    )
    return shares[:10]
