"""Months whose meters do not close: what comes back, what stays as it was, and who is named."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounting.carbon.domain.balance.checks import Unbalanced, UnknownStream, flows_of, problems
from accounting.carbon.domain.balance.closing import closed, meters_of, with_values
from accounting.carbon.domain.balance.network import (
    Allocation,
    Import,
    Network,
    Node,
    Rule,
    Storage,
    Stream,
    StreamKind,
)
from accounting.carbon.domain.balance.park import park
from tests.pure.accounting.making import random_park
from tests.pure.accounting.test_case import run

seeds = st.integers(0, 10**6)
sizes = st.integers(5, 300)
few = settings(max_examples=25)
MATERIAL = StreamKind.MATERIAL


def read_by_meters(network: Network, *, seed: int, spread: float = 1.0) -> Network:
    """The same month as meters with errors of their stated size would show it."""
    rng = np.random.default_rng(seed)
    values = {
        m.id: max(m.value + spread * m.half / 1.96 * float(rng.standard_normal()), 0.0) for m in meters_of(network)
    }
    return with_values(network, values)


def largest_gap(network: Network) -> float:
    """Largest relative imbalance of a pool."""
    inflow, taken = flows_of(network)
    return max(abs(inflow[s.id] - taken[s.id] - s.demand - s.loss) / max(inflow[s.id], 1e-9) for s in network.streams)


@few
@given(seeds, sizes)
def test_reconciled_pools_close_to_1e_9_and_can_be_solved(seed: int, pools: int) -> None:
    noisy = read_by_meters(random_park(seed=seed, pools=pools), seed=seed, spread=5.0)
    found = closed(network=noisy)

    assert largest_gap(noisy) > 1e-6
    assert largest_gap(found.network) <= 1e-9
    assert problems(network=found.network) == ()
    books = park(network=found.network).ledgers
    assert books.exports == pytest.approx(np.add(books.park_direct, books.imports), rel=1e-10)


@few
@given(seeds, sizes)
def test_a_month_that_closes_comes_back_unchanged(seed: int, pools: int) -> None:
    network = random_park(seed=seed, pools=pools)
    found = closed(network=network)

    assert found.network is network
    assert found.moved == ()
    assert found.suspects == ()
    assert found.test.probability == 1.0


def test_the_adjustment_is_shared_by_uncertainty_as_by_hand() -> None:
    # In 100 and 50, out 147; all meters 0.5 %: variances 100^2 : 50^2 : 147^2 share the 3 t.
    network = Network(
        "2025-01", (Stream("a", MATERIAL, "t", 147.0),), (Node("n", "e", {}, {"a": 100.0}, {"CO2": 1.0}),), (Import("a", 50.0, {"CO2": 0.1}),)
    )  # fmt: skip
    found = closed(network=network)
    whole = 100**2 + 50**2 + 147**2

    assert found.network.nodes[0].outputs["a"] == pytest.approx(100 - 3 * 100**2 / whole)
    assert found.network.imports[0].quantity == pytest.approx(50 - 3 * 50**2 / whole)
    assert found.network.streams[0].demand == pytest.approx(147 + 3 * 147**2 / whole)
    assert found.test.chi_square == pytest.approx(3**2 / ((0.005 / 1.96) ** 2 * whole))
    # One balance cannot tell its meters apart, so all of them are suspect.
    assert found.suspects == ("output of a by n", "import 1 of a", "demand of a")


def carbon_chain(*, steps: int) -> Network:
    """Plants in a row, each with two products of known carbon, so that every flow stands in a pool and a carbon balance."""
    streams, nodes, flow = [], [], 1000.0
    imports = (Import("s0", flow, {"CO2": 0.1}),)
    for k in range(steps):
        nodes.append(
            Node(
                f"n{k}", "e", {f"s{k}": flow}, {f"s{k + 1}": 0.8 * flow, f"w{k}": 0.2 * flow}, {},
                Allocation(Rule.WEIGHTED, weights={f"s{k + 1}": 1.0, f"w{k}": 1.0}),
            )
        )  # fmt: skip
        streams += [Stream(f"s{k}", MATERIAL, "t", carbon=0.8), Stream(f"w{k}", MATERIAL, "t", 0.2 * flow, carbon=0.8)]
        flow *= 0.8
    return Network("2025-01", (*streams, Stream(f"s{steps}", MATERIAL, "t", flow, carbon=0.8)), tuple(nodes), imports)


def test_a_gross_error_of_ten_sigma_is_named_in_most_cases() -> None:
    named = 0
    whole = carbon_chain(steps=5)
    ids = [node.id for node in whole.nodes]
    # The flows into and out of the plants in the middle: both of their balances reach further meters.
    wrong_ones = [m for m in meters_of(whole) if m.id.startswith(("use of s", "output of s")) and m.id[-1] in "123"]
    for seed in range(40):
        wrong = wrong_ones[seed % len(wrong_ones)]
        read = {m.id: m.value for m in meters_of(read_by_meters(whole, seed=seed))}
        read[wrong.id] += 10 * wrong.half / 1.96 * (1 if seed % 2 else -1)
        found = closed(network=with_values(whole, read), carbon=ids)

        named += wrong.id in found.suspects
        assert found.test.probability < 1e-6
        assert largest_gap(found.network) <= 1e-9
    assert named >= 32


def test_without_gross_errors_hardly_ever_a_meter_is_suspect() -> None:
    whole = carbon_chain(steps=5)
    ids = [node.id for node in whole.nodes]
    accused = [bool(closed(network=read_by_meters(whole, seed=seed), carbon=ids).suspects) for seed in range(100)]

    assert sum(accused) <= 12


def test_stores_and_losses_are_meters_too() -> None:
    network = Network(
        "2025-01", (Stream("a", MATERIAL, "t", 36.0, 3.0, uncertainty=0.02), Stream("b", MATERIAL, "t", 52.0)),
        (Node("make", "e", {}, {"a": 100.0}, {"CO2": 200.0}), Node("use", "e", {"a": 49.0}, {"b": 51.0})), (),
        (Storage("tank", "a", "e", 40.0, 60.0, 50.0, {"CO2": 1.0}),),
    )  # fmt: skip
    found = closed(network=network)

    assert largest_gap(found.network) <= 1e-9
    assert {m.id for m in found.moved} >= {"charge of tank", "draw of tank", "loss of a"}


def test_meters_without_uncertainty_are_not_moved_and_the_pool_stays_an_error() -> None:
    network = Network(
        "2025-01",
        (Stream("a", MATERIAL, "t", 90.0, uncertainty=0.0),),
        (Node("n", "e", {}, {"a": 100.0}, {"CO2": 1.0}),),
    )
    found = closed(network=network)

    assert found.moved == ()
    assert [type(one) for one in problems(network=found.network)] == [Unbalanced]


def test_names_that_are_not_there_are_told() -> None:
    network = random_park(seed=1, pools=5)

    with pytest.raises(UnknownStream):
        closed(network=network, carbon=["nobody"])
    with pytest.raises(UnknownStream):
        closed(network=replace(network, imports=(Import("ghost", 1.0, {"CO2": 1.0}),)))


def open_case(**park: Any) -> dict[str, Any]:
    month = {
        "month": "2025-01", "streams": [{"id": "a", "kind": "MATERIAL", "unit": "t", "demand": 97}],
        "nodes": [{"id": "n", "enterprise": "e", "outputs": {"a": 100}, "direct": {"CO2": 50}}],
    }  # fmt: skip
    return {"format": "tongjian-case/1", "park": {"months": [month], **park}}


def test_a_case_reconciles_only_where_it_is_asked_to() -> None:
    plain, asked = run(open_case()), run(open_case(reconcile=True))
    refused = run(open_case(reconcile=False))

    assert [e["code"] for e in plain["errors"]] == [e["code"] for e in refused["errors"]] == ["balance.unbalanced"]
    assert asked["complete"]
    told = asked["park"]["months"][0]["reconciliation"]
    assert told["suspects"] == ["output of a by n", "demand of a"]
    assert [one["raw"] for one in told["adjusted"]] == [100, 97]
    assert told["adjusted"][0]["value"] == pytest.approx(told["adjusted"][1]["value"], rel=1e-12)


def test_a_case_with_an_unknown_node_for_carbon_says_so() -> None:
    answer = run(open_case(reconcile={"carbon": ["m"]}))

    assert [e["code"] for e in answer["errors"]] == ["balance.unknown_stream"]
