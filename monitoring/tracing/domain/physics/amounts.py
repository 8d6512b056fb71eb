"""Units at the border: concentrations to kg/m3 and rates to kg/s by species, temperature and pressure."""

from enum import Enum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from parks.catalogue.domain.errors import Invalid

Floats = NDArray[np.float64]

GAS = 8.314462618  # [J/(mol K)]
NORMAL_TEMPERATURE, NORMAL_PRESSURE = 298.15, 101325.0  # reference state of GB 3095-2012

# Molar masses [g/mol] from the standard atomic weights; keys are lower-case names, formulas and CAS-like short names.
MOLAR_MASS = {
    "methane": 16.043, "ch4": 16.043, "ammonia": 17.031, "nh3": 17.031, "hydrogen sulfide": 34.08, "h2s": 34.08,
    "carbon monoxide": 28.010, "co": 28.010, "carbon dioxide": 44.009, "co2": 44.009, "sulfur dioxide": 64.06, "so2": 64.06,
    "nitrogen dioxide": 46.006, "no2": 46.006, "nitric oxide": 30.006, "no": 30.006, "nox": 46.006, "ozone": 47.998, "o3": 47.998,
    "chlorine": 70.90, "cl2": 70.90, "hydrogen chloride": 36.46, "hcl": 36.46, "hydrogen fluoride": 20.006, "hf": 20.006,
    "hydrogen cyanide": 27.026, "hcn": 27.026, "phosgene": 98.91, "ethylene": 28.054, "propylene": 42.081, "ethane": 30.070,
    "propane": 44.097, "butane": 58.124, "1,3-butadiene": 54.092, "benzene": 78.114, "toluene": 92.141, "xylene": 106.168,
    "xylenes": 106.168, "ethylbenzene": 106.168, "styrene": 104.152, "methanol": 32.042, "acetone": 58.080,
    "formaldehyde": 30.026, "vinyl chloride": 62.50, "acrylonitrile": 53.064, "ethylene oxide": 44.053, "chloroform": 119.38,
    "dichloromethane": 84.93, "carbon disulfide": 76.14, "cs2": 76.14, "methanethiol": 48.11, "dimethyl sulfide": 62.14,
    "sf6": 146.06, "nmhc": 16.043, "voc": 16.043,
}  # fmt: skip
_MASS_UNITS = {"kg/m3": 1.0, "g/m3": 1e-3, "mg/m3": 1e-6, "ug/m3": 1e-9, "µg/m3": 1e-9, "μg/m3": 1e-9, "ng/m3": 1e-12}
_VOLUME_UNITS = {"ppm": 1e-6, "ppb": 1e-9, "ppt": 1e-12, "%": 1e-2}
_RATE_UNITS = {
    "kg/s": 1.0,
    "g/s": 1e-3,
    "mg/s": 1e-6,
    "kg/h": 1 / 3600,
    "g/h": 1e-3 / 3600,
    "t/a": 1000 / (365 * 86400),
    "g/min": 1e-3 / 60,
}


class UnknownUnit(Invalid):
    """The unit is not known here."""

    code = "tracing.unknown_unit"


class UnknownSpecies(Invalid):
    """A volume share needs the molar mass of the species; give `molar_mass`."""

    code = "tracing.unknown_species"


class State(Enum):
    """State of the gas that a mass concentration refers to."""

    ACTUAL = "actual"
    REFERENCE = "reference"  # 298.15 K and 101,325 Pa


def molar_mass(*, substance: str) -> float:
    """Molar mass [g/mol].

    Raises:
        UnknownSpecies: the substance is not in the list.

    Special cases: `nmhc` and `voc` count as carbon in methane's mass, as HJ 38 and HJ 604 report them.
    """
    try:
        return MOLAR_MASS[substance.strip().lower()]
    except KeyError:
        raise UnknownSpecies(substance=substance) from None


def to_density(
    *, value: ArrayLike, unit: str, mass: float | None, temperature: float, pressure: float, state: State = State.ACTUAL
) -> Floats:  # fmt: skip
    """Concentration in kg/m3 of the air as it is.

    Args:
        value: any shape; unit: ppm, ppb, ppt, %, or a mass per cubic metre.
        mass: molar mass [g/mol], needed for volume shares; temperature: [K]; pressure: [Pa] of the air.
        state: what a mass concentration refers to.

    Raises:
        UnknownUnit: the unit is not known; UnknownSpecies: a volume share without a molar mass.
    """
    name, given = unit.strip().lower().replace("³", "3"), np.asarray(value, dtype=float)
    if name in _MASS_UNITS:
        scale = _MASS_UNITS[name]
        if state is State.REFERENCE:
            scale *= pressure / NORMAL_PRESSURE * NORMAL_TEMPERATURE / temperature
        return given * scale
    if name not in _VOLUME_UNITS:
        raise UnknownUnit(unit=unit)
    if mass is None:
        raise UnknownSpecies(unit=unit)
    return given * _VOLUME_UNITS[name] * mass * 1e-3 * pressure / (GAS * temperature)


def from_density(*, value: ArrayLike, unit: str, mass: float | None, temperature: float, pressure: float) -> Floats:
    """A concentration in kg/m3 of the actual air in another unit; raises as `to_density` does."""
    one = to_density(value=1.0, unit=unit, mass=mass, temperature=temperature, pressure=pressure)
    return np.asarray(value, dtype=float) / float(one)


def to_rate(*, value: ArrayLike, unit: str) -> Floats:
    """A rate in kg/s.

    Raises:
        UnknownUnit: not one of kg/s, g/s, mg/s, kg/h, g/h, g/min, t/a.
    """
    try:
        return np.asarray(value, dtype=float) * _RATE_UNITS[unit.strip().lower()]
    except KeyError:
        raise UnknownUnit(unit=unit) from None


def from_rate(*, value: ArrayLike, unit: str) -> Floats:
    """A rate given in kg/s in another unit; raises as `to_rate` does."""
    return np.asarray(value, dtype=float) / float(to_rate(value=1.0, unit=unit))
