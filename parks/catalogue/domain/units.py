"""Conversion of units at the border: what a logger reports to what the catalogue keeps."""

import re
from functools import cache

import pint

from parks.catalogue.domain.errors import Invalid

MOLAR_VOLUME_L_PER_MOL = 22.4  # of the ideal gas at 273 K and 101,325 Pa, as HJ 75 rounds it
PARTS = {"ppm": 1.0, "umol/mol": 1.0, "ppb": 1e-3, "nmol/mol": 1e-3}
MASS_PER_VOLUME = "mg/m3"


class WrongUnit(Invalid):
    """The unit is unknown, or of another dimension than the factor's."""

    code = "unit.dimension"


@cache
def registry() -> pint.UnitRegistry[float]:
    return pint.UnitRegistry(autoconvert_offset_to_baseunit=False)


def scale_between(*, reported: str, kept: str, molar_mass: float | None = None) -> float:
    """Factor by which a reported number is multiplied to stand in the unit that is kept.

    Args:
        reported, kept: units as loggers and the catalogue write them, for example "L/s", "m3/h", "ppm", "mg/m3".
        molar_mass: of the substance [g/mol]; needed from ppm or ppb to a mass concentration.

    Raises:
        WrongUnit: unknown unit, other dimension, or a scale with an offset (temperatures in other units).
    """
    if reported == kept:
        return 1.0
    if reported in PARTS and kept not in PARTS:
        if molar_mass is None:
            raise WrongUnit(
                f"{reported} needs the molar mass of the factor, which the catalogue does not have.",
                reported_unit=reported,
            )
        mass = PARTS[reported] * molar_mass / MOLAR_VOLUME_L_PER_MOL
        return mass * scale_between(reported=MASS_PER_VOLUME, kept=kept)
    units = registry()
    try:
        one, other = units.Unit(spelled(reported)), units.Unit(spelled(kept))
        return float(units.Quantity(1.0, one).to(other).magnitude)
    except (pint.errors.PintError, ValueError, TypeError, AttributeError, AssertionError) as error:
        raise WrongUnit(f"{reported} cannot be converted to {kept}.", reported_unit=reported) from error


def spelled(unit: str) -> str:
    """A unit as pint spells it: m3 is a cubic metre, and a litre is no lumen."""
    return re.sub(r"(?<=[a-zA-Z])([23])(?![0-9])", r"**\1", unit.replace("℃", "degC").replace("µ", "u"))
