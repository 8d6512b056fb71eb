"""Units of the ledger, exact in decimals and case-sensitive: MWh is not mWh, Mt is not mt.

The catalogue's converter works in floating point; the statutory ledger may not, so it has this small table of its own.
"""

from decimal import Decimal

from parks.catalogue.domain.errors import Invalid


class WrongDimension(Invalid):
    """The unit is unknown, or of another dimension than the quantity needs."""

    code = "unit.dimension"


# unit -> (dimension, how many base units it is)
UNITS: dict[str, tuple[str, Decimal]] = {
    name: (dimension, Decimal(scale))
    for dimension, row in {
        "mass": {"t": "1", "kg": "0.001", "g": "0.000001", "kt": "1000", "Mt": "1000000", "1e4 t": "10000"},
        "gas volume": {"1e4 Nm3": "1", "Nm3": "0.0001", "1e3 Nm3": "0.1", "1e8 Nm3": "10000"},
        "volume": {"m3": "1", "L": "0.001", "1e4 m3": "10000"},
        "energy": {"GJ": "1", "MJ": "0.001", "TJ": "1000", "kWh": "0.0036", "MWh": "3.6", "GWh": "3600", "1e4 kWh": "36"},
        "fraction": {"1": "1", "%": "0.01"},
        "time": {"h": "1", "min": "0.0166666666666666666666666666666667", "d": "24"},
        "gas flow": {"Nm3/h": "1", "1e4 Nm3/h": "10000"},
        "concentration": {"kg/m3": "1", "g/L": "1", "mg/L": "0.001", "g/m3": "0.001"},
        "gas concentration": {"g/Nm3": "1", "mg/Nm3": "0.001"},
        "temperature": {"degC": "1"},
        "pressure": {"MPa": "1", "kPa": "0.001", "bar": "0.1", "Pa": "0.000001"},  # absolute or gauge is a choice of the line
        "enthalpy": {"kJ/kg": "1", "MJ/t": "1"},
        "carbon per heat": {"tC/GJ": "1", "tC/TJ": "0.001"},
        "carbon per mass": {"tC/t": "1", "kgC/t": "0.001", "kgC/kg": "1"},
        "carbon per gas volume": {"tC/1e4 Nm3": "1"},
        "heat per mass": {"GJ/t": "1", "MJ/kg": "1", "kJ/kg fuel": "0.001", "MJ/t fuel": "0.001"},
        "heat per gas volume": {"GJ/1e4 Nm3": "1", "MJ/Nm3": "10", "kJ/m3": "0.01"},
        "carbon dioxide per power": {"tCO2/MWh": "1", "kgCO2/kWh": "1"},
        "carbon dioxide per heat": {"tCO2/GJ": "1", "kgCO2/GJ": "0.001"},
    }.items()
    for name, scale in row.items()
}  # fmt: skip


def converted(*, value: Decimal, given: str, needed: str, name: str = "") -> Decimal:
    """A value in the unit that an equation needs. An empty unit, or the same one, is taken as it is.

    Args:
        value: the number as it was given.
        given, needed: units; `name` is what the error message calls the quantity.

    Raises:
        WrongDimension: unknown unit, or one of another dimension.
    """
    if given in ("", needed):
        return value
    one, other = UNITS.get(given), UNITS.get(needed)
    if one is None or other is None or one[0] != other[0]:
        raise WrongDimension(
            f"{name or 'The quantity'} is given in {given}, which cannot be converted to {needed}.",
            field=name, given=given, needed=needed,
        )  # fmt: skip
    return value * one[1] / other[1]


def dimension_of(unit: str) -> str:
    """Dimension of a unit; an unknown unit is a dimension of its own."""
    return UNITS[unit][0] if unit in UNITS else unit
