"""The park balance on random networks with loops, against conservation laws and an oracle in fractions. I8 to I13, and the adjoint."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounting.carbon.domain.balance.assembly import assembled, expanded
from accounting.carbon.domain.balance.bridge import Statutory, bridge
from accounting.carbon.domain.balance.elements import carbon
from accounting.carbon.domain.balance.exact import as_fraction
from accounting.carbon.domain.balance.network import Allocation, Import, Network, Node, Rule, Stream, StreamKind
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
@given(seeds, sizes)
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
@given(seeds, sizes, st.floats(0, 1))
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
@given(seeds, sizes)
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


def test_an_end_use_is_a_way_out_of_a_loop() -> None:
    material = StreamKind.MATERIAL
    network = Network(
        "2025-01", (Stream("a", material, "t"), Stream("b", material, "t")),
        (
            Node("x", "e", {"b": 4.0}, {"a": 4.0}, {"CO2": 3.0}), Node("y", "e", {"a": 4.0}, {"b": 5.0}),
            Node("offices", "f", {"b": 1.0}),
        ),
    )  # fmt: skip

    assert park(network=network).ledgers.ends["f"] == pytest.approx([3.0])


def test_monte_carlo_of_a_park_repeats_and_agrees_with_the_adjoint() -> None:
    found = park(network=random_park(seed=11, pools=15))
    weights = {"CO2": 1.0, "CH4": 28.0, "N2O": 265.0}

    first, again = (found.simulated(weights=weights, draws=3000, seed=5) for _ in range(2))

    assert first == again
    for stream in ("s0", "s7"):
        elasticities = found.sensitivities(stream=stream, weights=weights)
        half = {"direct": 0.05, "import": 0.05, "use": 0.005, "demand": 0.005}
        spread = sum((s.elasticity * half[s.kind]) ** 2 for s in elasticities) ** 0.5
        assert (first[stream].high - first[stream].low) / 2 == pytest.approx(spread, rel=0.08)
        told = sum(v * weights[g] for g, v in zip(found.ledgers.gases, found.ledgers.factors[stream], strict=True))
        assert first[stream].mean == pytest.approx(told, rel=0.01)


def test_imports_under_one_factor_deviate_together() -> None:
    material = StreamKind.MATERIAL
    both = Network(
        "2025-01", (Stream("a", material, "t"), Stream("b", material, "t"), Stream("c", material, "t", 1.0)),
        (Node("n", "e", {"a": 1.0, "b": 1.0}, {"c": 1.0}),),
        (Import("a", 1.0, {"CO2": 1.0}, "grid"), Import("b", 1.0, {"CO2": 1.0}, "grid")),
    )  # fmt: skip
    apart = replace(both, imports=tuple(replace(one, factor_id="") for one in both.imports))
    widths = [
        (r.high - r.low) / 2
        for n in (both, apart)
        for r in [park(network=n).simulated(weights={"CO2": 1.0}, draws=4000, seed=2)["c"]]
    ]

    assert widths == pytest.approx([0.1, 0.1 / 2**0.5], rel=0.05)
