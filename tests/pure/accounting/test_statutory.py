"""The statutory ledger against numbers worked by hand or printed in a source."""

from decimal import Decimal, localcontext
from fractions import Fraction

import pytest

from accounting.carbon.domain.energy import Certificate
from accounting.carbon.domain.equations import EQUATIONS
from accounting.carbon.domain.inventory import inventory
from accounting.carbon.domain.kinds import Entry
from accounting.carbon.domain.ledger import computed
from accounting.carbon.domain.measured import Flag, cross_check
from accounting.carbon.domain.methods import METHODS, UnknownMethod, method_of
from accounting.carbon.domain.units import WrongDimension, converted
from parks.catalogue.domain.errors import PlatformError
from tests.pure.accounting.making import LIBRARY, about, book, entry, line_of, q, setting, totals

NITRIC = entry("nitric_acid", {"amount": q("100", "kt")}, technology="dual")


@pytest.mark.parametrize(("gwp_set", "co2e"), [("SAR", 248_000), ("AR4", 238_400), ("AR5", 212_000), ("AR6", 218_400)])
def test_dual_pressure_nitric_acid_by_set_of_warming_potentials(gwp_set: str, co2e: int) -> None:
    assert totals(NITRIC, gwp_set=gwp_set).total == co2e


@pytest.mark.parametrize(("method", "tonnes"), [("CN-CHEM-2013", "2.3253068520"), ("GBT-32151.10-2023", "3.182851056")])
def test_a_tonne_of_lng_by_edition(method: str, tonnes: str) -> None:
    assert line_of(entry("combustion", {"amount": q("1")}, fuel="lng"), method=method).tonnes == Decimal(tonnes)


def test_the_european_ratio_is_lower_by_0_073_percent() -> None:
    values = {"amount": q("1000"), "carbon": q("0.75"), "of": q("1")}
    ours, theirs = (line_of(entry("combustion", values), method=m).tonnes for m in ("CN-CHEM-2013", "CBAM-2025"))

    assert (ours, theirs) == (2750, 2748)
    assert (theirs / ours - 1) * 100 == about("-0.073", 3)


def test_abatement_counts_only_while_it_is_on_stream() -> None:
    values = {"amount": q("1000"), "eta": q("0.85"), "mu": q("0.9")}
    assert line_of(entry("nitric_acid", values, technology="high")).tonnes == Decimal("13.9") * (1 - Decimal("0.765"))
    # The device alone is not enough: its share of time must be given.
    refused = book(entry("nitric_acid", {"amount": q("1000")}, technology="high", abatement="nscr")).refused
    assert refused[0].error.code == "factor.unknown"


def test_adipic_acid_by_the_ipcc_factor_gives_79_5_tonnes_a_tonne() -> None:
    # 300 kg/t x 265, published in a factor library.
    one = entry("adipic_acid", {"amount": q("1")}, technology="ipcc")
    assert totals(one, gwp_set="AR5").total == Decimal("79.5")


def test_adipic_acid_with_catalytic_abatement() -> None:
    one = entry("adipic_acid", {"amount": q("1000")}, abatement="catalytic")
    assert line_of(one).tonnes == 293 * (1 - Decimal("0.925") * Decimal("0.89"))


def test_silicon_carbide_weighs_its_methane_as_methane() -> None:
    # A maintained library publishes 5.787 = 2.62 + 0.0116 x 273, the potential of N2O on a CH4 factor.
    carbide = {"process": "silicon_carbide"}
    both = [
        entry("process_factor", {"amount": q("1")}, id="a", **carbide),
        entry("process_factor", {"amount": q("1")}, id="b", parameter="EF_CH4", **carbide),
    ]
    assert totals(*both, gwp_set="AR6").total == Decimal("2.62") + Decimal("0.0116") * Decimal("27.9")


@pytest.mark.parametrize(
    ("one", "tonnes"),
    [
        (entry("carbonate", {"amount": q("100"), "purity": q("90", "%")}, substance="CaCO3"), "39.573"),
        (entry("hcfc22", {"amount": q("1000"), "destroyed": q("10")}), "20"),
        (entry("recovery", {"volume": q("1"), "purity": q("1")}), "-19.7"),
        (entry("hot_water", {"mass": q("1000"), "temperature": q("70")}), "23.0274"),
        (entry("steam", {"mass": q("1000"), "enthalpy": q("2783.74")}), "297"),
        (entry("wastewater_nitrous", {"nitrogen": q("1000")}), "0.0251"),
        (entry("measured_share", {"share": q("12.5", "%"), "flow": q("800000"), "hours": q("8000")}), "1571428.5714"),
        (entry("measured_mass", {"concentration": q("200"), "flow": q("100000"), "hours": q("24")}), "480"),
        (entry("flare_accident", {"flow": q("1"), "hours": q("2")}, plant="petrochemical"), "115.5"),
    ],
)  # fmt: skip
def test_single_lines_by_hand(one: Entry, tonnes: str) -> None:
    method = "CN-PETRO-2014" if one.kind.startswith("flare") else "CN-CHEM-2013"
    assert line_of(one, method=method).tonnes == about(tonnes)


def test_wastewater_methane() -> None:
    # W 10,000 m3 x (3.0 - 0.5) kg/m3 x 0.25 x 0.8 = 5,000 kg, less 0.1e4 Nm3 x 0.6 x 7.17 t.
    values = {
        "water": q("10000"),
        "cod_in": q("3"),
        "cod_out": q("500", "mg/L"),
        "recovered": q("1000", "Nm3"),
        "purity": q("0.6"),
    }
    assert line_of(entry("wastewater_methane", values, treatment="anaerobic_reactor")).tonnes == Decimal("5") - Decimal(
        "0.4302"
    )


def test_incineration_without_measured_carbon_shows_both_routes_and_counts_neither() -> None:
    found = book(entry("incineration", {"amount": q("10000")}, waste="hazardous"))

    assert found.lines == ()
    assert not found.complete
    assert found.bounds[0].high == about("14666.6667")
    assert found.bounds[0].low == Decimal("320.1")


def test_incineration_with_measured_carbon_counts() -> None:
    values = {"amount": q("1000"), "ccw": q("0.3"), "fcf": q("0.9"), "of": q("0.97")}
    assert line_of(entry("incineration", values, waste="hazardous")).tonnes == about("960.3")


def test_feedstock_balance_by_hand() -> None:
    # (1,000 x 0.8563 - 1,000 x 0.5453 - 10 x 0.9) x 44/12
    rows = {
        "feed": ({"amount": q("1000"), "substance": q("0")},), "product": ({"amount": q("1000"), "carbon": q("0.5453")},),
        "other": ({"amount": q("10"), "carbon": q("0.9")},),
    }  # fmt: skip
    feed = {**rows["feed"][0], "carbon": q("0.8563")}
    found = line_of(Entry("x", "feedstock", {}, {}, {**rows, "feed": (feed,)}))

    assert found.tonnes == about("1107.3333")


def test_sold_energy_is_subtracted_and_the_total_may_be_negative() -> None:
    found = totals(entry("heat", {"bought": q("100"), "sold": q("1000")}))

    assert found.total == Decimal("-99")
    assert found.ghg_scopes["2 location"] == 11


def test_a_filed_report_is_netted_by_the_guide_and_not_by_the_protocol() -> None:
    # A filed report of 2020: 763,203 + 360,440 - 459,746 = 663,897; scope 1 of the same site is 1,123,643.
    burnt = entry("process_factor", {"amount": q("763203"), "ef": q("1")}, id="a")
    process = entry("process_factor", {"amount": q("360440"), "ef": q("1")}, id="b")
    energy = entry("heat", {"sold": q("459746"), "ef": q("1")}, id="c")

    found = totals(burnt, process, energy)

    assert (found.total, found.ghg_scopes["1"]) == (663_897, 1_123_643)


def test_biogenic_carbon_stays_outside() -> None:
    found = totals(entry("combustion", {"amount": q("12"), "carbon": q("0.5"), "of": q("1")}, biogenic=True))

    assert (found.total, found.biogenic_co2) == (0, 22)


def test_a_measured_stack_is_a_check_and_no_second_emission() -> None:
    values = {"concentration": q("200"), "flow": q("1000000"), "hours": q("1")}

    assert totals(entry("measured_mass", values)).total == 0
    assert totals(entry("measured_mass", values, route="measured")).total == 200


def power(*, period: str = "2023", region: str = "shandong", certificates: tuple[Certificate, ...] = ()) -> object:
    one = entry("electricity", {"bought": q("1000")}, region=region)
    return computed(entries=[one], setting=setting(period=period), certificates={"x": certificates})


def test_location_and_market_view_of_bought_power() -> None:
    proven = Certificate("GEC-1", Decimal(400), "trade", "wind", "hash")
    used = setting()
    found = power(certificates=(proven,))
    total = inventory(lines=found.lines, method=used.method, library=LIBRARY)  # type: ignore[attr-defined]

    assert total.ghg_scopes["2 location"] == Decimal("619.1")
    assert total.ghg_scopes["2 market"] == 600 * Decimal("0.6096")
    assert total.total == Decimal("619.1")


@pytest.mark.parametrize(
    ("certificates", "code"),
    [
        ((Certificate("c", Decimal(1), "a", "b", "p"),) * 2, "energy.certificate_twice"),
        ((Certificate("c", Decimal(1), "a", "b", ""),), "energy.certificate_without_proof"),
        ((Certificate("c", Decimal(2000), "a", "b", "p"),), "energy.more_certified_than_bought"),
    ],
)
def test_bad_certificates(certificates: tuple[Certificate, ...], code: str) -> None:
    found = power(certificates=certificates)

    assert [r.error.code for r in found.refused] == [code]  # type: ignore[attr-defined]


def test_a_certificate_is_retired_once_across_ledgers() -> None:
    proven = Certificate("GEC-1", Decimal(400), "trade", "wind", "hash")
    one = entry("electricity", {"bought": q("1000")}, region="shandong")
    first = computed(entries=[one], setting=setting(), certificates={"x": (proven,)})

    second = computed(entries=[one], setting=setting(), certificates={"x": (proven,)}, retired=first.retired)

    assert second.refused[0].error.code == "energy.certificate_twice"


@pytest.mark.parametrize(
    ("one", "code"),
    [
        (entry("combustion", {"amount": q("1")}, fuel="unobtainium"), "factor.unknown"),
        (entry("combustion", {"amount": q("1", "Nm3")}, fuel="lng"), "unit.dimension"),
        (entry("combustion", {"amount": q("-1")}, fuel="lng"), "line.negative"),
        (entry("carbonate", {"amount": q("1"), "purity": q("98")}, substance="CaCO3"), "line.fraction"),
        (entry("carbonate", {"amount": q("1"), "colour": q("1")}, substance="CaCO3"), "line.unknown_field"),
        (entry("carbonate", {}, substance="CaCO3"), "line.missing_value"),
        (entry("nitric_acid", {"amount": q("1")}), "line.missing_value"),
        (entry("steam_engine", {}), "line.unknown_kind"),
        (entry("bitumen", {"amount": q("1")}), "line.unknown_kind"),
        (entry("electricity", {"bought": q("1")}, region="tibet"), "factor.no_provincial_value"),
        (entry("heat", {}), "line.missing_value"),
        (entry("electricity", {"bought": q("1")}, region="CN", factor_year="soon"), "line.bad_choice"),
        (entry("electricity", {"bought": q("1")}, region="CN", number="GREEN"), "line.bad_choice"),
        (entry("combustion", {"amount": q("60"), "feed": q("30"), "metered": q("100")}, fuel="natural_gas"), "combustion.split"),
    ],
)  # fmt: skip
def test_a_bad_line_has_its_code_and_the_others_are_computed(one: Entry, code: str) -> None:
    found = book(Entry("bad", one.kind, one.values, one.choices), NITRIC)

    assert [(r.entry, r.error.code) for r in found.refused] == [("bad", code)]
    assert isinstance(found.refused[0].error, PlatformError)
    assert len(found.lines) == 1


def test_units_are_case_sensitive() -> None:
    with pytest.raises(WrongDimension):
        converted(value=Decimal(1), given="mWh", needed="MWh")
    with pytest.raises(WrongDimension):
        converted(value=Decimal(1), given="mt", needed="t")
    assert converted(value=Decimal("1.5"), given="GWh", needed="MWh") == 1500


def test_lines_are_exact_and_can_be_recomputed_from_what_they_store() -> None:
    with localcontext() as context:
        context.prec = 6  # the caller's context does not matter
        found = book(NITRIC, entry("combustion", {"amount": q("123456.789")}, id="gas", fuel="natural_gas")).lines
    for line in found:
        exact = EQUATIONS[line.equation].function({name: Fraction(v) for name, v in line.values().items()})
        assert abs(Fraction(line.tonnes) - exact) <= abs(exact) * Fraction(1, 10**45)


def test_methods_have_keys_and_unknown_ones_are_refused() -> None:
    assert method_of(method_id="CN-CHEM-2013", gwp_set="AR6").key == "CN-CHEM-2013@2013+AR6"
    assert len({one.key for one in METHODS.values()}) == len(METHODS)
    for bad in ({"method_id": "X"}, {"method_id": "CN-CHEM-2013", "gwp_set": "AR9"}):
        with pytest.raises(UnknownMethod):
            method_of(**bad)


def test_cross_check_of_stack_and_calculation() -> None:
    flags = [
        cross_check(measured=m, calculated=100.0, u_measured=0.06, u_calculated=0.08).flag for m in (105, 115, 125)
    ]

    assert flags == [Flag.GREEN, Flag.AMBER, Flag.RED]
