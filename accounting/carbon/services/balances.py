"""Computing and freezing the park's balance of a month."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from django.db import IntegrityError, transaction

from accounting.activity.domain import MonthState
from accounting.activity.selectors import lines_of_park, nodes_of, states_of_park, streams_of
from accounting.carbon.domain.balance.gathering import BIOGENIC, Emission, Flow, Place, gathered
from accounting.carbon.domain.balance.network import Allocation, Network, Rule, Stream, StreamKind
from accounting.carbon.domain.balance.park import park
from accounting.carbon.domain.case.frozen import FORMAT, answered, canonical, problem
from accounting.carbon.domain.case.writing import month_as_case
from accounting.carbon.domain.lines import Line
from accounting.carbon.domain.methods import method_of
from accounting.carbon.domain.uncertainty import Interval, propagated
from accounting.carbon.models import NodeAllocation, ParkBalance
from accounting.carbon.rendering import digest_of
from accounting.carbon.selectors.balances import allocations_on, balance_before, known_balance, methods_on
from accounting.carbon.services.taking import Books, books_of, emissions_of, flows_of, reported_of, source_of
from accounting.factors.domain.library import Library
from accounting.factors.selectors.library import library_on
from parks.catalogue.domain.errors import Invalid, PlatformError

DEFAULT_METHOD = "GBT-32151.10-2023"  # of whoever chose none, and of the park's warming potentials
PRIMARY_QUALITY = 2  # lines of this quality or better stand on meters or invoices
SETTLED = 1e-12
MOST_ROUNDS = 60


class NothingToBalance(Invalid):
    """Nobody in the park entered activity data of this month."""

    code = "balance.nothing_entered"


@dataclass(frozen=True, slots=True)
class Gathered:
    """A month as it was taken from the tables."""

    books: tuple[Books, ...]
    flows: tuple[Flow, ...]
    emissions: tuple[Emission, ...]
    wrong: tuple[dict[str, Any], ...]
    library: Library


def run_balance(*, park_id: int, month: date, by_id: int | None, now: datetime) -> ParkBalance:
    """Compute and freeze the balance of a month. The same data give the balance that exists.

    Raises:
        NothingToBalance: no line of this month.
    """
    taken = gather(park_id=park_id, month=month)
    case = case_of(park_id=park_id, month=month, taken=taken)
    result = answered(case=case) | {"lines": list(taken.wrong)}
    result["unlinked"] = sum(float(one["unlinked"]) for one in case["statutory"].values())
    inputs = inputs_of(taken)
    state = state_of(park_id=park_id, month=month, books=taken.books)
    digest = digest_of(case, inputs, result, state, code_version())
    known = known_balance(park_id=park_id, month=month, digest=digest)
    if known is not None:
        return known
    total = result.get("park", {}).get("total")
    try:
        with transaction.atomic():
            return ParkBalance.objects.create(
                park_id=park_id, month=month, state=state, case=case, inputs=inputs, result=result,
                total=None if total is None else round(Decimal(total), 6), code_version=code_version(), digest=digest,
                computed_at=now, computed_by_id=by_id,
            )  # fmt: skip
    except IntegrityError:
        found = known_balance(park_id=park_id, month=month, digest=digest)
        if found is None:
            raise
        return found  # another request was faster


def gather(*, park_id: int, month: date) -> Gathered:
    """Lines in force, ledgers, flows and emissions of a month."""
    lines = list(lines_of_park(park_id=park_id, month=month))
    if not lines:
        raise NothingToBalance
    library = library_on(day=month)
    names = {line.enterprise_id: line.enterprise.name for line in lines}
    chosen = methods_on(park_id=park_id, month=month)
    methods = {e: method_of(method_id=chosen.get(e, DEFAULT_METHOD), gwp_set=None) for e in names}
    books = books_of(lines=lines, methods=methods, names=names, library=library, month=month)
    carbon = {one.code: one.kind for one in streams_of(park_id=park_id) if one.carbon}
    flows: list[Flow] = []
    wrong: list[dict[str, Any]] = []
    for one in books:
        found, refused = flows_of(books=one, library=library, month=month)
        flows += found
        wrong += [{"enterprise": one.enterprise, "line": code, **problem(error)} for code, error in refused]
        wrong += [{"enterprise": one.enterprise, "line": r.entry, **problem(r.error)} for r in one.ledger.refused]
        wrong += [
            {"enterprise": one.enterprise, "line": b.id, "code": "line.open_question", "message": b.reason,
             "details": {"low": float(b.low), "high": float(b.high), "gas": b.gas}}
            for b in one.ledger.bounds
        ]  # fmt: skip
    fed = frozenset(f.node for f in flows if brings_carbon(f, carbon.get(f.stream)))
    emissions = [e for one in books for e in emissions_of(books=one, carbon_streams=fed)]
    return Gathered(tuple(books), tuple(flows), tuple(emissions), tuple(wrong), library)


def brings_carbon(flow: Flow, kind: str | None) -> bool:
    """Whether carbon comes to a node with a flow: with what it takes, and with the waste that it treats for others."""
    sides = ("made", "sold") if kind == StreamKind.SERVICE.value else ("used", "bought")
    return kind is not None and flow.side in sides


def case_of(*, park_id: int, month: date, taken: Gathered) -> dict[str, Any]:
    """Everything that the answer depends on, as plain data."""
    method = method_of(method_id=DEFAULT_METHOD, gwp_set=None)
    gases = sorted({e.gas for e in taken.emissions} | {"CO2"})
    potentials = {g: taken.library.gwp(gas=g, gwp_set=method.gwp_set).value for g in gases if g != BIOGENIC}
    network = network_with_stores(park_id=park_id, month=month, taken=taken)
    case = {
        "format": FORMAT, "gwp_set": method.gwp_set, "weights": {gas: float(value) for gas, value in potentials.items()},
        "network": month_as_case(network=network), "grounds": grounds_of(park_id=park_id, taken=taken, weights=potentials),
        "statutory": {one.enterprise: reported_of(books=one, weights=own_weights(one, taken.library)) for one in taken.books},
    }  # fmt: skip
    found: dict[str, Any] = canonical(case)
    return found


def own_weights(books: Books, library: Library) -> dict[str, Decimal]:
    """Warming potentials of the enterprise's own method, with which it reports."""
    gases = {line.gas for line in books.ledger.lines}
    return {gas: library.gwp(gas=gas, gwp_set=books.method.gwp_set).value for gas in gases}


def network_with_stores(*, park_id: int, month: date, taken: Gathered) -> Network:
    """The network; what lay in stores carries last month's factor, and in the first month that of this one."""
    before = balance_before(park_id=park_id, month=month)
    known: dict[str, dict[str, float]] = {}
    if before is not None:
        rows = before.result.get("factors", {})
        known = {
            store["id"]: only_gases(rows[store["id"]])
            for store in before.case["network"]["storages"]
            if store["id"] in rows
        }
    network = network_from(park_id=park_id, month=month, taken=taken, openings=known)
    missing = [one for one in network.storages if one.opening and one.id not in known]
    for _round in range(MOST_ROUNDS if missing else 0):
        found = answered_factors(network)
        change = max(
            abs(found[o.id].get(g, 0.0) - known.get(o.id, {}).get(g, 0.0)) for o in missing for g in found[o.id]
        )
        known |= {one.id: found[one.id] for one in missing}
        network = network_from(park_id=park_id, month=month, taken=taken, openings=known)
        if change <= SETTLED:
            break
    return network


def answered_factors(network: Network) -> dict[str, dict[str, float]]:
    try:
        books = park(network=network).ledgers
    except PlatformError:
        return {one.id: {} for one in network.storages}
    return {s: dict(zip(books.gases, row, strict=True)) for s, row in books.factors.items()}


def only_gases(row: Mapping[str, float]) -> dict[str, float]:
    return {gas: value for gas, value in row.items() if gas != "CO2e"}


def network_from(*, park_id: int, month: date, taken: Gathered, openings: Mapping[str, Mapping[str, float]]) -> Network:
    streams = [
        Stream(s.code, StreamKind(s.kind), s.unit, carbon=float(s.carbon or 0), uncertainty=float(s.uncertainty))
        for s in streams_of(park_id=park_id)
    ]
    places = [Place(n.code, str(n.enterprise_id), n.kind == "STORAGE") for n in nodes_of(park_id=park_id)]
    allocations = {row.node.code: allocation_of(row) for row in allocations_on(park_id=park_id, month=month)}
    return gathered(
        month=f"{month:%Y-%m}", streams=streams, places=places, flows=taken.flows, emissions=taken.emissions,
        allocations=allocations, opening_factors=openings,
    )  # fmt: skip


def allocation_of(row: NodeAllocation) -> Allocation:
    """A stored choice as the solver takes it."""
    parts = ({name: float(text) for name, text in part.items()} for part in (row.shares, row.weights, row.parameters))
    return Allocation(Rule(row.rule), *parts)


def grounds_of(*, park_id: int, taken: Gathered, weights: Mapping[str, Decimal]) -> dict[str, Any]:
    """Kinds of nodes, shares of primary data, uncertainties of direct emissions and import factors."""
    lines: dict[str, list[tuple[Line, bool]]] = {}
    for books in taken.books:
        emitting = {e.line: e for e in taken.emissions if e.enterprise == books.enterprise}
        for line in books.ledger.lines:
            if line.id in emitting:
                node = emitting[line.id].node or f"site.{books.enterprise}"
                lines.setdefault(node, []).append((line, source_of(books, line).quality <= PRIMARY_QUALITY))
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
                "node": line.node.code if line.node else f"site.{books.enterprise}", "quality": line.quality,
                "emissions": emitted.get(key, []), "flows": flows.get(key, []),
            })  # fmt: skip
    used = {one.factor for b in taken.books for line in b.ledger.lines for one in line.inputs if one.factor}
    used |= {f.factor_id for f in taken.flows if f.factor_id in taken.library.factors}
    return {
        "lines": rows, "methods": {b.enterprise: b.method.key for b in taken.books},
        "factors": {name: taken.library.factors[name].version for name in sorted(used)},
    }  # fmt: skip


def state_of(*, park_id: int, month: date, books: Sequence[Books]) -> str:
    """The least advanced state of all enterprises with data."""
    states = states_of_park(park_id=park_id, month=month)
    found = {states.get(int(one.enterprise), MonthState.OPEN) for one in books}
    for state, name in ((MonthState.OPEN, "PROVISIONAL"), (MonthState.CLOSED, "CLOSED")):
        if state in found:
            return name
    return "VERIFIED"


@cache
def code_version() -> str:
    """Digest of the code that computes: carbon and factors, without pages."""
    wings = Path(__file__).resolve().parents[2]
    files = sorted([*(wings / "carbon" / "domain").rglob("*.py"), *(wings / "factors" / "domain").rglob("*.py")])
    whole = hashlib.sha256()
    for file in files:
        whole.update(file.relative_to(wings).as_posix().encode() + b"\0" + file.read_bytes())
    return whole.hexdigest()[:16]


def differs(*, balance: ParkBalance) -> bool:
    """Whether a frozen balance computed again from its own case gives other bytes."""
    again = answered(case=balance.case)
    kept = {name: value for name, value in balance.result.items() if name not in ("lines", "unlinked")}
    return digest_of(again) != digest_of(kept)
