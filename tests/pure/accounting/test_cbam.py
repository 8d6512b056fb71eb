"""Embedded emissions by the border rules: attribution by hand, the floor and what it cuts off (I15), chains of goods."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounting.carbon.domain.cbam.goods import (
    Flow,
    NothingProduced,
    Precursor,
    Process,
    WasteGas,
    attributed,
    before_floor,
    embedded,
)
from accounting.carbon.domain.cbam.rules import Per, Sector, rules_of
from accounting.carbon.domain.cbam.sources import (
    Balanced,
    Burnt,
    Converted,
    HoursDoNotFit,
    Measured,
    NegativeFlow,
    NotAShare,
    Source,
    emissions_of,
    measured,
)
from accounting.carbon.domain.methods import method_of
from parks.catalogue.domain.errors import PlatformError
from tests.pure.accounting.making import LIBRARY

RULES = rules_of(library=LIBRARY, method=method_of(method_id="CBAM-2025"))
amounts = st.decimals(0, 10_000, places=3)
flows = st.lists(st.builds(Flow, amounts, amounts), max_size=3)


def d(value: str) -> Decimal:
    return Decimal(value)


@pytest.mark.parametrize(
    ("source", "tonnes"),
    [
        (Burnt(d("100"), d("0.048"), d("56.1"), d("0.995"), d("0.1")), "241.14024"),  # 269.28 x 0.9 x 0.995
        (Converted(d("200"), d("0.44"), d("0.98")), "86.24"),
        (Balanced(d("-50"), d("0.8")), "-146.56"),  # 40 t C x 3.664
        (Measured(d("7.5")), "7.5"),
        (Measured(d("2"), nitrous=True), "530"),
    ],
)
def test_sources_by_hand(source: Source, tonnes: str) -> None:
    assert emissions_of(source=source, rules=RULES) == d(tonnes)


def test_a_stack_is_summed_hour_by_hour() -> None:
    # 3 h of 150 g/Nm3 in 80,000 Nm3 and one of 100 in 60,000: 36 and 6 million grams.
    found = measured(concentrations=[d("150")] * 3 + [d("100")], volumes=[d("80000")] * 3 + [d("60000")])

    assert found == Measured(d("42"))
    with pytest.raises(HoursDoNotFit):
        measured(concentrations=[d("1")], volumes=[])
    with pytest.raises(NegativeFlow):
        measured(concentrations=[d("-1")], volumes=[d("1")])


def test_attribution_by_hand_with_heat_waste_gas_and_power() -> None:
    process = Process(
        Sector.FERTILISER, d("400"), [Measured(d("1000"))], [Flow(d("2"), d("56.1"))], [Flow(d("3"), d("60"))],
        [WasteGas(d("10"), d("0.02"), d("56.1"))], [WasteGas(d("100"), d("0.02"), d("56.1"))], [Flow(d("80"), d("0.57"))],
        [Flow(d("50"), d("0.6"))],
    )  # fmt: skip
    found = attributed(process=process, rules=RULES)

    # 1000 + 112.2 - 180 + 11.22 + (112.2 - 0.667 x 112.2) - 30
    assert found.direct == d("950.7826")
    assert found.indirect == d("45.6")
    assert found.clipped == 0


@settings(max_examples=80)
@given(st.lists(amounts, max_size=3), flows, flows, flows, flows)
def test_i15_what_the_floor_clips_is_told_and_with_it_nothing_is_lost(
    measured: list[Decimal], heat_in: list[Flow], heat_out: list[Flow], power_in: list[Flow], power_out: list[Flow]
) -> None:
    sources = [Measured(one) for one in measured]
    process = Process(Sector.HYDROGEN, d("1"), sources, heat_in, heat_out, (), (), power_in, power_out)
    found = attributed(process=process, rules=RULES)

    assert found.direct >= 0
    assert found.clipped >= 0
    assert found.direct * found.clipped == 0
    assert found.direct - found.clipped == before_floor(process=process, rules=RULES)


@settings(max_examples=50)
@given(amounts, amounts, st.lists(amounts, min_size=1, max_size=4))
def test_i15_heat_between_processes_of_a_site_moves_emissions_and_makes_none(
    made: Decimal, used: Decimal, passed: list[Decimal]
) -> None:
    heat = [Flow(one, d("56.1")) for one in passed]
    seller = Process(Sector.HYDROGEN, d("1"), [Measured(made)], heat_out=heat)
    buyer = Process(Sector.HYDROGEN, d("1"), [Measured(used)], heat_in=heat)

    found = [attributed(process=one, rules=RULES) for one in (seller, buyer)]

    assert sum(one.direct - one.clipped for one in found) == made + used


def test_specific_emissions_with_precursors_by_hand() -> None:
    acid = Precursor(d("300"), d("3.08"), d("0.1"))
    from_union = Precursor(d("500"), d("9"), from_union=True)
    process = Process(
        Sector.CEMENT,
        d("400"),
        [Measured(d("1000"))],
        power_in=[Flow(d("100"), d("0.5"))],
        precursors=[acid, from_union],
    )
    found = embedded(process=process, rules=RULES)

    assert (found.direct, found.indirect) == (d("4.81"), d("0.2"))
    assert found.from_precursors == (d("2.31"), d("0.075"))
    assert found.per is Per.CLINKER
    assert found.counted() == d("5.01")


def test_fertilisers_count_per_tonne_of_nitrogen() -> None:
    # 1,000 t of urea hold 466 t N; 932 t CO2 are 2 t per t N and 0.932 t per t of urea.
    urea = embedded(process=Process(Sector.FERTILISER, d("466"), [Measured(d("932"))]), rules=RULES)
    blend = Process(Sector.FERTILISER, d("100"), precursors=[urea.as_precursor(mass=d("500"), content=d("0.466"))])

    assert urea.per is Per.NITROGEN
    assert urea.counted(content=d("0.466")) == d("0.932")
    assert embedded(process=blend, rules=RULES).direct == d("4.66")


def test_power_counts_for_fertilisers_and_not_for_hydrogen() -> None:
    made = Process(Sector.FERTILISER, d("10"), [Measured(d("10"))], power_in=[Flow(d("10"), d("1"))])
    counted = [embedded(process=replace(made, sector=sector), rules=RULES).counted() for sector in Sector]

    assert counted == [2, 2, 1, 1, 1]


@pytest.mark.parametrize(
    ("process", "error"),
    [
        (Process(Sector.CEMENT, d("0")), NothingProduced),
        (Process(Sector.CEMENT, d("1"), [Measured(d("-1"))]), NegativeFlow),
        (Process(Sector.CEMENT, d("1"), heat_in=[Flow(d("-1"), d("1"))]), NegativeFlow),
        (Process(Sector.CEMENT, d("1"), precursors=[Precursor(d("-1"), d("1"))]), NegativeFlow),
        (Process(Sector.CEMENT, d("1"), [Burnt(d("1"), d("1"), d("1"), d("1.2"))]), NotAShare),
        (Process(Sector.CEMENT, d("1"), [Balanced(d("1"), d("80"))]), NotAShare),
    ],
)
def test_what_cannot_be_is_refused(process: Process, error: type[PlatformError]) -> None:
    with pytest.raises(error) as caught:
        embedded(process=process, rules=RULES)
    assert caught.value.code.startswith("cbam.")
