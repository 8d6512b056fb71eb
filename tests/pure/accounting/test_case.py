"""Stand-alone cases: the worked ones against their hand calculation, and bad input with its path."""

import json
import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounting.carbon.domain.case.account import account, printed
from accounting.carbon.domain.equations import EQUATIONS
from accounting.carbon.domain.lines import Category
from tests.pure.accounting.making import LIBRARY

REFERENCE = Path(__file__).resolve().parents[3] / "accounting" / "reference"
SCHEMA = json.loads((REFERENCE / "case.schema.json").read_text(encoding="utf-8"))


def run(case: Any, **options: Any) -> dict[str, Any]:
    text = case if isinstance(case, str) else json.dumps(case)
    return account(text=text, schema=SCHEMA, library=LIBRARY, **options)


def worked(name: str) -> Any:
    return json.loads((REFERENCE / "cases" / f"{name}.json").read_text(encoding="utf-8"))


def test_the_chemical_site_by_hand() -> None:
    answer = run(worked("chemical_site"))
    lines = {line["id"]: line["t"] for line in answer["statutory"]["lines"]}

    assert answer["errors"] == []
    assert not answer["complete"]  # the waste is open
    assert lines["lng"] == "2325.306852"
    assert lines["hno3"] == "800"
    assert lines["limestone"] == "215.453"
    assert lines["ethylene"].startswith("1140.3333333333333333")
    assert lines["co2 sold"] == "-1950.3"
    assert (lines["power.bought"], lines["power.sold"], lines["heat.bought"]) == ("6191", "-619.1", "5500")
    assert answer["statutory"]["totals"]["printed_t"] == "224802.69"
    assert answer["statutory"]["bounds"][0]["low_t"] == "320.1"


def test_the_power_station_by_hand() -> None:
    answer = run(worked("power_station"))
    lines = {line["id"]: line["t"] for line in answer["statutory"]["lines"]}

    assert answer["complete"]
    assert answer["method_status"] == "UNVERIFIED"
    assert lines["coal"] == "199650"
    assert lines["other coal"] == "2239.71"
    assert lines["diesel"].startswith("154.79548186")
    assert lines["power.bought"] == "1140.6"
    assert answer["statutory"]["totals"]["printed_t"] == "203185.11"


def test_a_power_station_does_not_subtract_what_it_sells() -> None:
    case = worked("power_station")
    case["statutory"][0]["lines"][3]["values"]["sold"] = "500000"
    answer = run(case)

    assert [(e["path"], e["code"]) for e in answer["errors"]] == [("/statutory/0/lines/3", "line.unknown_field")]


def test_power_coal_without_measured_heat_is_refused() -> None:
    case = worked("power_station")
    del case["statutory"][0]["lines"][1]["values"]["ncv"]

    assert [e["code"] for e in run(case)["errors"]] == ["factor.unknown"]


def test_the_incinerator_by_hand() -> None:
    answer = run(worked("incinerator"))
    totals = answer["statutory"]["totals"]

    assert answer["complete"]
    assert answer["method_status"] == "UNVERIFIED"
    assert totals["method"] == "CN-INCINERATION@1+AR5"
    assert totals["printed_t"] == "12948.50"
    assert totals["by_category"]["WASTE"] == "29828.56"
    assert totals["by_gas_t"] == {"CH4": "0.02", "CO2": totals["by_gas_t"]["CO2"], "N2O": "4.8"}


def test_an_incinerator_that_did_not_measure_shows_both_routes() -> None:
    case = worked("incinerator")
    case["statutory"][0]["lines"][1]["values"] = {"amount": "1000"}
    answer = run(case)

    # 1,000 t by dry matter: 0.5 x 0.8 x 44/12; by the provincial guideline: 0.01 x 0.90 x 0.97 x 44/12.
    assert not answer["complete"]
    assert answer["statutory"]["bounds"][0]["low_t"] == "32.01"
    assert answer["statutory"]["bounds"][0]["high_t"].startswith("1466.666")


def test_the_park_with_a_loop_by_hand() -> None:
    answer = run(worked("park_loop"))
    month = answer["park"]["months"][0]

    assert answer["complete"]
    assert month["exact"]["factors"] == {
        "offgas": {"CO2": "7/4"},
        "power": {"CO2": "1/2"},
        "product": {"CO2": "63/40"},
        "steam": {"CO2": "1/10"},
    }
    assert month["exact"]["gap"] == {"CO2": "0"}
    assert month["factors"]["product"]["CO2"] == pytest.approx(1.575)
    assert answer["statutory"]["totals"]["by_enterprise"] == {"A": "-2750", "B": "18466.74"}
    bridge = month["bridge"]
    assert (bridge["statutory"], bridge["park"]) == pytest.approx((15716.74, 17750.0))
    assert sorted(round(term["tonnes"], 6) for term in bridge["terms"]) == [-2000.0, -1000.0, 166.74, 800.0]
    assert [n["residual"] for n in month["carbon"]["nodes"]] == pytest.approx([0.0, 0.0])


def test_the_meters_of_a_steam_main_by_hand() -> None:
    answer = run(worked("park_meters"))
    told = answer["park"]["months"][0]["reconciliation"]

    assert answer["complete"]
    assert [one["value"] for one in told["adjusted"]] == pytest.approx([99.1205, 49.7801, 148.9006], abs=5e-5)
    assert told["chi_square"] == pytest.approx(2.534, abs=5e-4)
    assert told["probability"] == pytest.approx(0.11, abs=5e-3)
    assert told["suspects"] == []


def test_i14_the_same_case_gives_the_same_bytes() -> None:
    # I14: nothing in the answer depends on when or how often it is computed.
    for name in ("chemical_site", "park_loop", "power_station", "incinerator", "park_meters"):
        assert printed(answer=run(worked(name))) == printed(answer=run(worked(name)))


def test_i14_a_stored_answer_is_recomputed_without_the_factor_library() -> None:
    # I14: an update of factors cannot move an old result, because each line holds the values that it used.
    stored = json.loads(printed(answer=run(worked("chemical_site"))))

    for line in stored["statutory"]["lines"]:
        values = {one["name"]: Fraction(one["value"]) for one in line["inputs"]}
        again = EQUATIONS[line["equation"]].function(values)
        assert abs(Fraction(line["t"]) - again) <= abs(again) * Fraction(1, 10**27)


def test_numbers_travel_as_decimals_and_not_as_floats() -> None:
    text = '{"format": "tongjian-case/1", "statutory": [{"enterprise": "A", "period": "2023", "lines": [' \
        '{"id": "h", "kind": "heat", "values": {"bought": 0.1000000000000000000001, "ef": 1}}]}]}'  # fmt: skip

    assert run(text)["statutory"]["lines"][0]["t"] == "0.1000000000000000000001"


def test_a_bad_line_is_named_by_its_path_and_the_rest_is_computed() -> None:
    case = worked("chemical_site")
    case["statutory"][0]["lines"][1]["choices"]["technology"] = "magic"
    case["statutory"][0]["lines"][5]["choices"]["region"] = "tibet"
    case["statutory"][0]["lines"][6]["values"]["bought"] = {"factor": "no.such"}

    answer = run(case)

    found = {e["path"]: e["code"] for e in answer["errors"]}
    assert found == {
        "/statutory/0/lines/1": "factor.unknown", "/statutory/0/lines/5": "factor.no_provincial_value",
        "/statutory/0/lines/6": "factor.unknown",
    }  # fmt: skip
    assert not answer["complete"]
    assert {line["id"] for line in answer["statutory"]["lines"]} == {"lng", "limestone", "ethylene", "co2 sold"}


def test_a_bad_month_is_named_and_the_others_are_solved() -> None:
    case = worked("park_loop")
    broken = json.loads(json.dumps(case["park"]["months"][0]))
    broken["month"] = "2023-06"
    broken["nodes"][1]["allocation"]["shares"]["offgas"] = 0.2
    broken["transfers"][0]["bought"] = 70000
    case["park"]["months"].append(broken)
    case["park"]["expected"] = ["2023-05", "2023-06", "2023-07"]

    answer = run(case)

    assert [(e["path"], e["code"]) for e in answer["errors"]] == [
        ("/park/months/1", "balance.allocation_shares"), ("/park/months/1", "balance.double_metering"),
    ]  # fmt: skip
    assert [m["month"] for m in answer["park"]["months"]] == ["2023-05"]
    assert answer["park"]["year"]["missing"] == ("2023-06", "2023-07")


@pytest.mark.parametrize(
    ("text", "code", "path"),
    [
        ("{", "case.not_json", "/"),
        ('{"format": "tongjian-case/1", "statutory": [{"a": NaN}]}', "case.not_json", "/"),
        ("[]", "case.schema", "/"),
        ('{"format": "tongjian-case/9", "statutory": []}', "case.schema", "/format"),
        ('{"format": "tongjian-case/1", "statutory": [{"enterprise": "A", "period": "May", "lines": []}]}', "case.schema", "/statutory/0/period"),
        ('{"format": "tongjian-case/1", "method": "X", "statutory": []}', "method.unknown", "/"),
    ],
)  # fmt: skip
def test_what_the_schema_refuses_is_named_by_path(text: str, code: str, path: str) -> None:
    answer = run(text)

    assert [(e["code"], e["path"]) for e in answer["errors"]] == [(code, path)]


def test_a_value_that_is_no_number_is_found_in_the_depth() -> None:
    case = worked("chemical_site")
    case["statutory"][0]["lines"][0]["values"]["amount"]["value"] = "1,000"

    assert run(case)["errors"][0]["path"].startswith("/statutory/0/lines/0/values/amount")


def test_the_exact_option_overrides_the_case() -> None:
    case = worked("park_loop")
    assert "exact" not in run(case, exact=False)["park"]["months"][0]
    del case["exact"]
    assert "exact" in run(case, exact=True)["park"]["months"][0]


def test_import_by_library_factor() -> None:
    case = worked("park_loop")
    del case["park"]["bridge"]
    case["park"]["months"][0]["imports"] = [
        {"stream": "power", "quantity": 1400, "factor": "grid.average.shandong.2023"}
    ]

    assert run(case)["park"]["months"][0]["factors"]["power"]["CO2"] == pytest.approx(0.6191)


def test_categories_all_have_a_place() -> None:
    from accounting.carbon.domain.inventory import CROSSWALK

    assert set(CROSSWALK) == set(Category)


@pytest.mark.parametrize(("text", "status"), [("", 2), ('{"format": "tongjian-case/1"}', 1)])
def test_the_command_tells_by_its_status_what_happened(tmp_path: Path, text: str, status: int) -> None:
    case = tmp_path / "case.json"
    if text:
        case.write_text(text, encoding="utf-8")

    done = subprocess.run(
        [sys.executable, "manage.py", "account", str(case)], cwd=REFERENCE.parents[1], env={**os.environ, "TONGJIAN_BOOTSTRAP": "0"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == status
    if status == 1:
        assert json.loads(done.stdout)["errors"][0]["code"] == "case.schema"


def test_an_open_bridge_takes_nothing_else_away() -> None:
    case = worked("park_loop")
    case["park"]["bridge"][0]["energy_factors"]["steam"] = "0.2"

    answer = run(case)

    assert [(e["path"], e["code"]) for e in answer["errors"]] == [("/park/2023-05", "bridge.open")]
    assert answer["park"]["months"][0]["exact"]["gap"] == {"CO2": "0"}
    assert "bridge" not in answer["park"]["months"][0]


ODD = [
    0, -1, True, None, "", "abc", "1e99", "1e-99", "-0", [], {}, 1e308, "0.5", "steam", "CO2", "MATERIAL", "EXERGY", "HEAT_SUPPLY_RATIO",
    "2024-01", {"value": "1", "unit": "t"}, {"value": "5", "unit": "GWh"}, {"factor": "gwp.AR5.CO2"}, {"factor": "x"},
]  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for key, one in inner for found in ((*path, key), *places(one, (*path, key)))]


@settings(max_examples=150)
@given(st.sampled_from(["chemical_site", "park_loop"]), st.integers(0, 10**6), st.sampled_from(ODD))
def test_whatever_stands_in_a_case_there_is_an_answer_with_reasons(name: str, place: int, odd: Any) -> None:
    case = worked(name)
    case.pop("monte_carlo", None)
    paths = places(case)
    *way, last = paths[place % len(paths)]
    spot = case
    for key in way:
        spot = spot[key]
    spot[last] = odd

    answer = run(case)

    assert json.loads(printed(answer=answer))["complete"] in (True, False)
    assert all(e["code"] != "error" and e["message"] for e in answer["errors"])
