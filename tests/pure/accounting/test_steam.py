"""Steam by pressure and temperature: verification values of IAPWS-IF97, printed steam tables, and lines by hand."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounting.carbon.domain.equations import EQUATIONS
from accounting.carbon.domain.kinds import Entry
from accounting.carbon.domain.steam import NoSteam, enthalpy
from accounting.carbon.domain.uncertainty import propagated
from parks.catalogue.domain.errors import PlatformError
from tests.pure.accounting.making import entry, line_of, q


def d(value: str) -> Decimal:
    return Decimal(value)


@pytest.mark.parametrize(
    ("pressure", "kelvin", "kilojoules"),
    [
        # IAPWS R7-97(2012), table 15 (region 2) and table 42 (region 5).
        ("0.0035", "300", "2549.91145"),
        ("0.0035", "700", "3335.68375"),
        ("30", "700", "2631.49474"),
        # Table 33 (region 3): 500 kg/m3 at 650 K are 25.5837018 MPa.
        ("25.5837018", "650", "1863.43019"),
    ],
)
def test_verification_values_of_if97(pressure: str, kelvin: str, kilojoules: str) -> None:
    found = enthalpy(pressure=d(pressure), temperature=d(kelvin) - d("273.15"))

    assert found == pytest.approx(d(kilojoules), abs=d("0.0051"))


@pytest.mark.parametrize(
    ("pressure", "temperature", "dryness", "printed"),
    [
        # Printed steam tables after IF97, whole or tenths of a kilojoule.
        ("0.1", None, "1", "2674.9"),
        ("0.5", None, "1", "2748.1"),
        ("1.0", None, "1", "2777.1"),
        ("1.0", None, "0", "762.7"),
        ("1.0", "200", None, "2828.3"),
        ("1.0", "300", None, "3051.7"),
        ("4.0", "450", None, "3331.0"),
        ("10.0", "540", None, "3476.9"),
    ],
)
def test_values_of_printed_steam_tables(
    pressure: str, temperature: str | None, dryness: str | None, printed: str
) -> None:
    state = {"temperature": d(temperature)} if temperature else {"dryness": d(dryness or "1")}

    assert enthalpy(pressure=d(pressure), **state) == pytest.approx(d(printed), abs=d("0.15"))


def steam(*, pressure_is: str = "", **values: str) -> Entry:
    given = {name: q(value) for name, value in values.items()}
    return entry("steam", {"mass": q("1000"), **given}, **({"pressure_is": pressure_is} if pressure_is else {}))


def test_a_line_shows_pressure_temperature_and_the_enthalpy_it_was_computed_with() -> None:
    line = line_of(steam(pressure="1.0", temperature="300"))
    values = line.values()

    assert line.equation == "C11.if97"
    assert (values["pressure"], values["temperature"], values["enthalpy"]) == (d("1.0"), d("300"), d("3051.70"))
    # 1000 t x (3051.70 - 83.74) / 1000 GJ x 0.11
    assert line.tonnes == d("326.4756")
    again = EQUATIONS["C11.if97"].function({one.name: Fraction(one.value) for one in line.inputs})
    assert Fraction(line.tonnes) == again


def test_wet_steam_lies_between_water_and_vapour() -> None:
    water, half, vapour = (line_of(steam(pressure="1", dryness=x)).values()["enthalpy"] for x in ("0", "0.5", "1"))

    assert half == pytest.approx((water + vapour) / 2, abs=d("0.011"))


def test_gauge_pressure_is_raised_by_the_atmosphere() -> None:
    gauge = line_of(steam(pressure="0.898675", temperature="300", pressure_is="gauge"))
    high = line_of(steam(pressure="0.92", atmosphere="0.08", temperature="300", pressure_is="gauge"))
    absolute = line_of(steam(pressure="1", temperature="300", pressure_is="absolute"))

    assert gauge.tonnes == high.tonnes == absolute.tonnes
    assert gauge.values()["atmosphere"] == d("0.101325")


def test_units_of_pressure_are_converted() -> None:
    bar = entry("steam", {"mass": q("1000"), "pressure": q("10", "bar"), "temperature": q("300")})

    assert line_of(bar).tonnes == line_of(steam(pressure="1", temperature="300")).tonnes


@pytest.mark.parametrize(
    ("one", "code"),
    [
        (steam(pressure="1", temperature="100"), "line.steam_state"),  # water
        (steam(pressure="1", temperature="2100"), "line.steam_state"),
        (steam(pressure="150", temperature="500"), "line.steam_state"),
        (steam(pressure="0", temperature="300"), "line.steam_state"),
        (steam(pressure="25", dryness="0.9"), "line.steam_state"),  # above the critical point nothing boils
        (steam(pressure="1", temperature="300", enthalpy="3000"), "line.steam_state"),
        (steam(pressure="1", temperature="300", dryness="1"), "line.steam_state"),
        (steam(pressure="1"), "line.missing_value"),
        (steam(temperature="300"), "line.missing_value"),
        (steam(pressure="1", dryness="1.1"), "line.fraction"),
        (steam(pressure="-1", temperature="300"), "line.negative"),
        (steam(pressure="1", temperature="300", pressure_is="overpressure"), "line.bad_choice"),
        (steam(pressure="1", temperature="300", atmosphere="0.1"), "line.unknown_field"),
        (entry("steam", {"mass": q("1"), "pressure": q("1", "GJ"), "temperature": q("300")}), "unit.dimension"),
    ],
)
def test_what_is_no_steam_is_refused(one: Entry, code: str) -> None:
    with pytest.raises(PlatformError) as caught:
        line_of(one)
    assert caught.value.code == code


def test_uncertainty_of_pressure_and_temperature_reaches_the_line() -> None:
    # At 1 MPa around 300 degC steam has about 2.15 kJ/kg K, so 3 K are 6.4 of 3051.7 kJ/kg.
    values = {
        "mass": q("1000", u="0"),
        "pressure": q("1", u="0"),
        "temperature": q("300", u="0.01"),
        "ef": q("0.11", u="0"),
    }
    line = line_of(entry("steam", values))
    interval = propagated(lines=[line], weights={"CO2": Decimal(1)})

    assert interval.half == pytest.approx(1000 * 6.4e-3 * 0.11, rel=0.03)
    assert interval.unknown == ()


def test_an_uncertain_state_beside_the_boiling_curve_is_still_steam() -> None:
    # At 1 MPa water boils at 179.9 degC.
    state = {"pressure": q("1", u="0.01"), "temperature": q("180.5", u="0.02")}

    assert line_of(entry("steam", {"mass": q("1"), **state})).values()["enthalpy"] == pytest.approx(
        d("2778.6"), abs=d("0.3")
    )


@settings(max_examples=60)
@given(st.decimals("0.01", "16", places=3), st.decimals("400", "790", places=2))
def test_hotter_steam_carries_more(pressure: Decimal, temperature: Decimal) -> None:
    assert enthalpy(pressure=pressure, temperature=temperature) < enthalpy(
        pressure=pressure, temperature=temperature + 5
    )


def test_outside_the_equations_the_reason_is_told() -> None:
    with pytest.raises(NoSteam, match=r"boils at 179\.9 degC"):
        enthalpy(pressure=d("1"), temperature=d("150"))
