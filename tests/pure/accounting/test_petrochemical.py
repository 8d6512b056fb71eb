"""The petrochemical lines and flares by hand."""

import pytest

from accounting.carbon.domain.kinds import Entry
from tests.pure.accounting.making import about, book, entry, line_of, q

P = "CN-PETRO-2014"


@pytest.mark.parametrize(
    ("one", "tonnes"),
    [
        (entry("catalytic_cracking", {"amount": q("1000")}), "3593.3333"),
        (entry("reforming_continuous", {"amount": q("100")}), "359.3333"),
        # 100 x (0.12 - 0.88/0.99 x 0.01) x 44/12
        (entry("reforming_batch", {"amount": q("100"), "cf_before": q("0.12"), "cf_after": q("0.01")}), "40.7407"),
        (entry("catalyst_batch", {"amount": q("100"), "cf_before": q("0.12"), "cf_after": q("0")}), "44"),
        (entry("fluid_coking", {"amount": q("30"), "of": q("1")}), "110"),
        (entry("delayed_coking", {"amount": q("1000")}), "0"),
        # (1,000 x 0.9 - (800 + 20) x 0.98) x 44/12
        (entry("calcining", {"green": q("1000"), "carbon_green": q("0.9"), "calcined": q("800"), "dust": q("20"), "carbon_calcined": q("0.98")}), "353.4667"),
        (entry("bitumen", {"amount": q("1000")}), "30"),
        # 20,000 Nm3/h x 30 h x 0.1 x 19.7e-4
        (entry("ethylene_decoking", {"flow": q("20000"), "hours": q("30"), "co2_share": q("8", "%"), "co_share": q("2", "%")}), "118.2"),
        # (1,000 x 0.85 - 1,200 x 0.545) x 44/12
        (entry("ethylene_oxide", {"ethylene": q("1000"), "oxide": q("1200")}), "718.6667"),
    ],
)  # fmt: skip
def test_petrochemical_lines_by_hand(one: Entry, tonnes: str) -> None:
    assert line_of(one, method=P).tonnes == about(tonnes)


@pytest.mark.parametrize("kind", ["hydrogen", "other_products"])
def test_petrochemical_balances(kind: str) -> None:
    rows = {"feed": ({"amount": q("100"), "carbon": q("0.75")},), "product": ({"amount": q("10"), "carbon": q("0.3")},)}
    assert line_of(Entry("x", kind, {}, {}, rows), method=P).tonnes == 264


def test_flare_by_composition() -> None:
    # 1e4 Nm3 with 60 % CH4, 30 % C2H6, 10 % CO2: (12 x 1.2 x 10/22.4 x 0.98 x 44/12 + 0.1 x 19.7)
    rows = {"part": ({"share": q("0.6"), "atoms": q("1")}, {"share": q("0.3"), "atoms": q("2")})}
    found = line_of(Entry("x", "flare", {"volume": q("1"), "co2_share": q("0.1")}, {}, rows), method=P)

    assert found.tonnes == about("25.07")


def test_an_equation_without_result_is_named() -> None:
    burnt_out = entry("reforming_batch", {"amount": q("1"), "cf_before": q("0.5"), "cf_after": q("1")})

    assert [r.error.code for r in book(burnt_out, method=P).refused] == ["line.cannot_compute"]
