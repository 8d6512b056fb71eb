"""Nodes of a park one by one: CHP, storage, captured CO2, services, losses; and every error with its code."""

from dataclasses import replace

import pytest

from accounting.carbon.domain.balance.bridge import BridgeOpen, Statutory, bridge
from accounting.carbon.domain.balance.checks import problems
from accounting.carbon.domain.balance.exact import TooLargeForExact
from accounting.carbon.domain.balance.network import (
    Allocation,
    Import,
    Network,
    Node,
    Rule,
    Storage,
    Stream,
    StreamKind,
    Transfer,
)
from accounting.carbon.domain.balance.park import park
from accounting.carbon.domain.balance.sensitivity import UnknownStream
from accounting.carbon.domain.balance.solving import ClosedLoop
from parks.catalogue.domain.errors import PlatformError
from tests.pure.accounting.making import random_park

POWER, HEAT, MATERIAL, SERVICE = StreamKind.POWER, StreamKind.HEAT, StreamKind.MATERIAL, StreamKind.SERVICE


def chp(allocation: Allocation) -> Network:
    """80 kt CO2, 100 GWh and 900 TJ."""
    return Network(
        "2025-01", (Stream("steam", HEAT, "GJ", 900_000.0), Stream("power", POWER, "GWh", 100.0)),
        (Node("chp", "e", {}, {"steam": 900_000.0, "power": 100.0}, {"CO2": 80_000.0}, allocation),),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("allocation", "share", "steam", "power"),
    [
        (Allocation(Rule.EFFICIENCY), 0.522, 0.0464, 0.382),
        (Allocation(Rule.ENERGY), 0.714, 0.0635, 0.229),
        (Allocation(Rule.EXERGY, parameters={"temperature_c": 200.0}), 0.480, 0.0427, 0.416),
        (Allocation(Rule.CBAM), 0.5319, 0.0473, 0.374),
        (Allocation(Rule.HEAT_SUPPLY_RATIO, parameters={"heat_supply_ratio": 0.6}), 0.6, 0.0533, 0.32),
    ],
)
def test_one_chp_by_every_rule(allocation: Allocation, share: float, steam: float, power: float) -> None:
    found = park(network=chp(allocation), exact=True)

    assert found.system.shares["chp"]["steam"] == pytest.approx(share, abs=5e-4)
    assert found.ledgers.factors["steam"][0] == pytest.approx(steam, abs=5e-5)
    assert found.ledgers.factors["power"][0] / 1000 == pytest.approx(power, abs=5e-4)
    assert found.exact is not None
    assert found.exact.gap == (0,)


def test_a_chp_that_makes_heat_only_gives_all_to_heat() -> None:
    one = chp(Allocation(Rule.HEAT_SUPPLY_RATIO, parameters={"heat_supply_ratio": 0.6}))
    still = replace(
        one,
        streams=(one.streams[0], replace(one.streams[1], demand=0.0)),
        nodes=(replace(one.nodes[0], outputs={"steam": 900_000.0, "power": 0.0}),),
    )

    assert park(network=still).ledgers.factors["steam"][0] == pytest.approx(80_000 / 900_000)


def test_what_is_drawn_from_a_store_carries_the_mean_of_stock_and_charge() -> None:
    # Made 100 t at 2; 60 into a store that held 40 at 1: the mean is 1.6, and 50 of it are drawn.
    network = Network(
        "2025-01", (Stream("a", MATERIAL, "t", 40.0), Stream("b", MATERIAL, "t", 50.0)),
        (Node("make", "e", {}, {"a": 100.0}, {"CO2": 200.0}), Node("use", "e", {}, {"b": 50.0})), (),
        (Storage("tank", "a", "e", 40.0, 60.0, 0.0, {"CO2": 1.0}),),
    )  # fmt: skip
    found = park(network=network)
    assert found.ledgers.factors["tank"] == pytest.approx([1.6])

    drawn = replace(
        network, streams=(replace(network.streams[0], demand=40.0), network.streams[1]), nodes=(network.nodes[0], replace(network.nodes[1], inputs={"a": 50.0})),
        storages=(Storage("tank", "a", "e", 40.0, 60.0, 50.0, {"CO2": 1.0}),),
    )  # fmt: skip
    found = park(network=drawn, exact=True)
    assert found.ledgers.gap == pytest.approx([0.0], abs=1e-9)
    assert found.exact is not None
    # 150 a = 200 + 50 t ; 100 t = 40 + 60 a  ->  120 a = 220
    assert found.exact.factors["a"][0] * 120 == 220


def test_captured_carbon_dioxide_is_there_once() -> None:
    # A makes 1,000 t of ammonia and 500 t of raw CO2 without value; capture takes 10 MWh; B vents the CO2 later.
    network = Network(
        "2025-01",
        (
            Stream("power", POWER, "MWh"), Stream("ammonia", MATERIAL, "t", 1000.0), Stream("raw", MATERIAL, "t", carbon=12 / 44),
            Stream("co2", MATERIAL, "t", carbon=12 / 44), Stream("drink", MATERIAL, "t", 100.0),
        ),
        (
            Node("ammonia", "A", {}, {"ammonia": 1000.0, "raw": 500.0}, {"CO2": 900.0}, Allocation(Rule.EXPLICIT, {"ammonia": 1.0, "raw": 0.0}), fuel_carbon=1400 * 12 / 44),
            Node("capture", "A", {"raw": 500.0, "power": 10.0}, {"co2": 500.0}),
            Node("bottling", "B", {"co2": 500.0}, {"drink": 100.0}, {"CO2": 500.0}),
        ),
        (Import("power", 10.0, {"CO2": 0.6}),),
    )  # fmt: skip
    found = park(network=network)

    assert found.ledgers.factors["raw"] == pytest.approx([0.0])
    assert found.ledgers.factors["co2"] == pytest.approx([6 / 500])
    assert found.ledgers.factors["drink"] == pytest.approx([5.06])
    assert found.ledgers.park_direct == pytest.approx([1400.0])
    assert found.carbon.emitted == pytest.approx(1400 * 12 / 44)
    assert [node.residual for node in found.carbon.nodes] == pytest.approx([0.0, 0.0, 0.0])


def test_an_incinerator_charges_who_sends_the_waste_and_who_takes_the_steam() -> None:
    network = Network(
        "2025-01", (Stream("disposal", SERVICE, "t", carbon=0.4), Stream("steam", HEAT, "GJ"), Stream("paint", MATERIAL, "t", 50.0)),
        (
            Node("incinerator", "W", {}, {"disposal": 100.0, "steam": 500.0}, {"CO2": 40 * 44 / 12}, Allocation(Rule.EXPLICIT, {"disposal": 0.8, "steam": 0.2})),
            Node("paint works", "P", {"disposal": 100.0, "steam": 500.0}, {"paint": 50.0}, fuel_carbon=40.0),
        ),
    )  # fmt: skip
    found = park(network=network)

    assert found.ledgers.factors["disposal"] == pytest.approx([0.8 * 40 * 44 / 12 / 100])
    assert found.ledgers.factors["paint"] == pytest.approx([40 * 44 / 12 / 50])
    assert [node.residual for node in found.carbon.nodes] == pytest.approx([0.0, 0.0])


def test_a_loss_is_borne_by_takers_or_by_the_operator() -> None:
    base = Network(
        "2025-01", (Stream("steam", HEAT, "GJ", 80.0, 10.0), Stream("b", MATERIAL, "t", 1.0)),
        (Node("boiler", "e", {}, {"steam": 100.0}, {"CO2": 9.0}), Node("net", "e", {"steam": 10.0}, {"b": 1.0})),
    )  # fmt: skip
    borne = replace(base, streams=(replace(base.streams[0], loss_borne_by="net"), base.streams[1]))

    assert park(network=base).ledgers.factors["steam"] == pytest.approx([0.1])
    assert park(network=borne).ledgers.factors["steam"] == pytest.approx([0.09])
    assert park(network=borne).ledgers.factors["b"] == pytest.approx([1.8])
    assert park(network=borne).ledgers.gap == pytest.approx([0.0], abs=1e-12)


def test_a_plant_that_stands_still_keeps_its_emission() -> None:
    network = Network(
        "2025-01", (Stream("a", MATERIAL, "t"), Stream("b", MATERIAL, "t", 1.0)),
        (Node("idle", "e", {"b": 0.5}, {"a": 0.0}, {"CO2": 3.0}), Node("n", "f", {}, {"b": 1.5}, {"CO2": 3.0})),
    )  # fmt: skip
    books = park(network=network).ledgers

    assert books.ends["e"] == pytest.approx([4.0])
    assert books.gap == pytest.approx([0.0], abs=1e-12)
    assert "a" not in books.factors


def test_small_meter_differences_lose_nothing() -> None:
    network = Network(
        "2025-01", (Stream("a", MATERIAL, "t", 99.6),), (Node("n", "e", {}, {"a": 100.0}, {"CO2": 30.0}),)
    )

    assert park(network=network).ledgers.exports == pytest.approx([30.0], rel=1e-15)


GOOD = Network(
    "2025-01", (Stream("a", MATERIAL, "t", 10.0), Stream("steam", HEAT, "GJ", 5.0)),
    (Node("n", "e", {}, {"a": 10.0, "steam": 5.0}, {"CO2": 1.0}, Allocation(Rule.EXPLICIT, {"a": 0.5, "steam": 0.5})),),
)  # fmt: skip
NODE, (A, STEAM) = GOOD.nodes[0], GOOD.streams


def with_shares(**shares: float) -> Network:
    return replace(GOOD, nodes=(replace(NODE, allocation=Allocation(Rule.EXPLICIT, shares)),))


@pytest.mark.parametrize(
    ("network", "code", "named"),
    [
        (replace(GOOD, streams=(replace(A, demand=-1.0), STEAM)), "balance.negative_flow", "a"),
        (replace(GOOD, streams=(replace(A, demand=float("nan")), STEAM)), "balance.negative_flow", "a"),
        (replace(GOOD, streams=(replace(A, demand=9.0), STEAM)), "balance.unbalanced", "a"),
        (replace(GOOD, streams=(replace(A, demand=0.0, loss=10.0), STEAM)), "balance.nothing_delivered", "a"),
        (replace(GOOD, streams=(A, A, STEAM)), "balance.twice", "a"),
        (replace(GOOD, nodes=(NODE, NODE)), "balance.twice", "n"),
        (replace(GOOD, streams=(A,)), "balance.unknown_stream", "steam"),
        (replace(GOOD, imports=(Import("ghost", 1.0, {"CO2": 1.0}),)), "balance.unknown_stream", "ghost"),
        (replace(GOOD, streams=(replace(A, loss_borne_by="nobody"), STEAM)), "balance.unknown_stream", "nobody"),
        (replace(GOOD, streams=(A, replace(STEAM, unit="t"))), "unit.dimension", "steam"),
        (replace(GOOD, imports=(Import("a", 0.0, {}),)), "factor.unknown", "a"),
        (with_shares(a=0.5, steam=0.4), "balance.allocation_shares", "n"),
        (with_shares(a=1.0), "balance.allocation_shares", "n"),
        (with_shares(a=1.5, steam=-0.5), "balance.fraction", "a"),
        (replace(GOOD, nodes=(replace(NODE, allocation=None),)), "balance.no_allocation", "n"),
        (replace(GOOD, nodes=(replace(NODE, allocation=Allocation(Rule.EFFICIENCY)),)), "balance.no_allocation", "n"),
        (replace(GOOD, nodes=(replace(NODE, allocation=Allocation(Rule.WEIGHTED, weights={"a": 1.0})),)), "balance.no_allocation", "n"),
        (replace(GOOD, transfers=(Transfer("a", "e", "f", 10.0, 9.0),)), "balance.double_metering", "a"),
        (replace(GOOD, storages=(Storage("tank", "a", "e", 1.0, 0.0, 2.0),)), "balance.negative_flow", "a"),
    ],
)  # fmt: skip
def test_every_problem_has_a_code_and_names_the_stream(network: Network, code: str, named: str) -> None:
    found = problems(network=network)

    assert code in [one.code for one in found]
    assert any(named in str(one) for one in found if one.code == code)
    with pytest.raises(PlatformError):
        park(network=network)


@pytest.mark.parametrize(
    ("allocation", "code"),
    [
        (Allocation(Rule.EFFICIENCY, parameters={"eta_heat": 0.0}), "balance.fraction"),
        (Allocation(Rule.EFFICIENCY, parameters={"eta_heat": 1.2}), "balance.fraction"),
        (Allocation(Rule.EXERGY, parameters={"temperature_c": 5.0}), "balance.no_allocation"),
        (Allocation(Rule.HEAT_SUPPLY_RATIO), "balance.no_allocation"),
    ],
)
def test_a_chp_with_impossible_parameters(allocation: Allocation, code: str) -> None:
    assert [one.code for one in problems(network=chp(allocation))] == [code]


def test_several_problems_are_all_told() -> None:
    bad = replace(with_shares(a=0.5, steam=0.4), streams=(replace(A, demand=-1.0), STEAM))

    assert {one.code for one in problems(network=bad)} == {"balance.negative_flow", "balance.allocation_shares"}


def ring(direct: float) -> Network:
    return Network(
        "2025-01", (Stream("a", MATERIAL, "t"), Stream("b", MATERIAL, "t"), Stream("c", MATERIAL, "t", 1.0)),
        (Node("x", "e", {"b": 5.0}, {"a": 5.0}, {"CO2": direct}), Node("y", "e", {"a": 5.0}, {"b": 5.0}), Node("z", "e", {}, {"c": 1.0})),
    )  # fmt: skip


def test_a_loop_without_outflow_names_its_streams() -> None:
    with pytest.raises(ClosedLoop) as caught:
        park(network=ring(1.0))

    assert caught.value.code == "balance.closed_loop"
    assert sorted(caught.value.details["streams"]) == ["a", "b"]


def test_an_idle_loop_without_emission_is_no_error() -> None:
    found = park(network=ring(0.0), exact=True)

    assert found.ledgers.factors["a"] == (0.0,)
    assert found.exact is not None
    assert found.exact.factors["a"] == (0,)


def test_a_stream_that_feeds_only_itself_is_a_closed_loop() -> None:
    own = Network("2025-01", (Stream("a", MATERIAL, "t"),), (Node("x", "e", {"a": 5.0}, {"a": 5.0}, {"CO2": 1.0}),))

    with pytest.raises(ClosedLoop):
        park(network=own)


def test_exact_mode_is_for_small_networks() -> None:
    with pytest.raises(TooLargeForExact):
        park(network=random_park(seed=1, pools=90), exact=True)


def test_sensitivity_of_a_stream_that_is_not_there() -> None:
    with pytest.raises(UnknownStream):
        park(network=GOOD).sensitivities(stream="ghost", weights={"CO2": 1.0})


def test_a_bridge_that_does_not_close_says_how_much_is_open() -> None:
    from decimal import Decimal

    found = park(network=GOOD)
    wrong = {"e": Statutory("e", Decimal(5), Decimal(1), {"steam": Decimal("0.11")})}

    with pytest.raises(BridgeOpen) as caught:
        bridge(network=found.network, ledgers=found.ledgers, reports=wrong, weights={"CO2": 1.0})

    assert caught.value.details["gap"] == pytest.approx(5 - 1 + 0.55)
