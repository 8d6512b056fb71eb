"""Standard state, dry basis, reference oxygen, NOx, ppm and flow. Formulas of HJ 212-2017 annex D and HJ 75-2017.

Units: concentrations mg/m3, temperatures degC, pressures Pa, moisture and oxygen as volume share in %, flows m3/h.
"""

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64] | float

STANDARD_PRESSURE_PA = 101_325.0
ZERO_C_K = 273.0  # as the standard rounds it
MOLAR_VOLUME_L = 22.4
AIR_O2 = 21.0
SMALLEST_O2_GAP = 2.0  # with oxygen above 19 % the conversion explodes: the plant does not run


def to_standard_state(
    *, concentration: Numbers, barometric_pa: Numbers, static_pa: Numbers, stack_c: Numbers
) -> Numbers:
    """Concentration at 273 K and 101,325 Pa of one measured at stack conditions."""
    return concentration * STANDARD_PRESSURE_PA / (barometric_pa + static_pa) * (ZERO_C_K + stack_c) / ZERO_C_K


def to_dry(*, concentration: Numbers, moisture_percent: Numbers) -> Numbers:
    """Dry-basis concentration of a wet one."""
    return concentration / (1.0 - np.asarray(moisture_percent) / 100.0)


def ppm_to_mg(*, ppm: Numbers, molar_mass: float) -> Numbers:
    """mg/m3 at standard state of a volume share in ppm."""
    return ppm * molar_mass / MOLAR_VOLUME_L


def nox_as_no2(*, no: Numbers, no2: Numbers) -> Numbers:
    """NOx as NO2 of NO and NO2 mass concentrations."""
    return no * 46.0 / 30.0 + no2


def to_reference_o2(
    *, concentration: NDArray[np.float64], o2: NDArray[np.float64], reference: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Concentration converted to reference oxygen: C x (21 - reference) / (21 - measured).

    Special cases: NaN where oxygen is unknown, where there is no reference, or where measured oxygen comes within two
    points of that of air, because the factor has no meaning there.
    """
    gap = AIR_O2 - o2
    with np.errstate(invalid="ignore", divide="ignore"):
        converted = concentration * (AIR_O2 - reference) / gap
        return np.where(gap >= SMALLEST_O2_GAP, converted, np.nan)


def flow_at_stack(*, velocity_m_per_s: Numbers, area_m2: Numbers, field_factor: Numbers = 1.0) -> Numbers:
    """Wet flow at stack conditions [m3/h] of the pitot velocity, duct area and velocity field factor."""
    return 3600.0 * velocity_m_per_s * area_m2 * field_factor


def flow_at_standard_state(
    *, flow_m3_per_h: Numbers, stack_c: Numbers, barometric_pa: Numbers, static_pa: Numbers, moisture_percent: Numbers
) -> Numbers:
    """Dry flow at standard state [m3/h]."""
    pressure = (barometric_pa + static_pa) / STANDARD_PRESSURE_PA
    return flow_m3_per_h * ZERO_C_K / (ZERO_C_K + stack_c) * pressure * (1.0 - np.asarray(moisture_percent) / 100.0)


def air_rate_kg_per_h(*, concentration_mg_m3: Numbers, flow_m3_per_h: Numbers) -> Numbers:
    """Emission rate of the dry measured (not converted) concentration and the dry flow."""
    return concentration_mg_m3 * flow_m3_per_h * 1e-6


def water_load_kg(*, concentration_mg_l: Numbers, volume_m3: Numbers) -> Numbers:
    """Load of a volume of wastewater."""
    return concentration_mg_l * volume_m3 * 1e-3
