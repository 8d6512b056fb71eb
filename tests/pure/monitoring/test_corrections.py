"""Corrections of HJ 212-2017 annex D; every number below is worked by hand from its formula."""

import numpy as np
import pytest

from monitoring.series.domain import corrections as c


def test_standard_state() -> None:
    # 100 x 101325 / (100000 + 325) x (273 + 91) / 273 = 100 x 1.0099676 x 1.3333333
    found = c.to_standard_state(concentration=100.0, barometric_pa=100_000.0, static_pa=325.0, stack_c=91.0)

    assert found == pytest.approx(134.66235, rel=1e-6)


def test_dry_basis() -> None:
    assert c.to_dry(concentration=90.0, moisture_percent=10.0) == pytest.approx(100.0)


def test_ppm_of_sulphur_dioxide() -> None:
    # 100 ppm x 64.06 / 22.4 = 285.98 mg/m3
    assert c.ppm_to_mg(ppm=100.0, molar_mass=64.06) == pytest.approx(285.982, abs=1e-3)


def test_nitrogen_oxides_as_dioxide() -> None:
    # 60 x 46 / 30 + 10 = 102
    assert c.nox_as_no2(no=60.0, no2=10.0) == pytest.approx(102.0)


@pytest.mark.parametrize(
    ("concentration", "o2", "reference", "expected"),
    [
        (30.0, 6.0, 6.0, 30.0),  # at the reference nothing changes
        (30.0, 11.0, 6.0, 45.0),  # 30 x 15 / 10
        (50.0, 1.0, 11.0, 25.0),  # 50 x 10 / 20
        (10.0, 19.0, 3.0, 90.0),  # 10 x 18 / 2, the last oxygen that counts
    ],
)
def test_reference_oxygen(concentration: float, o2: float, reference: float, expected: float) -> None:
    found = c.to_reference_o2(
        concentration=np.array([concentration]), o2=np.array([o2]), reference=np.array([reference])
    )

    assert found[0] == pytest.approx(expected)


@pytest.mark.parametrize("o2", [19.01, 20.9, 21.0, 25.0, float("nan")])
def test_no_conversion_near_the_oxygen_of_air(o2: float) -> None:
    found = c.to_reference_o2(concentration=np.array([10.0]), o2=np.array([o2]), reference=np.array([3.0]))

    assert np.isnan(found[0])


def test_flow_of_a_stack() -> None:
    # 3600 x 3 m2 x 10 m/s x 0.9 = 97,200 m3/h
    assert c.flow_at_stack(velocity_m_per_s=10.0, area_m2=3.0, field_factor=0.9) == pytest.approx(97_200.0)


def test_flow_at_standard_state() -> None:
    # 97200 x 273/(273+91) x 1 x (1 - 0.1) = 65,610 m3/h
    found = c.flow_at_standard_state(
        flow_m3_per_h=97_200.0, stack_c=91.0, barometric_pa=101_325.0, static_pa=0.0, moisture_percent=10.0
    )

    assert found == pytest.approx(65_610.0)


def test_rates_and_loads() -> None:
    assert c.air_rate_kg_per_h(concentration_mg_m3=20.0, flow_m3_per_h=100_000.0) == pytest.approx(2.0)
    assert c.water_load_kg(concentration_mg_l=50.0, volume_m3=200.0) == pytest.approx(10.0)
