"""A frozen month of the park: origins, alternatives, what if, and the same bytes on the way through a database."""

import json
from pathlib import Path
from typing import Any

import pytest

from accounting.carbon.domain.balance.footprint import Grounds, Stage, footprint, half_of_total
from accounting.carbon.domain.balance.gathering import Emission, Flow, Place, gathered
from accounting.carbon.domain.balance.network import Allocation, Import, Network, Node, Rule, Stream, StreamKind
from accounting.carbon.domain.balance.options import Change, NotBalanced, changed, rules_of
from accounting.carbon.domain.balance.park import park
from accounting.carbon.domain.case.account import account
from accounting.carbon.domain.case.frozen import answered, canonical, network_of
from accounting.carbon.domain.case.writing import month_as_case
from tests.pure.accounting.making import LIBRARY, random_park

WEIGHTS = {"CO2": 1.0, "CH4": 28.0, "N2O": 265.0}
SCHEMA = Path(__file__).resolve().parents[3] / "accounting" / "reference" / "case.schema.json"
NOTHING = Grounds({}, {}, {}, {})


def case_of(network: Network) -> dict[str, Any]:
    grounds = {"kinds": {}, "primary": {}, "uncertainty": {}, "factors": {}}
    return {"weights": WEIGHTS, "network": month_as_case(network=network), "grounds": grounds, "statutory": {}}


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("pools", [5, 40, 120])
def test_origins_sum_to_the_factor_through_all_loops(seed: int, pools: int) -> None:
    solved = park(network=random_park(seed=seed, pools=pools))
    books = solved.ledgers

    for stream in list(books.factors)[:: max(1, pools // 8)]:
        found = footprint(park=solved, stream=stream, weights=WEIGHTS, grounds=NOTHING)
        real = sum(v * WEIGHTS[g] for g, v in zip(books.gases, books.factors[stream], strict=True))
        assert found.total == pytest.approx(real, rel=1e-9)
        assert sum(found.by_stage().values()) == pytest.approx(real, rel=1e-9)


def test_a_footprint_names_stages_by_hand() -> None:
    """Plant: 10 t own, 20 GJ of steam at 0.1 t/GJ; the steam at 2 t of a boiler for 20 GJ. Per 4 t of product: 2.5 and 0.5."""
    network = Network(
        "2026-05",
        (Stream("steam", StreamKind.HEAT, "GJ"), Stream("acid", StreamKind.MATERIAL, "t", demand=4)),
        (
            Node("boiler", "a", {}, {"steam": 20}, {"CO2": 2}),
            Node("plant", "b", {"steam": 20}, {"acid": 4}, {"CO2": 10}),
        ),
    )
    grounds = Grounds({"boiler": "ENERGY", "plant": "PRODUCTION"}, {"plant": 1.0}, {"plant": 0.1, "boiler": 0.2}, {})
    found = footprint(park=park(network=network), stream="acid", weights=WEIGHTS, grounds=grounds)

    assert found.by_stage() == {Stage.OWN: pytest.approx(2.5), Stage.ENERGY: pytest.approx(0.5)}
    assert found.primary == pytest.approx(2.5 / 3.0)
    # Own 2.5 x 10 %, boiler 0.5 x 20 %; the sold 4 t are metered to 0.5 % and stand below the fraction, the steam
    # meter moves nothing because all steam goes to one plant.
    assert found.half == pytest.approx((0.25**2 + 0.1**2 + (3.0 * 0.005) ** 2) ** 0.5)


def test_imports_that_share_a_factor_err_together() -> None:
    """Two imports of 60 and 40 t at one factor known to 10 %, meters exact: 10 t, and not 7.2 t."""
    streams = tuple(Stream(s, StreamKind.POWER, "MWh", demand=d, uncertainty=0.0) for s, d in (("x", 60), ("y", 40)))
    imports = tuple(Import(s, q, {"CO2": 1.0}, "grid") for s, q in (("x", 60.0), ("y", 40.0)))
    solved = park(network=Network("2026-05", streams, (), imports))
    grounds = Grounds({}, {}, {}, {"grid": 0.1}, direct_half=0.0)

    assert half_of_total(park=solved, weights=WEIGHTS, grounds=grounds) == pytest.approx(10.0)


@pytest.mark.parametrize("seed", range(4))
def test_a_case_gives_the_same_bytes_whatever_a_database_does_to_its_keys(seed: int) -> None:
    """I14. PostgreSQL orders the keys of jsonb by length; here they come back reversed."""
    case = canonical(case_of(random_park(seed=seed, pools=30)))
    shuffled = json.loads(json.dumps(case), object_pairs_hook=lambda pairs: dict(reversed(pairs)))

    first, second = answered(case=case), answered(case=shuffled)

    assert json.dumps(first) == json.dumps(second)
    assert network_of(case) == network_of(shuffled)


def test_a_changed_recipe_is_met_by_more_imports_and_without_imports_refused() -> None:
    network = Network(
        "2026-05",
        (Stream("power", StreamKind.POWER, "MWh"), Stream("acid", StreamKind.MATERIAL, "t", demand=4)),
        (Node("plant", "b", {"power": 20}, {"acid": 4}), Node("second", "b", {"acid": 0})),
        (Import("power", 20, {"CO2": 0.5}),),
    )
    more = changed(network=network, change=Change(uses={("plant", "power"): 1.5}))

    assert more.imports[0].quantity == pytest.approx(30)
    assert park(network=more).ledgers.factors["acid"] == (pytest.approx(30 * 0.5 / 4),)
    with pytest.raises(NotBalanced):
        changed(network=random_park(seed=1, pools=5), change=Change(uses=unimported(random_park(seed=1, pools=5))))


def unimported(network: Network) -> dict[tuple[str, str], float]:
    bought = {one.stream for one in network.imports}
    return next({(n.id, s): 1.2} for n in network.nodes for s, x in n.inputs.items() if x > 0 and s not in bought)


def test_every_rule_that_fits_a_node_is_offered_and_none_that_does_not() -> None:
    chp = Node("chp", "a", {}, {"power": 1, "steam": 1}, {}, Allocation(Rule.EFFICIENCY))
    cracker = Node(
        "cracker", "a", {}, {"ethylene": 1, "gas": 1}, {}, Allocation(Rule.EXPLICIT, {"ethylene": 1, "gas": 0})
    )
    network = Network(
        "2026-05",
        (
            Stream("power", StreamKind.POWER, "MWh"), Stream("steam", StreamKind.HEAT, "GJ"),
            Stream("ethylene", StreamKind.MATERIAL, "t", carbon=0.8563), Stream("gas", StreamKind.MATERIAL, "1e4 Nm3"),
        ),
        (chp, cracker),
    )  # fmt: skip

    assert set(rules_of(node=chp, network=network)) == {"EFFICIENCY (in force)", "ENERGY", "CBAM"}
    assert set(rules_of(node=cracker, network=network)) == {"EXPLICIT (in force)"}


def test_lines_become_flows_of_nodes_and_what_names_no_node_ends_at_the_site() -> None:
    network = gathered(
        month="2026-05",
        streams=[Stream("steam", StreamKind.HEAT, "GJ"), Stream("unused", StreamKind.HEAT, "GJ")],
        places=[Place("boiler", "a"), Place("tank", "a", is_store=True)],
        flows=[
            Flow("l1", "a", "boiler", "steam", "sold", 10.0), Flow("l2", "b", "", "steam", "bought", 7.0),
            Flow("l3", "a", "tank", "steam", "charged", 3.0), Flow("l4", "a", "tank", "steam", "drawn", 1.0),
            Flow("l5", "a", "", "steam", "lost", 1.0), Flow("l6", "a", "tank", "steam", "lost", 0.5),
        ],
        emissions=[Emission("l7", "a", "boiler", "CO2", 5.0), Emission("l8", "b", "", "CO2", 2.0)],
        allocations={"boiler": Allocation(Rule.ENERGY)}, opening_factors={},
    )  # fmt: skip

    assert {n.id: (dict(n.inputs), dict(n.outputs), dict(n.direct)) for n in network.nodes} == {
        "boiler": ({}, {"steam": 10.0}, {"CO2": 5.0}),
        "site.b": ({"steam": 7.0}, {}, {"CO2": 2.0}),
    }
    assert [(s.id, s.loss) for s in network.streams] == [("steam", 1.0)]
    assert [(s.charge, s.draw, s.loss) for s in network.storages] == [(3.0, 1.0, 0.5)]


def test_the_network_of_a_frozen_month_is_a_month_of_a_stand_alone_case() -> None:
    network = random_park(seed=3, pools=20)
    case = {"format": "tongjian-case/1", "park": {"months": [month_as_case(network=network)]}}

    answer = account(text=json.dumps(case), schema=json.loads(SCHEMA.read_text()), library=LIBRARY)

    assert answer["errors"] == []
    books = park(network=network).ledgers
    for stream, row in answer["park"]["months"][0]["factors"].items():
        assert [row[gas] for gas in books.gases] == pytest.approx(books.factors[stream], rel=1e-12)
