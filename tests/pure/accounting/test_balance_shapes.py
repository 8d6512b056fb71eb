"""Random networks cut, merged, chained, closed and replayed: more of I3, I4, I8, I12 and I14, and the exact mode as oracle of I3 to I10."""

import json
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounting.carbon.domain.balance.exact import as_fraction
from accounting.carbon.domain.balance.network import Allocation, Network, Node, Rule, Stream, StreamKind
from accounting.carbon.domain.balance.park import park
from accounting.carbon.domain.balance.solving import ClosedLoop
from accounting.carbon.domain.case.account import account, printed
from accounting.factors.domain.library import Library
from tests.pure.accounting.making import GASES, LIBRARY, random_park

SCHEMA = Path(__file__).resolve().parents[3] / "accounting" / "reference" / "case.schema.json"
MATERIAL = StreamKind.MATERIAL
seeds = st.integers(0, 10**6)
sizes = st.integers(5, 300)
amounts = st.floats(0.1, 1000)
few = settings(max_examples=25)


def twinned(network: Network, *, stream: str, share: float) -> Network:
    """The same park with one pool cut in two, each with the same part of every flow."""
    parts = {f"{stream}.a": share, f"{stream}.b": 1 - share}

    def cut(flows: Any) -> dict[str, float]:
        found = {k: v for k, v in flows.items() if k != stream}
        return found | ({name: flows[stream] * part for name, part in parts.items()} if stream in flows else {})

    def node_of(node: Node) -> Node:
        outputs = cut(node.outputs)
        rule = Allocation(Rule.WEIGHTED, weights=dict.fromkeys(outputs, 1.0)) if len(outputs) > 1 else None
        return replace(node, inputs=cut(node.inputs), outputs=outputs, allocation=rule)

    old = next(s for s in network.streams if s.id == stream)
    streams = [s for s in network.streams if s is not old]
    streams += [replace(old, id=n, demand=old.demand * p, loss=old.loss * p) for n, p in parts.items()]
    imports = [
        replace(one, stream=name, quantity=one.quantity * part)
        for one in network.imports
        for name, part in (parts.items() if one.stream == stream else ((one.stream, 1.0),))
    ]
    return replace(network, streams=tuple(streams), nodes=tuple(map(node_of, network.nodes)), imports=tuple(imports))


@few
@given(seeds, sizes, st.floats(0.05, 0.95))
def test_i4_pools_with_equal_factors_may_be_merged(seed: int, pools: int, share: float) -> None:
    whole = random_park(seed=seed, pools=pools)
    name = f"s{seed % pools}"
    one, two = park(network=whole).ledgers, park(network=twinned(whole, stream=name, share=share)).ledgers

    assert two.factors[f"{name}.a"] == pytest.approx(two.factors[f"{name}.b"], rel=1e-9)
    assert two.factors[f"{name}.a"] == pytest.approx(one.factors[name], rel=1e-9)
    for side in ("exports", "imports", "park_direct"):
        assert getattr(two, side) == pytest.approx(getattr(one, side), rel=1e-10)


@settings(max_examples=10)
@given(seeds, st.integers(5, 12))
def test_i3_and_i6_in_fractions_order_and_scale_change_no_digit(seed: int, pools: int) -> None:
    network = random_park(seed=seed, pools=pools)
    turned = replace(network, streams=network.streams[::-1], nodes=network.nodes[::-1])
    double = replace(
        network,
        nodes=tuple(replace(n, direct={g: 2 * v for g, v in n.direct.items()}) for n in network.nodes),
        imports=tuple(replace(i, factors={g: 2 * v for g, v in i.factors.items()}) for i in network.imports),
    )
    base, other, twice = (park(network=one, exact=True).exact for one in (network, turned, double))

    assert base is not None
    assert other is not None
    assert twice is not None
    for stream, row in base.factors.items():
        assert other.factors[stream] == row
        assert twice.factors[stream] == tuple(2 * value for value in row)


@few
@given(st.lists(st.tuples(amounts, amounts), min_size=1, max_size=300))
def test_i8_a_chain_of_any_length_sums_what_was_emitted_along_it(steps: list[tuple[float, float]]) -> None:
    names = [f"s{k}" for k in range(len(steps))]
    nodes = [
        Node(name, "e", {names[k - 1]: steps[k - 1][0]} if k else {}, {name: amount}, {"CO2": emitted})
        for k, (name, (amount, emitted)) in enumerate(zip(names, steps, strict=True))
    ]
    streams = [
        Stream(name, MATERIAL, "t", amount if name == names[-1] else 0.0)
        for name, (amount, _) in zip(names, steps, strict=True)
    ]
    found = park(network=Network("2025-01", tuple(streams), tuple(nodes))).ledgers.factors

    total = Fraction(0)
    for name, (amount, emitted) in zip(names, steps, strict=True):
        total += as_fraction(emitted)
        assert found[name][0] == pytest.approx(float(total / as_fraction(amount)), rel=1e-12)


@few
@given(amounts, amounts, st.floats(0, 0.999), st.floats(0, 0.999), amounts, amounts)
def test_i8_a_loop_of_two_has_its_closed_form(a: float, b: float, back: float, on: float, e: float, f: float) -> None:
    # a phi_a = e + back b phi_b ; b phi_b = f + on a phi_a
    network = Network(
        "2025-01", (Stream("a", MATERIAL, "t", a * (1 - on)), Stream("b", MATERIAL, "t", b * (1 - back))),
        (Node("n", "x", {"b": back * b}, {"a": a}, {"CO2": e}), Node("m", "y", {"a": on * a}, {"b": b}, {"CO2": f})),
    )  # fmt: skip
    found = park(network=network).ledgers.factors

    assert found["a"][0] * a == pytest.approx((e + back * f) / (1 - back * on), rel=1e-9)
    assert found["b"][0] * b == pytest.approx((f + on * e) / (1 - back * on), rel=1e-9)


@few
@given(seeds, sizes, st.integers(1, 40))
def test_i12_a_closed_loop_in_any_park_is_refused_by_name(seed: int, pools: int, length: int) -> None:
    network = random_park(seed=seed, pools=pools)
    names = [f"closed{k}" for k in range(length)]
    loop = [Node(name, "e", {names[k - 1]: 5.0}, {name: 5.0}, {"CO2": 1.0}) for k, name in enumerate(names)]
    with_loop = replace(
        network, streams=(*network.streams, *(Stream(n, MATERIAL, "t") for n in names)), nodes=(*network.nodes, *loop)
    )

    with pytest.raises(ClosedLoop) as caught:
        park(network=with_loop)
    assert sorted(caught.value.details["streams"]) == sorted(names)


@few
@given(seeds, st.integers(5, 300), st.floats(0.9, 0.9999))
def test_i12_parks_that_hardly_let_anything_out_are_solved_to_1e_9(seed: int, pools: int, gain: float) -> None:
    rng = np.random.default_rng(seed)
    names = [f"r{k}" for k in range(pools)]
    made = rng.uniform(1, 100, pools)
    nodes, taken = [], np.zeros(pools)
    for k in range(pools):
        before = k - 1
        use = made[before] * gain
        taken[before] += use
        nodes.append(
            Node(
                f"n{k}", "e", {names[before]: float(use)}, {names[k]: float(made[k])}, {"CO2": float(rng.uniform(0, 9))}
            )
        )
    streams = tuple(Stream(n, MATERIAL, "t", float(made[k] - taken[k])) for k, n in enumerate(names))
    books = park(network=Network("2025-01", streams, tuple(nodes))).ledgers

    assert books.exports[0] == pytest.approx(books.park_direct[0], rel=1e-9)


def case_of(network: Network) -> str:
    """A network as the text of a case."""
    streams = [
        {"id": s.id, "kind": s.kind.value, "unit": s.unit, "demand": s.demand, "loss": s.loss, "carbon": s.carbon}
        for s in network.streams
    ]
    nodes = [
        {"id": n.id, "enterprise": n.enterprise, "inputs": n.inputs, "outputs": n.outputs, "direct": n.direct}
        | ({"allocation": {"rule": n.allocation.rule.value, "weights": n.allocation.weights}} if n.allocation else {})
        for n in network.nodes
    ]
    imports = [{"stream": i.stream, "quantity": i.quantity, "factors": i.factors} for i in network.imports]
    month = {"month": network.month, "streams": streams, "nodes": nodes, "imports": imports}
    return json.dumps({"format": "tongjian-case/1", "gwp_set": "AR5", "park": {"months": [month]}})


@settings(max_examples=10)
@given(seeds, st.integers(5, 60))
def test_i14_a_replayed_month_gives_the_same_bytes_after_other_factors_moved(seed: int, pools: int) -> None:
    text = case_of(random_park(seed=seed, pools=pools))
    used = {f"gwp.AR5.{gas}" for gas in GASES}
    moved = {
        name: one if name in used else replace(one, value=one.value * 2 + Decimal(1))
        for name, one in LIBRARY.factors.items()
    }
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))

    first, again = (printed(answer=account(text=text, schema=schema, library=lib)) for lib in (LIBRARY, Library(moved)))

    assert '"complete": true' in first
    assert first.encode() == again.encode()
