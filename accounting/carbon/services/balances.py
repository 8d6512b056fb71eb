"""Computing and freezing the park's balance of a month."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction

from accounting.activity.domain.months import MonthState
from accounting.activity.selectors import lines_of_park, nodes_of, states_of_park, streams_of
from accounting.carbon.domain.balance.checks import Unbalanced
from accounting.carbon.domain.balance.checks import problems as problems_of
from accounting.carbon.domain.balance.closing import closed
from accounting.carbon.domain.balance.gathering import BIOGENIC, Flow, Place, gathered
from accounting.carbon.domain.balance.network import Allocation, Network, Rule, Stream, StreamKind
from accounting.carbon.domain.balance.park import park
from accounting.carbon.domain.case.frozen import FORMAT, answered, canonical, problem
from accounting.carbon.domain.case.writing import month_as_case
from accounting.carbon.domain.methods import method_of
from accounting.carbon.models import NodeAllocation, ParkBalance
from accounting.carbon.rendering.frozen import code_version
from accounting.carbon.rendering.runs import digest_of
from accounting.carbon.selectors.balances import allocations_on, balance_before, known_balance, methods_on
from accounting.carbon.services.grounding import Gathered, checks_of, grounds_of, inputs_of, sources_of
from accounting.carbon.services.taking import Books, books_of, emissions_of, flows_of, reported_of
from accounting.factors.domain.library import Library
from accounting.factors.selectors.library import library_on
from parks.catalogue.domain.errors import Invalid, PlatformError

DEFAULT_METHOD = "GBT-32151.10-2023"  # of whoever chose none, and of the park's warming potentials
SETTLED = 1e-12
BESIDE = (
    "lines",
    "unlinked",
    "checks",
    "sources",
)  # of a result: found while it was gathered, not computed from the case
MOST_ROUNDS = 60


class NothingToBalance(Invalid):
    """Nobody in the park entered activity data of this month."""

    code = "balance.nothing_entered"


def run_balance(*, park_id: int, month: date, by_id: int | None, now: datetime) -> ParkBalance:
    """Compute and freeze the balance of a month. The same data give the balance that exists.

    Raises:
        NothingToBalance: no line of this month.
    """
    taken = gather(park_id=park_id, month=month)
    case = case_of(park_id=park_id, month=month, taken=taken)
    result = answered(case=case) | {"lines": list(taken.wrong)}
    result["checks"] = checks_of(taken=taken, uncertainty=case["grounds"]["uncertainty"])
    potentials = {gas: Decimal(str(value)) for gas, value in case["weights"].items()}
    result["sources"] = sources_of(taken=taken, weights=potentials)
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
    raw = network_with_stores(park_id=park_id, month=month, taken=taken)
    network, reconciliation = reconciled_where_open(raw, taken.library)
    statutory = {one.enterprise: reported_of(books=one, weights=own_weights(one, taken.library)) for one in taken.books}
    for enterprise, report in statutory.items():
        report["reconciled"] = moved_energy(enterprise, report, raw, network)
    case = {
        "format": FORMAT, "gwp_set": method.gwp_set, "weights": {gas: float(value) for gas, value in potentials.items()},
        "network": month_as_case(network=network), "grounds": grounds_of(park_id=park_id, taken=taken, weights=potentials),
        "statutory": statutory, "reconciliation": reconciliation,
    }  # fmt: skip
    found: dict[str, Any] = canonical(case)
    return found


def reconciled_where_open(network: Network, library: Library) -> tuple[Network, dict[str, Any] | None]:
    """Close pools that stand open by no more than meters err together; a gross error stays open and its meters are named.

    Returns:
        The network, and what was done: moved meters with raw value beside, the tests, whether it was taken.
    """
    found = problems_of(network=network)
    if not found or any(not isinstance(one, Unbalanced) for one in found):
        return network, None
    other = closed(network=network)
    least = float(library.process(process="park_balance", parameter="GROSS_ERROR").value)
    taken = other.test.probability >= least and not problems_of(network=other.network)
    report = {
        "taken": taken, "chi_square": other.test.chi_square, "degrees": other.test.degrees, "probability": other.test.probability,
        "suspects": list(other.suspects),
        "moved": [{"meter": m.id, "raw": m.raw, "value": m.value, "test": m.test} for m in other.moved],
    }  # fmt: skip
    return (other.network if taken else network), report


def moved_energy(enterprise: str, report: Mapping[str, Any], raw: Network, network: Network) -> float:
    """What reconciliation moved in the energy that an enterprise reports [t CO2e at its prescribed factors]."""

    def net(of: Network, stream: str) -> float:
        own = [n for n in of.nodes if n.enterprise == enterprise]
        return sum(n.inputs.get(stream, 0.0) - n.outputs.get(stream, 0.0) for n in own)

    return sum(float(f) * (net(network, s) - net(raw, s)) for s, f in report["energy_factors"].items())


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


def state_of(*, park_id: int, month: date, books: Sequence[Books]) -> str:
    """The least advanced state of all enterprises with data."""
    states = states_of_park(park_id=park_id, month=month)
    found = {states.get(int(one.enterprise), MonthState.OPEN) for one in books}
    for state, name in ((MonthState.OPEN, "PROVISIONAL"), (MonthState.CLOSED, "CLOSED")):
        if state in found:
            return name
    return "VERIFIED"


def differs(*, balance: ParkBalance) -> bool:
    """Whether a frozen balance computed again from its own case gives other bytes."""
    again = answered(case=balance.case)
    kept = {name: value for name, value in balance.result.items() if name not in BESIDE}
    return digest_of(again) != digest_of(kept)
