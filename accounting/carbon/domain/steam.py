"""Steam to heat, C11: by its enthalpy, or by pressure and temperature through IAPWS-IF97, wet steam by its dryness."""

from dataclasses import replace
from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache

from accounting.carbon.domain.kinds import Entry, Field, Kind, Setting, built
from accounting.carbon.domain.lines import LEDGER, BadChoice, Category, Line, MissingValue, Quantity
from parks.catalogue.domain.errors import Invalid

DIGITS = Decimal("0.01")  # kJ/kg; a digit more than the printed tables, far finer than any meter
KELVIN = Decimal("273.15")
WATER = "IF97::Water"
# The critical point (IAPWS R2-83), and where the equations end (IAPWS R7-97, section 1).
CRITICAL_MPA, CRITICAL_K = Decimal("22.064"), 647.096
HOT_K, HOT_MPA, HOTTEST_K = 1073.15, 50, 2273.15
ABSOLUTE, GAUGE = "absolute", "gauge"


class NoSteam(Invalid):
    """There is no steam of that state: it is water, it lies outside the equations, or it is told twice."""

    code = "line.steam_state"


def heat_kind(equation: str, *state: Field) -> Kind:
    ef = Field("ef", "tCO2/GJ", default=lambda setting, entry: setting.library.process(process="heat"))
    fields = (Field("mass", "t"), *state, Field("enthalpy", "kJ/kg"), ef)
    return Kind("steam", equation, Category.HEAT_BOUGHT, "CO2", fields, choices=("pressure_is",) if state else ())


PRESSURE = Field("pressure", "MPa")
TEMPERATURE, DRYNESS = Field("temperature", "degC", signed=True), Field("dryness", "1", fraction=True)
# The standard atmosphere by definition; where the park measures its own, that is given.
ATMOSPHERE = Field("atmosphere", "MPa", constant="0.101325")
BY_ENTHALPY = heat_kind("C11")


def line(*, entry: Entry, setting: Setting) -> Line:
    """Heat of bought steam.

    Args:
        entry: `mass` with `enthalpy` [kJ/kg]; or with `pressure` [MPa] and either `temperature` [degC] or `dryness`. The
            pressure is absolute unless the choice `pressure_is` says gauge; then `atmosphere` [MPa] is added.

    Returns:
        The line. By pressure, the enthalpy stands in it as it entered the equation, rounded to 0.01 kJ/kg.

    Raises:
        NoSteam: the state is given twice, is water, or lies outside the equations.
        MissingValue: pressure without temperature or dryness.
    """
    given = set(entry.values) & {"pressure", "temperature", "dryness", "atmosphere"}
    if not given:
        return built(kind=BY_ENTHALPY, entry=entry, setting=setting)
    if "enthalpy" in entry.values or {"temperature", "dryness"} <= given:
        raise NoSteam(f"Line {entry.id}: the state of the steam is given twice.", line=entry.id, given=sorted(given))
    for needed in ({"pressure"}, {"temperature", "dryness"}):
        if not given & needed:
            raise MissingValue(
                f"Line {entry.id}: {' or '.join(sorted(needed))} is not given.", line=entry.id, field=min(needed)
            )
    second = DRYNESS if "dryness" in given else TEMPERATURE
    state = (PRESSURE, ATMOSPHERE, second) if is_gauge(entry) else (PRESSURE, second)
    known = Quantity(Decimal(0), "kJ/kg")
    # Built once without the enthalpy, so that units and ranges of the state are checked before it is computed.
    checked = built(kind=heat_kind("C11.if97", *state), entry=with_enthalpy(entry, known), setting=setting)
    enthalpy = quantity_of(entry, checked.values(), second.name)
    return built(kind=heat_kind("C11.if97", *state), entry=with_enthalpy(entry, enthalpy), setting=setting)


def is_gauge(entry: Entry) -> bool:
    told = entry.choices.get("pressure_is", ABSOLUTE)
    if told not in (ABSOLUTE, GAUGE):
        raise BadChoice(
            f"Line {entry.id}: pressure is {ABSOLUTE} or {GAUGE}, not {told}.", line=entry.id, pressure_is=told
        )
    return told == GAUGE


def with_enthalpy(entry: Entry, enthalpy: Quantity) -> Entry:
    return replace(entry, values={**entry.values, "enthalpy": enthalpy})


def quantity_of(entry: Entry, values: dict[str, Decimal], second: str) -> Quantity:
    """The enthalpy with what pressure and temperature or dryness leave uncertain of it."""
    base = values.get("atmosphere", Decimal(0))
    found = enthalpy_of(entry, values["pressure"] + base, values[second], second)
    parts = []
    for name in ("pressure", second):
        half = entry.values[name].uncertainty
        if half is None:
            return Quantity(found, "kJ/kg")
        # Towards drier steam, so that a state beside the boiling curve does not fall into the water.
        moved = {**values, name: values[name] * (1 + half if name == "temperature" else 1 - half)}
        parts.append(enthalpy_of(entry, moved["pressure"] + base, moved[second], second) - found)
    total = LEDGER.sqrt(sum((part**2 for part in parts), Decimal(0)))
    return Quantity(found, "kJ/kg", LEDGER.divide(total, found))


def enthalpy_of(entry: Entry, pressure: Decimal, value: Decimal, name: str) -> Decimal:
    try:
        return enthalpy(pressure=pressure, **{name: value})
    except NoSteam as error:
        raise NoSteam(f"Line {entry.id}: {error}", line=entry.id, **error.details) from error


@lru_cache(maxsize=4096)
def enthalpy(*, pressure: Decimal, temperature: Decimal | None = None, dryness: Decimal | None = None) -> Decimal:
    """Specific enthalpy of steam [kJ/kg], rounded to two decimals.

    Args:
        pressure: absolute [MPa].
        temperature: [degC], of superheated steam; or `dryness`: share of vapour of wet or saturated steam, 0 to 1.

    Raises:
        NoSteam: water at that pressure and temperature, or outside IAPWS-IF97 (0.000611 to 100 MPa up to 800 degC, to 50 MPa up to
            2,000 degC).

    Special cases: above the critical pressure there is no boiling, so everything above the critical temperature counts
    as steam.
    Source: IAPWS R7-97(2012), as computed by the package CoolProp.
    """
    # Loading it takes a moment, which nobody without such a line should wait for.
    from CoolProp.CoolProp import PropsSI

    details = {"pressure": str(pressure), "temperature": str(temperature), "dryness": str(dryness)}
    pascal = float(pressure) * 1e6
    try:
        boiling = PropsSI("T", "P", pascal, "Q", 1.0, WATER) if pressure < CRITICAL_MPA else CRITICAL_K
        if dryness is not None and pressure < CRITICAL_MPA:
            return rounded(PropsSI("H", "P", pascal, "Q", float(dryness), WATER) / 1000.0)
        if temperature is None:
            raise NoSteam(f"At {pressure} MPa nothing boils, so there is no dryness.", **details)
        kelvin = float(temperature + KELVIN)
        if kelvin < boiling:
            raise NoSteam(
                f"At {pressure} MPa absolute water boils at {boiling - 273.15:.1f} degC, {temperature} degC is no steam; "
                "wet steam is given by its dryness.", **details,
            )  # fmt: skip
        if kelvin > HOTTEST_K or (kelvin > HOT_K and pressure > HOT_MPA):
            raise ValueError
        return rounded(PropsSI("H", "P", pascal, "T", kelvin, WATER) / 1000.0)
    except ValueError as error:
        raise NoSteam(f"{pressure} MPa absolute lies outside the equations of steam.", **details) from error


def rounded(value: float) -> Decimal:
    return Decimal(repr(float(value))).quantize(DIGITS, rounding=ROUND_HALF_EVEN)
