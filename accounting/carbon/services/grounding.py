"""What a park's month stands on: kinds of nodes, primary data, uncertainties, and the versions behind every number."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from accounting.activity.selectors import nodes_of
from accounting.carbon.domain.balance.gathering import BIOGENIC, Emission, Flow, site_of
from accounting.carbon.domain.inventory import CROSSWALK
from accounting.carbon.domain.lines import Line
from accounting.carbon.domain.measured import cross_check
from accounting.carbon.domain.uncertainty import Interval, propagated
from accounting.carbon.services.taking import Books, measured_of, source_of
from accounting.factors.domain.library import Library
from parks.catalogue.domain.errors import PlatformError


@dataclass(frozen=True, slots=True)
class Gathered:
    """A month as it was taken from the tables."""

    books: tuple[Books, ...]
    flows: tuple[Flow, ...]
    emissions: tuple[Emission, ...]
    wrong: tuple[dict[str, Any], ...]
    library: Library


def grounds_of(*, park_id: int, taken: Gathered, weights: Mapping[str, Decimal]) -> dict[str, Any]:
    """Kinds of nodes, shares of primary data, uncertainties of direct emissions and import factors."""
    best = int(taken.library.process(process="park_balance", parameter="PRIMARY_QUALITY").value)
    lines: dict[str, list[tuple[Line, bool]]] = {}
    for books in taken.books:
        emitting = {e.line: e for e in taken.emissions if e.enterprise == books.enterprise}
        for line in books.ledger.lines:
            if line.id in emitting:
                node = emitting[line.id].node or site_of(books.enterprise)
                lines.setdefault(node, []).append((line, source_of(books, line).quality <= best))
    primary: dict[str, float] = {}
    spread: dict[str, float] = {}
    for node, own in lines.items():
        size = [abs(float(line.tonnes * weights.get(line.gas, Decimal(0)))) for line, _p in own]
        primary[node] = sum(s for s, (_l, p) in zip(size, own, strict=True) if p) / sum(size) if sum(size) else 0.0
        found = interval_of([line for line, _p in own], weights)
        spread |= {node: found.relative} if found is not None and found.relative is not None else {}
    used = {f.factor_id for f in taken.flows if f.factor_id in taken.library.factors}
    stated = {name: taken.library.factors[name].uncertainty for name in used}
    together = interval_of([line for own in lines.values() for line, _p in own], weights)
    return {
        "direct_half": None if together is None else together.half,
        "kinds": {n.code: n.kind for n in nodes_of(park_id=park_id)}, "primary": primary, "uncertainty": spread,
        "factors": {name: float(u) for name, u in stated.items() if u is not None},
    }  # fmt: skip


def checks_of(*, taken: Gathered, uncertainty: Mapping[str, float]) -> list[dict[str, Any]]:
    """Of each node with measured stacks: measured against calculated CO2, and whether they differ by more than they may."""
    found = []
    measured = [one for books in taken.books for one in measured_of(books=books)]
    for node in sorted({one["node"] for one in measured if one["node"]}):
        own = [one for one in measured if one["node"] == node]
        total = sum(one["tonnes"] for one in own)
        calculated = sum(e.tonnes for e in taken.emissions if e.node == node and e.gas in ("CO2", BIOGENIC))
        if calculated <= 0 or total <= 0:
            continue
        half = sum((one["tonnes"] * one["half"]) ** 2 for one in own) ** 0.5 / total
        check = cross_check(
            measured=total, calculated=calculated, u_measured=half, u_calculated=uncertainty.get(node, 0.0)
        )
        found.append({
            "node": node, "measured": total, "calculated": calculated, "difference": check.difference,
            "uncertainty": check.uncertainty, "flag": check.flag.value, "lines": [{"id": one["line"], "code": one["code"]} for one in own],
        })  # fmt: skip
    return found


def sources_of(*, taken: Gathered, weights: Mapping[str, Decimal]) -> dict[str, float]:
    """Own emissions of the park by category [t CO2e]: combustion, process, waste and so on, as the lines say."""
    found: dict[str, float] = {}
    for books in taken.books:
        for line in books.ledger.lines:
            place = CROSSWALK[line.category]
            if place.statutory and place.ghg_scope == "1" and not (line.biogenic and line.gas == "CO2"):
                amount = float(line.tonnes * weights.get(line.gas, Decimal(0)))
                found[line.category.value] = found.get(line.category.value, 0.0) + amount
    return found


def interval_of(lines: Sequence[Line], weights: Mapping[str, Decimal]) -> Interval | None:
    try:
        counted = [one for one in lines if one.gas in weights and not (one.biogenic and one.gas == "CO2")]
        return propagated(lines=counted, weights=weights)
    except PlatformError:
        return None  # the same meter with two uncertainties: the enterprise's inventory says so


def inputs_of(taken: Gathered) -> dict[str, Any]:
    """Versions of everything behind the case, so that a reader can walk from a node to its lines."""
    emitted: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for e in taken.emissions:
        emitted.setdefault((e.enterprise, e.line), []).append({"gas": e.gas, "tonnes": e.tonnes})
    flows: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for f in taken.flows:
        flows.setdefault((f.enterprise, f.line), []).append(
            {"stream": f.stream, "side": f.side, "quantity": f.quantity, "factor": f.factor_id}
        )
    rows = []
    for books in taken.books:
        for code, line in books.lines.items():
            key = (books.enterprise, code)
            rows.append({
                "id": line.pk, "version": line.version, "enterprise": books.enterprise, "code": code, "kind": line.kind,
                "node": line.node.code if line.node else site_of(books.enterprise), "quality": line.quality,
                "emissions": emitted.get(key, []), "flows": flows.get(key, []),
            })  # fmt: skip
    used = {one.factor for b in taken.books for line in b.ledger.lines for one in line.inputs if one.factor}
    used |= {f.factor_id for f in taken.flows if f.factor_id in taken.library.factors}
    return {
        "lines": rows, "methods": {b.enterprise: b.method.key for b in taken.books},
        "factors": {name: taken.library.factors[name].version for name in sorted(used)},
    }  # fmt: skip
