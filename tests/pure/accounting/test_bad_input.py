"""Every code of deploy/docs/carbon.md: it is documented, and there is an input that brings it about."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from accounting.carbon.domain import indicators
from accounting.carbon.domain.balance.park import park
from accounting.carbon.domain.balance.solving import proven
from accounting.carbon.domain.cbam import goods, rules, sources
from accounting.carbon.domain.lines import CannotCompute
from accounting.carbon.domain.methods import method_of
from accounting.factors.domain.loading import load, rows_of
from accounting.factors.selectors.reference import REFERENCE
from parks.catalogue.domain.errors import PlatformError
from tests.pure.accounting.making import LIBRARY, book, entry, q, random_park
from tests.pure.accounting.test_case import run, worked

ROOT = Path(__file__).resolve().parents[3]
RULES = rules.rules_of(library=LIBRARY, method=method_of(method_id="CBAM-2025"))
ONE = Decimal(1)
A = {"id": "a", "kind": "MATERIAL", "unit": "t", "demand": 10}
STEAM = {"id": "steam", "kind": "HEAT", "unit": "GJ", "demand": 5}
HALVES = {"rule": "EXPLICIT", "shares": {"a": 0.5, "steam": 0.5}}
NODE = {"id": "n", "enterprise": "e", "outputs": {"a": 10, "steam": 5}, "direct": {"CO2": 1}, "allocation": HALVES}


def month(**parts: Any) -> dict[str, Any]:
    return {"month": "2025-01", "streams": [A, STEAM], "nodes": [NODE], **parts}


def of_park(**parts: Any) -> dict[str, Any]:
    """A case of one month that is good but for the given parts."""
    top = {name: parts.pop(name) for name in ("exact",) if name in parts}
    return {"format": "tongjian-case/1", "park": {"months": [month(**parts)]}, **top}


def of_line(
    kind: str,
    values: dict[str, Any],
    *,
    method: str = "GHGP-CHEM",
    others: tuple[dict[str, Any], ...] = (),
    **more: Any,
) -> dict[str, Any]:
    lines = [{"id": "x", "kind": kind, "values": values, **more}, *others]
    report = {"enterprise": "A", "period": "2023", "lines": lines}
    return {"format": "tongjian-case/1", "method": method, "statutory": [report]}


def with_month(**node: Any) -> dict[str, Any]:
    return of_park(nodes=[{**NODE, **node}])


def open_bridge() -> dict[str, Any]:
    case = worked("park_loop")
    case["park"]["bridge"][0]["energy_factors"]["steam"] = "0.2"
    return dict(case)


def many_pools() -> dict[str, Any]:
    names = [f"s{k}" for k in range(90)]
    streams = [{**A, "id": name} for name in names]
    nodes = [{"id": name, "enterprise": "e", "outputs": {name: 10}} for name in names]
    return of_park(streams=streams, nodes=nodes, exact=True)


POWER = {"bought": "10"}
PROOF = {"acquisition": "green certificate", "attribute": "wind", "proof": "no. 1"}
SAME = [{"id": "c", "mwh": 1, **PROOF}, {"id": "c", "mwh": 1, **PROOF}]
METER = {"value": "1", "meter": "FT-1"}
PURE_CO2 = {"volume": "1", "co2_share": "0.5"}
CASES: dict[str, dict[str, Any] | str] = {
    "balance.negative_flow": of_park(streams=[{**A, "demand": -1}, STEAM]),
    "balance.unbalanced": of_park(streams=[{**A, "demand": 9}, STEAM]),
    "balance.nothing_delivered": of_park(streams=[{**A, "demand": 0, "loss": 10}, STEAM]),
    "balance.closed_loop": of_park(
        streams=[A, STEAM, {"id": "b", "kind": "MATERIAL", "unit": "t"}],
        nodes=[NODE, {"id": "m", "enterprise": "e", "inputs": {"b": 5}, "outputs": {"b": 5}, "direct": {"CO2": 1}}],
    ),
    "balance.fraction": with_month(allocation={"rule": "EXPLICIT", "shares": {"a": 1.5, "steam": -0.5}}),
    "balance.allocation_shares": with_month(allocation={"rule": "EXPLICIT", "shares": {"a": 0.5, "steam": 0.4}}),
    "balance.no_allocation": of_park(nodes=[{k: v for k, v in NODE.items() if k != "allocation"}]),
    "balance.double_metering": of_park(transfers=[{"stream": "a", "seller": "e", "buyer": "f", "sold": 10, "bought": 9}]),
    "balance.unknown_stream": of_park(imports=[{"stream": "ghost", "quantity": 1, "factors": {"CO2": 1}}]),
    "balance.twice": of_park(nodes=[NODE, NODE]),
    "balance.too_large_for_exact": many_pools(),
    "bridge.open": open_bridge(),
    "unit.dimension": of_park(streams=[A, {**STEAM, "unit": "t"}]),
    "factor.unknown": of_line("combustion", {"amount": "1"}, choices={"fuel": "unobtainium"}),
    "factor.no_provincial_value": of_line("electricity", POWER, choices={"region": "tibet"}),
    "line.fraction": of_line("carbonate", {"amount": "1", "purity": "98"}, choices={"substance": "CaCO3"}),
    "line.negative": of_line("heat", {"bought": "-1"}),
    "line.missing_value": of_line("heat", {}),
    "line.bad_choice": of_line("electricity", POWER, choices={"region": "CN", "factor_year": "soon"}),
    "line.cannot_compute": of_line("reforming_batch", {"amount": "1", "cf_before": "0.5", "cf_after": "1"}),
    "line.unknown_kind": of_line("steam_engine", {}),
    "line.unknown_field": of_line("heat", {"bought": "1", "colour": "1"}),
    "line.shares": of_line("flare", PURE_CO2, rows={"part": [{"share": "0.3", "atoms": "1"}, {"share": "0.21", "atoms": "2"}]}),
    "line.steam_state": of_line("steam", {"mass": "1", "pressure": "1", "temperature": "100"}),
    "combustion.split": of_line("combustion", {"amount": "60", "feed": "30", "metered": "100"}, choices={"fuel": "natural_gas"}),
    "energy.certificate_twice": of_line("electricity", POWER, choices={"region": "CN"}, certificates=SAME),
    "energy.certificate_without_proof": of_line("electricity", POWER, choices={"region": "CN"}, certificates=[{"id": "c", "mwh": 1}]),
    "energy.more_certified_than_bought": of_line("electricity", POWER, choices={"region": "CN"}, certificates=[{"id": "c", "mwh": 11, **PROOF}]),
    "uncertainty.conflict": of_line(
        "heat", {"bought": {**METER, "uncertainty": "0.1"}}, others=({"id": "y", "kind": "heat", "values": {"bought": {**METER, "uncertainty": "0.2"}}},)
    ),
    "case.not_json": "{",
    "case.schema": {"format": "other/1", "statutory": []},
    "case.number_out_of_range": of_line("heat", {"bought": "1e30"}),
    "method.unknown": of_line("heat", {"bought": "1"}, method="CN-MOON"),
}  # fmt: skip


def unproven() -> None:
    matrix = park(network=random_park(seed=1, pools=5)).matrix
    proven(matrix=matrix, phi=np.zeros_like(matrix.own))


def two_of_one() -> None:
    tables = {path.stem: path.read_text(encoding="utf-8") for path in REFERENCE.glob("*.csv")}
    head, first, *_ = tables["gwp"].splitlines()
    load(tables={**tables, "gwp": f"{head}\n{first}\n{first}\n"})


def slipped() -> None:
    tables = {path.stem: path.read_text(encoding="utf-8") for path in REFERENCE.glob("*.csv")}
    load(tables={**tables, "fuels": tables["fuels"].replace(",24.515,", ",23.204,")})


# What no case can bring about, because it is of the code itself, of the delivered tables, or has no part in a case yet.
ELSEWHERE: dict[str, Callable[[], object]] = {
    "balance.residual": unproven,
    "factor.broken_row": two_of_one,
    "factor.checksum": slipped,
    "factor.not_in_force": lambda: LIBRARY.get("grid.average.shandong.2023", on=date(2030, 1, 1)),
    "cbam.nothing_produced": lambda: goods.embedded(process=goods.Process(rules.Sector.CEMENT, ONE * 0), rules=RULES),
    "cbam.fraction": lambda: sources.emissions_of(source=sources.Balanced(ONE, ONE * 80), rules=RULES),
    "cbam.negative_flow": lambda: sources.emissions_of(source=sources.Measured(-ONE), rules=RULES),
    "cbam.hours": lambda: sources.measured(concentrations=[ONE], volumes=[]),
    "indicator.impossible": lambda: indicators.indicators(year=indicators.Year(water_reused=-ONE), library=LIBRARY),
}


@pytest.mark.parametrize("code", CASES)
def test_each_bad_case_is_answered_with_its_code_and_a_path(code: str) -> None:
    answer = run(CASES[code])

    assert code in [error["code"] for error in answer["errors"]]
    assert all(error["path"].startswith("/") and error["message"] for error in answer["errors"])
    assert not answer["complete"]


@pytest.mark.parametrize("code", ELSEWHERE)
def test_each_other_error_has_its_code(code: str) -> None:
    with pytest.raises(PlatformError) as caught:
        ELSEWHERE[code]()
    assert caught.value.code == code


def errors_of(folder: Path) -> dict[str, str]:
    """Name of each error class below a folder by its code."""
    found: dict[str, str] = {}
    for path in sorted(folder.rglob("*.py")):
        for name, code in re.findall(
            r'^class (\w+)\(.*?^    code = "([\w.]+)"', path.read_text(encoding="utf-8"), re.M | re.S
        ):
            assert code not in found, code
            found[code] = name
    return found


def test_every_error_of_the_accounts_has_a_code_of_its_own_and_a_test() -> None:
    errors = {
        **errors_of(ROOT / "accounting" / "carbon" / "domain"),
        **errors_of(ROOT / "accounting" / "factors" / "domain"),
    }
    tests = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))

    assert errors["line.cannot_compute"] == CannotCompute.__name__
    assert {*CASES, *ELSEWHERE} <= set(errors)
    assert [
        code
        for code, name in errors.items()
        if code not in {*CASES, *ELSEWHERE} and not re.search(rf"\b{name}\b", tests)
    ] == []


def test_every_code_that_input_can_bring_about_stands_in_the_document() -> None:
    told = set(
        re.findall(r"`([a-z_]+\.[a-z_]+)`", (ROOT / "deploy" / "docs" / "carbon.md").read_text(encoding="utf-8"))
    )

    assert {*CASES, *ELSEWHERE} - told == set()


def test_shares_of_a_flare_gas_name_the_row_that_is_too_much() -> None:
    rows = tuple({"share": q(share), "atoms": q("1")} for share in ("0.4", "0.5", "0.2"))
    found = book(replace(entry("flare", {"volume": q("1")}), groups={"part": rows}), method="CN-PETRO-2014")
    whole = book(
        replace(entry("flare", {"volume": q("1"), "co2_share": q("0.1")}), groups={"part": rows[:2]}),
        method="CN-PETRO-2014",
    )

    assert found.refused[0].error.details["field"] == "part.2.share"
    assert found.refused[0].error.details["sum"] == "1.1"
    assert whole.refused == ()


@pytest.mark.parametrize(
    ("values", "choices", "units"),
    [
        ({"amount": q("1")}, {"fuel": "lng", "basis": "1e4 Nm3"}, ("t", "1e4 Nm3")),
        ({"amount": q("1")}, {"fuel": "natural_gas", "basis": "t"}, ("1e4 Nm3", "t")),
        ({"amount": q("1", "Nm3")}, {"fuel": "lng"}, ("t", "Nm3")),
        ({"amount": q("1"), "carbon": q("0.7"), "of": q("1")}, {"fuel": "peat", "basis": "kg"}, ("t or 1e4 Nm3", "kg")),
    ],
)
def test_a_unit_that_does_not_fit_the_fuel_is_told_with_the_one_that_does(
    values: dict[str, Any], choices: dict[str, str], units: tuple[str, str]
) -> None:
    error = book(entry("combustion", values, **choices)).refused[0].error

    assert error.code == "unit.dimension"
    assert all(unit in str(error) for unit in units)


def test_a_table_with_an_unreadable_number_names_its_row() -> None:
    text = (REFERENCE / "gwp.csv").read_text(encoding="utf-8").replace(",21,", ",twenty-one,", 1)

    with pytest.raises(PlatformError, match=r"gwp\.SAR\.CH4"):
        list(rows_of(table="gwp", text=text))
