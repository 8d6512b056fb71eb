"""Indicators of a zero-carbon park by hand, and what a gap in the data does to them."""

from dataclasses import fields, replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounting.carbon.domain.indicators import (
    Carrier,
    EnergyUse,
    ImpossibleIndicator,
    Indicator,
    Product,
    Year,
    coal_equivalent,
    energy_co2,
    indicators,
)
from accounting.factors.domain.factors import Status
from tests.pure.accounting.making import LIBRARY, book, entry, q


def d(value: str) -> Decimal:
    return Decimal(value)


GREEN = EnergyUse("green power", Carrier.POWER, d("1000000"), clean=True)  # 122,900 tce
STEAM = EnergyUse("steam", Carrier.HEAT, d("1000000"), clean=False)  # 34,120 tce
GAS = EnergyUse("gas", Carrier.FUEL, d("5000"), clean=False, fuel="natural_gas", edition="A")  # 5000 x 389.31 / 29.307
FULL = Year(
    (GREEN, STEAM, GAS), d("40000"), (Product("ammonia", d("900"), d("1000")), Product("soda", d("320"), d("325"))),
    d("85"), d("95"), d("5"), d("60"), d("100"), d("900"), d("100"),
)  # fmt: skip


def found_of(year: Year) -> dict[str, Indicator]:
    return {one.id: one for one in indicators(year=year, library=LIBRARY)}


def test_uses_in_tonnes_of_coal_equivalent() -> None:
    found = [coal_equivalent(use=use, library=LIBRARY) for use in (GREEN, STEAM, GAS, replace(GAS, ncv=d("29.307")))]

    assert found[:2] == [d("122900"), d("34120")]
    assert found[2] == pytest.approx(d("66419.2855"), abs=d("0.001"))
    assert found[3] == 5000


def test_all_six_by_hand() -> None:
    found = found_of(FULL)
    total = d("122900") + d("34120") + d("5000") * d("389.31") / d("29.307")  # 223,439 tce: the middle class

    assert found["emissions_per_energy"].value == pytest.approx(d("40000") / total)
    assert found["emissions_per_energy"].reached is True
    assert found["clean_energy"].value == pytest.approx(d("122900") / total)
    assert found["clean_energy"].reached is False
    assert found["product_energy"].value == 1
    assert found["solid_waste"].value == d("0.85")
    assert found["waste_heat"].value == d("0.6")
    assert found["water"].value == d("0.9")
    assert [one.reached for one in found.values()] == [True, False, True, True, True, True]


@pytest.mark.parametrize(
    ("megawatt_hours", "limit"),
    [("1627000", None), ("1628000", "0.20"), ("8136000", "0.20"), ("8137000", "0.30")],
)
def test_the_limit_goes_by_the_energy_a_park_uses(megawatt_hours: str, limit: str | None) -> None:
    # 200,000 tce are 1,627,339 MWh, 1,000,000 tce are 8,136,696 MWh.
    found = found_of(Year((replace(GREEN, amount=d(megawatt_hours)),), d("1")))["emissions_per_energy"]

    assert (found.limit.value if found.limit else None) == (d(limit) if limit else None)
    assert found.reached is (None if limit is None else True)


def test_every_number_at_its_limit_is_reached() -> None:
    uses = (replace(GREEN, amount=d("9000000")), replace(GREEN, id="coal power", amount=d("1000000"), clean=False))
    year = replace(
        FULL, uses=uses, co2=d("0.30") * d("1229000"), waste_used=d("80"), heat_recovered=d("50"), water_reused=d("400")
    )

    assert all(one.reached for one in found_of(year).values())


@given(st.sampled_from([one.name for one in fields(Year) if one.name not in ("uses", "products")]))
def test_a_missing_number_makes_an_indicator_not_known_and_never_zero(name: str) -> None:
    before, after = found_of(FULL), found_of(replace(FULL, **{name: None}))
    unknown = [one for one in after.values() if one.value is None]

    assert [one.missing for one in unknown] == [(name,)]
    assert unknown[0].reached is None
    assert all(one == before[one.id] for one in after.values() if one.value is not None)


def test_an_unknown_use_or_product_is_named() -> None:
    gap = replace(FULL, uses=(replace(GREEN, amount=None), STEAM), products=(Product("soda", d("320"), None),))
    unproven = replace(FULL, uses=(replace(GREEN, clean=None), STEAM))

    assert found_of(gap)["emissions_per_energy"].missing == ("green power",)
    assert found_of(gap)["clean_energy"].missing == ("green power",)
    assert found_of(gap)["product_energy"].missing == ("soda",)
    assert found_of(unproven)["clean_energy"].missing == ("green power.clean",)
    assert found_of(unproven)["emissions_per_energy"].value is not None
    assert {one.missing != () for one in found_of(Year()).values()} == {True}


@pytest.mark.parametrize(
    "year",
    [
        replace(FULL, heat_recovered=d("101")), replace(FULL, water_fresh=d("-1")), replace(FULL, uses=(replace(STEAM, amount=d("-1")),)),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(year: Year) -> None:
    with pytest.raises(ImpossibleIndicator):
        found_of(year)


def test_energy_related_emissions_leave_process_biogenic_and_other_gases_out() -> None:
    lines = book(
        entry("combustion", {"amount": q("10")}, fuel="natural_gas"), entry("heat", {"bought": q("100"), "sold": q("40")}, id="h"),
        entry("nitric_acid", {"amount": q("10")}, id="n", technology="dual"), entry("carbonate", {"amount": q("10")}, id="c", substance="CaCO3"),
        entry("combustion", {"amount": q("10")}, id="b", biogenic=True, fuel="natural_gas"),
    ).lines  # fmt: skip

    # 216.2189 t of gas and 60 GJ x 0.11.
    assert energy_co2(lines=lines) == pytest.approx(d("216.219") + d("6.6"), abs=d("0.001"))


def test_no_limit_or_coal_equivalent_is_called_official() -> None:
    rows = [f for f in LIBRARY.factors.values() if f.key("process") in ("zero_carbon_park", "coal_equivalent")]

    assert len(rows) == 11
    assert Status.OFFICIAL not in {one.status for one in rows}
