"""The park balance on random networks with loops, against conservation laws and an oracle in fractions. I1 to I7; I8 to I13 follow in test_balance_solutions.py, more of I3, I4, I8, I12 and I14 in test_balance_shapes.py, I15 in test_cbam.py."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from accounting.carbon.domain.balance.ledgers import OUTSIDE
from accounting.carbon.domain.balance.network import Allocation, Network, Node, Rule, Stream, StreamKind
from accounting.carbon.domain.balance.park import park
from tests.pure.accounting.making import GASES, random_park

seeds = st.integers(0, 10**6)
sizes = st.integers(5, 300)
small = st.integers(5, 14)
few = settings(max_examples=25)


def phi_of(network: Network) -> dict[str, np.ndarray]:
    found = park(network=network)
    return {s: np.array(row) for s, row in found.ledgers.factors.items()}


def same(one: dict[str, np.ndarray], other: dict[str, np.ndarray], rel: float = 1e-9) -> None:
    assert one.keys() == other.keys()
    for stream, row in one.items():
        np.testing.assert_allclose(row, other[stream], rtol=rel, atol=1e-13)


@few
@given(seeds, sizes)
def test_i1_what_is_sold_carries_all_that_was_emitted_and_imported(seed: int, pools: int) -> None:
    found = park(network=random_park(seed=seed, pools=pools))
    books = found.ledgers

    whole = np.array(books.park_direct) + np.array(books.imports)
    assert (np.abs(books.gap) <= 1e-10 * whole).all()
    assert found.solved.residual <= 1e-12
    assert found.solved.backward <= 1e-12


@settings(max_examples=15)
@given(seeds, small)
def test_i1_in_fractions_nothing_at_all_is_left_over_and_floats_agree(seed: int, pools: int) -> None:
    found = park(network=random_park(seed=seed, pools=pools), exact=True)

    assert found.exact is not None
    assert found.exact.gap == (Fraction(0),) * len(GASES)
    for stream, row in found.exact.factors.items():
        assert found.ledgers.factors[stream] == pytest.approx([float(v) for v in row], rel=1e-11)


@few
@given(seeds, sizes)
def test_i2_internal_transfers_cancel_pair_by_pair(seed: int, pools: int) -> None:
    books = park(network=random_park(seed=seed, pools=pools)).ledgers
    names = sorted(books.direct)
    within = [v for key, v in books.cells.items() if OUTSIDE not in key[1:] and key[1] != key[2]]
    assert within

    net = sum(np.array(books.direct[e]) + np.array(books.moved_in(e)) - np.array(books.moved_out(e)) for e in names)
    ends = sum((np.array(v) for v in books.ends.values()), np.zeros(len(GASES)))
    np.testing.assert_allclose(net, ends, atol=1e-9 * sum(books.park_direct))
    outside = np.array(books.park_direct) + np.array(books.imports) - np.array(books.exports)
    np.testing.assert_allclose(net, outside, atol=1e-9 * sum(books.park_direct))
    # What a pool passes on is what was delivered at its factor, whoever gave and took.
    for stream, factor in books.factors.items():
        passed = sum((np.array(v) for (s, _, _), v in books.cells.items() if s == stream), np.zeros(len(GASES)))
        np.testing.assert_allclose(passed, np.array(factor) * books.delivered[stream], rtol=1e-9)


def test_the_random_parks_do_have_loops() -> None:
    found = [park(network=random_park(seed=seed, pools=pools)).solved for seed, pools in ((1, 5), (2, 60), (3, 300))]

    assert [one.loops > 0 for one in found] == [True] * 3
    assert found[2].largest > 250
    assert {way for one in found for way in one.ways} == {"dense", "fixed point"}


@few
@given(seeds, sizes)
def test_i3_order_does_not_matter_and_a_node_may_be_split(seed: int, pools: int) -> None:
    network = random_park(seed=seed, pools=pools)
    rng = np.random.default_rng(seed)
    mixed = replace(
        network,
        streams=tuple(network.streams[k] for k in rng.permutation(pools)),
        nodes=tuple(network.nodes[k] for k in rng.permutation(pools)),
    )
    first = network.nodes[0]

    def part(name: str, share: float) -> Node:
        def scaled(flows: dict[str, float]) -> dict[str, float]:
            return {k: v * share for k, v in flows.items()}

        return replace(
            first, id=name, inputs=scaled(first.inputs), outputs=scaled(first.outputs), direct=scaled(first.direct)
        )  # type: ignore[arg-type]

    split = replace(network, nodes=(part("a", 0.25), part("b", 0.75), *network.nodes[1:]))

    same(phi_of(network), phi_of(mixed))
    same(phi_of(network), phi_of(split))


@few
@given(seeds, sizes)
def test_i4_merging_enterprises_or_equal_pools_never_changes_the_park(seed: int, pools: int) -> None:
    network = random_park(seed=seed, pools=pools)
    merged = replace(network, nodes=tuple(replace(n, enterprise="one") for n in network.nodes))
    # A twin of the first pool: the same makers, the same factor.
    maker = Node(
        "m", "e", {}, {"p": 10.0, "q": 30.0}, {"CO2": 8.0}, Allocation(Rule.WEIGHTED, weights={"p": 1.0, "q": 1.0})
    )
    user = Node("u", "e", {"p": 5.0, "q": 10.0}, {"r": 1.0})
    material = StreamKind.MATERIAL
    apart = Network(
        "2025-01",
        (Stream("p", material, "t", 5.0), Stream("q", material, "t", 20.0), Stream("r", material, "t", 1.0)),
        (maker, user),
    )
    together = Network(
        "2025-01", (Stream("pq", material, "t", 25.0), Stream("r", material, "t", 1.0)),
        (replace(maker, outputs={"pq": 40.0}, allocation=None), replace(user, inputs={"pq": 15.0})),
    )  # fmt: skip

    assert park(network=merged).ledgers.exports == pytest.approx(park(network=network).ledgers.exports, rel=1e-12)
    assert park(network=merged).ledgers.park_direct == pytest.approx(
        park(network=network).ledgers.park_direct, rel=1e-12
    )
    assert phi_of(apart)["r"] == pytest.approx(phi_of(together)["r"])
    assert phi_of(apart)["p"] == pytest.approx(phi_of(together)["pq"])


@few
@given(seeds, sizes)
def test_i5_more_emission_or_more_loss_never_lowers_a_factor(seed: int, pools: int) -> None:
    network = random_park(seed=seed, pools=pools)
    node, stream = network.nodes[seed % pools], network.streams[seed % pools]
    dirtier = replace(node, direct={g: v + 5 for g, v in node.direct.items()})
    more = replace(network, nodes=tuple(dirtier if n is node else n for n in network.nodes))
    leaky = replace(stream, demand=stream.demand * 0.9, loss=stream.loss + stream.demand * 0.1)
    lossy = replace(network, streams=tuple(leaky if s is stream else s for s in network.streams))
    before = phi_of(network)

    for after in (phi_of(more), phi_of(lossy)):
        assert all((after[s] >= row * (1 - 1e-12)).all() for s, row in before.items())


@few
@given(seeds, sizes, st.floats(0, 10), st.floats(0, 10))
@example(seed=0, pools=5, a=5e-324, b=0.0)  # so faint that no relative error can be told
def test_i6_factors_are_linear_so_gwp_sets_need_no_new_solve(seed: int, pools: int, a: float, b: float) -> None:
    network = replace(random_park(seed=seed, pools=pools), imports=(), gases=("MIX",))
    network = balanced_without_imports(network)
    mixed = tuple(
        replace(n, direct={**n.direct, "MIX": a * n.direct["CO2"] + b * n.direct["CH4"]}) for n in network.nodes
    )

    found = park(network=replace(network, nodes=mixed)).ledgers

    place = {gas: k for k, gas in enumerate(found.gases)}
    for row in found.factors.values():
        assert row[place["MIX"]] == pytest.approx(a * row[place["CO2"]] + b * row[place["CH4"]], rel=1e-9, abs=1e-12)


def balanced_without_imports(network: Network) -> Network:
    """Let the first node make what was imported."""
    made = dict.fromkeys((s.id for s in network.streams), 0.0)
    for node in network.nodes:
        for name, amount in node.outputs.items():
            made[name] += amount
    short = {
        s.id: s.demand + s.loss + sum(n.inputs.get(s.id, 0.0) for n in network.nodes) - made[s.id]
        for s in network.streams
    }
    extra = Node("extra", "e0", {}, {s: v for s, v in short.items() if v > 1e-6}, dict.fromkeys(GASES, 1.0))
    if len(extra.outputs) > 1:
        extra = replace(extra, allocation=Allocation(Rule.WEIGHTED, weights=dict.fromkeys(extra.outputs, 1.0)))
    return replace(network, nodes=(*network.nodes, extra))


@few
@given(seeds, sizes)
def test_i7_factors_are_not_negative_and_bounded(seed: int, pools: int) -> None:
    found = park(network=random_park(seed=seed, pools=pools))
    whole = np.array(found.ledgers.park_direct) + np.array(found.ledgers.imports)
    # Each factor times what leaves the park downstream of it cannot exceed what was emitted; demand of the pool is part of it.
    demand = {s.id: s.demand for s in found.network.streams}

    for stream, row in found.ledgers.factors.items():
        assert (np.array(row) >= 0).all()
        assert (np.array(row) * demand[stream] <= whole * (1 + 1e-12)).all()
