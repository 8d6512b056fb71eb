"""Physics of the plume against check values of the standards, hand calculations and conservation."""

from itertools import pairwise

import numpy as np
import pytest

from monitoring.tracing.domain.physics import amounts, puffs, rise, stability, wind
from monitoring.tracing.domain.physics.curves import GBT_ACROSS, GBT_UPWARD, GIFFORD_UPWARD
from monitoring.tracing.domain.physics.dispersion import Scheme, averaged, draxler, sigmas
from monitoring.tracing.domain.physics.plume import Losses, area_points, concentration, path_knots, vertical

# tracing notes 2.3: check values of GB/T 3840-91.
AT_500 = {"A": (115.1, 104.0), "B": (None, 51.0), "C": (None, 32.0), "D": (35.7, 17.8), "F": (17.9, 8.1)}


@pytest.mark.parametrize("name", AT_500)
def test_gbt_curves_give_the_check_values_at_500_m(name: str) -> None:
    sy, sz = sigmas(x=500.0, stability=stability.class_number(name=name), scheme=Scheme.GBT)

    if AT_500[name][0]:
        assert float(sy) == pytest.approx(AT_500[name][0], abs=0.06)
    assert float(sz) == pytest.approx(AT_500[name][1], abs=0.06)


def test_gbt_curves_give_the_check_values_at_2_km() -> None:
    found = [float(sigmas(x=2000.0, stability=c, scheme=Scheme.GBT)[1]) for c in (1.0, 3.0, 5.0)]

    assert found == pytest.approx([232.0, 48.8, 20.2], rel=0.003)


@pytest.mark.parametrize("table", [GBT_ACROSS, GBT_UPWARD, GIFFORD_UPWARD])
def test_every_break_of_a_power_law_is_continuous(table: tuple) -> None:
    for pieces in table:
        for (limit, a, g), (_, b, h) in pairwise(pieces):
            # The notes give 0.1 % for GB/T except two breaks of 0.9 %; ISC3 is printed with breaks of up to 2 %.
            tolerance = 0.01 if table is not GIFFORD_UPWARD else 0.025
            assert g * limit**a == pytest.approx(h * limit**b, rel=tolerance)


@pytest.mark.parametrize("scheme", Scheme)
@pytest.mark.parametrize("x", [50.0, 300.0, 1000.0, 3000.0])
def test_less_stable_air_spreads_more(scheme: Scheme, x: float) -> None:
    found = np.array([sigmas(x=x, stability=c, scheme=scheme) for c in sorted(stability.NAMES)])

    assert (np.diff(found[:, 0]) <= 1e-9).all()
    assert (np.diff(found[:, 1]) <= 1e-9).all()


@pytest.mark.parametrize(
    ("scheme", "number", "sy", "sz"),
    [  # by hand from the printed formulas at 1 km
        (Scheme.RURAL, 0, 220 / np.sqrt(1.1), 200.0),
        (Scheme.RURAL, 1, 160 / np.sqrt(1.1), 120.0),
        (Scheme.RURAL, 2, 110 / np.sqrt(1.1), 80 / np.sqrt(1.2)),
        (Scheme.RURAL, 3, 80 / np.sqrt(1.1), 60 / np.sqrt(2.5)),
        (Scheme.RURAL, 4, 60 / np.sqrt(1.1), 30 / 1.3),
        (Scheme.RURAL, 5, 40 / np.sqrt(1.1), 16 / 1.3),
        (Scheme.URBAN, 0, 320 / np.sqrt(1.4), 240 * np.sqrt(2.0)),
        (Scheme.URBAN, 2, 220 / np.sqrt(1.4), 200.0),
        (Scheme.URBAN, 3, 160 / np.sqrt(1.4), 140 / np.sqrt(1.3)),
        (Scheme.URBAN, 5, 110 / np.sqrt(1.4), 80 / np.sqrt(2.5)),
        (Scheme.GIFFORD, 3, 465.11628 * np.tan(np.radians(8.333)), 32.093),
        (Scheme.GIFFORD, 0, 465.11628 * np.tan(np.radians(24.167)), 453.85),
    ],
)
def test_curves_at_one_kilometre(scheme: Scheme, number: float, sy: float, sz: float) -> None:
    assert sigmas(x=1000.0, stability=number, scheme=scheme) == pytest.approx((sy, sz), rel=1e-6)


def test_draxler_and_averaging_time() -> None:
    assert draxler(time=300.0, sigma_v=0.5, sigma_w=0.3, elevated=False) == pytest.approx(
        (150 / 1.9, 90 / (1 + 0.9 * 6**0.5))
    )
    assert draxler(time=100.0, sigma_v=0.5, sigma_w=0.3, elevated=True)[1] == pytest.approx(30 / 1.945)
    assert averaged(sigma_y=10.0, minutes=60.0) == pytest.approx(10 * 2**0.2)
    assert averaged(sigma_y=10.0, minutes=240.0, from_minutes=60.0) == pytest.approx(10 * 4**0.3)


def test_angles_across_north() -> None:
    assert wind.turned(one=1.0, other=359.0) == pytest.approx(2.0)
    assert wind.turned(one=359.0, other=1.0) == pytest.approx(-2.0)
    assert wind.mean_bearing(speed=[2, 2], from_deg=[359, 1])[1] % 360 == pytest.approx(0.0, abs=1e-9)
    assert np.array(wind.downwind(east=100.0, north=0.0, from_deg=270.0)) == pytest.approx([100.0, 0.0], abs=1e-9)
    for bearing in (-1.0, 359.0):
        assert wind.downwind(east=0.0, north=-100.0, from_deg=bearing)[0] == pytest.approx(100 * np.cos(np.radians(1)))


def test_stability_from_sun_cloud_and_wind() -> None:
    # Summer noon at 120 E, 30 N: the sun stands 90 - 30 + 23.45 deg high; the declination is that of the solstice.
    sun = stability.solar_height(day_of_year=172, beijing_hour=12.0, latitude=30.0, longitude=120.0)
    assert float(sun) == pytest.approx(83.4, abs=0.2)
    assert float(stability.solar_height(day_of_year=172, beijing_hour=0.0, latitude=30.0, longitude=120.0)) < 0
    assert stability.radiation_level(
        solar_deg=[83, -5, 83, 50], total_cloud=[2, 2, 9, 6], low_cloud=[1, 1, 9, 6]
    ).tolist() == [3, -2, 0, 0]
    assert stability.pasquill(speed=[1.5, 1.5, 4.0, 7.0], radiation=[3, -2, 1, 3]).tolist() == [0.0, 5.0, 2.0, 3.0]
    assert stability.from_obukhov(inverse_length=[-0.2, -0.1, -0.03, 0.0, 0.03, 0.1]).tolist() == [0, 1, 2, 3, 4, 5]
    assert stability.shifted(stability=[0, 2, 3, 5], surroundings="industrial").tolist() == [0, 1, 2, 4]
    with pytest.raises(stability.UnknownClass):
        stability.class_number(name="G")


def test_plume_rise_check_values() -> None:
    # 1013 hPa, 100 m3/s at 400 K, air at 280 K: 10,637 kJ/s (a public page with the pressure in kPa is ten times wrong).
    diameter = 2.0
    stack = rise.Exit(diameter=diameter, velocity=100 / (np.pi / 4 * diameter**2), temperature=400.0)
    assert rise.heat_rate(exit=stack, air_temperature=280.0, pressure=101300.0) == pytest.approx(10637, rel=1e-4)
    strong = rise.gbt(exit=stack, height=60.0, speed=4.0, stability=3.0, air_temperature=280.0, pressure=101300.0)
    assert strong == pytest.approx(0.332 * 10636.5**0.6 * 60**0.4 / 4, rel=1e-4)
    # Briggs by hand: F = 9.81 x 10 x 4 x 100 / (4 x 400) = 24.525; 21.425 x 24.525^.75 / 5.
    small = rise.Exit(diameter=2.0, velocity=10.0, temperature=400.0)
    assert float(rise.briggs(exit=small, speed=5.0, stability=3.0, air_temperature=300.0)) == pytest.approx(
        21.425 * 24.525**0.75 / 5
    )
    assert float(rise.downwash(exit=small, speed=20.0)) == pytest.approx(2 * 2 * (0.5 - 1.5))


@pytest.mark.parametrize("lid", [None, 400.0])
def test_flux_through_a_plane_downwind_is_the_rate(lid: float | None) -> None:
    y, z = np.linspace(-800, 800, 801)[:, None], np.linspace(0, lid or 900, 901)[None, :]
    for x in (200.0, 1500.0):
        c = concentration(x=x, y=y, receptor=z, height=30.0, speed=3.0, stability=2.0, scheme=Scheme.GBT, lid=lid)
        flux = 3.0 * np.trapezoid(np.trapezoid(c, z[0], axis=1), y[:, 0])
        assert flux == pytest.approx(1.0, rel=0.01)


def test_ground_doubles_and_the_lid_mixes() -> None:
    assert float(vertical(sigma_z=10.0, height=0.0, receptor=0.0)) == pytest.approx(2.0)
    assert float(vertical(sigma_z=2000.0, height=10.0, receptor=2.0, lid=500.0)) == pytest.approx(
        np.sqrt(2 * np.pi) * 4
    )
    just_below = float(vertical(sigma_z=799.0, height=10.0, receptor=2.0, lid=500.0))
    assert just_below == pytest.approx(np.sqrt(2 * np.pi) * 799 / 500, rel=0.01)
    assert float(vertical(sigma_z=50.0, height=600.0, receptor=2.0, lid=500.0)) == 0.0


def test_reciprocity_upwind_and_losses() -> None:
    common = {"y": 20.0, "speed": 3.0, "stability": 3.0, "scheme": Scheme.GBT}
    assert concentration(x=300.0, receptor=2.0, height=25.0, **common) == pytest.approx(
        concentration(x=300.0, receptor=25.0, height=2.0, **common)
    )
    assert float(concentration(x=-300.0, receptor=2.0, height=25.0, **common)) == 0.0
    whole = concentration(x=600.0, receptor=2.0, height=2.0, **common)
    halved = concentration(x=600.0, receptor=2.0, height=2.0, losses=Losses(decay=np.log(2) / 200.0), **common)
    assert halved / whole == pytest.approx(0.5)
    settled = concentration(x=600.0, receptor=2.0, height=2.0, losses=Losses(settling=0.01), **common) / whole
    assert 0.8 < float(settled) < 1.0


def test_area_source_as_points_and_as_virtual_point_agree_far_away() -> None:
    common = {"receptor": 2.0, "height": 2.0, "speed": 3.0, "stability": 3.0, "scheme": Scheme.GBT}
    tiles = area_points(east=0.0, north=0.0, width=80.0, depth_north=80.0, side=5)
    summed = np.mean([concentration(x=800.0 - e, y=-n, **common) for e, n in tiles])

    assert float(concentration(x=800.0, y=0.0, width=80.0, **common)) == pytest.approx(summed, rel=0.05)
    assert len(path_knots(start=(0, 0, 2), end=(100, 0, 2))) == 20


@pytest.mark.parametrize("distance", [120.0, 300.0, 600.0])
def test_puffs_agree_with_the_plume_in_steady_wind(distance: float) -> None:
    minutes = 90
    found = puffs.responses(
        sources=[[0.0, 0.0, 5.0]], receptors=[[0.0, distance, 2.0]], speed=np.full(minutes, 3.0), from_deg=np.full(minutes, 180.0),
        stability=np.full(minutes, 3.0), scheme=Scheme.GBT, wanted=[80], puff_step=2.0,
    )  # fmt: skip
    plume = concentration(x=distance, y=0.0, receptor=2.0, height=5.0, speed=3.0, stability=3.0, scheme=Scheme.GBT)

    assert found[0, 0, 0] == pytest.approx(float(plume), rel=0.05)


def test_puffs_start_and_stop_and_are_chosen_where_wind_is_low_or_veers() -> None:
    on = (np.arange(60) >= 10) & (np.arange(60) < 20)
    found = puffs.responses(
        sources=[[0.0, 0.0, 2.0]], receptors=[[300.0, 0.0, 2.0]], speed=np.full(60, 1.0), from_deg=np.full(60, 270.0),
        stability=np.full(60, 3.0), scheme=Scheme.GBT, wanted=np.arange(60), puff_step=10.0, released=on,
    )[:, 0, 0]  # fmt: skip
    assert found[:12].max() < 1e-3 * found.max()  # 300 m at 1 m/s: five minutes
    assert found[15:25].min() > 0.2 * found.max()
    assert found[35:].max() < 1e-3 * found.max()
    speed, bearing = np.full(60, 3.0), np.full(60, 350.0)
    speed[5], bearing[40:] = 1.0, 50.0
    chosen = puffs.where_puffs(speed=speed, from_deg=bearing, reach=600.0)
    assert chosen[5]
    assert chosen[40:43].any()
    assert not chosen[10:35].any()


def test_units_by_species_temperature_and_pressure() -> None:
    # 1 ppm of benzene at 25 degrees and one atmosphere: 78.114 / 24.465 = 3.193 mg/m3.
    found = amounts.to_density(value=1.0, unit="ppm", mass=78.114, temperature=298.15, pressure=101325.0)
    assert float(found) == pytest.approx(3.193e-6, rel=1e-3)
    assert float(
        amounts.to_density(value=5.0, unit="ug/m3", mass=None, temperature=280.0, pressure=9e4)
    ) == pytest.approx(5e-9)
    reference = amounts.to_density(
        value=1.0, unit="mg/m3", mass=None, temperature=273.15, pressure=101325.0, state=amounts.State.REFERENCE
    )
    assert float(reference) == pytest.approx(1e-6 * 298.15 / 273.15)
    back = amounts.from_density(value=found, unit="ppb", mass=78.114, temperature=298.15, pressure=101325.0)
    assert float(back) == pytest.approx(1000.0)
    assert float(amounts.to_rate(value=3.6, unit="kg/h")) == pytest.approx(1e-3)
    with pytest.raises(amounts.UnknownUnit):
        amounts.to_rate(value=1.0, unit="lb/h")
    with pytest.raises(amounts.UnknownSpecies):
        amounts.molar_mass(substance="unobtainium")
