"""The delivered factors: checksums, editions, provinces, warming potentials, standing."""

from datetime import date
from decimal import Decimal

import pytest

from accounting.factors.domain.factors import (
    BrokenRow,
    Electricity,
    FactorNotInForce,
    NoProvincialFactor,
    Status,
    UnknownFactor,
    WrongChecksum,
)
from accounting.factors.domain.loading import TABLES, load
from accounting.factors.selectors.reference import REFERENCE
from tests.pure.accounting.making import LIBRARY


def texts() -> dict[str, str]:
    return {name: (REFERENCE / f"{name}.csv").read_text(encoding="utf-8") for name in TABLES}


@pytest.mark.parametrize(
    ("fuel", "a", "b"),
    [
        ("lng", "2.3253", "3.1829"), ("gasoline", "3.0425", "2.9251"), ("diesel", "3.1451", "3.0959"),
        ("coke_oven_gas", "8.5828", "7.6362"), ("natural_gas", "21.6219", "21.6502"), ("crude_oil", "3.0783", "3.0172"),
    ],
)  # fmt: skip
def test_editions_of_the_fuel_tables_differ(fuel: str, a: str, b: str) -> None:
    found = [LIBRARY.fuel(fuel=fuel, parameter="EF", edition=edition).value for edition in ("A", "B")]

    assert found == [Decimal(a), Decimal(b)]


def test_a_slipped_row_is_found_by_its_product() -> None:
    # A public tool lists bituminous coal with the heat content of washed coal.
    tables = texts()
    tables["fuels"] = tables["fuels"].replace("NCV,t,23.204", "NCV,t,26.344")

    with pytest.raises(WrongChecksum) as caught:
        load(tables=tables)

    assert caught.value.details["factor"] == "fuel.A.bituminous.ef"


def test_a_carbon_content_copied_from_a_wrong_print_is_found() -> None:
    tables = texts()
    tables["substances"] = tables["substances"].replace("C2H6,0.7989", "C2H6,0.856")

    with pytest.raises(WrongChecksum):
        load(tables=tables)


def test_broken_and_double_rows_are_named() -> None:
    tables = texts()
    with pytest.raises(BrokenRow):
        load(tables={**tables, "gwp": tables["gwp"].replace(",310,", ",many,")})
    with pytest.raises(BrokenRow):
        load(tables={**tables, "gwp": tables["gwp"] + tables["gwp"].splitlines()[1] + "\n"})
    with pytest.raises(BrokenRow):
        load(tables={**tables, "gwp": "id,value\n"})


def provinces() -> set[str]:
    return {f.key("region") for f in LIBRARY.factors.values() if f.key("level") == "PROVINCIAL"}


def test_provinces_fall_twenty_times_and_rise_ten_times_from_2022_to_2023() -> None:
    # The ministry's own statement with its announcement 2025 no. 47.
    def of(name: str, year: int) -> Decimal:
        return LIBRARY.grid(region=name, year=year, kind=Electricity.AVERAGE).value

    steps = [of(name, 2023) - of(name, 2022) for name in sorted(provinces())]

    assert (sum(step < 0 for step in steps), sum(step > 0 for step in steps)) == (20, 10)


@pytest.mark.parametrize("region", ["tibet", "hongkong", "macao", "taiwan"])
def test_a_province_without_value_never_gets_the_national_one(region: str) -> None:
    with pytest.raises(NoProvincialFactor) as caught:
        LIBRARY.grid(region=region, year=2023, kind=Electricity.AVERAGE)

    assert caught.value.code == "factor.no_provincial_value"


def test_a_year_without_value_is_no_neighbouring_year() -> None:
    with pytest.raises(NoProvincialFactor):
        LIBRARY.grid(region="shandong", year=2024, kind=Electricity.AVERAGE)
    with pytest.raises(UnknownFactor) as caught:
        LIBRARY.grid(region="CN", year=2024, kind=Electricity.AVERAGE)
    assert caught.value.code == "factor.unknown"


def test_four_electricity_numbers_of_2023_stay_apart() -> None:
    kinds = (Electricity.AVERAGE, Electricity.EXCLUDING_MARKET, Electricity.FOSSIL_ONLY, Electricity.FOOTPRINT)

    found = [str(LIBRARY.grid(region="CN", year=2023, kind=kind).value) for kind in kinds]

    assert found == ["0.5306", "0.6096", "0.8273", "0.6205"]


@pytest.mark.parametrize(
    ("gas", "values"),
    [
        ("N2O", (310, 298, 265, 273)), ("HFC-23", (11700, 14800, 12400, 14600)), ("SF6", (23900, 22800, 23500, 25200)),
        ("CH4", (21, 25, 28, Decimal("27.9"))),
    ],
)  # fmt: skip
def test_warming_potentials_by_set(gas: str, values: tuple[Decimal, ...]) -> None:
    assert tuple(LIBRARY.gwp(gas=gas, gwp_set=name).value for name in ("SAR", "AR4", "AR5", "AR6")) == values


def test_a_set_without_a_gas_says_so() -> None:
    with pytest.raises(UnknownFactor):
        LIBRARY.gwp(gas="NF3", gwp_set="SAR")


def test_nothing_from_memory_is_official_and_every_row_has_a_source() -> None:
    assert all(factor.source for factor in LIBRARY.factors.values())
    assert all(
        f.status is Status.UNVERIFIED for f in LIBRARY.factors.values() if f.source.startswith("quoted from memory")
    )
    assert not [f.id for f in LIBRARY.factors.values() if f.status is Status.OFFICIAL]


def test_validity_is_half_open() -> None:
    assert LIBRARY.get("grid.average.shandong.2023", on=date(2023, 12, 31)).value == Decimal("0.6191")
    with pytest.raises(FactorNotInForce):
        LIBRARY.get("grid.average.shandong.2023", on=date(2024, 1, 1))


def test_lookups_of_processes_and_substances() -> None:
    assert LIBRARY.process(process="nitric_acid", variant="dual").value == 8
    assert LIBRARY.carbonate(substance="CaCO3").value == Decimal("0.4397")
    assert LIBRARY.get("carbonate.NaHCO3.calcined").value * 2 == LIBRARY.carbonate(substance="NaHCO3").value - Decimal(
        "0.0001"
    )
    with pytest.raises(UnknownFactor):
        LIBRARY.fuel(fuel="anthracite", parameter="OF", edition="B")
