"""Attribution and specific emissions against opencbam, to the digits that both carry."""

import random
from decimal import Decimal
from typing import Any

import pytest

from accounting.carbon.domain.cbam.goods import Embedded, Flow, Precursor, Process, WasteGas, embedded
from accounting.carbon.domain.cbam.rules import Sector, rules_of
from accounting.carbon.domain.cbam.sources import Balanced, Burnt, Converted, Measured
from accounting.carbon.domain.methods import method_of
from tests.peers.conftest import Asked
from tests.pure.accounting.making import LIBRARY

RULES = rules_of(library=LIBRARY, method=method_of(method_id="CBAM-2025"))
SAME = Decimal("1e-24")  # relative; opencbam carries 28 digits


def random_case(*, number: int, rng: random.Random) -> dict[str, Any]:
    """A process with sources and flows of every kind; every third one uses goods of earlier cases."""

    def rows(*ranges: tuple[float, float]) -> list[list[str]]:
        return [[f"{rng.uniform(low, high):.6f}" for low, high in ranges] for _ in range(rng.randint(0, 3))]

    some = sorted(rng.sample(range(number), k=min(number, 3))) if number % 3 == 2 else []
    return {
        "sector": rng.choice([s.value for s in Sector]), "activity": f"{rng.uniform(10, 1000):.3f}",
        "burnt": rows((0, 500), (0, 0.06), (40, 110), (0.9, 1), (0, 0.3)), "converted": rows((0, 500), (0, 1), (0.9, 1)),
        "balanced": rows((-500, 500), (0, 1), (0, 0.2)), "measured": rows((0, 800)), "nitrous": rows((0, 4)),
        "heat_in": rows((0, 9), (50, 80)), "heat_out": rows((0, 9), (50, 80)), "gas_in": rows((0, 90), (0, 0.02), (56, 57)),
        "gas_out": rows((0, 90), (0, 0.02), (56, 57)), "power_in": rows((0, 900), (0, 1)), "power_out": rows((0, 900), (0, 1)),
        "precursors": [[f"{rng.uniform(0, 300):.3f}", place, rng.random() < 0.2] for place in some],
    }  # fmt: skip


def ours_of(case: dict[str, Any], before: list[Embedded]) -> Embedded:
    def made(kind: Any, name: str) -> list[Any]:
        return [kind(*map(Decimal, row)) for row in case.get(name, ())]

    sources = [
        *made(Burnt, "burnt"),
        *made(Converted, "converted"),
        *made(Balanced, "balanced"),
        *made(Measured, "measured"),
    ]
    sources += [Measured(Decimal(row[0]), nitrous=True) for row in case.get("nitrous", ())]
    used = [
        Precursor(Decimal(mass), before[place].direct, before[place].indirect, from_union=union)
        for mass, place, union in case.get("precursors", ())
    ]
    process = Process(
        Sector(case["sector"]), Decimal(case["activity"]), sources, made(Flow, "heat_in"), made(Flow, "heat_out"), made(WasteGas, "gas_in"),
        made(WasteGas, "gas_out"), made(Flow, "power_in"), made(Flow, "power_out"), used,
    )  # fmt: skip
    return embedded(process=process, rules=RULES)


def test_random_processes_and_chains_of_precursors_equal_opencbam(asked: Asked) -> None:
    rng = random.Random(7)
    cases = [random_case(number=number, rng=rng) for number in range(60)]
    theirs = asked(script="border", given=cases)

    ours: list[Embedded] = []
    for case, answer in zip(cases, theirs, strict=True):
        ours.append(ours_of(case, ours))
        found = ours[-1]
        pairs = {
            "direct": found.own.direct, "indirect": found.own.indirect, "see_direct": found.direct, "see_indirect": found.indirect,
            "from_precursors": found.from_precursors[0],
        }  # fmt: skip
        for name, value in pairs.items():
            assert value == pytest.approx(Decimal(answer[name]), rel=SAME, abs=Decimal("1e-20")), name
    assert sum(one.own.clipped > 0 for one in ours) > 5
    assert sum(bool(case["precursors"]) for case in cases) > 15


def test_a_chain_from_ammonia_over_acid_to_nitrate_equals_opencbam_digit_by_digit(asked: Asked) -> None:
    ammonia = {
        "sector": "fertiliser",
        "activity": "800",
        "burnt": [["700", "0.048", "56.1", "1", "0"]],
        "power_in": [["900", "0.57"]],
    }
    acid = {
        "sector": "fertiliser",
        "activity": "400",
        "nitrous": [["1.2"]],
        "heat_out": [["4", "56.1"]],
        "precursors": [["500", 0, False]],
    }
    nitrate = {
        "sector": "fertiliser",
        "activity": "640",
        "power_in": [["80", "0.57"]],
        "precursors": [["250", 0, False], ["400", 1, False]],
    }
    cases = [ammonia, acid, nitrate]
    theirs = asked(script="border", given=cases)

    ours: list[Embedded] = []
    for case in cases:
        ours.append(ours_of(case, ours))

    # 700 x 0.048 x 56.1 = 1884.96 t over 800 t N; N2O 1.2 t x 265 = 318 t less 224.4 t of heat.
    assert ours[0].direct == Decimal("2.3562")
    assert ours[1].own.direct == Decimal("93.6")
    assert [(one.direct, one.indirect) for one in ours] == [
        (Decimal(t["see_direct"]), Decimal(t["see_indirect"])) for t in theirs
    ]
