"""The park balance on random networks with loops, against conservation laws and an oracle in fractions. I1 to I14."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounting.carbon.domain.balance.assembly import assembled, expanded
from accounting.carbon.domain.balance.bridge import Statutory, bridge
from accounting.carbon.domain.balance.elements import carbon
from accounting.carbon.domain.balance.exact import as_fraction
from accounting.carbon.domain.balance.ledgers import OUTSIDE
from accounting.carbon.domain.balance.network import Allocation, Network, Node, Rule, Stream, StreamKind
from accounting.carbon.domain.balance.park import Park, park, year
from accounting.carbon.domain.balance.solving import matrix_of, solve
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
@given(seeds, st.integers(5, 80))
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
@given(seeds, st.integers(5, 60))
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
@given(seeds, st.integers(5, 60))
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
@given(seeds, st.integers(5, 80), st.floats(0, 10), st.floats(0, 10))
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


def test_i8_closed_forms() -> None:
    material = StreamKind.MATERIAL
    a, b = Stream("a", material, "t", 10.0), Stream("b", material, "t", 4.0)
    single = Network("2025-01", (a,), (Node("n", "e", {}, {"a": 10.0}, {"CO2": 30.0}),))
    chain = Network(
        "2025-01",
        (replace(a, demand=0.0), b),
        (Node("n", "e", {}, {"a": 10.0}, {"CO2": 30.0}), Node("m", "f", {"a": 10.0}, {"b": 4.0}, {"CO2": 10.0})),
    )
    # a: 20 phi_a = 30 + 6 phi_b; b: 10 phi_b = 10 + 10 phi_a  ->  140 phi_a = 360
    loop = Network(
        "2025-01", (a, b),
        (Node("n", "e", {"b": 6.0}, {"a": 20.0}, {"CO2": 30.0}), Node("m", "f", {"a": 10.0}, {"b": 10.0}, {"CO2": 10.0})),
    )  # fmt: skip
    # A self-loop: 10 phi = 30 + 2 phi.
    own = Network("2025-01", (replace(a, demand=8.0),), (Node("n", "e", {"a": 2.0}, {"a": 10.0}, {"CO2": 30.0}),))

    assert phi_of(single)["a"] == pytest.approx([3.0])
    assert phi_of(chain)["b"] == pytest.approx([10.0])
    assert phi_of(loop)["a"] == pytest.approx([360 / 140])
    assert phi_of(loop)["b"] == pytest.approx([1 + 360 / 140])
    assert phi_of(own)["a"] == pytest.approx([30 / 8])


@few
@given(seeds, sizes)
def test_i8_no_emission_gives_no_factor(seed: int, pools: int) -> None:
    network = random_park(seed=seed, pools=pools)
    clean = replace(
        network,
        nodes=tuple(replace(n, direct={"CO2": 0.0}) for n in network.nodes),
        imports=tuple(replace(i, factors={"CO2": 0.0}) for i in network.imports),
    )

    assert all((row == 0).all() for row in phi_of(clean).values())


@few
@given(seeds, st.integers(5, 60))
def test_i9_a_year_is_the_sum_of_its_months(seed: int, pools: int) -> None:
    months = [replace(random_park(seed=seed + k, pools=pools), month=f"2025-{k + 1:02}") for k in range(3)]
    parks = [park(network=one) for one in months]

    found = year(parks=parks, expected=[f"2025-{k + 1:02}" for k in range(4)])

    assert found.missing == ("2025-04",)
    for k, gas in enumerate(GASES):
        assert found.exports[gas] == pytest.approx(sum(p.ledgers.exports[k] for p in parks), rel=1e-12)
        assert found.exports[gas] == pytest.approx(found.park_direct[gas] + found.imports[gas], rel=1e-10)
    mean = sum(p.ledgers.factors["s0"][1] * p.ledgers.delivered["s0"] for p in parks) / sum(
        p.ledgers.delivered["s0"] for p in parks
    )
    assert found.factors["s0"]["CO2"] == pytest.approx(mean)


@few
@given(seeds, st.integers(5, 60), st.floats(0, 1))
def test_i10_allocation_moves_the_split_and_never_the_sum(seed: int, pools: int, share: float) -> None:
    network = random_park(seed=seed, pools=pools)
    nodes = []
    for node in network.nodes:
        if len(node.outputs) == 2:
            one, other = node.outputs
            node = replace(node, allocation=Allocation(Rule.EXPLICIT, shares={one: share, other: 1 - share}))
        nodes.append(node)

    before, after = park(network=network), park(network=replace(network, nodes=tuple(nodes)))

    assert after.ledgers.exports == pytest.approx(before.ledgers.exports, rel=1e-10)
    for split in (*before.system.shares.values(), *after.system.shares.values()):
        assert not split or abs(sum(split.values()) - 1) <= 1e-12


@few
@given(seeds, sizes)
def test_i11_the_carbon_ledger_closes_for_the_park_and_each_node(seed: int, pools: int) -> None:
    found = carbon(network=expanded(network=random_park(seed=seed, pools=pools)))

    assert abs(found.gap) <= 1e-9 * max(found.imported, found.emitted)
    for node in found.nodes:
        assert node.brought == pytest.approx(node.passed_on + node.emitted + node.residues + node.residual)


def loop_of(gain: float, pools: int = 40) -> Network:
    """A ring in which each pool passes on a share `gain` and sells the rest."""
    names = [f"r{k}" for k in range(pools)]
    material = StreamKind.MATERIAL
    streams = tuple(Stream(n, material, "t", 100.0 * (1 - gain)) for n in names)
    nodes = tuple(
        Node(f"n{k}", "e", {names[k - 1]: 100.0 * gain}, {names[k]: 100.0}, {"CO2": 1.0 + k}) for k in range(pools)
    )
    return Network("2025-01", streams, nodes)


@pytest.mark.parametrize("pools", [40, 400])
def test_i12_a_loop_gain_of_0_9999_is_still_solved(pools: int) -> None:
    network = loop_of(0.9999, pools)
    found = park(network=network, exact=pools <= 80)

    assert found.ledgers.exports[0] == pytest.approx(found.ledgers.park_direct[0], rel=1e-9)
    if found.exact is not None:
        for stream, row in found.exact.factors.items():
            assert found.ledgers.factors[stream][0] == pytest.approx(float(row[0]), rel=1e-9)


def test_i12_large_loops_with_high_gain_fall_back_from_the_fixed_point() -> None:
    ways = {gain: park(network=loop_of(gain, 400)).solved.ways for gain in (0.5, 0.9999)}

    assert ways == {0.5: ("fixed point",), 0.9999: ("sparse",)}


@few
@given(seeds, st.integers(5, 40))
def test_i13_statutory_totals_and_the_park_total_are_bridged(seed: int, pools: int) -> None:
    base = random_park(seed=seed, pools=pools)
    kinds = (StreamKind.POWER, StreamKind.HEAT, StreamKind.MATERIAL)
    network = replace(
        base,
        streams=tuple(
            replace(s, kind=kinds[k % 3], unit=("MWh", "GJ", "t")[k % 3]) for k, s in enumerate(base.streams)
        ),
    )
    found, weights = park(network=network), {"CO2": 1.0, "CH4": 28.0, "N2O": 265.0}
    reports = {e: report_of(found, e, weights, 0.11 + 0.01 * k) for k, e in enumerate(sorted(found.ledgers.direct))}

    result = bridge(network=found.network, ledgers=found.ledgers, reports=reports, weights=weights)

    assert abs(result.gap) <= 0.01
    assert result.statutory == pytest.approx(result.park + sum(t.tonnes for t in result.terms), abs=0.01)


def report_of(found: Park, enterprise: str, weights: dict[str, float], factor: float) -> Statutory:
    """What an enterprise would report: direct emissions and net energy at its prescribed factor."""
    from decimal import Decimal

    direct = sum(v * weights[g] for g, v in zip(found.ledgers.gases, found.ledgers.direct[enterprise], strict=True))
    energy = {s.id for s in found.network.streams if s.kind is not StreamKind.MATERIAL}
    net = 0.0
    for node in found.network.nodes:
        if node.enterprise == enterprise:
            net += sum(q for s, q in node.inputs.items() if s in energy) - sum(
                q for s, q in node.outputs.items() if s in energy
            )
    factors = dict.fromkeys(energy, Decimal(repr(factor)))
    return Statutory(enterprise, Decimal(repr(direct + net * factor)), Decimal(repr(direct)), factors)


@few
@given(seeds, st.integers(5, 60))
def test_the_adjoint_agrees_with_a_small_change_of_each_input(seed: int, pools: int) -> None:
    network = random_park(seed=seed, pools=pools)
    found = park(network=network)
    target = f"s{seed % pools}"
    by_node = {
        s.node: s.elasticity for s in found.sensitivities(stream=target, weights={"CO2": 1.0}) if s.kind == "direct"
    }
    node = network.nodes[(seed * 7) % pools]
    changed = replace(node, direct={**node.direct, "CO2": node.direct["CO2"] * 1.01})

    after = park(network=replace(network, nodes=tuple(changed if n is node else n for n in network.nodes)))

    moved = after.ledgers.factors[target][1] - found.ledgers.factors[target][1]
    assert moved == pytest.approx(by_node.get(node.id, 0.0) * 0.01, rel=1e-6, abs=1e-12)


def test_the_adjoint_knows_that_taking_more_spreads_the_cost() -> None:
    network = random_park(seed=3, pools=12)
    base = assembled(network=network, number=float)
    target = "s0"
    node = next(n for n in network.nodes if n.inputs)
    stream = next(iter(node.inputs))
    step = 1e-6 * node.inputs[stream]
    more = replace(
        network,
        nodes=tuple(
            replace(n, inputs={**n.inputs, stream: n.inputs[stream] + step}) if n is node else n for n in network.nodes
        ),
    )

    def co2(system: object) -> float:
        matrix = matrix_of(system=system)  # type: ignore[arg-type]
        return float(solve(matrix=matrix).phi[matrix.pools.index(target), matrix.gases.index("CO2")])

    moved = co2(assembled(network=more, number=float)) - co2(base)
    found = park(network=network).sensitivities(stream=target, weights={"CO2": 1.0})
    told = next(s.elasticity for s in found if (s.kind, s.node, s.stream) == ("use", node.id, stream))
    assert moved / 1e-6 == pytest.approx(told, rel=1e-3)


def test_a_float_is_taken_as_the_decimal_that_it_is_written_as() -> None:
    assert as_fraction(0.1) == Fraction(1, 10)
    assert as_fraction(1e-05) == Fraction(1, 100_000)
